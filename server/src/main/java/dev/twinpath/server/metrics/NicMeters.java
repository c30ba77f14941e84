package dev.twinpath.server.metrics;

import dev.twinpath.nic.capture.CapturePoint;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.offload.CoalescingCounters;
import dev.twinpath.nic.offload.FlushCause;
import dev.twinpath.server.path.DataPath;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** The meters of one queue pair of the simulated NIC. */
public final class NicMeters {
  private static final String PATH = DataPath.USERSTACK.label();
  private static final String TRANSMIT = "transmit";
  private static final String RECEIVE = "receive";
  private static final String OUT = "out";
  private static final String IN = "in";

  private final ServerMetrics metrics;
  private final String queue;

  private NicMeters(ServerMetrics metrics, QueuePair pair) {
    this.metrics = metrics;
    this.queue = Integer.toString(pair.index());
  }

  /** Registers every counter and both rings of a queue pair of the user path's NIC. */
  public static void bind(ServerMetrics metrics, QueuePair pair) {
    NicMeters meters = new NicMeters(metrics, pair);
    meters.rings(pair);
    meters.traffic(pair.counters(), pair.transmit());
    meters.drops(pair, pair.counters());
    meters.templateViolations(pair.counters());
    meters.offloads(pair.counters());
    meters.coalescing(pair.counters().coalescing());
    meters.steering(pair.counters());
    meters.time(pair.counters());
    meters.interrupts(pair.counters());
    meters.captures(pair.capturePoint());
  }

  private void rings(QueuePair pair) {
    ring(MetricCatalogue.NIC_RING_ENTRIES, TRANSMIT, () -> pair.transmit().descriptorsInFlight());
    ring(MetricCatalogue.NIC_RING_CAPACITY, TRANSMIT, () -> pair.transmit().capacity());
    ring(MetricCatalogue.NIC_RING_ENTRIES, RECEIVE, () -> pair.receive().posted());
    ring(MetricCatalogue.NIC_RING_CAPACITY, RECEIVE, () -> pair.receive().capacity());
  }

  private void traffic(NicCounters c, TransmitQueue transmit) {
    byDirection(MetricCatalogue.NIC_PACKETS, TRANSMIT, c::transmittedPackets);
    byDirection(MetricCatalogue.NIC_PACKETS, RECEIVE, c::receivedPackets);
    byDirection(MetricCatalogue.NIC_BYTES, TRANSMIT, c::transmittedBytes);
    byDirection(MetricCatalogue.NIC_BYTES, RECEIVE, c::receivedBytes);
    byDirection(MetricCatalogue.NIC_COMPLETIONS, TRANSMIT, c::transmitCompletions);
    byDirection(MetricCatalogue.NIC_COMPLETIONS, RECEIVE, c::receiveCompletions);
    byDirection(MetricCatalogue.NIC_BACK_PRESSURE, TRANSMIT, c::transmitBlocked);
    byDirection(MetricCatalogue.NIC_BACK_PRESSURE, RECEIVE, c::noReceiveBuffer);
    byDirection(MetricCatalogue.NIC_FRAMES, TRANSMIT, c::transmittedFrames);
    metrics.counter(MetricCatalogue.NIC_PACED, c::transmitPaced, PATH, queue);
    metrics.counter(MetricCatalogue.NIC_HELD, c::transmitHeld, PATH, queue);
    metrics.counter(MetricCatalogue.NIC_HELD_TOO_LONG, c::transmitBeyondHorizon, PATH, queue);
    metrics.counter(MetricCatalogue.NIC_DOORBELLS, transmit::doorbells, PATH, queue);
  }

  private void drops(QueuePair pair, NicCounters c) {
    drop(TRANSMIT, "template_violation", c::templateViolations);
    drop(TRANSMIT, "region_refused", c::regionsRefused);
    drop(TRANSMIT, "memory_fault", c::memoryFaults);
    drop(TRANSMIT, "too_long", c::tooLong);
    drop(TRANSMIT, "bad_descriptor", c::badDescriptors);
    drop(TRANSMIT, "wire", c::wireDrops);
    drop(RECEIVE, "too_long", c::receiveTooLong);
    drop(RECEIVE, "wire", c::receiveErrors);
    drop(RECEIVE, "wire_overrun", pair::receiveOverruns);
    drop(RECEIVE, "no_buffer", c::noBufferDrops);
    drop(RECEIVE, "vlan", c::vlanFiltered);
    drop(RECEIVE, "steering_rule", c::steeringDrops);
    drop(RECEIVE, "crossbar_full", c::crossbarFull);
  }

  /** The parts of the drops' {@code template_violation}. */
  private void templateViolations(NicCounters c) {
    violation("wrong_mac", c::wrongMac);
    violation("wrong_vlan", c::wrongVlan);
    violation("wrong_protocol", c::wrongProtocol);
    violation("wrong_address", c::wrongAddress);
    violation("wrong_port", c::wrongPort);
    violation("forbidden_headers", c::forbiddenHeaders);
    violation("forbidden_flags", c::forbiddenFlags);
    violation("outside_window", c::outsideWindow);
    violation("payload_too_long", c::payloadTooLong);
    violation("template_missing", c::templatesMissing);
    violation("stale_template", c::staleTemplates);
    violation("foreign_template", c::foreignTemplates);
  }

  private void offloads(NicCounters c) {
    operation("segmentation", c::segmentationOffloads);
    operation("segments_in_software", c::softwareSegments);
    operation("checksum", c::checksumOffloads);
    operation("checksum_in_software", c::softwareChecksums);
    operation("checksum_verified", c::checksumsVerified);
    operation("checksum_bad", c::checksumsBad);
    operation("flow_match", c::flowMatches);
    operation("vlan_stripped", c::vlanStripped);
    operation("header_split", c::headersSplit);
  }

  private void coalescing(CoalescingCounters c) {
    operation("coalesced_segments", c::segments);
    operation("coalesced_packets", c::packets);
    operation("coalesced_bytes_copied", c::copiedBytes);
    drop(RECEIVE, "coalescing_abandoned", c::abandoned);
    for (FlushCause cause : FlushCause.values()) {
      metrics.counter(
          MetricCatalogue.NIC_COALESCING_FLUSHES,
          () -> c.flushes(cause),
          PATH,
          queue,
          cause.label());
    }
  }

  private void steering(NicCounters c) {
    steered("flow", c::flowMatches);
    steered("listener", c::listenerMatches);
    steered("rule", c::ruleMatches);
    steered("exception", c::exceptions);
    steered("hash", c::hashSpread);
    steered("everybody", c::everybody);
    byDirection(MetricCatalogue.NIC_CROSSBAR_FRAMES, OUT, c::crossbarOut);
    byDirection(MetricCatalogue.NIC_CROSSBAR_FRAMES, IN, c::crossbarIn);
    byDirection(MetricCatalogue.NIC_CROSSBAR_BYTES, OUT, c::crossbarOutBytes);
    byDirection(MetricCatalogue.NIC_CROSSBAR_BYTES, IN, c::crossbarInBytes);
  }

  private void time(NicCounters c) {
    device("receive", c::receiveNanos);
    device("transmit", c::transmitNanos);
    device("idle", c::idleNanos);
    metrics.counter(
        MetricCatalogue.NIC_BLOCKED_SECONDS, seconds(c::transmitBlockedNanos), PATH, queue);
  }

  private void interrupts(NicCounters c) {
    metrics.counter(MetricCatalogue.NIC_INTERRUPTS, c::interrupts, PATH, queue, "raised");
    metrics.counter(
        MetricCatalogue.NIC_INTERRUPTS, c::interruptsModerated, PATH, queue, "moderated");
  }

  private void captures(CapturePoint point) {
    metrics.counter(MetricCatalogue.NIC_CAPTURED, point::captured, PATH, queue, "kept");
    metrics.counter(MetricCatalogue.NIC_CAPTURED, point::dropped, PATH, queue, "dropped");
  }

  private static DoubleSupplier seconds(LongSupplier nanos) {
    return () -> nanos.getAsLong() / 1e9;
  }

  private void device(String phase, LongSupplier nanos) {
    metrics.counter(MetricCatalogue.NIC_DEVICE_SECONDS, seconds(nanos), PATH, queue, phase);
  }

  private void steered(String reason, DoubleSupplier value) {
    metrics.counter(MetricCatalogue.NIC_STEERED, value, PATH, queue, reason);
  }

  private void violation(String cause, DoubleSupplier value) {
    metrics.counter(MetricCatalogue.NIC_TEMPLATE_VIOLATIONS, value, PATH, queue, cause);
  }

  private void ring(MetricDefinition definition, String ring, DoubleSupplier value) {
    metrics.gauge(definition, value, PATH, ring, queue);
  }

  private void byDirection(MetricDefinition definition, String direction, DoubleSupplier value) {
    metrics.counter(definition, value, PATH, direction, queue);
  }

  private void drop(String direction, String cause, DoubleSupplier value) {
    metrics.counter(MetricCatalogue.NIC_DROPS, value, PATH, direction, queue, cause);
  }

  private void operation(String operation, DoubleSupplier value) {
    metrics.counter(MetricCatalogue.NIC_OFFLOAD_OPERATIONS, value, PATH, queue, operation);
  }
}
