package dev.twinpath.nic.flow;

import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;

/**
 * One queue's use of the NIC's {@link Steering}: decides where each packet goes, in the order that
 * is told there. Holds the last decision. One thread; allocates nothing.
 */
public final class Classifier {
  /** Which table decided. */
  public enum Reason {
    /** An n-tuple rule sent it on. */
    RULE,
    /** An n-tuple rule sent it to the exception queue. */
    EXCEPTION,
    /** An n-tuple rule dropped it. */
    DROP,
    /** The flow table knew it, or the packet that it quotes. */
    FLOW,
    /** A host listens on its port. */
    LISTENER,
    /** Its hash. */
    HASH,
    /** It is for the host of every queue. */
    EVERYBODY
  }

  /** The most packets that can be looked ahead at. */
  public static final int MAX_AHEAD = 16;

  /** RFC 4861: router and neighbour solicitations and advertisements, and redirects. */
  private static final int FIRST_DISCOVERY = 133;

  private static final int LAST_DISCOVERY = 137;

  /** Of 32 or 64 bytes each, twice that with the empty slots: half a megabyte. */
  private static final int MANY_FLOWS = 8192;

  private final FlowTable flows;
  private final SteeringRules rules;
  private final ListenerRules listeners;
  private final RssContext spread;
  private final Steering steering;
  private final int ownQueue;
  private int queue;
  private int tag;
  private int hash;
  private int flags;
  private final long[] homes = new long[MAX_AHEAD];
  private long touched;

  /**
   * @param queue whose thread asks
   */
  public Classifier(Steering steering, int queue) {
    this.steering = steering;
    this.flows = steering.flows();
    this.rules = steering.rules();
    this.listeners = steering.listeners();
    this.spread = steering.contexts().get(RssContext.DEFAULT);
    this.ownQueue = queue;
  }

  /**
   * Decides about a packet.
   *
   * @param checks what its checksums say, {@link ReceiveFlags}; with a broken header or checksum it
   *     is steered, and gets no tag
   * @return who decided; {@link #queue}, {@link #tag}, {@link #hash} and {@link #flags} tell more
   */
  public Reason classify(ParsedPacket packet, int checks) {
    tag = FlowTable.NONE;
    flags = 0;
    boolean sound = (checks & (ReceiveFlags.L3_BAD | ReceiveFlags.L4_BAD)) == 0;
    SteeringRules.Installed rule = rules.match(packet);
    if (rule != null) {
      return obey(rule, packet, sound);
    }
    take(spread.spread(packet));
    if (packet.hasPorts()) {
      long found = find(packet);
      if (found != FlowTable.NONE) {
        queue = FlowTable.queue(found);
        tag = sound ? FlowTable.tag(found) : FlowTable.NONE;
        return Reason.FLOW;
      }
      ListenerRule listener = listeners.find(packet);
      if (listener != null) {
        return listen(listener, sound);
      }
      return Reason.HASH;
    }
    return withoutPorts(packet);
  }

  /** Whether the flow table is so large that looking ahead pays: it does not fit a core's cache. */
  public boolean looksAhead() {
    return flows.size() > MANY_FLOWS;
  }

  /**
   * Brings what {@link #classify} will look at into the cache, for several packets at once. The
   * addresses are found first and loaded then, close to each other, as a processor looks only some
   * hundred instructions ahead of a load that it waits for.
   *
   * @param count how many of the packets, at most {@link #MAX_AHEAD}
   */
  public void lookAhead(ParsedPacket[] packets, int count) {
    for (int i = 0; i < count; i++) {
      homes[i] = home(packets[i]);
    }
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum +=
          homes[i] == 0
              ? 0
              : Memory.getLong(homes[i]) + Memory.getLong(homes[i] + FlowTable.STRIDE);
    }
    // Kept, or the compiler would leave the loads out.
    touched = sum;
  }

  private long home(ParsedPacket packet) {
    if (!packet.hasPorts()) {
      return 0;
    }
    if (packet.isIpv4()) {
      return flows.home(
          packet.protocol(),
          packet.destination4(),
          packet.destinationPort(),
          packet.source4(),
          packet.sourcePort());
    }
    return flows.home6(
        packet.protocol(),
        packet.destination6(),
        packet.destinationPort(),
        packet.source6(),
        packet.sourcePort());
  }

  private Reason withoutPorts(ParsedPacket packet) {
    if (isForEverybody(packet)) {
      queue = ownQueue;
      return Reason.EVERYBODY;
    }
    if (QuotedFlow.isError(packet)) {
      long found = QuotedFlow.find(flows, packet);
      if (found != FlowTable.NONE) {
        queue = FlowTable.queue(found);
        return Reason.FLOW;
      }
    }
    return Reason.HASH;
  }

  private Reason listen(ListenerRule listener, boolean sound) {
    boolean stays = steering.keepsArrivals() && listener.has(ownQueue);
    int member = listener.member(stays ? ownQueue : queue, hash);
    queue = listener.queue(member);
    if (sound) {
      tag = listener.tag(member);
      flags = ReceiveFlags.LISTENER;
    }
    return Reason.LISTENER;
  }

  private Reason obey(SteeringRules.Installed rule, ParsedPacket packet, boolean sound) {
    rule.hit(ownQueue);
    SteeringAction action = rule.rule.action();
    RssContext context = rule.context;
    take((context == null ? spread : context).spread(packet));
    switch (action.kind()) {
      case DROP:
        return Reason.DROP;
      case EXCEPTION:
        queue = steering.exceptionQueue();
        flags = ReceiveFlags.EXCEPTION;
        return Reason.EXCEPTION;
      case QUEUE:
        queue = action.argument();
        break;
      default:
        break;
    }
    if (packet.hasPorts() && sound) {
      long found = find(packet);
      if (found != FlowTable.NONE && FlowTable.queue(found) == queue) {
        tag = FlowTable.tag(found);
      }
    }
    return Reason.RULE;
  }

  private void take(long spread) {
    queue = (int) (spread >>> 32);
    hash = (int) spread;
  }

  private long find(ParsedPacket packet) {
    if (packet.isIpv4()) {
      return flows.find(
          packet.protocol(),
          packet.destination4(),
          packet.destinationPort(),
          packet.source4(),
          packet.sourcePort());
    }
    return flows.find6(
        packet.protocol(),
        packet.destination6(),
        packet.destinationPort(),
        packet.source6(),
        packet.sourcePort());
  }

  private static boolean isForEverybody(ParsedPacket packet) {
    if (packet.type() == EthernetHeader.TYPE_ARP) {
      return true;
    }
    if (!packet.isIpv6()
        || packet.protocol() != Ipv6Header.NEXT_ICMP
        || packet.isFragment()
        || packet.transportLength() < 1) {
      return false;
    }
    int type = Memory.getByte(packet.transport());
    return type >= FIRST_DISCOVERY && type <= LAST_DISCOVERY;
  }

  /** The queue that gets the packet, unless it is dropped. */
  public int queue() {
    return queue;
  }

  /** The flow's tag, the listener's, or {@link FlowTable#NONE}. */
  public int tag() {
    return tag;
  }

  /** The receive hash, 0 for what is not IP. */
  public int hash() {
    return hash;
  }

  /** {@link ReceiveFlags} that steering adds. */
  public int flags() {
    return flags;
  }
}
