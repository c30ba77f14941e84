package dev.twinpath.server.path;

import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.LoopRecorder;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;

/**
 * One data path as the services see it: event loops and a class of listening channels. A listener
 * for FTP data is another {@link #serverChannelClass()} on the control connection's own event loop.
 * Thread-safe.
 */
public interface PathService {
  /** Which path. */
  DataPath path();

  /** The event loops on which this path's connections live. */
  EventLoopGroup group();

  /** The class of its listening channels. */
  Class<? extends ServerChannel> serverChannelClass();

  /** Adds what each of its connected channels needs, before any other handler. */
  void prepare(Channel channel);

  /** How file regions leave: {@code SENDFILE}, {@code SPLICE} or {@code MAPPED}. */
  BodyMode fileMode();

  /** The counters of one of its event loops; to be written on that loop only. */
  LoopRecorder recorder(EventLoop loop);

  /** A small number of one of its event loops, unique among the loops of both paths, from 0. */
  int slot(EventLoop loop);
}
