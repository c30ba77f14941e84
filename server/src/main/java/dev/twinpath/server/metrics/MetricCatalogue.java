package dev.twinpath.server.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Every metric family of this server, in the order of the reference page {@code docs/metrics.md},
 * which a test checks against this list. The binders of Micrometer (JVM, process, system) come on
 * top.
 */
public final class MetricCatalogue {
  private static final List<MetricDefinition> ALL = new ArrayList<>();

  // HTTP, under OpenTelemetry's names.
  public static final MetricDefinition HTTP_REQUEST_DURATION =
      histogram(
          "http_server_request_duration_seconds",
          "Time from the decoded request to the last byte of its response.",
          "path",
          "method",
          "status_class",
          "protocol");
  public static final MetricDefinition HTTP_TIME_TO_FIRST_BYTE =
      histogram(
          "http_server_time_to_first_byte_seconds",
          "Time from the decoded request to the first byte of its response.",
          "path");
  public static final MetricDefinition HTTP_ACTIVE_REQUESTS =
      gauge("http_server_active_requests", "Requests decoded and not yet answered.", "path");
  public static final MetricDefinition HTTP_RESPONSE_BODY_BYTES =
      counter(
          "http_server_response_body_bytes_total",
          "Bytes of response bodies, without headers, by the way they left.",
          "path",
          "mode");
  public static final MetricDefinition RANGE_REQUESTS =
      counter(
          "twinpath_range_requests_total",
          "Requests with a Range header, by its form and what became of it.",
          "path",
          "kind",
          "result");

  // FTP.
  public static final MetricDefinition FTP_COMMANDS =
      counter(
          "twinpath_ftp_commands_total",
          "FTP commands by the code of their final reply.",
          "path",
          "command",
          "code");
  public static final MetricDefinition FTP_SESSIONS =
      gauge("twinpath_ftp_sessions", "FTP sessions that are open.", "path");
  public static final MetricDefinition FTP_TRANSFER_BYTES =
      counter(
          "twinpath_ftp_transfer_bytes_total",
          "Payload bytes on FTP data connections.",
          "path",
          "direction");
  public static final MetricDefinition FTP_TRANSFER_DURATION =
      histogram(
          "twinpath_ftp_transfer_duration_seconds",
          "Time of FTP data transfers, from 150 to the last byte.",
          "path",
          "direction");

  // Connections.
  public static final MetricDefinition CONNECTIONS_ACCEPTED =
      counter("twinpath_connections_accepted_total", "Connections accepted.", "path", "protocol");
  public static final MetricDefinition CONNECTIONS_CLOSED =
      counter(
          "twinpath_connections_closed_total",
          "Connections ended, by cause.",
          "path",
          "protocol",
          "reason");
  public static final MetricDefinition CONNECTIONS =
      gauge("twinpath_connections", "Connections that are open.", "path", "protocol");

  // Copies.
  public static final MetricDefinition COPIED_BYTES =
      counter(
          "twinpath_copied_bytes_total",
          "Payload bytes that host code copied: the zero-copy proof.",
          "path",
          "stage");

  // The user stack's TCP; the names mean what the kernel's /proc/net/snmp and netstat mean.
  public static final MetricDefinition TCP_SEGMENTS =
      counter(
          "twinpath_tcp_segments_total",
          "TCP segments; a TSO packet counts as the segments it becomes.",
          "path",
          "direction");
  public static final MetricDefinition TCP_RETRANSMITTED_SEGMENTS =
      counter(
          "twinpath_tcp_retransmitted_segments_total",
          "TCP segments sent again, by what made us do so.",
          "path",
          "cause");
  public static final MetricDefinition TCP_TIMEOUTS =
      counter("twinpath_tcp_timeouts_total", "Retransmission timer expiries.", "path");
  public static final MetricDefinition TCP_RESETS =
      counter("twinpath_tcp_resets_total", "RST segments.", "path", "direction");
  public static final MetricDefinition TCP_OUT_OF_ORDER =
      counter("twinpath_tcp_out_of_order_total", "Segments queued out of order.", "path");
  public static final MetricDefinition TCP_ZERO_WINDOW =
      counter(
          "twinpath_tcp_zero_window_total",
          "Segments with a zero window: in, the peer closed its window; out, we closed ours.",
          "path",
          "direction");
  public static final MetricDefinition TCP_LISTEN_OVERFLOWS =
      counter(
          "twinpath_tcp_listen_overflows_total",
          "Connection attempts dropped at a full backlog.",
          "path");
  public static final MetricDefinition TCP_CHECKSUM_ERRORS =
      counter("twinpath_tcp_checksum_errors_total", "Segments dropped for a bad checksum.", "path");
  public static final MetricDefinition TCP_SYN_COOKIES =
      counter("twinpath_tcp_syn_cookies_total", "SYN cookies sent.", "path");
  public static final MetricDefinition TCP_CHALLENGE_ACKS =
      counter("twinpath_tcp_challenge_acks_total", "Challenge ACKs sent (RFC 5961).", "path");
  public static final MetricDefinition TCP_CONNECTIONS =
      gauge("twinpath_tcp_connections", "Connections of the user stack by state.", "path", "state");

  public static final MetricDefinition TCP_SRTT =
      histogram(
          "twinpath_tcp_srtt_seconds",
          "Smoothed round-trip times: every connection of the user stack, once a scrape.",
          "path");
  public static final MetricDefinition TCP_CWND =
      histogram(
          "twinpath_tcp_cwnd_bytes",
          "Congestion windows: every connection of the user stack, once a scrape.",
          "path");
  public static final MetricDefinition STACK_EVENTS =
      counter(
          "twinpath_stack_events_total",
          "Everything that the user stack counts, under its own name; drops by cause.",
          "path",
          "event");

  // The simulated NIC.
  public static final MetricDefinition NIC_RING_ENTRIES =
      gauge("twinpath_nic_ring_entries", "Descriptors in use in a ring.", "path", "ring", "queue");
  public static final MetricDefinition NIC_RING_CAPACITY =
      gauge("twinpath_nic_ring_capacity", "Descriptors in a ring.", "path", "ring", "queue");
  public static final MetricDefinition NIC_PACKETS =
      counter(
          "twinpath_nic_packets_total",
          "Packets handed over at the host side; a TSO packet counts once.",
          "path",
          "direction",
          "queue");
  public static final MetricDefinition NIC_BYTES =
      counter(
          "twinpath_nic_bytes_total",
          "Bytes of those packets, headers included.",
          "path",
          "direction",
          "queue");
  public static final MetricDefinition NIC_DROPS =
      counter(
          "twinpath_nic_drops_total",
          "Packets dropped by the NIC, by cause.",
          "path",
          "direction",
          "queue",
          "cause");
  public static final MetricDefinition NIC_DOORBELLS =
      counter("twinpath_nic_doorbells_total", "Doorbell writes.", "path", "queue");
  public static final MetricDefinition NIC_COMPLETIONS =
      counter(
          "twinpath_nic_completions_total",
          "Completions written by the NIC.",
          "path",
          "direction",
          "queue");
  public static final MetricDefinition NIC_OFFLOAD_OPERATIONS =
      counter(
          "twinpath_nic_offload_operations_total",
          "Work taken off the host, by operation.",
          "path",
          "queue",
          "operation");
  public static final MetricDefinition NIC_BACK_PRESSURE =
      counter(
          "twinpath_nic_back_pressure_total",
          "Times that the wire had no room, or no receive buffer was posted; nothing was lost.",
          "path",
          "direction",
          "queue");
  public static final MetricDefinition NIC_TEMPLATE_VIOLATIONS =
      counter(
          "twinpath_nic_template_violations_total",
          "Outgoing packets refused because they did not fit their send template, by what did not.",
          "path",
          "queue",
          "cause");
  public static final MetricDefinition NIC_FRAMES =
      counter(
          "twinpath_nic_frames_total",
          "Frames on the wire: a TSO packet counts as the segments it becomes.",
          "path",
          "direction",
          "queue");
  public static final MetricDefinition NIC_PACED =
      counter(
          "twinpath_nic_paced_total",
          "Times that a queue's rate held a packet back.",
          "path",
          "queue");
  public static final MetricDefinition NIC_HELD =
      counter(
          "twinpath_nic_held_total",
          "Packets that waited in the NIC for their launch time.",
          "path",
          "queue");
  public static final MetricDefinition NIC_HELD_TOO_LONG =
      counter(
          "twinpath_nic_launch_beyond_horizon_total",
          "Packets whose launch time was so far ahead that the NIC cut it.",
          "path",
          "queue");
  public static final MetricDefinition NIC_STEERED =
      counter(
          "twinpath_nic_steered_total",
          "Frames from a queue's wire by what decided about their queue; drops are with the drops.",
          "path",
          "queue",
          "reason");
  public static final MetricDefinition NIC_CROSSBAR_FRAMES =
      counter(
          "twinpath_nic_crossbar_frames_total",
          "Frames handed from the queue whose wire gave them to the one they belong to.",
          "path",
          "direction",
          "queue");
  public static final MetricDefinition NIC_CROSSBAR_BYTES =
      counter(
          "twinpath_nic_crossbar_bytes_total",
          "Bytes of those frames, copied once on each side.",
          "path",
          "direction",
          "queue");
  public static final MetricDefinition NIC_COALESCING_FLUSHES =
      counter(
          "twinpath_nic_coalescing_flushes_total",
          "Joined packets by what ended them.",
          "path",
          "queue",
          "cause");
  public static final MetricDefinition NIC_INTERRUPTS =
      counter(
          "twinpath_nic_interrupts_total",
          "Interrupts raised, and times that moderation put one off.",
          "path",
          "queue",
          "result");
  public static final MetricDefinition NIC_DEVICE_SECONDS =
      counter(
          "twinpath_nic_device_seconds_total",
          "Elapsed time of the simulated device, by what it did.",
          "path",
          "queue",
          "phase");
  public static final MetricDefinition NIC_BLOCKED_SECONDS =
      counter(
          "twinpath_nic_blocked_seconds_total",
          "Time that packets waited because the wire had no room.",
          "path",
          "queue");
  public static final MetricDefinition NIC_CAPTURED =
      counter(
          "twinpath_nic_captured_packets_total",
          "Packets that fitted a capture's filter, and whether it was quick enough to keep them.",
          "path",
          "queue",
          "result");

  // Processor time and polling.
  public static final MetricDefinition CPU_SECONDS =
      counter(
          "twinpath_cpu_seconds_total",
          "CPU time by on whose behalf it was spent.",
          "path",
          "role");
  public static final MetricDefinition POLL_ITERATIONS =
      counter("twinpath_poll_iterations_total", "Turns of the event loops.", "path", "result");

  // Content.
  public static final MetricDefinition CONTENT_CACHE_REQUESTS =
      counter(
          "twinpath_content_cache_requests_total",
          "Lookups in the cache of open files.",
          "path",
          "result");
  public static final MetricDefinition CONTENT_CACHE_BYTES =
      gauge("twinpath_content_cache_bytes", "Memory that cached bodies hold.");
  public static final MetricDefinition CONTENT_PINNED_BYTES =
      gauge("twinpath_content_pinned_bytes", "Bytes of files that leases hold open or mapped.");
  public static final MetricDefinition CONTENT_COLD_READS =
      counter("twinpath_content_cold_reads_total", "Reads that had to wait for the disk.", "path");
  public static final MetricDefinition CONTENT_COLD_READ_DURATION =
      histogram(
          "twinpath_content_cold_read_duration_seconds", "How long those reads took.", "path");
  public static final MetricDefinition CONTENT_CHANGED =
      counter("twinpath_content_changed_total", "Files found changed under us.", "path", "change");

  // The switch, the build, the transport.
  public static final MetricDefinition PATH_ACTIVE =
      gauge("twinpath_path_active", "1 for the path that new connections take, else 0.", "path");
  public static final MetricDefinition PATH_SWITCHES =
      counter("twinpath_path_switches_total", "Flips of the active path.", "from", "to");
  public static final MetricDefinition BUILD_INFO =
      info("twinpath_build_info", "What is running.", "version", "commit", "jdk", "netty");
  public static final MetricDefinition TRANSPORT_INFO =
      info(
          "twinpath_transport_info",
          "The kernel transport of the sendfile path, and why it was chosen.",
          "path",
          "transport",
          "reason");

  private MetricCatalogue() {}

  /** Every family, in the order of the reference page. */
  public static List<MetricDefinition> all() {
    return List.copyOf(ALL);
  }

  private static MetricDefinition counter(String name, String help, String... labels) {
    return define(name, MetricType.COUNTER, help, labels);
  }

  private static MetricDefinition gauge(String name, String help, String... labels) {
    return define(name, MetricType.GAUGE, help, labels);
  }

  private static MetricDefinition histogram(String name, String help, String... labels) {
    return define(name, MetricType.HISTOGRAM, help, labels);
  }

  private static MetricDefinition info(String name, String help, String... labels) {
    return define(name, MetricType.INFO, help, labels);
  }

  private static MetricDefinition define(
      String name, MetricType type, String help, String... labels) {
    MetricDefinition definition = new MetricDefinition(name, type, Arrays.asList(labels), help);
    ALL.add(definition);
    return definition;
  }
}
