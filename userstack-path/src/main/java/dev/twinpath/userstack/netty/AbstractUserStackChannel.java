package dev.twinpath.userstack.netty;

import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** What listeners and connections share: their loop's handler, their state, their addresses. */
abstract class AbstractUserStackChannel extends AbstractChannel {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

  private static final int OPEN = 0;
  private static final int ACTIVE = 1;
  private static final int CLOSED = 2;

  private volatile int state = OPEN;
  private volatile InetSocketAddress local;
  private volatile InetSocketAddress remote;
  private UserStackIoHandler handler;
  private IoRegistration registration;

  AbstractUserStackChannel(Channel parent) {
    super(parent);
  }

  /** The loop's handler; null before registration. The loop's thread. */
  final UserStackIoHandler handler() {
    return handler;
  }

  final void handler(UserStackIoHandler of) {
    handler = of;
  }

  /** The channel was bound, accepted or connected. */
  final void activate() {
    state = ACTIVE;
  }

  /** Returns whether it was open until now. */
  final boolean markClosed() {
    boolean wasOpen = state != CLOSED;
    state = CLOSED;
    return wasOpen;
  }

  final void localAddress(InetSocketAddress address) {
    local = address;
  }

  final void remoteAddress(InetSocketAddress address) {
    remote = address;
  }

  /** Called on the loop when the channel is registered. */
  void registered() {}

  private UserStackIoHandle handle() {
    return (UserStackIoHandle) unsafe();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof IoEventLoop
        && ((IoEventLoop) loop).isCompatible(UserStackIoHandle.class);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    ((IoEventLoop) eventLoop())
        .register(handle())
        .addListener(
            future -> {
              if (future.isSuccess()) {
                registration = (IoRegistration) future.getNow();
                handler = registration.attachment();
                promise.setSuccess();
                registered();
              } else {
                promise.setFailure(future.cause());
              }
            });
  }

  @Override
  protected void doDeregister() {
    IoRegistration old = registration;
    if (old != null) {
      registration = null;
      old.cancel();
    }
  }

  /** Runs something on the loop, now if this is its thread. Any thread. */
  final void onLoop(Runnable action) {
    EventLoop loop = eventLoop();
    if (loop.inEventLoop()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  @Override
  public boolean isOpen() {
    return state != CLOSED;
  }

  @Override
  public boolean isActive() {
    return state == ACTIVE;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) super.localAddress();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return (InetSocketAddress) super.remoteAddress();
  }

  @Override
  protected SocketAddress localAddress0() {
    return local;
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return remote;
  }
}
