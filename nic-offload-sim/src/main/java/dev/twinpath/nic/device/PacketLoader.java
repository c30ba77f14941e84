package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.Segmentation;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.nic.packet.VlanTag;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.TransmitDescriptor;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;

/**
 * Reads one packet's descriptors into a {@link Frame}, checking everything the host claims.
 *
 * <p>Each descriptor is read once. The headers, whichever pieces they lie in, are copied into the
 * device's own memory, where the template check, the lengths and the IPv4 checksum work on them:
 * the host cannot change them after the check, and its memory is never written. The payload stays
 * where it is.
 */
final class PacketLoader {
  /** Pieces that a packet may have; the device needs one more for the headers' copy. */
  static final int MAX_SEGMENTS = Frame.MAX_SEGMENTS - 2;

  /** The most payload of a packet to be cut: the longest IP packet less the longest headers. */
  static final int MAX_TSO_BYTES = 65535 - Ipv4Header.MAX_LENGTH - TcpHeader.MAX_LENGTH;

  private static final int MAX_HEADERS = Segmentation.MAX_HEADERS;
  private static final int DEFAULT_HEADERS = 128;
  private static final int HEADROOM = 64;
  private static final int MAX_IP_PACKET = 65535;
  private static final int MAC_ADDRESSES = 12;
  private static final int ICMP_CHECKSUM_OFFSET = 2;
  private static final int SEGMENTATION =
      TransmitDescriptor.OFFLOAD_TSO4
          | TransmitDescriptor.OFFLOAD_TSO6
          | TransmitDescriptor.OFFLOAD_USO;
  private static final int WITH_CHECKSUM = SEGMENTATION | TransmitDescriptor.OFFLOAD_CHECKSUM;

  private final RegisteredMemory memory;
  private final SendTemplateTable templates;
  private final boolean templatesRequired;
  private final int maxFrame;
  private final int maxPieces;
  private final long headers;
  private final Frame frame = new Frame();
  private final ParsedPacket packet = new ParsedPacket();

  private long next;
  private long cookie;
  private int headerLength;
  private int checksumStart;
  private int checksumOffset;
  private int segmentCount;
  private int segmentSize;

  PacketLoader(
      RegisteredMemory memory,
      SendTemplateTable templates,
      boolean templatesRequired,
      int mtu,
      int wirePieces,
      Arena arena) {
    this.memory = memory;
    this.templates = templates;
    this.templatesRequired = templatesRequired;
    this.maxFrame = EthernetHeader.LENGTH + VlanTag.LENGTH + mtu;
    this.maxPieces = maxPieces(wirePieces);
    this.headers = arena.allocate(HEADROOM + MAX_HEADERS, 64).address() + HEADROOM;
  }

  /** Pieces that a packet may have over a wire that takes so many. */
  static int maxPieces(int wirePieces) {
    return Math.min(MAX_SEGMENTS, wirePieces - 1);
  }

  Frame frame() {
    return frame;
  }

  /** What its headers are; known when it was asked to be cut, summed or held to a template. */
  ParsedPacket packet() {
    return packet;
  }

  /** The position after the packet. */
  long next() {
    return next;
  }

  long cookie() {
    return cookie;
  }

  int totalLength() {
    return frame.totalLength();
  }

  /** Bytes of all frames that it becomes on the wire, each with its headers. */
  long wireLength() {
    return frame.totalLength() + (long) (segmentCount - 1) * headerLength;
  }

  /** Frames that it becomes on the wire. */
  int segmentCount() {
    return segmentCount;
  }

  boolean checksumRequested() {
    return checksumStart != 0;
  }

  /** Loads the packet at a position; returns a {@link TransmitStatus}. */
  int load(DescriptorRing ring, long position, long tail) {
    long entry = ring.entry(position);
    boolean context = TransmitDescriptor.isContext(entry);
    int segments = TransmitDescriptor.segments(entry);
    int offloads = TransmitDescriptor.offloads(entry);
    int template = TransmitDescriptor.template(entry);
    int vlan = TransmitDescriptor.vlan(entry);
    cookie = TransmitDescriptor.cookie(entry);
    headerLength = TransmitDescriptor.headerLength(entry);
    segmentSize = TransmitDescriptor.segmentSize(entry);
    checksumStart = TransmitDescriptor.checksumStart(entry);
    checksumOffset = TransmitDescriptor.checksumOffset(entry);
    segmentCount = 1;
    frame.clear();
    if (!context || segments > tail - position - 1) {
      // Nobody knows where the next packet begins: the rest of what was rung for is dropped.
      next = tail;
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    next = position + 1 + segments;
    if (segments > maxPieces) {
      return TransmitStatus.TOO_LONG;
    }
    int status = gather(ring, position + 1, segments);
    if (status != TransmitStatus.OK) {
      return status;
    }
    if ((offloads & TransmitDescriptor.OFFLOAD_VLAN) != 0) {
      insertVlan(vlan);
    }
    return check(offloads, template);
  }

  /** Collects the pieces: of the headers a copy, of the rest where it lies. */
  private int gather(DescriptorRing ring, long position, int segments) {
    int wanted = headerLength == 0 ? DEFAULT_HEADERS : headerLength;
    if (wanted > MAX_HEADERS - VlanTag.LENGTH || wanted < EthernetHeader.LENGTH) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    int copied = 0;
    long total = 0;
    frame.headroom(HEADROOM);
    for (int i = 0; i < segments; i++) {
      long entry = ring.entry(position + i);
      if (!TransmitDescriptor.isData(entry)) {
        return TransmitStatus.BAD_DESCRIPTOR;
      }
      int region = TransmitDescriptor.region(entry);
      long offset = TransmitDescriptor.offset(entry);
      int length = TransmitDescriptor.length(entry);
      long address = memory.translate(region, offset, length, RegisteredMemory.READ);
      if (address < 0) {
        return TransmitStatus.REGION_REFUSED;
      }
      total += length;
      if (total > MAX_IP_PACKET + EthernetHeader.LENGTH) {
        return TransmitStatus.TOO_LONG;
      }
      int head = Math.min(length, wanted - copied);
      if (head > 0) {
        Memory.copy(address, headers + copied, head);
        copied += head;
        if (copied == wanted) {
          frame.add(headers, copied);
        }
      }
      if (length > head) {
        frame.add(address + head, length - head);
      }
    }
    if (copied < wanted) {
      if (headerLength != 0 || copied < EthernetHeader.LENGTH) {
        return TransmitStatus.BAD_DESCRIPTOR;
      }
      frame.add(headers, copied);
    }
    headerLength = copied;
    frame.headerLength(headerLength);
    return TransmitStatus.OK;
  }

  private void insertVlan(int control) {
    Memory.copy(
        headers + MAC_ADDRESSES,
        headers + MAC_ADDRESSES + VlanTag.LENGTH,
        headerLength - MAC_ADDRESSES);
    Memory.putShortBE(headers + MAC_ADDRESSES, VlanTag.TYPE_CUSTOMER);
    Memory.putShortBE(headers + MAC_ADDRESSES + 2, control);
    frame.growFirst(VlanTag.LENGTH);
    headerLength += VlanTag.LENGTH;
    frame.headerLength(headerLength);
    checksumStart += checksumStart == 0 ? 0 : VlanTag.LENGTH;
  }

  private int check(int offloads, int template) {
    int segmentation = offloads & SEGMENTATION;
    boolean summed = (offloads & WITH_CHECKSUM) != 0;
    boolean held = template != 0 || templatesRequired;
    if (!summed) {
      checksumStart = 0;
    }
    if (held || summed) {
      if (segmentation != 0 && !writeLength()) {
        return TransmitStatus.TOO_LONG;
      }
      packet.parse(headers, headerLength, frame.totalLength());
      if (segmentation != 0 && packet.isUdp()) {
        UdpHeader.length(packet.transport(), packet.transportLength());
      }
    }
    if (held) {
      int status = checkTemplate(template, summed);
      if (status != TransmitStatus.OK) {
        return status;
      }
    }
    int payload = frame.totalLength() - headerLength;
    boolean cut = segmentation != 0 && payload > segmentSize;
    if (!cut && frame.totalLength() > maxFrame) {
      return TransmitStatus.TOO_LONG;
    }
    if (!summed) {
      return TransmitStatus.OK;
    }
    if (checksumStart < EthernetHeader.LENGTH
        || checksumStart + checksumOffset + 2 > headerLength
        || packet.type() == EthernetHeader.TYPE_IPV4 && !packet.isIpv4()) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    frame.requestChecksum(checksumStart, checksumOffset);
    int status =
        segmentation == 0 ? TransmitStatus.OK : prepareSegmentation(segmentation, payload, cut);
    if (status == TransmitStatus.OK && packet.isIpv4()) {
      Ipv4Header.writeChecksum(packet.network());
    }
    return status;
  }

  /** The length of the whole, as Linux and virtio want it of an uncut packet; false = too long. */
  private boolean writeLength() {
    int network = EthernetHeader.LENGTH;
    int type = EthernetHeader.type(headers);
    while (VlanTag.isTag(type) && network + VlanTag.LENGTH <= headerLength) {
      network += VlanTag.LENGTH;
      type = Memory.getShortBE(headers + network - 2);
    }
    int length = frame.totalLength() - network;
    if (type == EthernetHeader.TYPE_IPV4 && network + Ipv4Header.MIN_LENGTH <= headerLength) {
      Ipv4Header.totalLength(headers + network, length);
    } else if (type == EthernetHeader.TYPE_IPV6 && network + Ipv6Header.LENGTH <= headerLength) {
      length -= Ipv6Header.LENGTH;
      Ipv6Header.payloadLength(headers + network, length);
    }
    return length <= MAX_IP_PACKET;
  }

  /**
   * Holds the packet to its template. The checksum must be asked for where the transport has it:
   * elsewhere the device itself would write over what was checked.
   */
  private int checkTemplate(int template, boolean summed) {
    if (template == 0) {
      return TransmitStatus.TEMPLATE_MISSING;
    }
    int status = templates.check(template, packet);
    if (status == TransmitStatus.OK
        && summed
        && (checksumStart != packet.transportOffset() || checksumOffset != transportChecksum())) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    return status;
  }

  private int transportChecksum() {
    switch (packet.protocol()) {
      case Ipv4Header.PROTOCOL_TCP:
        return TcpHeader.CHECKSUM_OFFSET;
      case Ipv4Header.PROTOCOL_UDP:
        return UdpHeader.CHECKSUM_OFFSET;
      case Ipv4Header.PROTOCOL_ICMP:
      case Ipv6Header.NEXT_ICMP:
        return ICMP_CHECKSUM_OFFSET;
      default:
        return -1;
    }
  }

  private int prepareSegmentation(int segmentation, int payload, boolean cut) {
    int type;
    switch (segmentation) {
      case TransmitDescriptor.OFFLOAD_TSO4:
        type = Frame.GSO_TCP4;
        break;
      case TransmitDescriptor.OFFLOAD_TSO6:
        type = Frame.GSO_TCP6;
        break;
      case TransmitDescriptor.OFFLOAD_USO:
        type = Frame.GSO_UDP;
        break;
      default:
        return TransmitStatus.BAD_DESCRIPTOR;
    }
    if (cut && headerLength + segmentSize > maxFrame || payload > MAX_TSO_BYTES) {
      return TransmitStatus.TOO_LONG;
    }
    frame.requestSegmentation(type, segmentSize);
    if (packet.payloadOffset() != headerLength || !Segmentation.isValid(frame, packet)) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    writePseudoHeader();
    if (!cut) {
      frame.requestSegmentation(Frame.GSO_NONE, 0);
      return TransmitStatus.OK;
    }
    segmentCount = Segmentation.count(payload, segmentSize);
    return segmentCount > Segmentation.MAX_SEGMENT_COUNT
        ? TransmitStatus.TOO_LONG
        : TransmitStatus.OK;
  }

  /** The pseudo-header of the whole, as Linux and virtio want it of an uncut packet. */
  private void writePseudoHeader() {
    int length = packet.transportLength();
    int sum =
        packet.isIpv4()
            ? Checksum.pseudoHeader4(
                packet.source4(), packet.destination4(), packet.protocol(), length)
            : Checksum.pseudoHeader6(
                packet.source6(), packet.destination6(), packet.protocol(), length);
    Memory.putShortBE(packet.transport() + checksumOffset, sum);
  }
}
