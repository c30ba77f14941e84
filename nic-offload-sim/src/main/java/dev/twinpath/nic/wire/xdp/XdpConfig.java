package dev.twinpath.nic.wire.xdp;

/**
 * How an {@link XdpWire} is built.
 *
 * @param queues one AF_XDP socket each; as many as the interface has receive queues
 * @param receiveChunks chunks of UMEM for frames to come, a power of two
 * @param transmitChunks chunks of UMEM for frames under way, a power of two
 * @param chunkBytes size of a chunk, 2048 or 4096: a longer frame takes several
 * @param attachment where the XDP program may run
 */
public record XdpConfig(
    int queues, int receiveChunks, int transmitChunks, int chunkBytes, Attachment attachment) {
  /** Where the XDP program may run. */
  public enum Attachment {
    /** In the driver, or on socket buffers where the driver cannot. */
    ANY,
    /** In the driver. */
    NATIVE,
    /** On socket buffers: slower, on every device. */
    GENERIC
  }

  private static final int MAX_CHUNKS = 1 << 16;

  public XdpConfig {
    if (queues < 1 || queues > 256) {
      throw new IllegalArgumentException("a wire has 1 to 256 queues, not " + queues);
    }
    if (!isRing(receiveChunks) || !isRing(transmitChunks)) {
      throw new IllegalArgumentException(
          "a ring has a power of two of chunks, 32 to "
              + MAX_CHUNKS
              + ", not "
              + receiveChunks
              + " and "
              + transmitChunks);
    }
    if (chunkBytes != 2048 && chunkBytes != 4096) {
      throw new IllegalArgumentException("a chunk has 2048 or 4096 bytes, not " + chunkBytes);
    }
  }

  /** Below 32 a jumbo frame would not fit. */
  private static boolean isRing(int size) {
    return size >= 32 && size <= MAX_CHUNKS && Integer.bitCount(size) == 1;
  }

  /** 2048 chunks to receive and 1024 to send of 4096 bytes each: 12 MiB a queue. */
  public static XdpConfig defaults(int queues) {
    return new XdpConfig(queues, 2048, 1024, 4096, Attachment.ANY);
  }

  /** The same with other rings. */
  public XdpConfig withChunks(int receive, int transmit, int bytes) {
    return new XdpConfig(queues, receive, transmit, bytes, attachment);
  }

  /** The same with the program elsewhere. */
  public XdpConfig withAttachment(Attachment where) {
    return new XdpConfig(queues, receiveChunks, transmitChunks, chunkBytes, where);
  }
}
