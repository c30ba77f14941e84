package dev.twinpath.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * One answer: a status, a media type, a body, and perhaps headers.
 *
 * @param stream makes the body instead, when there is one
 */
record AdminResponse(
    int status,
    String contentType,
    byte[] body,
    Map<String, String> headers,
    Optional<StreamedBody> stream) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** A body that is there. */
  AdminResponse(int status, String contentType, byte[] body, Map<String, String> headers) {
    this(status, contentType, body, headers, Optional.empty());
  }

  /** A body that is made while it is sent, with status 200. */
  static AdminResponse stream(
      String contentType, StreamedBody stream, Map<String, String> headers) {
    return new AdminResponse(200, contentType, new byte[0], headers, Optional.of(stream));
  }

  /** Any JSON-able value. */
  static AdminResponse json(int status, Object value) {
    try {
      byte[] text = (JSON.writeValueAsString(value) + "\n").getBytes(StandardCharsets.UTF_8);
      return new AdminResponse(status, "application/json", text, Map.of());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A problem, in words that tell what to do. */
  static AdminResponse error(int status, String message) {
    return json(status, Map.of("error", message));
  }

  AdminResponse with(String name, String value) {
    Map<String, String> more = new java.util.LinkedHashMap<>(headers);
    more.put(name, value);
    return new AdminResponse(status, contentType, body, more, stream);
  }
}
