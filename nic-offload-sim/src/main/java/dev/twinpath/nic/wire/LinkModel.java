package dev.twinpath.nic.wire;

/**
 * What a {@link LinkWire} makes of a wire: a line with its rate and length, and the buffers and bus
 * of the NIC at its end.
 *
 * @param bitsPerSecond of the line, each direction; 0 for unlimited
 * @param delayNanos propagation, one way
 * @param pcieNanos latency of the bus, each direction: before the line the fetch of descriptor and
 *     payload, after it the write into the host's memory; frames overlap on it
 * @param mtu the longest network packet, 68 to 9000 bytes; Ethernet header and tags come on top
 * @param transmitFifoBytes of frames that wait for the line, of each queue or of all; see {@code
 *     arrivalOrder}. A frame longer than that goes in when nothing waits
 * @param receiveFifoBytes of frames that wait for a receive descriptor, of each queue; 0 drops a
 *     frame at once when no descriptor is posted
 * @param pause whether pause frames are obeyed, and sent (IEEE 802.3 annex 31B); needs a rate
 * @param pauseHighBytes in a receive FIFO above which the peer is told to pause
 * @param pauseLowBytes below which it is told to go on
 * @param inbound whether the line of what comes in is modelled here, because the peer (a kernel
 *     behind a TAP) has none; off where the peer has a {@code LinkWire} of its own
 * @param arrivalOrder one transmit FIFO for all queues, in order of arrival, for a device that
 *     schedules its queues itself; otherwise each queue has one, and the line serves them in turn
 */
public record LinkModel(
    long bitsPerSecond,
    long delayNanos,
    long pcieNanos,
    int mtu,
    int transmitFifoBytes,
    int receiveFifoBytes,
    boolean pause,
    int pauseHighBytes,
    int pauseLowBytes,
    boolean inbound,
    boolean arrivalOrder) {
  /** The longest {@link #mtu}. */
  public static final int MAX_MTU = 9000;

  /** IPv4's smallest (RFC 791). */
  public static final int MIN_MTU = 68;

  /** The packet buffers of a common 10 Gbit/s controller, Intel's 82599. */
  public static final int DEFAULT_TRANSMIT_FIFO = 160 << 10;

  /** The same, of what is received. */
  public static final int DEFAULT_RECEIVE_FIFO = 512 << 10;

  private static final int MAX_FIFO = 1 << 28;

  public LinkModel {
    require(bitsPerSecond >= 0, "a rate below zero");
    require(delayNanos >= 0 && pcieNanos >= 0, "a time below zero");
    require(mtu >= MIN_MTU && mtu <= MAX_MTU, "an MTU is from 68 to 9000, not " + mtu);
    require(
        transmitFifoBytes >= 0
            && transmitFifoBytes <= MAX_FIFO
            && receiveFifoBytes >= 0
            && receiveFifoBytes <= MAX_FIFO,
        "a FIFO is from 0 to 256 MiB");
    if (pause) {
      require(bitsPerSecond > 0, "pause frames need a line rate: a pause is counted in bit times");
      require(
          0 <= pauseLowBytes && pauseLowBytes < pauseHighBytes && pauseHighBytes < receiveFifoBytes,
          "pause needs watermarks LOW < HIGH < receive FIFO, not "
              + pauseLowBytes
              + " < "
              + pauseHighBytes
              + " < "
              + receiveFifoBytes);
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /**
   * Reads a description such as {@code rate=10gbit,delay=5us,pcie=900ns,mtu=9000,pause=on}; see
   * {@link LinkText} for its words.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  public static LinkModel parse(String text) {
    return LinkText.parse(text);
  }

  /** A builder of an unlimited line of no length, with an MTU of 1500. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects the parts of a {@link LinkModel}. */
  public static final class Builder {
    private long bitsPerSecond;
    private long delayNanos;
    private long pcieNanos;
    private int mtu = 1500;
    private int transmitFifoBytes = DEFAULT_TRANSMIT_FIFO;
    private int receiveFifoBytes = DEFAULT_RECEIVE_FIFO;
    private boolean pause;
    private int pauseHighBytes = -1;
    private int pauseLowBytes = -1;
    private boolean inbound = true;
    private boolean arrivalOrder;

    private Builder() {}

    public Builder bitsPerSecond(long value) {
      bitsPerSecond = value;
      return this;
    }

    public Builder delayNanos(long value) {
      delayNanos = value;
      return this;
    }

    public Builder pcieNanos(long value) {
      pcieNanos = value;
      return this;
    }

    public Builder mtu(int value) {
      mtu = value;
      return this;
    }

    public Builder transmitFifoBytes(int value) {
      transmitFifoBytes = value;
      return this;
    }

    public Builder receiveFifoBytes(int value) {
      receiveFifoBytes = value;
      return this;
    }

    /** With the watermarks that were given, or three quarters and a half of the receive FIFO. */
    public Builder pause(boolean value) {
      pause = value;
      return this;
    }

    public Builder pauseWatermarks(int highBytes, int lowBytes) {
      pause = true;
      pauseHighBytes = highBytes;
      pauseLowBytes = lowBytes;
      return this;
    }

    public Builder inbound(boolean value) {
      inbound = value;
      return this;
    }

    public Builder arrivalOrder(boolean value) {
      arrivalOrder = value;
      return this;
    }

    public LinkModel build() {
      return new LinkModel(
          bitsPerSecond,
          delayNanos,
          pcieNanos,
          mtu,
          transmitFifoBytes,
          receiveFifoBytes,
          pause,
          pauseHighBytes < 0 ? receiveFifoBytes / 4 * 3 : pauseHighBytes,
          pauseLowBytes < 0 ? receiveFifoBytes / 2 : pauseLowBytes,
          inbound,
          arrivalOrder);
    }
  }
}
