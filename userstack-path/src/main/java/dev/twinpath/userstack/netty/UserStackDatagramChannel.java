package dev.twinpath.userstack.netty;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.udp.SendResult;
import dev.twinpath.userstack.udp.UdpHandler;
import dev.twinpath.userstack.udp.UdpSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AddressedEnvelope;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultAddressedEnvelope;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.internal.StringUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayDeque;

/**
 * A UDP socket of the user-level stack. It writes {@link DatagramPacket}s and other addressed
 * envelopes of a {@link ByteBuf}, or plain buffers when it is connected, and reads packets.
 *
 * <p>While no read is pending, datagrams wait in the stack up to {@code SO_RCVBUF}. The NIC brings
 * datagrams to the loops that have bound their port; what comes in fragments it brings to the loop
 * that the addresses' hash says, so bind the port on every loop to get long ones too.
 */
public final class UserStackDatagramChannel extends AbstractUserStackChannel
    implements GroupMembership {
  private static final ChannelMetadata METADATA = new ChannelMetadata(true, 16);

  /** Packets that one poll may make for the pipeline, if it reads automatically. */
  private static final int MAX_WAITING = 16;

  private static final String EXPECTED_TYPES =
      " (expected: DatagramPacket, AddressedEnvelope of ByteBuf and InetSocketAddress, ByteBuf)";

  private final UserStackDatagramChannelConfig config = new UserStackDatagramChannelConfig(this);
  private volatile boolean connected;
  private UdpSocket socket;

  /** Creates a channel to bind or connect. */
  public UserStackDatagramChannel() {
    super(null);
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new DatagramUnsafe();
  }

  private DatagramUnsafe datagramUnsafe() {
    return (DatagramUnsafe) unsafe();
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public UserStackDatagramChannelConfig config() {
    return config;
  }

  @Override
  public boolean isConnected() {
    return connected;
  }

  /** The stack's socket, or null before bind and connect; the loop's thread. */
  UdpSocket socket() {
    return socket;
  }

  private UdpSocket openSocket() {
    if (socket == null) {
      socket = handler().shard().udpSocket(datagramUnsafe());
      config.apply(socket);
    }
    return socket;
  }

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    IpAddress address = ip(localAddress);
    try {
      openSocket().bind(address, ((InetSocketAddress) localAddress).getPort());
    } catch (StackException e) {
      throw SocketErrors.socketException(e, localAddress);
    }
    tellAddresses();
    activate();
  }

  private void tellAddresses() {
    localAddress(new InetSocketAddress(socket.localAddress().toInetAddress(), socket.localPort()));
    remoteAddress(
        socket.isConnected()
            ? new InetSocketAddress(socket.remoteAddress().toInetAddress(), socket.remotePort())
            : null);
    connected = socket.isConnected();
  }

  private static IpAddress ip(SocketAddress address) {
    InetSocketAddress inet = (InetSocketAddress) address;
    if (inet.isUnresolved()) {
      throw new UnresolvedAddressException();
    }
    return IpAddress.of(inet.getAddress());
  }

  @Override
  protected void doDisconnect() {
    if (socket != null && socket.isConnected()) {
      socket.disconnect();
      tellAddresses();
    }
  }

  @Override
  protected void doClose() {
    if (!markClosed()) {
      return;
    }
    connected = false;
    if (socket != null) {
      socket.close();
    }
    datagramUnsafe().release();
    doDeregister();
  }

  @Override
  protected void doBeginRead() {
    datagramUnsafe().readRequested();
  }

  /** Auto-read was switched off: what comes from now on stays in the stack. Any thread. */
  void clearReadPending() {
    if (isRegistered()) {
      onLoop(
          () -> {
            if (!config.isAutoRead()) {
              datagramUnsafe().readPending = false;
            }
          });
    }
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (message instanceof ByteBuf) {
      return DirectBuffers.direct((ByteBuf) message, alloc());
    }
    if (message instanceof AddressedEnvelope) {
      AddressedEnvelope<?, ?> envelope = (AddressedEnvelope<?, ?>) message;
      Object recipient = envelope.recipient();
      if (envelope.content() instanceof ByteBuf
          && (recipient == null || recipient instanceof InetSocketAddress)) {
        InetSocketAddress address = (InetSocketAddress) recipient;
        if (address != null && address.isUnresolved()) {
          throw new UnresolvedAddressException();
        }
        return direct(envelope, (ByteBuf) envelope.content(), address);
      }
    }
    throw new UnsupportedOperationException(
        "unsupported message type: " + StringUtil.simpleClassName(message) + EXPECTED_TYPES);
  }

  private Object direct(
      AddressedEnvelope<?, ?> envelope, ByteBuf content, InetSocketAddress recipient) {
    if (DirectBuffers.isDirect(content)) {
      return envelope;
    }
    ByteBuf copy = DirectBuffers.copy(content, alloc());
    ReferenceCountUtil.safeRelease(envelope);
    return recipient == null
        ? copy
        : new DefaultAddressedEnvelope<ByteBuf, InetSocketAddress>(copy, recipient);
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) {
    int left = config.getMaxMessagesPerWrite();
    for (Object message = in.current(); message != null; message = in.current()) {
      if (left-- == 0) {
        eventLoop().execute(datagramUnsafe()::flushNow);
        return;
      }
      SendResult result;
      try {
        result = send(message);
      } catch (RuntimeException e) {
        // One datagram's failure is not the next one's.
        in.remove(e);
        continue;
      }
      if (result == SendResult.BLOCKED) {
        return;
      }
      if (result == SendResult.SENT) {
        in.remove();
      } else {
        in.remove(DatagramErrors.notSent(result));
      }
    }
  }

  private SendResult send(Object message) {
    if (message instanceof ByteBuf) {
      ByteBuf buffer = (ByteBuf) message;
      return socket.send(DirectBuffers.readAddress(buffer), buffer.readableBytes());
    }
    AddressedEnvelope<?, ?> envelope = (AddressedEnvelope<?, ?>) message;
    ByteBuf buffer = (ByteBuf) envelope.content();
    long address = DirectBuffers.readAddress(buffer);
    InetSocketAddress to = (InetSocketAddress) envelope.recipient();
    if (to == null) {
      return socket.send(address, buffer.readableBytes());
    }
    IpAddress ip = IpAddress.of(to.getAddress());
    return socket.send(ip.high(), ip.low(), to.getPort(), address, buffer.readableBytes());
  }

  /** The loop's, the stack's and Netty's view of this channel. */
  private final class DatagramUnsafe extends AbstractUnsafe
      implements UserStackIoHandle, UdpHandler {
    static final int READ = 1;
    static final int WRITE = 2;
    static final int ERROR = 4;

    private final ArrayDeque<DatagramPacket> waiting = new ArrayDeque<>();
    private boolean readPending;
    private boolean queued;
    private int events;
    private IcmpError.Kind error;

    // --- called by the stack, from within its poll: only note what happened

    @Override
    public boolean onDatagram(long high, long low, int port, long address, int length) {
      if (!readPending || waiting.size() >= (config.isAutoRead() ? MAX_WAITING : 1)) {
        return false;
      }
      try {
        ByteBuf buffer = recvBufAllocHandle().allocate(config.getAllocator());
        int taken = Math.min(length, buffer.writableBytes());
        Memory.copy(address, DirectBuffers.writeAddress(buffer), taken);
        buffer.writerIndex(buffer.writerIndex() + taken);
        waiting.add(packet(buffer, high, low, port));
      } catch (RuntimeException | OutOfMemoryError e) {
        // The allocator failed. The read that follows meets the same error in a better place.
        return false;
      }
      raise(READ);
      return true;
    }

    private DatagramPacket packet(ByteBuf buffer, long high, long low, int port) {
      InetSocketAddress sender =
          new InetSocketAddress(new IpAddress(high, low).toInetAddress(), port);
      return new DatagramPacket(buffer, UserStackDatagramChannel.this.localAddress(), sender);
    }

    @Override
    public void onQueued() {
      if (readPending) {
        raise(READ);
      }
    }

    @Override
    public void onError(IcmpError.Kind kind) {
      error = kind;
      raise(ERROR);
    }

    @Override
    public void onWritable() {
      raise(WRITE);
    }

    private void raise(int event) {
      events |= event;
      if (!queued) {
        queued = true;
        handler().enqueue(this);
      }
    }

    private boolean take(int event) {
      boolean happened = (events & event) != 0;
      events &= ~event;
      return happened;
    }

    // --- called by the loop, outside of the stack's poll

    private void readRequested() {
      readPending = true;
      if (hasInput()) {
        raise(READ);
      }
    }

    private boolean hasInput() {
      return !waiting.isEmpty() || socket != null && socket.queued() > 0;
    }

    @Override
    public void dispatch() {
      queued = false;
      if (!isRegistered() || !isOpen()) {
        return;
      }
      try {
        if (take(ERROR)) {
          pipeline().fireExceptionCaught(DatagramErrors.refused(error));
        }
        if (take(READ)) {
          read();
        }
        if (take(WRITE)) {
          flush0();
        }
      } catch (Throwable t) {
        pipeline().fireExceptionCaught(t);
        close(voidPromise());
      }
    }

    private void flushNow() {
      flush0();
    }

    private void read() {
      if (!readPending || !isActive()) {
        return;
      }
      RecvByteBufAllocator.Handle handle = recvBufAllocHandle();
      handle.reset(config);
      boolean any = false;
      do {
        DatagramPacket packet = next(handle);
        if (packet == null) {
          break;
        }
        handle.incMessagesRead(1);
        readPending = false;
        any = true;
        pipeline().fireChannelRead(packet);
      } while (isActive() && goesOn(handle));
      if (any) {
        handle.readComplete();
        pipeline().fireChannelReadComplete();
      }
      if (readPending && isActive() && hasInput()) {
        raise(READ);
      }
    }

    /** A datagram that does not fill its buffer says nothing about whether there is another. */
    private boolean goesOn(RecvByteBufAllocator.Handle handle) {
      return handle instanceof RecvByteBufAllocator.ExtendedHandle
          ? ((RecvByteBufAllocator.ExtendedHandle) handle)
              .continueReading(UncheckedBooleanSupplier.TRUE_SUPPLIER)
          : handle.continueReading();
    }

    private DatagramPacket next(RecvByteBufAllocator.Handle handle) {
      DatagramPacket packet = waiting.poll();
      if (packet == null) {
        if (socket.queued() == 0) {
          return null;
        }
        packet = dequeue(handle);
      }
      handle.attemptedBytesRead(packet.content().capacity());
      handle.lastBytesRead(packet.content().readableBytes());
      return packet;
    }

    private DatagramPacket dequeue(RecvByteBufAllocator.Handle handle) {
      ByteBuf buffer = handle.allocate(config.getAllocator());
      long high = socket.nextSourceHigh();
      long low = socket.nextSourceLow();
      int port = socket.nextSourcePort();
      int room = buffer.writableBytes();
      int bytes = Math.min(room, socket.nextLength());
      socket.receive(DirectBuffers.writeAddress(buffer), room);
      buffer.writerIndex(buffer.writerIndex() + bytes);
      return packet(buffer, high, low, port);
    }

    /** The channel is closed. */
    private void release() {
      readPending = false;
      for (DatagramPacket packet = waiting.poll(); packet != null; packet = waiting.poll()) {
        packet.release();
      }
    }

    @Override
    public void connect(
        SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
      if (!promise.setUncancellable() || !ensureOpen(promise)) {
        return;
      }
      boolean wasActive = isActive();
      try {
        if (localAddress != null) {
          doBind(localAddress);
        }
        IpAddress address = ip(remoteAddress);
        openSocket().connect(address, ((InetSocketAddress) remoteAddress).getPort());
        tellAddresses();
        activate();
      } catch (StackException e) {
        fail(promise, SocketErrors.socketException(e, remoteAddress));
        return;
      } catch (Throwable t) {
        fail(promise, annotateConnectException(t, remoteAddress));
        return;
      }
      boolean told = promise.trySuccess();
      if (!wasActive && isActive()) {
        pipeline().fireChannelActive();
      }
      if (!told) {
        close(voidPromise());
      }
    }

    private void fail(ChannelPromise promise, Throwable cause) {
      promise.tryFailure(cause);
      close(voidPromise());
    }

    /** The loop shuts down. */
    @Override
    public void close() {
      close(voidPromise());
    }
  }
}
