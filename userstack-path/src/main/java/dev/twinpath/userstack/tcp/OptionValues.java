package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.TcpOptions;

/**
 * Options as they were set. A listener has one of its own; its connections share a frozen copy, and
 * one that sets something for itself copies again: thousands of connections cost one object.
 */
final class OptionValues implements TcpOptions, Cloneable {
  /** Linux's SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF. */
  static final int LEAST_RECEIVE_BUFFER = 2304;

  static final int LEAST_SEND_BUFFER = 4608;

  /** Linux's TCP_MIN_MSS and MAX_TCP_WINDOW, the range of TCP_MAXSEG. */
  private static final int LEAST_MSS = 88;

  private static final int GREATEST_MSS = 32767;

  private static final int MAX_KEEP_ALIVE = 32767;
  private static final int MAX_COUNT = 127;
  private static final int MAX_FIN_TIMEOUT = 120;
  private static final int SYNACK_TIMEOUT = 1;
  private static final int MAX_SYNACK_TIMEOUT = 120;

  boolean noDelay = true;
  boolean cork;
  boolean keepAlive;
  int keepAliveIdle = 7200;
  int keepAliveInterval = 75;
  int keepAliveCount = 9;

  /** As doubled; 0 = auto-tuned. */
  int receiveBuffer;

  int sendBuffer;
  int notSentLowWater;
  int userTimeout;
  int linger = -1;
  int maxSegment;
  int windowClamp;
  boolean quickAck = true;
  int synCount;

  /** SYN-ACKs sent again before a bare ACK completes a handshake; 0 = at once. */
  int deferredSynAcks;

  int finTimeout;
  int typeOfService;
  int timeToLive = 64;

  private final StackConfig config;
  private OptionValues frozen;

  OptionValues(StackConfig config) {
    this.config = config;
    notSentLowWater = config.notSentLowWater();
  }

  /** A copy that nobody changes. */
  OptionValues frozen() {
    if (frozen == null) {
      frozen = copy();
    }
    return frozen;
  }

  OptionValues copy() {
    try {
      OptionValues copy = (OptionValues) clone();
      copy.frozen = null;
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  private void changed() {
    frozen = null;
  }

  private static void check(boolean inRange, String name, int value) {
    if (!inRange) {
      throw new IllegalArgumentException(name + " cannot be " + value);
    }
  }

  @Override
  public void noDelay(boolean on) {
    noDelay = on;
    changed();
  }

  @Override
  public boolean noDelay() {
    return noDelay;
  }

  @Override
  public void cork(boolean on) {
    cork = on;
    changed();
  }

  @Override
  public boolean cork() {
    return cork;
  }

  @Override
  public void keepAlive(boolean on, int idleSeconds, int intervalSeconds, int count) {
    check(idleSeconds >= 1 && idleSeconds <= MAX_KEEP_ALIVE, "TCP_KEEPIDLE", idleSeconds);
    check(
        intervalSeconds >= 1 && intervalSeconds <= MAX_KEEP_ALIVE,
        "TCP_KEEPINTVL",
        intervalSeconds);
    check(count >= 1 && count <= MAX_COUNT, "TCP_KEEPCNT", count);
    keepAlive = on;
    keepAliveIdle = idleSeconds;
    keepAliveInterval = intervalSeconds;
    keepAliveCount = count;
    changed();
  }

  @Override
  public boolean keepAlive() {
    return keepAlive;
  }

  @Override
  public int keepAliveIdle() {
    return keepAliveIdle;
  }

  @Override
  public int keepAliveInterval() {
    return keepAliveInterval;
  }

  @Override
  public int keepAliveCount() {
    return keepAliveCount;
  }

  @Override
  public void receiveBuffer(int bytes) {
    check(bytes >= 0, "SO_RCVBUF", bytes);
    receiveBuffer = Math.max(2 * Math.min(bytes, config.maxReceiveOption()), LEAST_RECEIVE_BUFFER);
    changed();
  }

  @Override
  public int receiveBuffer() {
    return receiveBuffer != 0 ? receiveBuffer : config.rmemDefault();
  }

  @Override
  public void sendBuffer(int bytes) {
    check(bytes >= 0, "SO_SNDBUF", bytes);
    sendBuffer = Math.max(2 * Math.min(bytes, config.maxSendOption()), LEAST_SEND_BUFFER);
    changed();
  }

  @Override
  public int sendBuffer() {
    return sendBuffer != 0 ? sendBuffer : config.wmemDefault();
  }

  @Override
  public void notSentLowWater(int bytes) {
    notSentLowWater = bytes;
    changed();
  }

  @Override
  public int notSentLowWater() {
    return notSentLowWater;
  }

  @Override
  public void userTimeout(int millis) {
    check(millis >= 0, "TCP_USER_TIMEOUT", millis);
    userTimeout = millis;
    changed();
  }

  @Override
  public int userTimeout() {
    return userTimeout;
  }

  @Override
  public void linger(int seconds) {
    linger = seconds;
    changed();
  }

  @Override
  public int linger() {
    return linger;
  }

  @Override
  public void maxSegment(int bytes) {
    check(bytes == 0 || bytes >= LEAST_MSS && bytes <= GREATEST_MSS, "TCP_MAXSEG", bytes);
    maxSegment = bytes;
    changed();
  }

  @Override
  public int maxSegment() {
    return maxSegment != 0 ? maxSegment : Handshake.DEFAULT_MSS;
  }

  @Override
  public void windowClamp(int bytes) {
    check(bytes >= 0, "TCP_WINDOW_CLAMP", bytes);
    windowClamp = bytes == 0 ? 0 : Math.max(bytes, LEAST_RECEIVE_BUFFER / 2);
    changed();
  }

  @Override
  public int windowClamp() {
    return windowClamp;
  }

  @Override
  public void quickAck(boolean on) {
    quickAck = on;
    changed();
  }

  @Override
  public boolean quickAck() {
    return quickAck;
  }

  @Override
  public void synCount(int count) {
    check(count >= 1 && count <= MAX_COUNT, "TCP_SYNCNT", count);
    synCount = count;
    changed();
  }

  @Override
  public int synCount() {
    return synCount != 0 ? synCount : config.synRetries();
  }

  @Override
  public void deferAccept(int seconds) {
    check(seconds >= 0, "TCP_DEFER_ACCEPT", seconds);
    int count = 0;
    int timeout = SYNACK_TIMEOUT;
    for (int period = 0; seconds > period && count < 255; count++) {
      period += timeout;
      timeout = Math.min(2 * timeout, MAX_SYNACK_TIMEOUT);
    }
    deferredSynAcks = count;
    changed();
  }

  @Override
  public int deferAccept() {
    int period = 0;
    int timeout = SYNACK_TIMEOUT;
    for (int i = 0; i < deferredSynAcks; i++) {
      period += timeout;
      timeout = Math.min(2 * timeout, MAX_SYNACK_TIMEOUT);
    }
    return period;
  }

  @Override
  public void finTimeout(int seconds) {
    finTimeout = Math.max(Math.min(seconds, MAX_FIN_TIMEOUT), -1);
    changed();
  }

  @Override
  public int finTimeout() {
    return finTimeout != 0 ? finTimeout : config.finTimeout() / 1000;
  }

  @Override
  public void typeOfService(int value) {
    check(value >= 0 && value <= 255, "IP_TOS", value);
    typeOfService = value & ~3;
    changed();
  }

  @Override
  public int typeOfService() {
    return typeOfService;
  }

  @Override
  public void timeToLive(int hops) {
    check(hops >= 1 && hops <= 255, "IP_TTL", hops);
    timeToLive = hops;
    changed();
  }

  @Override
  public int timeToLive() {
    return timeToLive;
  }
}
