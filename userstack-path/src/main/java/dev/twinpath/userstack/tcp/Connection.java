package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.ConnectionInfo;
import dev.twinpath.userstack.stack.RangeOwner;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpOptions;
import dev.twinpath.userstack.stack.TcpState;

/** A control block with the application's calls (RFC 9293 section 3.9.1). */
final class Connection extends TransmissionControlBlock implements TcpConnection {
  final TcpStack stack;
  final long id;
  ConnectionHandler handler;
  boolean receivePaused;

  /** onClosed was called; nothing is called any more. */
  boolean ended;

  CloseCause cause;

  Connection(TcpStack stack, int serial, int slot) {
    this.stack = stack;
    this.slot = slot;
    id = (long) serial << 32 | slot;
  }

  @Override
  protected void onTimer(long nowNanos) {
    stack.timers.onTimer(this);
  }

  boolean matches(Segment s) {
    return s.sourcePort == remotePort
        && s.destinationPort == localPort
        && s.sourceLow == remoteLow
        && s.sourceHigh == remoteHigh
        && s.destinationLow == localLow
        && s.destinationHigh == localHigh;
  }

  // --- sending

  @Override
  public int sendBytes(long address, int length) {
    if (closed || finQueued) {
      throw new StackException(
          StackException.Reason.OUTPUT_SHUT, "the connection's output is shut");
    }
    int room = Math.min(length, sendSlabFree());
    int taken =
        room <= 0 ? 0 : sendQueue.append(stack.ranges, stack.slab, stack.slabRegion, address, room);
    noSpace |= taken < length;
    stack.counters.add(StackCounter.COPIED_SEND, taken);
    return taken;
  }

  @Override
  public void sendRange(int region, long offset, long length, RangeOwner owner) {
    if (closed || finQueued || length == 0) {
      if (owner != null) {
        owner.release(0, length == 0);
      }
      return;
    }
    sendQueue.append(stack.ranges, region, offset, length, owner);
  }

  @Override
  public void flush() {
    flush(false);
  }

  @Override
  public void flushMore() {
    flush(true);
  }

  private void flush(boolean moreFollows) {
    if (!closed && (flushedEnd != sendQueue.end() || more && !moreFollows)) {
      if (rate != null) {
        stack.output.noteApplicationLimit(this);
      }
      more = moreFollows;
      if (rate == null && stack.config.slowStartAfterIdle()) {
        CwndUsage.afterIdle(this, stack.now);
      }
      flushedEnd = sendQueue.end();
      moreEnd = more ? flushedEnd : 0;
      LimitTimes.start(this, LimitTimes.BUSY);
      stack.ready(this);
    }
  }

  /** The handshake is done: sequence numbers of what was queued before are fixed already. */
  void sendQueueStarted() {
    flushedEnd = Math.max(flushedEnd, iss + 1);
  }

  @Override
  public long unsentBytes() {
    return closed ? 0 : Math.max(0, sendQueue.end() - Math.max(sndNxt, iss + 1));
  }

  @Override
  public long unackedBytes() {
    if (closed) {
      return 0;
    }
    long end = sendQueue.end();
    return Math.max(0, Math.min(sndNxt, end) - Math.max(Math.min(sndUna, end), iss + 1));
  }

  @Override
  public int sendSlabFree() {
    return closed ? 0 : stack.sendSpace.room(this);
  }

  @Override
  public boolean isWritable() {
    return !closed && stack.sendSpace.isWritable(this);
  }

  @Override
  public void fastOpen() {
    fastOpenWanted = state == TcpState.SYN_SENT && sndNxt == iss;
  }

  @Override
  public void shutdownOutput() {
    if (closed || finQueued) {
      return;
    }
    flushedEnd = sendQueue.end();
    finQueued = true;
    if (state == TcpState.ESTABLISHED) {
      stack.setState(this, TcpState.FIN_WAIT_1);
    } else if (state == TcpState.CLOSE_WAIT) {
      stack.setState(this, TcpState.LAST_ACK);
    }
    stack.ready(this);
  }

  @Override
  public void close() {
    if (ended || readClosed) {
      return;
    }
    readClosed = true;
    if (closed) {
      // The peer's FIN and ours are through; only unread data was left.
      stack.reception.releaseReceiveBuffer(this);
      stack.touch(this);
      return;
    }
    if (state == TcpState.SYN_SENT) {
      stack.closing.destroy(this, CloseCause.LOCAL_ABORT);
      return;
    }
    if (unread() > 0) {
      // RFC 2525 section 2.17: the peer must learn that its data was not read.
      stack.counters.increment(StackCounter.ABORT_ON_CLOSE);
      stack.output.sendReset(this);
      stack.closing.destroy(this, CloseCause.LOCAL_ABORT);
      return;
    }
    if (options.linger == 0) {
      stack.counters.increment(StackCounter.ABORT_ON_DATA);
      stack.output.sendReset(this);
      stack.closing.destroy(this, CloseCause.LOCAL_ABORT);
      return;
    }
    shutdownOutput();
    if (!stack.closing.orphaned(this)) {
      return;
    }
    if (state == TcpState.FIN_WAIT_2) {
      stack.closing.awaitFin(this);
    }
  }

  @Override
  public void abort() {
    if (ended) {
      return;
    }
    cause = CloseCause.LOCAL_ABORT;
    stack.reception.releaseReceiveBuffer(this);
    if (!closed) {
      if (state.isSynchronized() || state == TcpState.SYN_RECEIVED) {
        stack.output.sendReset(this);
      }
      stack.closing.detach(this);
    }
    stack.closing.end(this);
  }

  // --- receiving

  @Override
  public int receive(long address, int maxLength) {
    if (receiveBuffer == null) {
      return 0;
    }
    long end = readPosition + unread();
    int done = 0;
    while (done < maxLength && readPosition < end) {
      int count = Math.min(maxLength - done, receiveBuffer.contiguous(readPosition, end));
      Memory.copy(receiveBuffer.address(readPosition), address + done, count);
      readPosition += count;
      receiveBuffer.consume(readPosition);
      done += count;
    }
    stack.counters.add(StackCounter.COPIED_RECEIVE, done);
    if (readPosition == end) {
      receivePaused = false;
      stack.reception.receiveDrained(this);
    }
    if (done > 0) {
      stack.reception.read(this);
    }
    return done;
  }

  @Override
  public int peek(int offset, long address, int maxLength) {
    if (receiveBuffer == null) {
      return 0;
    }
    long end = readPosition + unread();
    long position = readPosition + offset;
    int done = 0;
    while (done < maxLength && position < end) {
      int count = Math.min(maxLength - done, receiveBuffer.contiguous(position, end));
      Memory.copy(receiveBuffer.address(position), address + done, count);
      position += count;
      done += count;
    }
    return done;
  }

  @Override
  public int receiveAvailable() {
    return receiveBuffer == null ? 0 : (int) unread();
  }

  // --- the rest

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public IpAddress localAddress() {
    return new IpAddress(localHigh, localLow);
  }

  @Override
  public int localPort() {
    return localPort;
  }

  @Override
  public IpAddress remoteAddress() {
    return new IpAddress(remoteHigh, remoteLow);
  }

  @Override
  public int remotePort() {
    return remotePort;
  }

  @Override
  public TcpState state() {
    return state;
  }

  @Override
  public void handler(ConnectionHandler newHandler) {
    handler = newHandler;
  }

  @Override
  public ConnectionHandler handler() {
    return handler;
  }

  @Override
  public TcpOptions options() {
    return new ConnectionOptions(this);
  }

  /** Begins with options that others have too. */
  void inherit(OptionValues values) {
    options = values;
    receiveSpace = values.receiveBuffer();
    sendSpace = values.sendBuffer();
    windowClamp = values.windowClamp;
    interactive = !values.quickAck;
    nagle = !values.noDelay;
    cork = values.cork;
    keepAlive = values.keepAlive;
  }

  @Override
  public void noDelay(boolean noDelay) {
    options().noDelay(noDelay);
  }

  @Override
  public boolean noDelay() {
    return !nagle;
  }

  @Override
  public void keepAlive(boolean on, int idleSeconds, int intervalSeconds, int count) {
    options().keepAlive(on, idleSeconds, intervalSeconds, count);
  }

  @Override
  public boolean keepAlive() {
    return keepAlive;
  }

  @Override
  public void congestionControl(String name) {
    stack.congestion.install(this, stack.congestion.named(name));
  }

  @Override
  public String congestionControl() {
    return congestion.name();
  }

  @Override
  public void maxPacingRate(long bytesPerSecond) {
    if (bytesPerSecond <= 0) {
      throw new IllegalArgumentException("a rate is more than 0, not " + bytesPerSecond);
    }
    stack.congestion.pace(this).maximum(bytesPerSecond);
    stack.ready(this);
  }

  @Override
  public long maxPacingRate() {
    return pacer == null ? Long.MAX_VALUE : pacer.maximum();
  }

  @Override
  public void resumeRange() {
    if (parked) {
      parked = false;
      stack.ready(this);
    }
  }

  @Override
  public long bytesAcked() {
    return bytesAcked;
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  @Override
  public ConnectionInfo info() {
    return Snapshot.of(this);
  }
}
