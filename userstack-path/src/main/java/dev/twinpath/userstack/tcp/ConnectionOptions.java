package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.TcpOptions;
import dev.twinpath.userstack.stack.TcpState;

/** The options of one connection, and what setting one does at once. Made for each use. */
final class ConnectionOptions implements TcpOptions {
  private static final long SECOND = 1_000_000_000L;

  private final Connection c;

  ConnectionOptions(Connection connection) {
    c = connection;
  }

  /** The connection's own values, copied when it changes one for the first time. */
  private OptionValues own() {
    if (!c.ownsOptions) {
      c.options = c.options.copy();
      c.ownsOptions = true;
    }
    return c.options;
  }

  /** Sends what was held back. */
  private void push() {
    c.more = false;
    c.pushEnd = c.sendQueue.end();
    c.stack.ready(c);
  }

  @Override
  public void noDelay(boolean on) {
    own().noDelay(on);
    c.nagle = !on;
    if (on) {
      push();
    }
  }

  @Override
  public boolean noDelay() {
    return !c.nagle;
  }

  @Override
  public void cork(boolean on) {
    own().cork(on);
    c.cork = on;
    if (!on) {
      push();
    }
  }

  @Override
  public boolean cork() {
    return c.cork;
  }

  @Override
  public void keepAlive(boolean on, int idleSeconds, int intervalSeconds, int count) {
    own().keepAlive(on, idleSeconds, intervalSeconds, count);
    c.keepAlive = on;
    c.keepAliveProbes = 0;
    if (on && !c.closed && c.state.isSynchronized()) {
      c.stack.timers.armIdle(c, c.stack.now + idleSeconds * SECOND);
    }
  }

  @Override
  public boolean keepAlive() {
    return c.keepAlive;
  }

  @Override
  public int keepAliveIdle() {
    return c.options.keepAliveIdle;
  }

  @Override
  public int keepAliveInterval() {
    return c.options.keepAliveInterval;
  }

  @Override
  public int keepAliveCount() {
    return c.options.keepAliveCount;
  }

  @Override
  public void receiveBuffer(int bytes) {
    own().receiveBuffer(bytes);
    c.receiveSpace = c.options.receiveBuffer;
  }

  @Override
  public int receiveBuffer() {
    return c.receiveSpace;
  }

  @Override
  public void sendBuffer(int bytes) {
    own().sendBuffer(bytes);
    c.sendSpace = c.options.sendBuffer;
    if (!c.closed) {
      c.stack.touchWritable(c);
    }
  }

  @Override
  public int sendBuffer() {
    return c.sendSpace;
  }

  @Override
  public void notSentLowWater(int bytes) {
    own().notSentLowWater(bytes);
    if (!c.closed) {
      c.stack.touchWritable(c);
    }
  }

  @Override
  public int notSentLowWater() {
    return c.options.notSentLowWater;
  }

  @Override
  public void userTimeout(int millis) {
    own().userTimeout(millis);
  }

  @Override
  public int userTimeout() {
    return c.options.userTimeout;
  }

  @Override
  public void linger(int seconds) {
    own().linger(seconds);
  }

  @Override
  public int linger() {
    return c.options.linger;
  }

  @Override
  public void maxSegment(int bytes) {
    own().maxSegment(bytes);
  }

  @Override
  public int maxSegment() {
    return c.state.isSynchronized() ? c.mss : c.options.maxSegment();
  }

  @Override
  public void windowClamp(int bytes) {
    if (bytes == 0 && (c.state.isSynchronized() || c.closed)) {
      throw new IllegalArgumentException("TCP_WINDOW_CLAMP cannot be 0 on a connection");
    }
    int before = c.windowClamp;
    own().windowClamp(bytes);
    int clamp = c.options.windowClamp;
    c.windowClamp = clamp;
    if (c.state.isSynchronized()) {
      ReceiveWindow.clampChanged(c, before);
    }
  }

  @Override
  public int windowClamp() {
    return c.windowClamp;
  }

  @Override
  public void quickAck(boolean on) {
    own().quickAck(on);
    if (!c.closed) {
      c.stack.acknowledging.option(c, on);
    }
  }

  @Override
  public boolean quickAck() {
    return !c.interactive;
  }

  @Override
  public void synCount(int count) {
    own().synCount(count);
  }

  @Override
  public int synCount() {
    return c.options.synCount();
  }

  @Override
  public void deferAccept(int seconds) {
    own().deferAccept(seconds);
  }

  @Override
  public int deferAccept() {
    return c.options.deferAccept();
  }

  @Override
  public void finTimeout(int seconds) {
    own().finTimeout(seconds);
    if (c.orphan && c.state == TcpState.FIN_WAIT_2) {
      c.stack.closing.awaitFin(c);
    }
  }

  @Override
  public int finTimeout() {
    return c.options.finTimeout();
  }

  @Override
  public void typeOfService(int value) {
    own().typeOfService(value);
    newTemplate();
  }

  @Override
  public int typeOfService() {
    return c.options.typeOfService;
  }

  @Override
  public void timeToLive(int hops) {
    own().timeToLive(hops);
    newTemplate();
  }

  @Override
  public int timeToLive() {
    return c.options.timeToLive;
  }

  /** The header template is built again before the next packet. */
  private void newTemplate() {
    c.neighborVersion = -1;
  }
}
