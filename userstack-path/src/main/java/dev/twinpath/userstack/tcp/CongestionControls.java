package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackConfig;

/** A shard's congestion controls, by name, and which a connection has. */
final class CongestionControls {
  private final TcpStack stack;
  private final CongestionControl[] all;
  private final CongestionControl initial;

  CongestionControls(TcpStack stack) {
    this.stack = stack;
    all = new CongestionControl[] {new Cubic(), new NewReno(), new Bbr(stack)};
    initial = named(stack.config.congestionControl());
  }

  /**
   * The algorithm of a name.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  CongestionControl named(String name) {
    for (CongestionControl each : all) {
      if (each.name().equals(name)) {
        return each;
      }
    }
    throw new IllegalArgumentException(StackConfig.noSuchCongestionControl(name));
  }

  /** A connection begins with what the configuration says. */
  void begin(Connection c) {
    install(c, initial);
    if (stack.config.pacing()) {
      pace(c);
    }
  }

  /** A connection goes on with another one, from the window that it has (TCP_CONGESTION). */
  void install(Connection c, CongestionControl algorithm) {
    if (c.congestion == algorithm) {
      return;
    }
    c.congestion = algorithm;
    c.congestionState = null;
    c.rate = algorithm.hasModel() ? new DeliveryRate(c) : null;
    c.sent.rate = c.rate;
    if (algorithm.hasModel()) {
      pace(c);
    }
  }

  /** From now on the connection is paced. */
  Pacer pace(Connection c) {
    if (c.pacer == null) {
      c.pacer = new Pacer(stack.nextSendStamp());
      if (!c.congestion.hasModel()) {
        c.pacer.follow(c);
      }
    }
    return c.pacer;
  }
}
