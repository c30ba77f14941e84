package dev.twinpath.userstack.conformance;

/** A request of the driver, and how far it has come while it waits. */
final class Call {
  final int op;
  final int a;
  final int b;
  final int c;
  final byte[] data;

  /** It was tried before, and had to wait. */
  boolean waiting;

  /** Virtual time at which it stops waiting, in nanoseconds; Long.MAX_VALUE = never. */
  long deadline = Long.MAX_VALUE;

  /** Bytes that were written or read so far. */
  int progress;

  /** What was read so far. */
  byte[] partial;

  Call(int op, int a, int b, int c, byte[] data) {
    this.op = op;
    this.a = a;
    this.b = b;
    this.c = c;
    this.data = data;
  }

  /** What goes back: the result, or -1 and an errno. */
  record Reply(long result, int errno, byte[] data) {
    private static final byte[] NOTHING = {};

    static Reply of(long result) {
      return new Reply(result, 0, NOTHING);
    }

    static Reply of(long result, byte[] data) {
      return new Reply(result, 0, data);
    }

    static Reply error(int errno) {
      return new Reply(-1, errno, NOTHING);
    }
  }
}
