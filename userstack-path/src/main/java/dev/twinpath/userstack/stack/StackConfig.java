package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.InterfaceAddress;
import dev.twinpath.userstack.ip.Route;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that can be set about a shard. Defaults are Linux's where Linux has the thing. Times
 * in milliseconds, sizes in bytes.
 *
 * @param addresses the stack's own addresses, at least one
 * @param routes static routes; the longest prefix wins, then the first
 * @param timestamps offer and accept RFC 7323 timestamps (tcp_timestamps)
 * @param windowScaling offer and accept RFC 7323 window scaling (tcp_window_scaling)
 * @param sack offer and accept RFC 2018 selective acknowledgements (tcp_sack)
 * @param ecn explicit congestion notification (tcp_ecn): {@link #ECN_OFF}, {@link #ECN_REQUEST} or
 *     {@link #ECN_ACCEPT}
 * @param congestionControl one of {@link #CONGESTION_CONTROLS} (tcp_congestion_control)
 * @param slowStartAfterIdle whether a window that was not used shrinks (tcp_slow_start_after_idle)
 * @param pacing whether every connection is paced, as with Linux's fq; those with "bbr" are in any
 *     case
 * @param initialWindowSegments initial congestion window, RFC 6928
 * @param minTsoSegments least segments that are sent as one packet where the window allows it
 *     (tcp_min_tso_segs)
 * @param minRto least retransmission timeout (tcp_rto_min)
 * @param initialRto before the first measurement, RFC 6298 section 2.1
 * @param maxRto greatest retransmission timeout
 * @param delayedAck delay of an acknowledgement
 * @param synRetries SYNs sent again before an active open fails (tcp_syn_retries)
 * @param synAckRetries SYN-ACKs sent again before a passive open is forgotten (tcp_synack_retries)
 * @param retries timeouts in a row before an established connection fails (tcp_retries2)
 * @param orphanRetries the same once the application has closed it (tcp_orphan_retries)
 * @param finTimeout FIN_WAIT_2 after close (tcp_fin_timeout)
 * @param timeWait length of TIME_WAIT
 * @param maxTimeWait entries of the TIME_WAIT table; the oldest makes room (tcp_max_tw_buckets)
 * @param maxOrphans connections that the application has closed (tcp_max_orphans)
 * @param maxConnections connections of the shard, all states but TIME_WAIT
 * @param maxBacklog bound of a listener's accept queue (somaxconn)
 * @param maxSynBacklog handshakes in progress per listener (tcp_max_syn_backlog)
 * @param synCookies answer SYNs by cookies (RFC 4987 section 3.6, tcp_syncookies): 0 = never, 1 =
 *     when a listener's SYN queue is full, 2 = always
 * @param fastOpen TCP Fast Open (RFC 7413, tcp_fastopen): a sum of {@link #FAST_OPEN_CLIENT} and
 *     the other FAST_OPEN bits
 * @param fastOpenKey what Fast Open cookies are signed with (tcp_fastopen_key): four 32-bit numbers
 *     in hexadecimal with dashes between, the same for all hosts that share an address; empty = one
 *     drawn for this process
 * @param timeWaitReuse an active open may take over a connection in TIME_WAIT that used timestamps
 *     and is older than a second (tcp_tw_reuse): 0 = never, 1 = yes, 2 = only on loopback, which a
 *     stack of its own has not
 * @param rfc1337 RST does not end TIME_WAIT (tcp_rfc1337)
 * @param rmemMin receive buffer that a connection has under memory pressure too (tcp_rmem)
 * @param rmemDefault receive buffer that a connection begins with; half of it is its window
 * @param rmemMax what auto-tuning may let it grow to; decides the window scale
 * @param wmemMin send buffer of copied bytes that a connection has under pressure too (tcp_wmem)
 * @param wmemDefault send buffer that a connection begins with
 * @param wmemMax what auto-tuning may let it grow to
 * @param maxReceiveOption greatest value of SO_RCVBUF, before it is doubled (rmem_max)
 * @param maxSendOption greatest value of SO_SNDBUF, before it is doubled (wmem_max)
 * @param notSentLowWater TCP_NOTSENT_LOWAT of connections that do not set it (tcp_notsent_lowat)
 * @param memLow where memory pressure ends, bytes of send slab and receive pool (tcp_mem); 0 = half
 *     of both
 * @param memPressure where it begins; 0 = three quarters of both
 * @param memHigh from here on only least buffers are filled; 0 = seven eighths of both
 * @param sendSlab copied bytes of all connections of the shard, virtual memory
 * @param receivePool unread and out-of-order bytes of all connections of the shard, virtual memory
 * @param receiveBuffers frames that the NIC may deliver ahead of the shard
 * @param challengeAcksPerSecond bound of RFC 5961 section 7 for the shard
 *     (tcp_challenge_ack_limit); Integer.MAX_VALUE = none, only the two per second of each
 *     connection
 * @param icmpPerSecond ICMP messages sent per second (icmp_msgs_per_sec)
 * @param receiveBudget frames taken per poll
 * @param ephemeralLow first port of the ephemeral range (ip_local_port_range)
 * @param ephemeralHigh last port of the ephemeral range
 * @param ip the IP layer's settings
 * @param mtuProbing search for the path's MTU by larger segments (tcp_mtu_probing): {@link
 *     #MTU_PROBING_OFF}, {@link #MTU_PROBING_ON_BLACK_HOLE} or {@link #MTU_PROBING_ALWAYS}
 * @param baseMss segment size where that search begins (tcp_base_mss), 48..65495
 */
public record StackConfig(
    List<InterfaceAddress> addresses,
    List<Route> routes,
    boolean timestamps,
    boolean windowScaling,
    boolean sack,
    int ecn,
    String congestionControl,
    boolean slowStartAfterIdle,
    boolean pacing,
    int initialWindowSegments,
    int minTsoSegments,
    int minRto,
    int initialRto,
    int maxRto,
    int delayedAck,
    int synRetries,
    int synAckRetries,
    int retries,
    int orphanRetries,
    int finTimeout,
    int timeWait,
    int maxTimeWait,
    int maxOrphans,
    int maxConnections,
    int maxBacklog,
    int maxSynBacklog,
    int synCookies,
    int fastOpen,
    String fastOpenKey,
    int timeWaitReuse,
    boolean rfc1337,
    int rmemMin,
    int rmemDefault,
    int rmemMax,
    int wmemMin,
    int wmemDefault,
    int wmemMax,
    int maxReceiveOption,
    int maxSendOption,
    int notSentLowWater,
    long memLow,
    long memPressure,
    long memHigh,
    int sendSlab,
    int receivePool,
    int receiveBuffers,
    int challengeAcksPerSecond,
    int icmpPerSecond,
    int receiveBudget,
    int ephemeralLow,
    int ephemeralHigh,
    IpConfig ip,
    int mtuProbing,
    int baseMss) {

  /** Trust ICMP alone (RFC 1191, RFC 8201). */
  public static final int MTU_PROBING_OFF = 0;

  /** Search when timeouts in a row make it likely that large packets vanish. */
  public static final int MTU_PROBING_ON_BLACK_HOLE = 1;

  /** Search on every connection. */
  public static final int MTU_PROBING_ALWAYS = 2;

  /** Never use explicit congestion notification. */
  public static final int ECN_OFF = 0;

  /** Ask for it, and agree when the peer asks. */
  public static final int ECN_REQUEST = 1;

  /** Agree when the peer asks. */
  public static final int ECN_ACCEPT = 2;

  /** TCP Fast Open: active opens may send data with their SYN. */
  public static final int FAST_OPEN_CLIENT = 1;

  /** TCP Fast Open: listeners that ask for it take data with a SYN. */
  public static final int FAST_OPEN_SERVER = 2;

  /** TCP Fast Open: active opens send data with their SYN though they have no cookie. */
  public static final int FAST_OPEN_NO_CLIENT_COOKIE = 4;

  /** TCP Fast Open: listeners take data with a SYN that has no cookie. */
  public static final int FAST_OPEN_NO_SERVER_COOKIE = 0x200;

  /** TCP Fast Open: every listener takes data with a SYN, whether it asks for it or not. */
  public static final int FAST_OPEN_EVERY_LISTENER = 0x400;

  /** What {@link #congestionControl} may be. */
  public static final List<String> CONGESTION_CONTROLS = List.of("cubic", "reno", "bbr");

  /** Checks what would otherwise fail late. */
  public StackConfig {
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("the stack needs an address");
    }
    if (ecn < ECN_OFF || ecn > ECN_ACCEPT) {
      throw new IllegalArgumentException("ecn is 0 (off), 1 (request) or 2 (accept), not " + ecn);
    }
    if (!CONGESTION_CONTROLS.contains(congestionControl)) {
      throw new IllegalArgumentException(noSuchCongestionControl(congestionControl));
    }
    if (synCookies < 0 || synCookies > 2) {
      throw new IllegalArgumentException("synCookies is 0, 1 or 2, not " + synCookies);
    }
    if (!fastOpenKey.isEmpty() && !fastOpenKey.matches("[0-9a-fA-F]{1,8}(-[0-9a-fA-F]{1,8}){3}")) {
      throw new IllegalArgumentException("fastOpenKey is not 4 hexadecimal numbers with dashes");
    }
    if (timeWaitReuse < 0 || timeWaitReuse > 2) {
      throw new IllegalArgumentException("timeWaitReuse is 0, 1 or 2, not " + timeWaitReuse);
    }
    checkMemory("rmem", rmemMin, rmemDefault, rmemMax);
    checkMemory("wmem", wmemMin, wmemDefault, wmemMax);
    long both = (long) sendSlab + receivePool;
    memLow = memLow == 0 ? both / 2 : memLow;
    memPressure = memPressure == 0 ? both / 4 * 3 : memPressure;
    memHigh = memHigh == 0 ? both / 8 * 7 : memHigh;
    if (memLow < 0 || memPressure < memLow || memHigh < memPressure) {
      throw new IllegalArgumentException("memLow, memPressure and memHigh do not fit together");
    }
    if (minRto < 1 || maxRto < minRto || initialRto < 1) {
      throw new IllegalArgumentException("minRto, initialRto and maxRto do not fit together");
    }
    if (mtuProbing < MTU_PROBING_OFF || mtuProbing > MTU_PROBING_ALWAYS) {
      throw new IllegalArgumentException(
          "mtuProbing is 0 (off), 1 (on a black hole) or 2 (always), not " + mtuProbing);
    }
    if (baseMss < 48 || baseMss > 65_495) {
      throw new IllegalArgumentException("baseMss is not in 48..65495: " + baseMss);
    }
    if (ephemeralLow < 1 || ephemeralHigh > 65535 || ephemeralHigh < ephemeralLow) {
      throw new IllegalArgumentException("no ephemeral ports");
    }
  }

  /** What to say of a name that {@link #CONGESTION_CONTROLS} does not have. */
  public static String noSuchCongestionControl(String name) {
    return "there is no congestion control \""
        + name
        + "\"; use one of "
        + String.join(", ", CONGESTION_CONTROLS);
  }

  private static void checkMemory(String name, int least, int initial, int greatest) {
    if (least < 2304 || initial < least || greatest < initial || greatest > 1 << 30) {
      throw new IllegalArgumentException(
          name
              + " wants 2304 <= min <= default <= max <= 1 GiB, not "
              + least
              + " "
              + initial
              + " "
              + greatest);
    }
  }

  /** A builder with the defaults and no address. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects a configuration. */
  public static final class Builder {
    private final List<InterfaceAddress> addresses = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();
    private boolean timestamps = true;
    private boolean windowScaling = true;
    private boolean sack = true;
    private int ecn = ECN_ACCEPT;
    private String congestionControl = "cubic";
    private boolean slowStartAfterIdle = true;
    private boolean pacing;
    private int initialWindowSegments = 10;
    private int minTsoSegments = 2;
    private int minRto = 200;
    private int initialRto = 1000;
    private int maxRto = 120_000;
    private int delayedAck = 40;
    private int synRetries = 6;
    private int synAckRetries = 5;
    private int retries = 15;
    private int orphanRetries = 8;
    private int finTimeout = 60_000;
    private int timeWait = 60_000;
    private int maxTimeWait = 262_144;
    private int maxOrphans = 65_536;
    private int maxConnections = 1 << 20;
    private int maxBacklog = 4096;
    private int maxSynBacklog = 4096;
    private int synCookies = 1;
    private int fastOpen = FAST_OPEN_CLIENT;
    private String fastOpenKey = "";
    private int timeWaitReuse = 2;
    private boolean rfc1337;
    private int rmemMin = 4096;
    private int rmemDefault = 131_072;
    private int rmemMax = 6 << 20;
    private int wmemMin = 4096;
    private int wmemDefault = 16_384;
    private int wmemMax = 4 << 20;
    private int maxReceiveOption = 212_992;
    private int maxSendOption = 212_992;
    private int notSentLowWater = -1;
    private long memLow;
    private long memPressure;
    private long memHigh;
    private int sendSlab = 64 << 20;
    private int receivePool = 64 << 20;
    private int receiveBuffers = 256;
    private int challengeAcksPerSecond = Integer.MAX_VALUE;
    private int icmpPerSecond = 1000;
    private int receiveBudget = 128;
    private int ephemeralLow = 32_768;
    private int ephemeralHigh = 60_999;
    private IpConfig ip = IpConfig.defaults();
    private int mtuProbing = MTU_PROBING_OFF;
    private int baseMss = 1024;

    private Builder() {}

    /** Adds an address, such as {@code 10.0.0.2/24} or {@code fd00::2/64}. */
    public Builder address(String text) {
      return address(InterfaceAddress.parse(text));
    }

    /** Adds an address. */
    public Builder address(InterfaceAddress address) {
      addresses.add(address);
      return this;
    }

    /** Adds the default route of the gateway's IP version. */
    public Builder gateway(String address) {
      return route(Route.parse("default via " + address));
    }

    /** Adds a route. */
    public Builder route(Route route) {
      routes.add(route);
      return this;
    }

    /** Sets {@link StackConfig#timestamps}. */
    public Builder timestamps(boolean on) {
      timestamps = on;
      return this;
    }

    /** Sets {@link StackConfig#windowScaling}. */
    public Builder windowScaling(boolean on) {
      windowScaling = on;
      return this;
    }

    /** Sets {@link StackConfig#sack}. */
    public Builder sack(boolean on) {
      sack = on;
      return this;
    }

    /** Sets {@link StackConfig#ecn}. */
    public Builder ecn(int mode) {
      ecn = mode;
      return this;
    }

    /** Sets {@link StackConfig#congestionControl}. */
    public Builder congestionControl(String name) {
      congestionControl = name;
      return this;
    }

    /** Sets {@link StackConfig#slowStartAfterIdle}. */
    public Builder slowStartAfterIdle(boolean on) {
      slowStartAfterIdle = on;
      return this;
    }

    /** Sets {@link StackConfig#pacing}. */
    public Builder pacing(boolean on) {
      pacing = on;
      return this;
    }

    /** Sets {@link StackConfig#initialWindowSegments}. */
    public Builder initialWindowSegments(int segments) {
      initialWindowSegments = segments;
      return this;
    }

    /** Sets {@link StackConfig#minTsoSegments}. */
    public Builder minTsoSegments(int segments) {
      minTsoSegments = segments;
      return this;
    }

    /** Sets {@link StackConfig#minRto}. */
    public Builder minRto(int millis) {
      minRto = millis;
      return this;
    }

    /** Sets {@link StackConfig#initialRto}. */
    public Builder initialRto(int millis) {
      initialRto = millis;
      return this;
    }

    /** Sets {@link StackConfig#maxRto}. */
    public Builder maxRto(int millis) {
      maxRto = millis;
      return this;
    }

    /** Sets {@link StackConfig#delayedAck}. */
    public Builder delayedAck(int millis) {
      delayedAck = millis;
      return this;
    }

    /** Sets {@link StackConfig#synRetries}. */
    public Builder synRetries(int count) {
      synRetries = count;
      return this;
    }

    /** Sets {@link StackConfig#synAckRetries}. */
    public Builder synAckRetries(int count) {
      synAckRetries = count;
      return this;
    }

    /** Sets {@link StackConfig#retries}. */
    public Builder retries(int count) {
      retries = count;
      return this;
    }

    /** Sets {@link StackConfig#orphanRetries}. */
    public Builder orphanRetries(int count) {
      orphanRetries = count;
      return this;
    }

    /** Sets {@link StackConfig#finTimeout}. */
    public Builder finTimeout(int millis) {
      finTimeout = millis;
      return this;
    }

    /** Sets {@link StackConfig#timeWait}. */
    public Builder timeWait(int millis) {
      timeWait = millis;
      return this;
    }

    /** Sets {@link StackConfig#maxTimeWait}. */
    public Builder maxTimeWait(int entries) {
      maxTimeWait = entries;
      return this;
    }

    /** Sets {@link StackConfig#maxOrphans}. */
    public Builder maxOrphans(int connections) {
      maxOrphans = connections;
      return this;
    }

    /** Sets {@link StackConfig#maxConnections}. */
    public Builder maxConnections(int connections) {
      maxConnections = connections;
      return this;
    }

    /** Sets {@link StackConfig#maxBacklog}. */
    public Builder maxBacklog(int connections) {
      maxBacklog = connections;
      return this;
    }

    /** Sets {@link StackConfig#maxSynBacklog}. */
    public Builder maxSynBacklog(int handshakes) {
      maxSynBacklog = handshakes;
      return this;
    }

    /** Sets {@link StackConfig#synCookies}. */
    public Builder synCookies(int when) {
      synCookies = when;
      return this;
    }

    /** Sets {@link StackConfig#fastOpen}. */
    public Builder fastOpen(int bits) {
      fastOpen = bits;
      return this;
    }

    /** Sets {@link StackConfig#fastOpenKey}. */
    public Builder fastOpenKey(String key) {
      fastOpenKey = key;
      return this;
    }

    /** Sets {@link StackConfig#timeWaitReuse}. */
    public Builder timeWaitReuse(int when) {
      timeWaitReuse = when;
      return this;
    }

    /** Sets {@link StackConfig#rfc1337}. */
    public Builder rfc1337(boolean on) {
      rfc1337 = on;
      return this;
    }

    /** Sets the receive buffer's least, first and greatest size (tcp_rmem). */
    public Builder rmem(int least, int initial, int greatest) {
      rmemMin = least;
      rmemDefault = initial;
      rmemMax = greatest;
      return this;
    }

    /** Sets the send buffer's least, first and greatest size (tcp_wmem). */
    public Builder wmem(int least, int initial, int greatest) {
      wmemMin = least;
      wmemDefault = initial;
      wmemMax = greatest;
      return this;
    }

    /** Sets {@link StackConfig#maxReceiveOption}. */
    public Builder maxReceiveOption(int bytes) {
      maxReceiveOption = bytes;
      return this;
    }

    /** Sets {@link StackConfig#maxSendOption}. */
    public Builder maxSendOption(int bytes) {
      maxSendOption = bytes;
      return this;
    }

    /** Sets {@link StackConfig#notSentLowWater}. */
    public Builder notSentLowWater(int bytes) {
      notSentLowWater = bytes;
      return this;
    }

    /** Sets where memory pressure ends and begins, and the bound (tcp_mem), in bytes. */
    public Builder mem(long low, long pressure, long high) {
      memLow = low;
      memPressure = pressure;
      memHigh = high;
      return this;
    }

    /** Sets {@link StackConfig#sendSlab}. */
    public Builder sendSlab(int bytes) {
      sendSlab = bytes;
      return this;
    }

    /** Sets {@link StackConfig#receivePool}. */
    public Builder receivePool(int bytes) {
      receivePool = bytes;
      return this;
    }

    /** Sets {@link StackConfig#receiveBuffers}. */
    public Builder receiveBuffers(int frames) {
      receiveBuffers = frames;
      return this;
    }

    /** Sets {@link StackConfig#challengeAcksPerSecond}. */
    public Builder challengeAcksPerSecond(int count) {
      challengeAcksPerSecond = count;
      return this;
    }

    /** Sets {@link StackConfig#icmpPerSecond}. */
    public Builder icmpPerSecond(int count) {
      icmpPerSecond = count;
      return this;
    }

    /** Sets {@link StackConfig#receiveBudget}. */
    public Builder receiveBudget(int frames) {
      receiveBudget = frames;
      return this;
    }

    /** Sets the ephemeral port range, both ends included. */
    public Builder ephemeralPorts(int low, int high) {
      ephemeralLow = low;
      ephemeralHigh = high;
      return this;
    }

    /** Sets {@link StackConfig#ip}. */
    public Builder ip(IpConfig settings) {
      ip = settings;
      return this;
    }

    /** Sets {@link StackConfig#mtuProbing}. */
    public Builder mtuProbing(int mode) {
      mtuProbing = mode;
      return this;
    }

    /** Sets {@link StackConfig#baseMss}. */
    public Builder baseMss(int bytes) {
      baseMss = bytes;
      return this;
    }

    /**
     * The configuration.
     *
     * @throws IllegalArgumentException if something does not fit
     */
    public StackConfig build() {
      return new StackConfig(
          addresses,
          routes,
          timestamps,
          windowScaling,
          sack,
          ecn,
          congestionControl,
          slowStartAfterIdle,
          pacing,
          initialWindowSegments,
          minTsoSegments,
          minRto,
          initialRto,
          maxRto,
          delayedAck,
          synRetries,
          synAckRetries,
          retries,
          orphanRetries,
          finTimeout,
          timeWait,
          maxTimeWait,
          maxOrphans,
          maxConnections,
          maxBacklog,
          maxSynBacklog,
          synCookies,
          fastOpen,
          fastOpenKey,
          timeWaitReuse,
          rfc1337,
          rmemMin,
          rmemDefault,
          rmemMax,
          wmemMin,
          wmemDefault,
          wmemMax,
          maxReceiveOption,
          maxSendOption,
          notSentLowWater,
          memLow,
          memPressure,
          memHigh,
          sendSlab,
          receivePool,
          receiveBuffers,
          challengeAcksPerSecond,
          icmpPerSecond,
          receiveBudget,
          ephemeralLow,
          ephemeralHigh,
          ip,
          mtuProbing,
          baseMss);
    }
  }
}
