package dev.twinpath.nic.flow;

import dev.twinpath.nic.packet.ParsedPacket;

/**
 * A way to spread packets over queues by their hash: a key, the fields that it covers, and an
 * indirection table of its own (what {@code ethtool -X DEV context N} configures). Context 0
 * spreads what no rule and no flow decides; others are for {@link SteeringRule}s that name them.
 *
 * <p>Any thread may change a context while packets flow: each packet sees it wholly before or
 * wholly after a change.
 */
public final class RssContext {
  /** The number of the context that is always there. */
  public static final int DEFAULT = 0;

  /** What belongs together; replaced as a whole. */
  private record Settings(ToeplitzHash hash, HashFields fields, IndirectionTable table) {}

  private final int id;
  private final int queues;
  private volatile Settings settings;

  RssContext(int id, int queues, ToeplitzHash hash, HashFields fields, IndirectionTable table) {
    this.id = id;
    this.queues = queues;
    check(table);
    settings = new Settings(hash, fields, table);
  }

  private void check(IndirectionTable table) {
    if (table.highestQueue() >= queues) {
      throw new IllegalArgumentException(
          "the table names queue "
              + table.highestQueue()
              + ", and the NIC has queues 0 to "
              + (queues - 1));
    }
  }

  /** The number by which rules name the context. */
  public int id() {
    return id;
  }

  /** Replaces the indirection table. */
  public synchronized void table(IndirectionTable table) {
    check(table);
    settings = new Settings(settings.hash, settings.fields, table);
  }

  /** The indirection table. */
  public IndirectionTable table() {
    return settings.table;
  }

  /** Replaces the hash's key, {@link ToeplitzHash#KEY_LENGTH} bytes. */
  public synchronized void key(byte[] key) {
    settings = new Settings(new ToeplitzHash(key), settings.fields, settings.table);
  }

  /** The hash, which has the key. */
  public ToeplitzHash hash() {
    return settings.hash;
  }

  /** Changes which packets' ports the hash covers. */
  public synchronized void fields(HashFields fields) {
    settings = new Settings(settings.hash, fields, settings.table);
  }

  /** Which packets' ports the hash covers. */
  public HashFields fields() {
    return settings.fields;
  }

  /**
   * The hash of a packet, 0 for what is not IP, and its queue: the one place where a packet without
   * a flow gets its queue.
   *
   * @return the queue in the high half, the hash in the low one
   */
  public long spread(ParsedPacket packet) {
    Settings now = settings;
    int hash = hash(now, packet);
    return (long) now.table.queue(hash) << 32 | (hash & 0xffffffffL);
  }

  private static int hash(Settings now, ParsedPacket packet) {
    ToeplitzHash hash = now.hash;
    if (packet.isIpv4()) {
      boolean ports = packet.isTcp() && now.fields.tcp4() || packet.isUdp() && now.fields.udp4();
      return ports
          ? hash.hash(
              packet.source4(),
              packet.destination4(),
              packet.sourcePort(),
              packet.destinationPort())
          : hash.hash(packet.source4(), packet.destination4());
    }
    if (packet.isIpv6()) {
      boolean ports = packet.isTcp() && now.fields.tcp6() || packet.isUdp() && now.fields.udp6();
      return ports
          ? hash.hash6(
              packet.source6(),
              packet.destination6(),
              packet.sourcePort(),
              packet.destinationPort())
          : hash.hash6(packet.source6(), packet.destination6());
    }
    return 0;
  }
}
