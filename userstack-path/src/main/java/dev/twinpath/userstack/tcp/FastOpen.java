package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import java.security.SecureRandom;

/**
 * TCP Fast Open (RFC 7413): a client that has a cookie of ours may send data with its SYN, and the
 * application answers it before the handshake is complete. The cookie proves that the client once
 * got a packet at its address, so that a spoofed SYN cannot start work. A listener bounds how many
 * such handshakes are open; beyond, and for wrong cookies, the handshake is an ordinary one.
 */
final class FastOpen {
  /** Bytes of a cookie, as Linux makes them; RFC 7413 section 4.1.1 lets others have 4 to 16. */
  static final int COOKIE = 8;

  static final int LONGEST_COOKIE = 16;

  /** Ranges that the data of a SYN may lie in. */
  static final int PIECES = 4;

  private static final int MAGIC = 0xf989;

  /** One key for all shards of the process: a client may meet any of them. */
  private static final long[] KEY = key();

  private final TcpStack stack;
  private final SipHash hash;

  /** Where the bytes of received data go on. */
  DataReceiver data;

  final FastOpenCache cache = new FastOpenCache();

  FastOpen(TcpStack stack, String configuredKey) {
    this.stack = stack;
    long[] key = configuredKey.isEmpty() ? KEY : parseKey(configuredKey);
    hash = new SipHash(key[0], key[1]);
  }

  private static long[] parseKey(String text) {
    String[] words = text.split("-");
    long[] key = new long[2];
    for (int i = 0; i < 4; i++) {
      key[i >> 1] |= Long.parseLong(words[i], 16) << 32 * (i & 1);
    }
    return key;
  }

  private static long[] key() {
    SecureRandom random = new SecureRandom();
    return new long[] {random.nextLong(), random.nextLong()};
  }

  private boolean has(int bit) {
    return (stack.config.fastOpen() & bit) != 0;
  }

  // --- the server's side

  /**
   * A SYN to a listener; the connection has its options. What may be done at once is done: the
   * connection is accepted and its data delivered.
   */
  void onSyn(Listener listener, Connection c, Segment s) {
    if (s.fastOpenLength == 0) {
      stack.counters.increment(StackCounter.FAST_OPEN_COOKIE_REQUESTS);
    }
    if (!has(StackConfig.FAST_OPEN_SERVER) || s.fastOpenLength < 0 && s.payloadLength == 0) {
      return;
    }
    int room = listener.fastOpenRoom(has(StackConfig.FAST_OPEN_EVERY_LISTENER), stack.now);
    if (room <= 0) {
      if (room == 0) {
        stack.counters.increment(StackCounter.FAST_OPEN_LISTEN_OVERFLOWS);
      }
      return;
    }
    c.fastOpenExperimental = s.fastOpenExperimental;
    boolean valid = has(StackConfig.FAST_OPEN_NO_SERVER_COOKIE);
    if (!valid && s.fastOpenLength == COOKIE) {
      valid = Memory.getLongBE(s.fastOpenCookie) == cookie(c);
    }
    if (!valid) {
      if (s.fastOpenLength > 0) {
        stack.counters.increment(StackCounter.FAST_OPEN_PASSIVE_FAILS);
      }
      // The SYN-ACK brings a good one.
      c.fastOpenOption = s.fastOpenLength >= 0;
      return;
    }
    accept(listener, c, s);
  }

  private void accept(Listener listener, Connection c, Segment s) {
    stack.counters.increment(StackCounter.FAST_OPEN_PASSIVE);
    stack.counters.increment(StackCounter.PASSIVE_OPENS);
    listener.handshakes--;
    c.listener = null;
    c.fastOpenListener = listener;
    listener.fastOpenPending++;
    c.cwnd = (long) stack.config.initialWindowSegments() * c.mss;
    // The window counts from the SYN; its data is measured by what the SYN-ACK will say.
    stack.window.open(c);
    listener.completed(c);
    if (!c.closed && s.payloadLength > 0) {
      c.synDataTaken = true;
      data.withSyn(c, s);
    }
  }

  /** The cookie that Linux would make with the same key: a hash of both addresses. */
  private long cookie(Connection c) {
    hash.begin();
    if (IpAddress.isV4(c.remoteHigh, c.remoteLow)) {
      hash.add(Long.reverseBytes(c.remoteLow << 32 | c.localLow & 0xffffffffL));
    } else {
      hash.add(Long.reverseBytes(c.remoteHigh)).add(Long.reverseBytes(c.remoteLow));
      hash.add(Long.reverseBytes(c.localHigh)).add(Long.reverseBytes(c.localLow));
    }
    return Long.reverseBytes(hash.end());
  }

  /** The handshake is over, one way or another: it no longer counts. */
  void over(Connection c, boolean reset) {
    Listener listener = c.fastOpenListener;
    if (listener != null) {
      c.fastOpenListener = null;
      listener.fastOpenPending--;
      if (reset) {
        // RFC 7413 section 5.1: an attacker who resets frees no place.
        listener.fastOpenReset(stack.now);
      }
    }
  }

  // --- options

  /** Writes the option of a SYN or SYN-ACK, if it has one; returns its length with padding. */
  int writeOption(Connection c, long at, boolean withAck) {
    if (!c.fastOpenOption) {
      return 0;
    }
    if (withAck) {
      long cookie = cookie(c);
      return write(at, c.fastOpenExperimental, COOKIE, cookie, 0);
    }
    int length = cache.length(c);
    return write(at, false, Math.max(0, length), cache.high(c), cache.low(c));
  }

  private static int write(long at, boolean experimental, int length, long high, long low) {
    int head = experimental ? 4 : 2;
    int used = head + length;
    int padding = -used & 3;
    for (int i = 0; i < padding; i++) {
      Memory.putByte(at + used + i, TcpHeader.OPTION_NOP);
    }
    Memory.putByte(at, experimental ? Segment.OPTION_EXPERIMENT : Segment.OPTION_FAST_OPEN);
    Memory.putByte(at + 1, used);
    if (experimental) {
      Memory.putShortBE(at + 2, MAGIC);
    }
    for (int i = 0; i < length; i++) {
      long word = i < 8 ? high : low;
      Memory.putByte(at + head + i, (int) (word >>> 56 - 8 * (i & 7)) & 0xff);
    }
    return padding + used;
  }

  /** Takes the option of a received SYN or SYN-ACK. */
  static void parse(Segment s, int kind, long value, int size) {
    long cookie = value;
    int length = size;
    boolean experimental = kind == Segment.OPTION_EXPERIMENT;
    if (experimental) {
      if (size < 2 || Memory.getShortBE(value) != MAGIC) {
        return;
      }
      cookie += 2;
      length -= 2;
    }
    if ((length & 1) == 0 && (length == 0 || length >= 4 && length <= LONGEST_COOKIE)) {
      s.fastOpenLength = length;
      s.fastOpenCookie = cookie;
      s.fastOpenExperimental = experimental;
    }
  }

  // --- the client's side

  /** How much of what is queued goes with the first SYN; 0 also while there is no cookie. */
  int synData(Connection c, int options) {
    if (!c.fastOpenWanted || !has(StackConfig.FAST_OPEN_CLIENT) || cache.isLossy(c, stack.now)) {
      c.fastOpenOption = false;
      return 0;
    }
    boolean without = has(StackConfig.FAST_OPEN_NO_CLIENT_COOKIE);
    c.fastOpenOption = !without;
    if (cache.length(c) <= 0 && !without) {
      // A cookie is asked for.
      return 0;
    }
    int cookie = c.fastOpenOption ? 2 + cache.length(c) + 3 & ~3 : 0;
    int most = Math.min(cache.mss(c), stack.advertisedMss(c.v6)) - options - cookie;
    int length = (int) Math.max(0, Math.min(c.flushedEnd - c.iss - 1, most));
    return length == 0 ? 0 : Math.max(0, c.sendQueue.measure(c.iss + 1, length, PIECES));
  }

  /** The SYN-ACK: a cookie for the next time, and how far the data of the SYN got. */
  void onSynAck(Connection c, Segment s, long ack) {
    if (c.fastOpenWanted && s.fastOpenLength > 0 && !s.fastOpenExperimental) {
      long low = 0;
      long high = 0;
      for (int i = 0; i < s.fastOpenLength; i++) {
        long octet = (long) Memory.getByte(s.fastOpenCookie + i) << 56 - 8 * (i & 7);
        if (i < 8) {
          high |= octet;
        } else {
          low |= octet;
        }
      }
      cache.put(c, s.fastOpenLength, high, low, s.mss);
    }
    if (c.synData > 0 && ack > c.iss + 1) {
      c.synDataTaken = true;
      stack.counters.increment(StackCounter.FAST_OPEN_ACTIVE);
      cache.delivered(c);
    } else if (c.synData > 0) {
      // The data goes out again as of any connection.
      stack.counters.increment(StackCounter.FAST_OPEN_ACTIVE_FAILS);
    }
  }

  /** A SYN that had data, or asked for a cookie, was not answered: the next goes without. */
  void onSynTimeout(Connection c) {
    if (c.fastOpenOption || c.synData > 0) {
      if (c.synData > 0) {
        stack.counters.increment(StackCounter.FAST_OPEN_ACTIVE_FAILS);
      }
      cache.lost(c, stack.now);
      c.fastOpenWanted = false;
      c.fastOpenOption = false;
    }
  }
}
