package dev.twinpath.nic.capture;

/** As many captures as are allowed run already; the message says how many. */
public final class TooManyCapturesException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  TooManyCapturesException(String message) {
    super(message);
  }
}
