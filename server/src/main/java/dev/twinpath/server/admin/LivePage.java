package dev.twinpath.server.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** The live page: one file of the dashboards module, which needs nothing from anywhere else. */
record LivePage(byte[] html) {
  static final String RESOURCE = "/dev/twinpath/dashboards/live/index.html";

  /** The page's own style and script only, and data from this port only. */
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
          + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
          + "frame-ancestors 'none'";

  static LivePage load() {
    try (InputStream in = LivePage.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("The jar of the dashboards module lacks " + RESOURCE);
      }
      return new LivePage(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  AdminResponse response() {
    return new AdminResponse(200, "text/html; charset=utf-8", html, Map.of())
        .with("Content-Security-Policy", POLICY);
  }
}
