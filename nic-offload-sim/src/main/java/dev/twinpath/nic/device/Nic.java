package dev.twinpath.nic.device;

import dev.twinpath.nic.capture.Capture;
import dev.twinpath.nic.capture.CaptureOptions;
import dev.twinpath.nic.capture.Captures;
import dev.twinpath.nic.flow.Steering;
import dev.twinpath.nic.offload.Segmentation;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import java.lang.foreign.Arena;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * A simulated offload NIC: queue pairs over one wire, and the memory that the device may touch.
 *
 * <p>Whatever the wire does not do (segmentation, checksums) the NIC does in software, so that a
 * host writes for one set of capabilities.
 */
public final class Nic implements AutoCloseable {
  private final NicConfig config;
  private final Wire wire;
  private final Arena arena = Arena.ofShared();
  private final ProtectionDomains domains;
  private final Steering steering;

  /** Null when there is one queue pair. */
  private final Crossbar crossbar;

  private final QueuePair[] queuePairs;
  private final NicCapabilities capabilities;
  private final Captures captures;
  private final NicAgent agent;
  private final NicThread thread;
  private boolean closed;

  /**
   * Plugs a NIC into a wire, which it owns from then on.
   *
   * @throws IllegalArgumentException when the wire has fewer queues than the NIC queue pairs
   */
  public Nic(NicConfig config, Wire wire) {
    if (wire.queues() < config.queuePairs()) {
      throw new IllegalArgumentException(
          config.queuePairs() + " queue pairs need as many wire queues, not " + wire.queues());
    }
    this.config = config;
    this.wire = wire;
    this.domains = new ProtectionDomains(config.domains(), config.queuePairs());
    this.steering =
        new Steering(
            config.queuePairs(), config.maxFlows(), config.steeringSeed(), config.rssKey());
    this.crossbar =
        config.queuePairs() == 1
            ? null
            : new Crossbar(config.queuePairs(), config.mode() == DeviceMode.INLINE);
    this.queuePairs = new QueuePair[config.queuePairs()];
    for (int i = 0; i < queuePairs.length; i++) {
      queuePairs[i] = new QueuePair(arena, config, i, wire, domains.ofQueue(i), steering, crossbar);
    }
    captures = new Captures(Arrays.stream(queuePairs).map(QueuePair::capturePoint).toList());
    agent = config.mode() == DeviceMode.INLINE ? null : new NicAgent(queuePairs, config);
    WireCapabilities w = wire.capabilities();
    this.capabilities =
        new NicCapabilities(
            config.mtu(),
            true,
            true,
            true,
            true,
            PacketLoader.MAX_TSO_BYTES,
            Segmentation.MAX_SEGMENT_COUNT,
            PacketLoader.maxPieces(w.maxSegments()),
            w.checksumOffload() && w.tso4());
    thread = config.mode() == DeviceMode.THREAD ? new NicThread(agent, config.spinNanos()) : null;
  }

  public NicConfig config() {
    return config;
  }

  /** The memory that descriptors of the default domain's queues may name. */
  public RegisteredMemory memory() {
    return domain(ProtectionDomain.DEFAULT).memory();
  }

  /** All protection domains, by their numbers; the first is the default one. */
  public List<ProtectionDomain> domains() {
    return domains.all();
  }

  /** A protection domain by its number. */
  public ProtectionDomain domain(int id) {
    return domains.get(id);
  }

  /** Which queue a received frame goes to; may be changed from any thread. */
  public Steering steering() {
    return steering;
  }

  public NicCapabilities capabilities() {
    return capabilities;
  }

  public int queuePairs() {
    return queuePairs.length;
  }

  public QueuePair queuePair(int index) {
    return queuePairs[index];
  }

  public long macAddress() {
    return config.macAddress();
  }

  public Wire wire() {
    return wire;
  }

  /**
   * Starts to capture the frames of all queue pairs while they run; from any thread. Up to {@link
   * Captures#MAX} at a time.
   *
   * @param options which frames, how much of them, and until when
   * @param out where the pcapng goes; the capture owns it once it has started
   * @param executor gives a thread for the whole time of the capture
   * @throws dev.twinpath.nic.capture.TooManyCapturesException when too many run already
   * @throws IllegalStateException when the NIC is closed
   */
  public Capture startCapture(CaptureOptions options, WritableByteChannel out, Executor executor) {
    return captures.start(options, out, executor);
  }

  /** Captures that run. */
  public int runningCaptures() {
    return captures.running();
  }

  /**
   * What serves the queue pairs where the device does not work inline; who configured {@link
   * DeviceMode#AGENT} runs it.
   */
  public Optional<NicAgent> agent() {
    return Optional.ofNullable(agent);
  }

  /** The device's thread, where it has one. */
  public Optional<NicThread> thread() {
    return Optional.ofNullable(thread);
  }

  /** Closes the wire and frees the rings. No queue pair is in use any more. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (thread != null) {
        thread.close();
      }
      if (agent != null) {
        agent.close();
      }
      captures.close();
      for (QueuePair pair : queuePairs) {
        pair.close();
      }
      wire.close();
      domains.close();
      steering.close();
      if (crossbar != null) {
        crossbar.close();
      }
      arena.close();
    }
  }
}
