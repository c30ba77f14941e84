package dev.twinpath.server.metrics;

import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.server.path.DataPath;
import java.util.function.DoubleSupplier;

/** The meters of one queue pair of the simulated NIC. */
public final class NicMeters {
  private static final String PATH = DataPath.USERSTACK.label();
  private static final String TRANSMIT = "transmit";
  private static final String RECEIVE = "receive";

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
    meters.offloads(pair.counters());
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
    metrics.counter(MetricCatalogue.NIC_TEMPLATE_VIOLATIONS, c::templateViolations, PATH, queue);
  }

  private void offloads(NicCounters c) {
    operation("segmentation", c::segmentationOffloads);
    operation("segments_in_software", c::softwareSegments);
    operation("checksum", c::checksumOffloads);
    operation("checksum_in_software", c::softwareChecksums);
    operation("checksum_verified", c::checksumsVerified);
    operation("checksum_bad", c::checksumsBad);
    operation("flow_match", c::flowMatches);
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
