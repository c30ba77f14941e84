package dev.twinpath.server.metrics;

/**
 * The request method, after OpenTelemetry's http.request.method: what is not known is {@code
 * _OTHER}.
 */
public enum RequestMethod implements LabelValue {
  GET,
  HEAD,
  OPTIONS,
  POST,
  PUT,
  DELETE,
  PATCH,
  OTHER;

  /** Maps a method token, case-sensitive as RFC 9110 section 9.1 wants it. Never allocates. */
  public static RequestMethod of(String token) {
    switch (token) {
      case "GET":
        return GET;
      case "HEAD":
        return HEAD;
      case "OPTIONS":
        return OPTIONS;
      case "POST":
        return POST;
      case "PUT":
        return PUT;
      case "DELETE":
        return DELETE;
      case "PATCH":
        return PATCH;
      default:
        return OTHER;
    }
  }

  @Override
  public String label() {
    return this == OTHER ? "_OTHER" : name();
  }
}
