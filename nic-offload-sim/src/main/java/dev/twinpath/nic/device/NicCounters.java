package dev.twinpath.nic.device;

import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.offload.CoalescingCounters;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * What the device counted for one queue pair. Written by the thread on which the device works for
 * it, without synchronisation; other threads read values that may be a little old.
 */
public final class NicCounters {
  private final CoalescingCounters coalescing = new CoalescingCounters();
  private static final AtomicLongFieldUpdater<NicCounters> INTERRUPTS =
      AtomicLongFieldUpdater.newUpdater(NicCounters.class, "interrupts");

  long transmittedPackets;
  long transmittedFrames;
  long transmittedBytes;
  long receivedPackets;
  long receivedBytes;
  long transmitCompletions;
  long receiveCompletions;
  long segmentationOffloads;
  long softwareSegments;
  long checksumOffloads;
  long softwareChecksums;
  long checksumsVerified;
  long checksumsBad;
  long flowMatches;
  long listenerMatches;
  long ruleMatches;
  long exceptions;
  long steeringDrops;
  long hashSpread;
  long everybody;
  long crossbarOut;
  long crossbarOutBytes;
  long crossbarIn;
  long crossbarInBytes;
  long crossbarFull;
  long wrongMac;
  long wrongVlan;
  long wrongProtocol;
  long wrongAddress;
  long wrongPort;
  long forbiddenHeaders;
  long forbiddenFlags;
  long outsideWindow;
  long payloadTooLong;
  long templatesMissing;
  long staleTemplates;
  long foreignTemplates;
  long transmitPaced;
  long transmitHeld;
  long transmitBeyondHorizon;
  long regionsRefused;
  long memoryFaults;
  long tooLong;
  long badDescriptors;
  long wireDrops;
  long receiveTooLong;
  long receiveErrors;
  long noReceiveBuffer;
  long noBufferDrops;
  long vlanFiltered;
  long vlanStripped;
  long headersSplit;
  long transmitBlocked;
  long transmitBlockedNanos;
  long receiveNanos;
  long transmitNanos;
  long idleNanos;
  long interruptsModerated;
  private volatile long interrupts;

  /** Packets that the host gave and the wire took; a packet to be cut counts once. */
  public long transmittedPackets() {
    return transmittedPackets;
  }

  /** Frames on the wire: the segments of a packet that was cut, as the wire or the NIC cuts it. */
  public long transmittedFrames() {
    return transmittedFrames;
  }

  /** Bytes of transmitted packets, from the Ethernet header. */
  public long transmittedBytes() {
    return transmittedBytes;
  }

  /** Frames delivered into the host's buffers; a coalesced one counts once. */
  public long receivedPackets() {
    return receivedPackets;
  }

  /** Bytes of received frames, from the Ethernet header. */
  public long receivedBytes() {
    return receivedBytes;
  }

  public long transmitCompletions() {
    return transmitCompletions;
  }

  public long receiveCompletions() {
    return receiveCompletions;
  }

  /** Packets to be cut into segments, by the wire or by the NIC. */
  public long segmentationOffloads() {
    return segmentationOffloads;
  }

  /** Segments that the NIC cut in software. */
  public long softwareSegments() {
    return softwareSegments;
  }

  /** Packets whose checksum the host left to us. */
  public long checksumOffloads() {
    return checksumOffloads;
  }

  /** Frames whose checksum the NIC summed in software on the way out. */
  public long softwareChecksums() {
    return softwareChecksums;
  }

  /** Received frames whose transport checksum is right. */
  public long checksumsVerified() {
    return checksumsVerified;
  }

  /** Received frames with a wrong IP header or transport checksum; they are delivered, marked. */
  public long checksumsBad() {
    return checksumsBad;
  }

  /**
   * Frames from the wire that the flow table decided about. This and the other counts of steering
   * are of the queue that the wire gave the frame to, which may have handed it over.
   */
  public long flowMatches() {
    return flowMatches;
  }

  /** Frames from the wire for a port that a host listens on, and of no known flow. */
  public long listenerMatches() {
    return listenerMatches;
  }

  /** Frames from the wire that an n-tuple rule sent to a queue or an RSS context. */
  public long ruleMatches() {
    return ruleMatches;
  }

  /** Frames from the wire that an n-tuple rule sent to the exception queue. */
  public long exceptions() {
    return exceptions;
  }

  /** Dropped: an n-tuple rule said so. */
  public long steeringDrops() {
    return steeringDrops;
  }

  /** Frames from the wire that only their hash decided about. */
  public long hashSpread() {
    return hashSpread;
  }

  /** Frames from the wire that every queue's host gets: ARP, neighbour discovery. */
  public long everybody() {
    return everybody;
  }

  /** Frames that this queue's wire gave and that were handed to another queue, replicas too. */
  public long crossbarOut() {
    return crossbarOut;
  }

  /** Their bytes, each of which was copied. */
  public long crossbarOutBytes() {
    return crossbarOutBytes;
  }

  /** Frames that came from another queue's wire. */
  public long crossbarIn() {
    return crossbarIn;
  }

  /** Their bytes, each of which was copied once more. */
  public long crossbarInBytes() {
    return crossbarInBytes;
  }

  /** Dropped: the queue that the frame belongs to does not take what it is handed. */
  public long crossbarFull() {
    return crossbarFull;
  }

  /** Counts one frame's steering. */
  void steered(Classifier.Reason reason) {
    switch (reason) {
      case FLOW:
        flowMatches++;
        break;
      case LISTENER:
        listenerMatches++;
        break;
      case HASH:
        hashSpread++;
        break;
      case EVERYBODY:
        everybody++;
        break;
      case RULE:
        ruleMatches++;
        break;
      case EXCEPTION:
        exceptions++;
        break;
      case DROP:
        steeringDrops++;
        break;
    }
  }

  /** Dropped: packets that break their send template, for whichever of the causes that follow. */
  public long templateViolations() {
    return wrongMac
        + wrongVlan
        + wrongProtocol
        + wrongAddress
        + wrongPort
        + forbiddenHeaders
        + forbiddenFlags
        + outsideWindow
        + payloadTooLong
        + templatesMissing
        + staleTemplates
        + foreignTemplates;
  }

  /** Dropped: a source or destination MAC address that is not the template's. */
  public long wrongMac() {
    return wrongMac;
  }

  /** Dropped: a VLAN tag that is not the template's. */
  public long wrongVlan() {
    return wrongVlan;
  }

  /** Dropped: an IP version, transport or message that is not the template's. */
  public long wrongProtocol() {
    return wrongProtocol;
  }

  /** Dropped: an IP address that is not the template's. */
  public long wrongAddress() {
    return wrongAddress;
  }

  /** Dropped: a port that is not the template's. */
  public long wrongPort() {
    return wrongPort;
  }

  /** Dropped: headers in which something could hide from the template's check. */
  public long forbiddenHeaders() {
    return forbiddenHeaders;
  }

  /** Dropped: a TCP flag that the template does not permit. */
  public long forbiddenFlags() {
    return forbiddenFlags;
  }

  /** Dropped: sequence numbers outside the template's window. */
  public long outsideWindow() {
    return outsideWindow;
  }

  /** Dropped: more payload than the template permits. */
  public long payloadTooLong() {
    return payloadTooLong;
  }

  /** Dropped: no template, from a domain that needs one. */
  public long templatesMissing() {
    return templatesMissing;
  }

  /** Dropped: a template that does not exist any more. */
  public long staleTemplates() {
    return staleTemplates;
  }

  /** Dropped: another domain's template. */
  public long foreignTemplates() {
    return foreignTemplates;
  }

  /** Dropped or not received into: memory that is not registered for it. */
  public long regionsRefused() {
    return regionsRefused;
  }

  /** Dropped: a page of the packet is gone. */
  public long memoryFaults() {
    return memoryFaults;
  }

  /** Dropped: a packet too long for the wire. */
  public long tooLong() {
    return tooLong;
  }

  /** Dropped: nonsense in the ring. */
  public long badDescriptors() {
    return badDescriptors;
  }

  /** Dropped: the wire refused the frame, for example because the device is down. */
  public long wireDrops() {
    return wireDrops;
  }

  /** Dropped: a received frame longer than its buffer. */
  public long receiveTooLong() {
    return receiveTooLong;
  }

  /** Times that the wire failed to give a frame. */
  public long receiveErrors() {
    return receiveErrors;
  }

  /** Dropped: received frames for which no buffer was posted, on a NIC that drops such. */
  public long noBufferDrops() {
    return noBufferDrops;
  }

  /** Dropped: received frames of a VLAN that is not let in. */
  public long vlanFiltered() {
    return vlanFiltered;
  }

  /** Received frames whose outer tag was taken off into the completion. */
  public long vlanStripped() {
    return vlanStripped;
  }

  /** Received packets whose headers were put into a buffer of their own. */
  public long headersSplit() {
    return headersSplit;
  }

  /** What was joined of received segments. */
  public CoalescingCounters coalescing() {
    return coalescing;
  }

  /** Times that the device looked and no receive buffer was posted; frames wait in the wire. */
  public long noReceiveBuffer() {
    return noReceiveBuffer;
  }

  /** Times that the queue's rate held a packet back. */
  public long transmitPaced() {
    return transmitPaced;
  }

  /** Packets that waited for their launch time: {@link TransmitQueue#launchTime}. */
  public long transmitHeld() {
    return transmitHeld;
  }

  /** Those of them whose launch time was so far ahead that it was cut. */
  public long transmitBeyondHorizon() {
    return transmitBeyondHorizon;
  }

  /** Times that the wire had no room: the packet was kept and offered again. */
  public long transmitBlocked() {
    return transmitBlocked;
  }

  /** Time by the host's clock that packets waited because the wire had no room. */
  public long transmitBlockedNanos() {
    return transmitBlockedNanos;
  }

  /**
   * Time that the simulated device took for this queue, looks in vain included: what hardware would
   * do for nothing. By the clock, so it includes what the scheduler took away from the thread.
   */
  public long deviceNanos() {
    return receiveNanos + transmitNanos + idleNanos;
  }

  /** The part of {@link #deviceNanos} in which frames were received. */
  public long receiveNanos() {
    return receiveNanos;
  }

  /** The part in which packets were sent, or found no room. */
  public long transmitNanos() {
    return transmitNanos;
  }

  /** The part that found nothing to receive. */
  public long idleNanos() {
    return idleNanos;
  }

  /** Interrupts that woke the host, or came just before it slept. */
  public long interrupts() {
    return interrupts;
  }

  /** Times that completions came and moderation put the interrupt off. */
  public long interruptsModerated() {
    return interruptsModerated;
  }

  /** From any thread: another queue's may hand frames over and interrupt this queue's host. */
  void interruptRaised() {
    INTERRUPTS.incrementAndGet(this);
  }

  /**
   * Packets to send that were refused for a cause.
   *
   * @param status a {@link TransmitStatus} that is a refusal
   */
  public long refused(int status) {
    switch (status) {
      case TransmitStatus.MEMORY_FAULT:
        return memoryFaults;
      case TransmitStatus.REGION_REFUSED:
        return regionsRefused;
      case TransmitStatus.TOO_LONG:
        return tooLong;
      case TransmitStatus.WRONG_MAC:
        return wrongMac;
      case TransmitStatus.WRONG_VLAN:
        return wrongVlan;
      case TransmitStatus.WRONG_PROTOCOL:
        return wrongProtocol;
      case TransmitStatus.WRONG_ADDRESS:
        return wrongAddress;
      case TransmitStatus.WRONG_PORT:
        return wrongPort;
      case TransmitStatus.FORBIDDEN_HEADERS:
        return forbiddenHeaders;
      case TransmitStatus.FORBIDDEN_FLAGS:
        return forbiddenFlags;
      case TransmitStatus.OUTSIDE_WINDOW:
        return outsideWindow;
      case TransmitStatus.PAYLOAD_TOO_LONG:
        return payloadTooLong;
      case TransmitStatus.TEMPLATE_MISSING:
        return templatesMissing;
      case TransmitStatus.STALE_TEMPLATE:
        return staleTemplates;
      case TransmitStatus.FOREIGN_TEMPLATE:
        return foreignTemplates;
      case TransmitStatus.BAD_DESCRIPTOR:
        return badDescriptors;
      default:
        throw new IllegalArgumentException(TransmitStatus.name(status) + " is no refusal");
    }
  }

  /** A packet to send was refused. */
  void refuse(int status) {
    switch (status) {
      case TransmitStatus.MEMORY_FAULT:
        memoryFaults++;
        break;
      case TransmitStatus.REGION_REFUSED:
        regionsRefused++;
        break;
      case TransmitStatus.TOO_LONG:
        tooLong++;
        break;
      case TransmitStatus.WRONG_MAC:
        wrongMac++;
        break;
      case TransmitStatus.WRONG_VLAN:
        wrongVlan++;
        break;
      case TransmitStatus.WRONG_PROTOCOL:
        wrongProtocol++;
        break;
      case TransmitStatus.WRONG_ADDRESS:
        wrongAddress++;
        break;
      case TransmitStatus.WRONG_PORT:
        wrongPort++;
        break;
      case TransmitStatus.FORBIDDEN_HEADERS:
        forbiddenHeaders++;
        break;
      case TransmitStatus.FORBIDDEN_FLAGS:
        forbiddenFlags++;
        break;
      case TransmitStatus.OUTSIDE_WINDOW:
        outsideWindow++;
        break;
      case TransmitStatus.PAYLOAD_TOO_LONG:
        payloadTooLong++;
        break;
      case TransmitStatus.TEMPLATE_MISSING:
        templatesMissing++;
        break;
      case TransmitStatus.STALE_TEMPLATE:
        staleTemplates++;
        break;
      case TransmitStatus.FOREIGN_TEMPLATE:
        foreignTemplates++;
        break;
      default:
        badDescriptors++;
    }
  }
}
