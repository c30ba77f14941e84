package dev.twinpath.nic.capture;

/** A capture filter that cannot be understood: where, what was wrong, and what would be right. */
public final class CaptureFilterException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int column;

  CaptureFilterException(int column, String message) {
    super("filter, column " + column + ": " + message);
    this.column = column;
  }

  /** Where in the filter, from 1. */
  public int column() {
    return column;
  }
}
