package dev.twinpath.loadgen.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import java.security.MessageDigest;
import java.util.List;

/**
 * One of the run's connections, over all the sockets that it uses one after the other.
 *
 * <p>Requests are begun by {@link LoadLoop}; this class connects when there is no socket, writes,
 * takes the responses and judges them. Single-threaded: all calls on the loop's event loop.
 */
final class ClientConnection implements ResponseSink {
  private final LoadLoop loop;
  private final List<ResolvedTarget> targets;
  private final InFlight inFlight;
  private final ResponseParser parser;
  private int nextTarget;
  private Channel channel;
  private boolean connecting;
  private long lastProgress;
  private long freeSince;

  private long now;
  private int status;
  private long announcedLength;
  private long bodyLength;
  private boolean keepAlive;
  private boolean endedByServer;
  private MessageDigest digest;
  private boolean hashing;
  private boolean backingOff;
  private boolean noted;

  ClientConnection(LoadLoop loop, List<ResolvedTarget> targets, int firstTarget) {
    this.loop = loop;
    this.targets = targets;
    this.nextTarget = firstTarget % targets.size();
    this.inFlight = new InFlight(loop.spec().pipeline());
    this.parser = new ResponseParser(loop.heads(), this);
  }

  /** The run begins: the connection is free. */
  void startAt(long nanos) {
    freeSince = nanos;
  }

  boolean busy() {
    return !inFlight.isEmpty();
  }

  /** Returns whether a request can be begun now. */
  boolean accepts() {
    return !inFlight.isFull() && !backingOff;
  }

  /** Returns whether this connection stands in the loop's list of free ones. */
  boolean noted() {
    return noted;
  }

  void noted(boolean value) {
    noted = value;
  }

  int inFlightCount() {
    return inFlight.size();
  }

  long lastProgressNanos() {
    return lastProgress;
  }

  /** Begins the next request: written at once, or when the connection stands. */
  void begin(long intended, long nanos) {
    ResolvedTarget target = targets.get(nextTarget);
    nextTarget = nextTarget + 1 == targets.size() ? 0 : nextTarget + 1;
    if (inFlight.isEmpty()) {
      lastProgress = nanos;
    }
    inFlight.add(target, intended, nanos);
    loop.recorder().sent(intended, freeSince, nanos);
    if (channel != null && !connecting) {
      write(target);
    } else if (channel == null) {
      connect();
    }
  }

  void flush() {
    if (channel != null && !connecting) {
      channel.flush();
    }
  }

  private void write(ResolvedTarget target) {
    channel.write(target.request.retainedDuplicate(), channel.voidPromise());
  }

  private void connect() {
    connecting = true;
    endedByServer = false;
    parser.reset(targets.get(0).head);
    try {
      ChannelFuture connected = loop.connect(this, targets.get(0).address);
      channel = connected.channel();
      connected.addListener(future -> onConnect(connected));
    } catch (ChannelException e) {
      connectFailed(); // no socket to be had: too many open files
    }
  }

  private void onConnect(ChannelFuture connected) {
    if (channel != connected.channel()) {
      return;
    }
    if (!connected.isSuccess()) {
      connectFailed();
      return;
    }
    connecting = false;
    now = System.nanoTime();
    lastProgress = now;
    loop.recorder().connected(now);
    for (int i = 0; i < inFlight.size(); i++) {
      write(inFlight.target(i));
    }
    channel.flush();
  }

  private void connectFailed() {
    connecting = false;
    channel = null;
    now = System.nanoTime();
    failAll(ErrorKind.CONNECT);
    backingOff = true;
    loop.retryLater(this);
  }

  /** The pause after a failed connect is over. */
  void retry() {
    backingOff = false;
    loop.advance(this, System.nanoTime());
  }

  /** Takes received bytes of the socket {@code from}. */
  void received(Channel from, ByteBuf bytes) {
    if (from != channel) {
      return;
    }
    now = System.nanoTime();
    lastProgress = now;
    if (!parser.parse(bytes)) {
      drop(ErrorKind.MALFORMED);
    }
    loop.advance(this, now);
  }

  @Override
  public void onHead(int responseStatus, long contentLength, boolean keep) {
    if (inFlight.isEmpty()) {
      return; // an answer to no question: onComplete gives the connection up
    }
    status = responseStatus;
    announcedLength = contentLength;
    keepAlive = keep;
    bodyLength = 0;
    hashing = inFlight.target(0).hashed() && loop.hashThis();
    if (hashing) {
      digest = digest == null ? Sha256.newDigest() : digest;
      digest.reset();
    }
  }

  @Override
  public void onBody(ByteBuf buffer, int index, int length) {
    bodyLength += length;
    loop.recorder().bodyBytes(length, now);
    if (hashing) {
      digest.update(buffer.nioBuffer(index, length));
    }
  }

  @Override
  public boolean onComplete() {
    if (inFlight.isEmpty()) {
      drop(ErrorKind.MALFORMED);
      return false;
    }
    ErrorKind error = judge(inFlight.target(0));
    if (error == null) {
      loop.recorder().succeeded(inFlight.oldestIntended(), inFlight.oldestActual(), now);
    } else {
      loop.recorder().failed(error, now);
    }
    inFlight.removeOldest();
    freeSince = now;
    if (!keepAlive || endedByServer) {
      loop.linger(channel, now);
      channel = null;
      return false;
    }
    return true;
  }

  private ErrorKind judge(ResolvedTarget target) {
    if (!loop.spec().expects(status)) {
      return ErrorKind.STATUS;
    }
    long length = target.head ? announcedLength : bodyLength;
    if (target.expectedLength >= 0 && length != target.expectedLength) {
      return ErrorKind.BODY_MISMATCH;
    }
    if (hashing && !MessageDigest.isEqual(digest.digest(), target.expectedSha256)) {
      return ErrorKind.BODY_MISMATCH;
    }
    return null;
  }

  /** The socket {@code from} came to its end, or broke. */
  void ended(Channel from) {
    if (from != channel || connecting) {
      return;
    }
    now = System.nanoTime();
    endedByServer = true;
    boolean whole = parser.endOfStream();
    boolean inBody = parser.inBody();
    if (channel == from) {
      channel = null;
      from.close();
      if (!whole && !inFlight.isEmpty()) {
        failOldest(inBody ? ErrorKind.SHORT_BODY : ErrorKind.RESET);
        failAll(ErrorKind.RESET);
      }
    }
    loop.advance(this, now);
  }

  /** Requests that the server did not look at, because it closed after an earlier one, go again. */
  void resend() {
    if (channel == null && !inFlight.isEmpty() && !backingOff) {
      lastProgress = System.nanoTime();
      connect();
    }
  }

  /** Gives the socket up; the oldest request failed so, the others behind it with it. */
  void drop(ErrorKind kind) {
    if (channel != null) {
      Channel old = channel;
      channel = null;
      connecting = false;
      old.close();
    }
    failAll(kind);
  }

  private void failAll(ErrorKind kind) {
    while (!inFlight.isEmpty()) {
      failOldest(kind);
    }
  }

  private void failOldest(ErrorKind kind) {
    loop.recorder().failed(kind, now);
    inFlight.removeOldest();
    freeSince = now;
  }

  /** The run is over: what is in flight stays unanswered. */
  void abandon(long nanos) {
    while (!inFlight.isEmpty()) {
      loop.recorder().unanswered(inFlight.oldestIntended(), true, nanos);
      inFlight.removeOldest();
    }
    if (channel != null) {
      Channel old = channel;
      channel = null;
      old.close();
    }
  }

  /** The time-out struck. */
  void timedOut(long nanos) {
    now = nanos;
    drop(connecting ? ErrorKind.CONNECT : ErrorKind.TIMEOUT);
    loop.advance(this, nanos);
  }
}
