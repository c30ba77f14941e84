package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * One TCP connection. All methods on the shard's thread. After {@link ConnectionHandler#onClosed}
 * every method is harmless: nothing is sent, counts are 0.
 *
 * <p>Sending: queue with {@link #sendBytes} and {@link #sendRange}, then {@link #flush}. Nothing
 * queued since the last flush goes out before it, so that a small header and a file's first bytes
 * leave in one packet.
 */
public interface TcpConnection {
  /**
   * Copies bytes into the shard's registered send slab and queues them.
   *
   * @param address absolute address of the first byte
   * @param length bytes
   * @return bytes taken, 0..length; fewer than length when {@link #sendSlabFree} is short
   * @throws StackException OUTPUT_SHUT after {@link #shutdownOutput}, {@link #close} or the end
   */
  int sendBytes(long address, int length);

  /**
   * Queues a range of registered memory, which is read by the device only, at each
   * (re)transmission. Ownership passes: {@link RangeOwner#release} is called exactly once, also if
   * this call finds the connection closed. A length of 0 is released at once.
   *
   * @param region key of the region, registered for reading by the device
   * @param offset first byte in the region
   * @param length bytes; may exceed 4 GiB
   * @param owner told when the range is free; null = nobody
   */
  void sendRange(int region, long offset, long length, RangeOwner owner);

  /** Lets everything queued so far go out at the next poll. */
  void flush();

  /**
   * The same, as MSG_MORE: more follows soon, so a last segment that is not full waits for it, or
   * for an acknowledgment, or 200 ms.
   */
  void flushMore();

  /** Bytes queued and never sent. */
  long unsentBytes();

  /** Bytes sent and not yet acknowledged. */
  long unackedBytes();

  /** How many bytes {@link #sendBytes} would take now. */
  int sendSlabFree();

  /**
   * Whether to write more is worth it, as poll's POLLOUT: a third of the send buffer is free, and
   * fewer bytes are unsent than {@link TcpOptions#notSentLowWater}. Bytes of file ranges count as
   * unsent, and not as memory.
   */
  boolean isWritable();

  /**
   * Takes bytes that {@link ConnectionHandler#onData} did not take.
   *
   * @param address where to copy them
   * @param maxLength room
   * @return bytes copied, 0 if none
   */
  int receive(long address, int maxLength);

  /**
   * Copies bytes that {@link ConnectionHandler#onData} did not take, and leaves them there.
   *
   * @param offset how many unread bytes to pass over
   * @param address where to copy them
   * @param maxLength room
   * @return bytes copied, 0 if there are none beyond the offset
   */
  int peek(int offset, long address, int maxLength);

  /** In-order bytes in the receive buffer. */
  int receiveAvailable();

  /**
   * Lets the SYN of an active open carry what is queued and flushed before the next poll, if the
   * server gave us a cookie the last time; else its SYN asks for one (TCP Fast Open, RFC 7413; the
   * TCP_FASTOPEN_CONNECT socket option). The server may see the data twice. Call it right after
   * {@code connect}; later, or if the configuration has it off, it does nothing.
   */
  void fastOpen();

  /** Sends FIN after the queued data (flushes). The peer may go on sending. Idempotent. */
  void shutdownOutput();

  /**
   * Sends FIN after the queued data and reads no more: unread or later data of the peer is answered
   * by RST (RFC 9293 section 3.6, as Linux). {@link ConnectionHandler#onClosed} follows when all is
   * done. Idempotent.
   */
  void close();

  /** Sends RST and forgets the connection; onClosed(LOCAL_ABORT) is called before this returns. */
  void abort();

  /** Whether the connection is over, that is, onClosed was called or is due. */
  boolean isClosed();

  /** Number that names the connection in its shard as long as it lives: slot and generation. */
  long id();

  /** Local address. Allocates. */
  IpAddress localAddress();

  /** Local port. */
  int localPort();

  /** Remote address. Allocates. */
  IpAddress remoteAddress();

  /** Remote port. */
  int remotePort();

  /** The state now. */
  TcpState state();

  /** Replaces the handler. */
  void handler(ConnectionHandler handler);

  /** The handler, or null while the connection waits to be accepted. */
  ConnectionHandler handler();

  /**
   * Nagle's algorithm off (true, the default: data is corked until flush anyway) or on (RFC 9293
   * section 3.7.4).
   */
  void noDelay(boolean noDelay);

  /** Whether Nagle's algorithm is off. */
  boolean noDelay();

  /**
   * Keep-alive probes (RFC 9293 section 3.8.4).
   *
   * @param on whether to probe
   * @param idleSeconds idle time before the first probe (Linux: 7200)
   * @param intervalSeconds time between probes (75)
   * @param count unanswered probes that end the connection (9)
   */
  void keepAlive(boolean on, int idleSeconds, int intervalSeconds, int count);

  /** Whether keep-alive is on. */
  boolean keepAlive();

  /**
   * Chooses the congestion control from now on, which takes over the window as it is
   * (TCP_CONGESTION).
   *
   * @param name one of {@link StackConfig#CONGESTION_CONTROLS}
   * @throws IllegalArgumentException when there is none of that name
   */
  void congestionControl(String name);

  /** The name of the congestion control. */
  String congestionControl();

  /**
   * Bounds the rate of sending and paces the connection, which it stays (SO_MAX_PACING_RATE). The
   * first ten segments of a connection go unpaced, as in Linux.
   *
   * @param bytesPerSecond payload bytes, more than 0; Long.MAX_VALUE for no bound
   * @throws IllegalArgumentException for 0 or less
   */
  void maxPacingRate(long bytesPerSecond);

  /** The bound of the rate of sending, Long.MAX_VALUE for none. */
  long maxPacingRate();

  /** The options, to read and to set. */
  TcpOptions options();

  /** Ends a parking that {@link RangeOwner#ready} began: the pages are there now. */
  void resumeRange();

  /** Payload bytes that the peer acknowledged so far. */
  long bytesAcked();

  /** In-order payload bytes that came so far. */
  long bytesReceived();

  /** A snapshot for diagnosis, as TCP_INFO. Allocates. */
  ConnectionInfo info();
}
