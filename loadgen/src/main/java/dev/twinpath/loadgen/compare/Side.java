package dev.twinpath.loadgen.compare;

import java.net.URI;

/**
 * One of the two things compared.
 *
 * @param label its name in the report, for example {@code sendfile}
 * @param base the URL before a scenario's path, without a slash at its end
 */
public record Side(String label, URI base) {
  /** Returns the URL of a path, which begins with a slash or is empty. */
  URI url(String path) {
    return URI.create(base + path);
  }
}
