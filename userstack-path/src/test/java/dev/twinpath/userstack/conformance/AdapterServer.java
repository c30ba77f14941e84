package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.conformance.Call.Reply;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Serves the driver's connections from one thread, so that calls have one order. A call that would
 * block stays with its connection and is tried again whenever something happened in the stack.
 *
 * <p>Virtual time stands still until a driver's call lets it pass. It moves from one event of the
 * stack to the next, and between the events the calls that came meanwhile get their turn: a blocked
 * call ends at the time of the event that ended it, and time waits until its caller was heard.
 */
final class AdapterServer implements AutoCloseable {
  private static final int HEADER = 20;
  private static final int MAX_DATA = 16 << 20;
  private static final long MICRO = 1_000L;
  private static final long RECEIVE_WAIT = 1_000_000_000L;

  private static final int DELIVER = 17;
  private static final int TAKE = 18;
  private static final int PASS = 19;
  private static final int NOW = 20;

  /** Real time that the caller of a blocked call has for its next one, before time moves on. */
  private static final long CALLER_GRACE_MILLIS = 20;

  /** The same once it was heard, for what it does about the answer. */
  private static final long CALLER_TURN_MILLIS = 2;

  /** Real time after which time moves on by itself when every connection waits for it. */
  private static final long ALL_WAIT_MILLIS = 300;

  private static final int MAX_TRACES = 20;

  private final AdapterOptions options;
  private final Path path;
  private final Selector selector;
  private final ServerSocketChannel server;
  private final List<Peer> peers = new ArrayList<>();
  private VirtualStack stack;
  private SocketCalls sockets;
  private Peer awaited;
  private boolean justHeard;

  /** Since the script began. */
  private int failures;

  /** The stack failed when time moved last: its events are no reason to move it again. */
  private boolean broken;

  private volatile boolean stopped;

  /** One connection of the driver. */
  private static final class Peer {
    final SocketChannel channel;
    ByteBuffer in = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    Call call;

    Peer(SocketChannel channel) {
      this.channel = channel;
    }
  }

  AdapterServer(Path path, AdapterOptions options) throws IOException {
    this.path = path;
    this.options = options;
    begin();
    Files.deleteIfExists(path);
    selector = Selector.open();
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
  }

  /** A fresh stack without a socket. */
  private void begin() {
    stack = new VirtualStack(options.config(), options.mtu());
    sockets = new SocketCalls(stack, options);
    awaited = null;
    failures = 0;
    broken = false;
  }

  /** Serves until {@link #stop}, whatever one script or the stack under it does. */
  void run() throws IOException {
    while (!stopped) {
      try {
        boolean heard = listen();
        if (stopped) {
          break;
        }
        if (heard) {
          retry();
        } else {
          awaited = null;
          if (mayPass()) {
            step();
          }
        }
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }
  }

  /** What went wrong in the adapter or the stack; a script that repeats it is not told so often. */
  private void failed(Throwable cause) {
    failures++;
    if (failures <= MAX_TRACES) {
      cause.printStackTrace();
    }
  }

  /** Lets {@link #run} return; from any thread. */
  void stop() {
    stopped = true;
    selector.wakeup();
  }

  /** Takes what the driver says, waiting for it as long as that makes sense; false: nothing. */
  private boolean listen() throws IOException {
    if (timePasses()) {
      if (awaited != null) {
        selector.select(CALLER_GRACE_MILLIS);
      } else if (justHeard) {
        selector.select(CALLER_TURN_MILLIS);
      } else {
        selector.selectNow();
      }
      justHeard = false;
    } else if (allWait()) {
      selector.select(ALL_WAIT_MILLIS);
    } else {
      selector.select();
    }
    boolean heard = false;
    boolean somebodyNew = false;
    for (SelectionKey key : selector.selectedKeys()) {
      if (key.isAcceptable()) {
        somebodyNew = true;
      } else {
        heard |= read((Peer) key.attachment());
      }
    }
    selector.selectedKeys().clear();
    if (somebodyNew) {
      // After those who left: the next script begins with nobody there.
      accept();
      heard = true;
    }
    return heard;
  }

  private boolean timePasses() {
    for (Peer peer : peers) {
      if (peer.call != null && (peer.call.op == TAKE || peer.call.op == PASS)) {
        return true;
      }
    }
    return false;
  }

  private boolean allWait() {
    for (Peer peer : peers) {
      if (peer.call == null) {
        return false;
      }
    }
    return !peers.isEmpty();
  }

  private boolean mayPass() {
    return timePasses() || (allWait() && target() != Long.MAX_VALUE);
  }

  private void accept() {
    try {
      SocketChannel channel = server.accept();
      if (channel == null) {
        return;
      }
      channel.configureBlocking(false);
      Peer peer = new Peer(channel);
      channel.register(selector, SelectionKey.OP_READ, peer);
      peers.add(peer);
    } catch (IOException e) {
      System.err.println("accepting a connection: " + e);
    }
  }

  private boolean read(Peer peer) {
    try {
      int count = peer.channel.read(peer.in);
      if (count < 0) {
        leave(peer);
        return true;
      }
      boolean heard = false;
      while (peer.call == null && takeRequest(peer)) {
        heard = true;
      }
      return heard;
    } catch (IOException e) {
      leave(peer);
      return true;
    }
  }

  /** A script's end: when nobody is left, the next one finds a fresh stack. */
  private void leave(Peer peer) {
    if (!peers.contains(peer)) {
      return;
    }
    try {
      peer.channel.close();
    } catch (IOException e) {
      System.err.println("closing a connection: " + e);
    }
    peers.remove(peer);
    if (awaited == peer) {
      awaited = null;
    }
    if (peers.isEmpty()) {
      try {
        stack.close();
      } catch (RuntimeException | Error e) {
        failed(e);
      }
      begin();
    }
  }

  private boolean takeRequest(Peer peer) throws IOException {
    ByteBuffer in = peer.in;
    if (in.position() < HEADER) {
      return false;
    }
    int length = in.getInt(16);
    if (length < 0 || length > MAX_DATA) {
      throw new IOException("a request with " + length + " bytes of data");
    }
    int total = HEADER + length;
    if (in.capacity() < total) {
      ByteBuffer larger = ByteBuffer.allocate(total + HEADER).order(ByteOrder.LITTLE_ENDIAN);
      larger.put(in.flip());
      peer.in = larger;
      return false;
    }
    if (in.position() < total) {
      return false;
    }
    byte[] data = new byte[length];
    in.get(HEADER, data);
    Call call = new Call(in.getInt(0), in.getInt(4), in.getInt(8), in.getInt(12), data);
    in.flip().position(total);
    in.compact();
    if (awaited == peer) {
      awaited = null;
      justHeard = true;
    }
    perform(peer, call);
    return true;
  }

  /** Tries a call, and answers it unless it has to wait: with an error if the attempt failed. */
  private void perform(Peer peer, Call call) {
    Reply reply;
    try {
      reply = attempt(call);
      stack.settle();
    } catch (RuntimeException | Error e) {
      failed(e);
      reply = Reply.error(Errno.EIO);
    }
    if (reply == null) {
      call.waiting = true;
      peer.call = call;
      return;
    }
    peer.call = null;
    try {
      send(peer, reply);
    } catch (IOException e) {
      leave(peer);
    }
  }

  /** Calls that waited are tried again, those that let time pass at last. */
  private void retry() {
    boolean progress = true;
    while (progress) {
      progress = false;
      for (Peer peer : List.copyOf(peers)) {
        Call call = peers.contains(peer) ? peer.call : null;
        if (call != null && call.op != TAKE && call.op != PASS) {
          perform(peer, call);
          if (peer.call == null) {
            awaited = peer;
            progress = true;
          }
        }
      }
    }
    for (Peer peer : List.copyOf(peers)) {
      Call call = peers.contains(peer) ? peer.call : null;
      if (call != null) {
        perform(peer, call);
      }
    }
  }

  /** Moves time to the next event, and looks who waited for it. */
  private void step() {
    try {
      stack.advanceTo(target());
      broken = false;
    } catch (RuntimeException | Error e) {
      failed(e);
      broken = true;
    }
    retry();
  }

  /** When the next event is due: of the stack, or the end of a wait. */
  private long target() {
    long target = broken ? Long.MAX_VALUE : stack.nextDeadline();
    for (Peer peer : peers) {
      if (peer.call != null) {
        target = Math.min(target, peer.call.deadline);
      }
    }
    return target;
  }

  private Reply attempt(Call call) {
    return switch (call.op) {
      case DELIVER -> {
        stack.wire.deliver(call.data);
        yield Reply.of(0);
      }
      case TAKE -> take(call);
      case PASS -> pass(call);
      case NOW -> Reply.of(stack.now() / MICRO);
      default -> sockets.attempt(call);
    };
  }

  private Reply take(Call call) {
    RawIpWire.Sent sent = stack.wire.fromStack.poll();
    if (sent != null) {
      ByteBuffer out = ByteBuffer.allocate(8 + sent.packet().length).order(ByteOrder.LITTLE_ENDIAN);
      out.putLong(sent.nanos() / MICRO).put(sent.packet());
      return Reply.of(0, out.array());
    }
    return waited(call, RECEIVE_WAIT) ? Reply.error(Errno.EAGAIN) : null;
  }

  private Reply pass(Call call) {
    return waited(call, Math.max(0, (long) call.a) * MICRO) ? Reply.of(0) : null;
  }

  private boolean waited(Call call, long nanos) {
    if (!call.waiting && call.deadline == Long.MAX_VALUE) {
      call.deadline = stack.now() + nanos;
    }
    return stack.now() >= call.deadline;
  }

  private static void send(Peer peer, Reply reply) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(16 + reply.data().length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(reply.result()).putInt(reply.errno()).putInt(reply.data().length);
    out.put(reply.data()).flip();
    while (out.hasRemaining()) {
      if (peer.channel.write(out) == 0) {
        Thread.onSpinWait();
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (Peer peer : peers) {
      peer.channel.close();
    }
    server.close();
    selector.close();
    stack.close();
    Files.deleteIfExists(path);
  }
}
