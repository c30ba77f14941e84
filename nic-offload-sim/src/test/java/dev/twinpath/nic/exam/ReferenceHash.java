package dev.twinpath.nic.exam;

/**
 * The Toeplitz hash bit by bit, as its definition has it, over a frame's own bytes: shares nothing
 * with the product's tables and parser.
 */
final class ReferenceHash {
  private ReferenceHash() {}

  /** The hash of a frame's addresses and, if wanted, ports. */
  static int of(byte[] key, ExamFrame frame, boolean ports) {
    byte[] input = ExamFrame.join(frame.sourceAddress(), frame.destinationAddress());
    if (ports) {
      byte[] both = new byte[4];
      ExamFrame.put16(both, 0, frame.sourcePort);
      ExamFrame.put16(both, 2, frame.destinationPort);
      input = ExamFrame.join(input, both);
    }
    return of(key, input);
  }

  static int of(byte[] key, byte[] input) {
    int hash = 0;
    for (int bit = 0; bit < 8 * input.length; bit++) {
      if ((input[bit / 8] & 0x80 >>> bit % 8) != 0) {
        int window = 0;
        for (int i = bit; i < bit + 32; i++) {
          window = window << 1 | (key[i / 8] >>> 7 - i % 8 & 1);
        }
        hash ^= window;
      }
    }
    return hash;
  }
}
