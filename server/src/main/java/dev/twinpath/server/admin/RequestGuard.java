package dev.twinpath.server.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.NetUtil;
import java.util.Locale;
import java.util.Optional;

/**
 * Keeps web pages of other origins from using the operator's browser against the admin port.
 *
 * <p>A page can make a browser send requests to 127.0.0.1, and can make its own host name resolve
 * to it (DNS rebinding). So every request must name us by an address or as localhost, which a
 * rebinding page cannot; and a change needs JSON or a header of its own, neither of which a form or
 * a simple cross-origin request can send without a preflight that we never answer.
 */
final class RequestGuard {
  /** A header that a script of another origin cannot send unasked. */
  static final String OWN_HEADER = "X-Twinpath";

  /** Reading it is an act: it costs the server, and shows what others send. */
  static final String CAPTURE = "/capture";

  private RequestGuard() {}

  /** Why the request is refused; empty when it may pass. */
  static Optional<AdminResponse> refuse(HttpRequest request) {
    HttpHeaders headers = request.headers();
    if (headers.getAll(HttpHeaderNames.HOST).size() > 1
        || (!headers.contains(HttpHeaderNames.HOST)
            && request.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
      return refusal(400, "A request needs exactly one Host header.");
    }
    String host = headers.get(HttpHeaderNames.HOST, "localhost");
    if (!isAddressOrLocalhost(host)) {
      return refusal(
          403,
          "The admin port answers to an address or to localhost, not to the Host it was called by. "
              + "Use http://127.0.0.1 with this port.");
    }
    if (isChange(request.method())) {
      return refuseChange(headers, host);
    }
    return request.uri().startsWith(CAPTURE) ? refuseForeign(headers, host) : Optional.empty();
  }

  private static Optional<AdminResponse> refuseForeign(HttpHeaders headers, String host) {
    String site = headers.get("Sec-Fetch-Site", "none");
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    boolean foreignOrigin = origin != null && !origin.equalsIgnoreCase("http://" + host);
    if (foreignOrigin || !(site.equals("same-origin") || site.equals("none"))) {
      return refusal(403, "A page of another origin may not change or capture this server.");
    }
    return Optional.empty();
  }

  private static Optional<AdminResponse> refuseChange(HttpHeaders headers, String host) {
    Optional<AdminResponse> foreign = refuseForeign(headers, host);
    if (foreign.isPresent()) {
      return foreign;
    }
    String type = AdminRequest.mediaType(headers.get(HttpHeaderNames.CONTENT_TYPE, ""));
    if (!type.equals("application/json") && !headers.contains(OWN_HEADER)) {
      return refusal(
          403,
          "A change needs the header 'Content-Type: application/json' or '"
              + OWN_HEADER
              + ": 1', so that no foreign web page can make it.");
    }
    return Optional.empty();
  }

  private static boolean isChange(HttpMethod method) {
    return !method.equals(HttpMethod.GET)
        && !method.equals(HttpMethod.HEAD)
        && !method.equals(HttpMethod.OPTIONS);
  }

  /** RFC 9110 section 7.2: a host, and perhaps a port. */
  static boolean isAddressOrLocalhost(String hostHeader) {
    String name = hostHeader.strip().toLowerCase(Locale.ROOT);
    if (name.startsWith("[")) {
      int end = name.indexOf(']');
      return end > 0
          && NetUtil.isValidIpV6Address(name.substring(1, end))
          && isPort(name.substring(end + 1));
    }
    int colon = name.indexOf(':');
    String host = colon < 0 ? name : name.substring(0, colon);
    return isPort(colon < 0 ? "" : name.substring(colon))
        && (host.equals("localhost") || NetUtil.isValidIpV4Address(host));
  }

  private static boolean isPort(String rest) {
    return rest.isEmpty() || rest.matches(":\\d{1,5}");
  }

  private static Optional<AdminResponse> refusal(int status, String message) {
    return Optional.of(AdminResponse.error(status, message));
  }
}
