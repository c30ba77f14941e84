package dev.twinpath.nic.wire;

/**
 * A frame as pieces of memory together with its offload context: what a virtio-net header says. A
 * mutable structure that its owner uses again and again.
 *
 * <p>The first piece holds all headers. Before it there are {@link #headroom} bytes which a wire
 * may overwrite with a header of its own.
 */
public final class Frame {
  /** The most pieces that a frame may have. */
  public static final int MAX_SEGMENTS = 64;

  /** The frame is one packet, not to be cut. */
  public static final int GSO_NONE = 0;

  /** TCP over IPv4, to be cut into segments. */
  public static final int GSO_TCP4 = 1;

  /** TCP over IPv6, to be cut into segments. */
  public static final int GSO_TCP6 = 4;

  /** UDP over IPv4 or IPv6, to be cut into datagrams, each with the headers (virtio 1.3 5.1.6). */
  public static final int GSO_UDP = 5;

  private final long[] addresses = new long[MAX_SEGMENTS];
  private final int[] lengths = new int[MAX_SEGMENTS];
  private int segments;
  private int totalLength;
  private int headroom;

  private boolean needsChecksum;
  private boolean checksumVerified;
  private int checksumStart;
  private int checksumOffset;
  private int gsoType;
  private int gsoSize;
  private int headerLength;

  /** Forgets everything. */
  public void clear() {
    segments = 0;
    totalLength = 0;
    headroom = 0;
    clearOffloads();
  }

  /** Forgets the offload context only. */
  public void clearOffloads() {
    needsChecksum = false;
    checksumVerified = false;
    checksumStart = 0;
    checksumOffset = 0;
    gsoType = GSO_NONE;
    gsoSize = 0;
    headerLength = 0;
  }

  /** Adds a piece; the caller sees to it that there are at most {@link #MAX_SEGMENTS}. */
  public void add(long address, int length) {
    addresses[segments] = address;
    lengths[segments] = length;
    segments++;
    totalLength += length;
  }

  /** The first piece got longer at its end. */
  public void growFirst(int bytes) {
    lengths[0] += bytes;
    totalLength += bytes;
  }

  public int segments() {
    return segments;
  }

  public long address(int segment) {
    return addresses[segment];
  }

  public int length(int segment) {
    return lengths[segment];
  }

  /** Bytes of all pieces. */
  public int totalLength() {
    return totalLength;
  }

  /** Bytes before the first piece that may be overwritten. */
  public int headroom() {
    return headroom;
  }

  public void headroom(int bytes) {
    headroom = bytes;
  }

  /**
   * Asks for the checksum of all bytes from {@code start} on, to be stored at {@code start +
   * offset}, where the pseudo-header's sum stands already.
   */
  public void requestChecksum(int start, int offset) {
    needsChecksum = true;
    checksumStart = start;
    checksumOffset = offset;
  }

  /** Whether the checksum field holds only the pseudo-header's sum. */
  public boolean needsChecksum() {
    return needsChecksum;
  }

  public int checksumStart() {
    return checksumStart;
  }

  public int checksumOffset() {
    return checksumOffset;
  }

  /** Whether who gave us the frame vouches for its checksum. */
  public boolean checksumVerified() {
    return checksumVerified;
  }

  public void checksumVerified(boolean verified) {
    checksumVerified = verified;
  }

  /** Asks for the frame to be cut into segments of {@code size} payload bytes. */
  public void requestSegmentation(int type, int size) {
    gsoType = type;
    gsoSize = size;
  }

  /** {@link #GSO_NONE}, {@link #GSO_TCP4}, {@link #GSO_TCP6} or {@link #GSO_UDP}. */
  public int gsoType() {
    return gsoType;
  }

  /** Payload bytes of each segment. */
  public int gsoSize() {
    return gsoSize;
  }

  /** Bytes of all headers, or 0 when nobody said. */
  public int headerLength() {
    return headerLength;
  }

  public void headerLength(int length) {
    headerLength = length;
  }

  /** Takes over another frame's offload context. */
  public void copyOffloads(Frame other) {
    needsChecksum = other.needsChecksum;
    checksumVerified = other.checksumVerified;
    checksumStart = other.checksumStart;
    checksumOffset = other.checksumOffset;
    gsoType = other.gsoType;
    gsoSize = other.gsoSize;
    headerLength = other.headerLength;
  }
}
