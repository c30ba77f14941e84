package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.offload.TcpSegmentation;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.TransmitDescriptor;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;

/**
 * Reads one packet's descriptors into a {@link Frame}, checking everything the host claims.
 *
 * <p>The headers are copied into the device's own memory, where the template check, the lengths and
 * the IPv4 checksum work on them: the host cannot change them after the check, and its memory is
 * never written. The payload stays where it is.
 */
final class PacketLoader {
  /** Pieces that a packet may have; the device needs one more for the headers' copy. */
  static final int MAX_SEGMENTS = Frame.MAX_SEGMENTS - 2;

  /** The most payload of a packet to be cut: the longest IP packet less the longest headers. */
  static final int MAX_TSO_BYTES = 65535 - Ipv4Header.MAX_LENGTH - TcpHeader.MAX_LENGTH;

  private static final int MAX_HEADERS = TcpSegmentation.MAX_HEADERS;
  private static final int DEFAULT_HEADERS = 128;
  private static final int HEADROOM = 64;
  private static final int VLAN_TAG = 4;
  private static final int MAX_IP_PACKET = 65535;

  private final RegisteredMemory memory;
  private final SendTemplateTable templates;
  private final int maxFrame;
  private final long headers;
  private final Frame frame = new Frame();

  private long next;
  private long cookie;
  private int headerLength;
  private int checksumStart;
  private int checksumOffset;
  private int segmentCount;
  private int segmentSize;

  PacketLoader(RegisteredMemory memory, SendTemplateTable templates, int mtu, Arena arena) {
    this.memory = memory;
    this.templates = templates;
    this.maxFrame = EthernetHeader.LENGTH + VLAN_TAG + mtu;
    this.headers = arena.allocate(HEADROOM + MAX_HEADERS, 64).address() + HEADROOM;
  }

  Frame frame() {
    return frame;
  }

  /** The position after the packet. */
  long next() {
    return next;
  }

  long cookie() {
    return cookie;
  }

  int headerLength() {
    return headerLength;
  }

  int totalLength() {
    return frame.totalLength();
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
    int segments = TransmitDescriptor.segments(entry);
    int offloads = TransmitDescriptor.offloads(entry);
    int template = TransmitDescriptor.template(entry);
    cookie = TransmitDescriptor.cookie(entry);
    headerLength = TransmitDescriptor.headerLength(entry);
    segmentSize = TransmitDescriptor.segmentSize(entry);
    checksumStart = TransmitDescriptor.checksumStart(entry);
    checksumOffset = TransmitDescriptor.checksumOffset(entry);
    segmentCount = 1;
    frame.clear();
    if (!TransmitDescriptor.isContext(entry) || segments > tail - position - 1) {
      // Nobody knows where the next packet begins: the rest of what was rung for is dropped.
      next = tail;
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    next = position + 1 + segments;
    if (segments == 0) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    if (segments > MAX_SEGMENTS) {
      return TransmitStatus.TOO_LONG;
    }
    int status = gather(ring, position + 1, segments);
    if (status != TransmitStatus.OK) {
      return status;
    }
    if (template != 0 && !templates.permits(template, headers, headerLength)) {
      return TransmitStatus.TEMPLATE_VIOLATION;
    }
    return prepareOffloads(offloads);
  }

  private int gather(DescriptorRing ring, long position, int segments) {
    long total = 0;
    for (int i = 0; i < segments; i++) {
      long entry = ring.entry(position + i);
      int length = TransmitDescriptor.length(entry);
      if (!TransmitDescriptor.isData(entry)) {
        return TransmitStatus.BAD_DESCRIPTOR;
      }
      int region = TransmitDescriptor.region(entry);
      long offset = TransmitDescriptor.offset(entry);
      long address = memory.translate(region, offset, length, RegisteredMemory.READ);
      if (address < 0) {
        return TransmitStatus.REGION_REFUSED;
      }
      total += length;
      if (total > MAX_IP_PACKET + EthernetHeader.LENGTH) {
        return TransmitStatus.TOO_LONG;
      }
      if (i > 0) {
        frame.add(address, length);
      } else if (!copyHeaders(address, length)) {
        return TransmitStatus.BAD_DESCRIPTOR;
      }
    }
    return TransmitStatus.OK;
  }

  private boolean copyHeaders(long address, int length) {
    if (headerLength == 0) {
      headerLength = Math.min(length, DEFAULT_HEADERS);
    }
    if (headerLength > length
        || headerLength > MAX_HEADERS
        || headerLength < EthernetHeader.LENGTH) {
      return false;
    }
    Memory.copy(address, headers, headerLength);
    frame.headroom(HEADROOM);
    frame.add(headers, headerLength);
    frame.headerLength(headerLength);
    if (length > headerLength) {
      frame.add(address + headerLength, length - headerLength);
    }
    return true;
  }

  private int prepareOffloads(int offloads) {
    int tso = offloads & (TransmitDescriptor.OFFLOAD_TSO4 | TransmitDescriptor.OFFLOAD_TSO6);
    int payload = frame.totalLength() - headerLength;
    boolean cut = tso != 0 && payload > segmentSize;
    if (!cut && frame.totalLength() > maxFrame) {
      return TransmitStatus.TOO_LONG;
    }
    if (tso == 0 && (offloads & TransmitDescriptor.OFFLOAD_CHECKSUM) == 0) {
      checksumStart = 0;
      return TransmitStatus.OK;
    }
    if (checksumStart < EthernetHeader.LENGTH
        || checksumStart + checksumOffset + 2 > headerLength) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    frame.requestChecksum(checksumStart, checksumOffset);
    if (cut) {
      return prepareSegmentation(tso, payload);
    }
    if (EthernetHeader.type(headers) == EthernetHeader.TYPE_IPV4) {
      long ip = headers + EthernetHeader.LENGTH;
      int header = Ipv4Header.headerLength(ip);
      if (header < Ipv4Header.MIN_LENGTH || EthernetHeader.LENGTH + header > headerLength) {
        return TransmitStatus.BAD_DESCRIPTOR;
      }
      Ipv4Header.writeChecksum(ip);
    }
    return TransmitStatus.OK;
  }

  private int prepareSegmentation(int tso, int payload) {
    boolean ipv4 = tso == TransmitDescriptor.OFFLOAD_TSO4;
    if (!ipv4 && tso != TransmitDescriptor.OFFLOAD_TSO6) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    if (payload > MAX_TSO_BYTES || headerLength + segmentSize > maxFrame) {
      return TransmitStatus.TOO_LONG;
    }
    frame.requestSegmentation(ipv4 ? Frame.GSO_TCP4 : Frame.GSO_TCP6, segmentSize);
    if (!TcpSegmentation.isValid(frame, headerLength)) {
      return TransmitStatus.BAD_DESCRIPTOR;
    }
    segmentCount = (payload + segmentSize - 1) / segmentSize;
    // Length and pseudo-header of the whole, as Linux and virtio want it of an uncut packet.
    long ip = headers + EthernetHeader.LENGTH;
    int tcpLength = frame.totalLength() - checksumStart;
    int pseudo;
    if (ipv4) {
      Ipv4Header.totalLength(ip, frame.totalLength() - EthernetHeader.LENGTH);
      Ipv4Header.writeChecksum(ip);
      pseudo =
          Checksum.pseudoHeader4(
              Ipv4Header.source(ip),
              Ipv4Header.destination(ip),
              Ipv4Header.PROTOCOL_TCP,
              tcpLength);
    } else {
      Ipv6Header.payloadLength(ip, tcpLength);
      pseudo =
          Checksum.pseudoHeader6(
              Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_TCP, tcpLength);
    }
    TcpHeader.checksum(headers + checksumStart, pseudo);
    return TransmitStatus.OK;
  }
}
