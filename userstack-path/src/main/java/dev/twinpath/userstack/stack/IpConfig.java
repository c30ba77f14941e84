package dev.twinpath.userstack.stack;

/**
 * What can be set about a shard's IP layer. Defaults are Linux's.
 *
 * @param dadTransmits questions whether somebody has an IPv6 address of ours before it is used, a
 *     second each (dad_transmits); 0 = used at once
 * @param optimisticDad use IPv6 addresses while the answers are awaited (optimistic_dad, RFC 4429)
 * @param linkLocalAddress give the stack an IPv6 address of the link, from its MAC address, when it
 *     has another IPv6 address and none of the link (addr_gen_mode)
 * @param conflictDetection of IPv4 addresses (RFC 5227): {@link #CONFLICT_COUNT}, {@link
 *     #CONFLICT_DEFEND} or {@link #CONFLICT_PROBE}
 * @param icmpBurst ICMP errors sent at once (icmp_msgs_burst); {@link StackConfig#icmpPerSecond} on
 *     the average
 * @param icmpInterval milliseconds between ICMP errors to one destination (icmp_ratelimit); 0 = no
 *     limit
 * @param reassemblyMemory bytes that fragments may take while others are missing
 *     (ipfrag_high_thresh), at least 1 MiB
 */
public record IpConfig(
    int dadTransmits,
    boolean optimisticDad,
    boolean linkLocalAddress,
    int conflictDetection,
    int icmpBurst,
    int icmpInterval,
    int reassemblyMemory) {

  /** Conflicts of IPv4 addresses are counted. */
  public static final int CONFLICT_COUNT = 0;

  /** They are answered by an announcement, once in ten seconds. */
  public static final int CONFLICT_DEFEND = 1;

  /** And nobody's address is taken: it is probed for before it is used, 4 to 7 seconds long. */
  public static final int CONFLICT_PROBE = 2;

  private static final IpConfig DEFAULTS =
      new IpConfig(1, false, true, CONFLICT_COUNT, 50, 1000, 4 << 20);

  /** Checks what would otherwise fail late. */
  public IpConfig {
    if (dadTransmits < 0 || icmpBurst < 1 || icmpInterval < 0) {
      throw new IllegalArgumentException(
          "dadTransmits and icmpInterval are 0 or more, icmpBurst is 1 or more");
    }
    if (conflictDetection < CONFLICT_COUNT || conflictDetection > CONFLICT_PROBE) {
      throw new IllegalArgumentException(
          "conflictDetection is 0 (count), 1 (defend) or 2 (probe), not " + conflictDetection);
    }
    if (reassemblyMemory < 1 << 20) {
      throw new IllegalArgumentException("reassemblyMemory is 1 MiB or more");
    }
  }

  /** Linux's. */
  public static IpConfig defaults() {
    return DEFAULTS;
  }

  /** With another {@link #dadTransmits}. */
  public IpConfig withDadTransmits(int count) {
    return new IpConfig(
        count,
        optimisticDad,
        linkLocalAddress,
        conflictDetection,
        icmpBurst,
        icmpInterval,
        reassemblyMemory);
  }

  /** With another {@link #optimisticDad}. */
  public IpConfig withOptimisticDad(boolean on) {
    return new IpConfig(
        dadTransmits,
        on,
        linkLocalAddress,
        conflictDetection,
        icmpBurst,
        icmpInterval,
        reassemblyMemory);
  }

  /** With another {@link #linkLocalAddress}. */
  public IpConfig withLinkLocalAddress(boolean on) {
    return new IpConfig(
        dadTransmits,
        optimisticDad,
        on,
        conflictDetection,
        icmpBurst,
        icmpInterval,
        reassemblyMemory);
  }

  /** With another {@link #conflictDetection}. */
  public IpConfig withConflictDetection(int mode) {
    return new IpConfig(
        dadTransmits,
        optimisticDad,
        linkLocalAddress,
        mode,
        icmpBurst,
        icmpInterval,
        reassemblyMemory);
  }

  /** With other limits of ICMP errors: {@link #icmpBurst} and {@link #icmpInterval}. */
  public IpConfig withIcmpLimits(int burst, int intervalMillis) {
    return new IpConfig(
        dadTransmits,
        optimisticDad,
        linkLocalAddress,
        conflictDetection,
        burst,
        intervalMillis,
        reassemblyMemory);
  }

  /** With another {@link #reassemblyMemory}. */
  public IpConfig withReassemblyMemory(int bytes) {
    return new IpConfig(
        dadTransmits,
        optimisticDad,
        linkLocalAddress,
        conflictDetection,
        icmpBurst,
        icmpInterval,
        bytes);
  }
}
