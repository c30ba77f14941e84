package dev.twinpath.loadgen.engine;

import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * One thing to ask for.
 *
 * @param url an absolute {@code http://} URL
 * @param method the request method, for example {@code GET}
 * @param headers further header lines, each {@code Name: value}
 * @param expectation what the body must be
 */
public record TargetSpec(URI url, String method, List<String> headers, Expectation expectation) {
  /** Checks what could break the request's framing. */
  public TargetSpec {
    headers = List.copyOf(headers);
    checkUrl(url);
    if (!method.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
      throw new IllegalArgumentException("not a request method: " + method);
    }
    for (String header : headers) {
      if (!header.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\\r\\n\\x00]*")) {
        throw new IllegalArgumentException("not a header line (Name: value): " + header);
      }
    }
  }

  /** Returns a GET of one URL whose body may be anything. */
  public static TargetSpec get(URI url) {
    return new TargetSpec(url, "GET", List.of(), Expectation.ANY);
  }

  private static void checkUrl(URI url) {
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    switch (scheme) {
      case "http":
        break;
      case "https":
        throw new IllegalArgumentException(
            "https is not spoken by this version of the load generator, use http: " + url);
      case "ftp":
        throw new IllegalArgumentException(
            "ftp is not spoken by this version of the load generator, use http: " + url);
      default:
        throw new IllegalArgumentException("not an absolute http:// URL: " + url);
    }
    if (url.getHost() == null || url.getHost().isEmpty()) {
      throw new IllegalArgumentException("no host in the URL: " + url);
    }
  }

  /** Returns the port, 80 when the URL has none. */
  public int port() {
    return url.getPort() < 0 ? 80 : url.getPort();
  }

  /** Returns the host without the brackets of an IPv6 address. */
  public String host() {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** Returns whether the responses have no body whatever their headers say (RFC 9110, 9.3.2). */
  public boolean head() {
    return method.equals("HEAD");
  }
}
