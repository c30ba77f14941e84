package dev.twinpath.server.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The short page that goes with a status without content of its own. */
final class ErrorPage {
  private static final Map<Integer, byte[]> PAGES = new ConcurrentHashMap<>();

  private ErrorPage() {}

  /** UTF-8; not to be changed. */
  static byte[] of(int status) {
    return PAGES.computeIfAbsent(status, ErrorPage::make);
  }

  private static byte[] make(int status) {
    String title = status + " " + HttpStatus.reason(status);
    return ("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>"
            + title
            + "</title></head><body><h1>"
            + title
            + "</h1></body></html>\n")
        .getBytes(StandardCharsets.UTF_8);
  }
}
