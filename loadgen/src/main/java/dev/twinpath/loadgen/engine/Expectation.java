package dev.twinpath.loadgen.engine;

/**
 * What the body of a response must be.
 *
 * @param length the number of body bytes, or -1 when any length is right
 * @param sha256 the checksum in lower-case hexadecimal, or an empty string when it is not checked
 */
public record Expectation(long length, String sha256) {
  /** Any body is right. */
  public static final Expectation ANY = new Expectation(-1, "");

  /** Returns whether the body has to be hashed. */
  public boolean hashed() {
    return !sha256.isEmpty();
  }
}
