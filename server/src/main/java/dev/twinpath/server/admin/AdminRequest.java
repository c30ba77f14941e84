package dev.twinpath.server.admin;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One request, copied out of Netty's buffers.
 *
 * @param method GET for HEAD too
 * @param path decoded, without the query
 * @param query decoded parameters
 * @param accept the Accept header, or ""
 * @param contentType the media type of the body in lower case without parameters, or ""
 * @param body as UTF-8
 * @param client the peer's address and user agent, for the log
 */
record AdminRequest(
    String method,
    String path,
    Map<String, List<String>> query,
    String accept,
    String contentType,
    String body,
    String client) {

  static AdminRequest of(FullHttpRequest request, String peer) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8);
    String agent = request.headers().get(HttpHeaderNames.USER_AGENT, "no user agent");
    return new AdminRequest(
        request.method().equals(HttpMethod.HEAD) ? "GET" : request.method().name(),
        uri.path(),
        uri.parameters(),
        request.headers().get(HttpHeaderNames.ACCEPT, ""),
        mediaType(request.headers().get(HttpHeaderNames.CONTENT_TYPE, "")),
        request.content().toString(StandardCharsets.UTF_8),
        peer + " (" + printable(agent) + ")");
  }

  /** The first value of a query parameter. */
  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name)).map(values -> values.get(0));
  }

  static String mediaType(String contentType) {
    int end = contentType.indexOf(';');
    return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** What a client calls itself ends in a log line: no control characters, no essays. */
  private static String printable(String text) {
    String cut = text.length() > 80 ? text.substring(0, 80) : text;
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
