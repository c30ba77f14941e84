package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.stack.StackConfig;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Linux's sysctls, as far as they are known: those that the stack has take effect, others of
 * Linux's are reported, anything else is an error.
 */
final class Sysctls {
  /** Known to Linux, without a counterpart here; scripts set most of them to their defaults. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "tcp_abc",
          "tcp_abort_on_overflow",
          "tcp_adv_win_scale",
          "tcp_app_win",
          "tcp_autocorking",
          "tcp_backlog_ack_defer",
          "tcp_base_mss",
          "tcp_child_ehash_entries",
          "tcp_comp_sack_delay_ns",
          "tcp_comp_sack_nr",
          "tcp_comp_sack_rtt_percent",
          "tcp_comp_sack_slack_ns",
          "tcp_dsack",
          "tcp_early_demux",
          "tcp_early_retrans",
          "tcp_ecn_fallback",
          "tcp_ecn_option",
          "tcp_ecn_option_beacon",
          "tcp_fack",
          "tcp_fastopen_blackhole_timeout_sec",
          "tcp_frto",
          "tcp_fwmark_accept",
          "tcp_invalid_ratelimit",
          "tcp_l3mdev_accept",
          "tcp_limit_output_bytes",
          "tcp_low_latency",
          "tcp_max_reordering",
          "tcp_mem",
          "tcp_migrate_req",
          "tcp_min_rtt_wlen",
          "tcp_min_snd_mss",
          "tcp_moderate_rcvbuf",
          "tcp_mtu_probe_floor",
          "tcp_mtu_probing",
          "tcp_no_metrics_save",
          "tcp_no_ssthresh_metrics_save",
          "tcp_pacing_ca_ratio",
          "tcp_pacing_ss_ratio",
          "tcp_pingpong_thresh",
          "tcp_plb_enabled",
          "tcp_probe_interval",
          "tcp_probe_threshold",
          "tcp_recovery",
          "tcp_reflect_tos",
          "tcp_reordering",
          "tcp_retrans_collapse",
          "tcp_retries1",
          "tcp_shrink_window",
          "tcp_stdurg",
          "tcp_syn_linear_timeouts",
          "tcp_thin_linear_timeouts",
          "tcp_tso_rtt_log",
          "tcp_tso_win_divisor",
          "tcp_tw_reuse_delay",
          "tcp_workaround_signed_windows",
          "ip_forward",
          "ip_nonlocal_bind",
          "ip_no_pmtu_disc",
          "rmem_default",
          "wmem_default",
          "optmem_max",
          "default_qdisc",
          "netdev_max_backlog");

  /** What new sockets begin with; see {@link SocketOptions}. */
  private static final Set<String> SOCKET_DEFAULTS =
      Set.of("tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes");

  private final Map<String, BiConsumer<StackConfig.Builder, String>> settings = new TreeMap<>();
  private final Map<String, String> values = new TreeMap<>();
  private final Consumer<String> warnings;
  private final StackConfig.Builder builder = StackConfig.builder();

  Sysctls(Consumer<String> warnings) {
    this.warnings = warnings;
    settings.put("tcp_congestion_control", StackConfig.Builder::congestionControl);
    settings.put("tcp_ecn", (b, v) -> b.ecn(ecn(number(v))));
    settings.put("tcp_timestamps", (b, v) -> b.timestamps(number(v) != 0));
    settings.put("tcp_sack", (b, v) -> b.sack(number(v) != 0));
    settings.put("tcp_window_scaling", (b, v) -> b.windowScaling(number(v) != 0));
    settings.put("tcp_initial_cwnd", (b, v) -> b.initialWindowSegments(number(v)));
    settings.put("tcp_min_tso_segs", (b, v) -> b.minTsoSegments(number(v)));
    settings.put("tcp_slow_start_after_idle", (b, v) -> b.slowStartAfterIdle(number(v) != 0));
    settings.put("tcp_rto_min_us", (b, v) -> b.minRto(Math.max(1, number(v) / 1000)));
    settings.put("tcp_rto_max_ms", (b, v) -> b.maxRto(number(v)));
    settings.put("tcp_delack_ms", (b, v) -> b.delayedAck(number(v)));
    settings.put("tcp_syn_retries", (b, v) -> b.synRetries(number(v)));
    settings.put("tcp_synack_retries", (b, v) -> b.synAckRetries(number(v)));
    settings.put("tcp_retries2", (b, v) -> b.retries(number(v)));
    settings.put("tcp_orphan_retries", (b, v) -> b.orphanRetries(number(v) == 0 ? 8 : number(v)));
    settings.put("tcp_fin_timeout", (b, v) -> b.finTimeout(1000 * number(v)));
    settings.put("tcp_max_tw_buckets", (b, v) -> b.maxTimeWait(number(v)));
    settings.put("tcp_max_syn_backlog", (b, v) -> b.maxSynBacklog(number(v)));
    settings.put("somaxconn", (b, v) -> b.maxBacklog(number(v)));
    settings.put("tcp_challenge_ack_limit", (b, v) -> b.challengeAcksPerSecond(number(v)));
    settings.put("tcp_fastopen", (b, v) -> b.fastOpen(number(v)));
    settings.put("tcp_fastopen_key", (b, v) -> b.fastOpenKey(v.trim()));
    settings.put("tcp_syncookies", (b, v) -> b.synCookies(number(v)));
    settings.put("tcp_tw_reuse", (b, v) -> b.timeWaitReuse(number(v)));
    settings.put("tcp_rfc1337", (b, v) -> b.rfc1337(number(v) != 0));
    settings.put("tcp_max_orphans", (b, v) -> b.maxOrphans(number(v)));
    settings.put("tcp_rmem", (b, v) -> b.rmem(least(v), number(v, 1), number(v, 2)));
    settings.put("tcp_wmem", (b, v) -> b.wmem(least(v), number(v, 1), number(v, 2)));
    settings.put("rmem_max", (b, v) -> b.maxReceiveOption(number(v)));
    settings.put("wmem_max", (b, v) -> b.maxSendOption(number(v)));
    settings.put("tcp_notsent_lowat", (b, v) -> b.notSentLowWater(number(v)));
    settings.put("tcp_fastopen", (b, v) -> b.fastOpen(number(v)));
    settings.put("tcp_syncookies", (b, v) -> b.synCookies(number(v)));
    settings.put("tcp_rfc1337", (b, v) -> b.rfc1337(number(v) != 0));
    settings.put("tcp_tw_reuse", (b, v) -> b.timeWaitReuse(number(v)));
    for (String name : SOCKET_DEFAULTS) {
      settings.put(name, (b, v) -> number(v));
    }
    settings.put("ip_local_port_range", Sysctls::ports);
  }

  /** What was set; a copy cannot be made of it twice. */
  StackConfig.Builder builder() {
    return builder;
  }

  /** The value of a sysctl that was set, or another one. */
  String get(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  /** The number of a sysctl that was set, or another one. */
  int get(String name, int otherwise) {
    String value = values.get(name);
    return value == null ? otherwise : number(value);
  }

  /** The n-th of a sysctl's numbers, or another one. */
  int get(String name, int index, int otherwise) {
    String value = values.get(name);
    return value == null ? otherwise : number(value.trim().split("\\s+")[index]);
  }

  /**
   * Sets one.
   *
   * @param text such as {@code net.ipv4.tcp_ecn=1}; the prefix may be missing, or be that of /proc
   */
  void set(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("--sysctl " + text + " has no value");
    }
    String name = text.substring(0, equals).trim().replace('/', '.');
    name = name.substring(name.lastIndexOf('.') + 1);
    String value = text.substring(equals + 1).trim();
    BiConsumer<StackConfig.Builder, String> setting = settings.get(name);
    if (setting == null && !WITHOUT_EFFECT.contains(name)) {
      throw new IllegalArgumentException("--sysctl " + text + ": no such sysctl is known");
    }
    values.put(name, value);
    try {
      if (setting != null) {
        setting.accept(builder, value);
      } else {
        warnings.accept("--sysctl " + text + " has no effect");
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--sysctl " + text + " is no number", e);
    }
  }

  private static int number(String text) {
    return (int) (long) Long.decode(text);
  }

  /** Accurate ECN is not here: asking for it is asking for the classic one. */
  private static int ecn(int mode) {
    return switch (mode) {
      case 0 -> StackConfig.ECN_OFF;
      case 1, 3 -> StackConfig.ECN_REQUEST;
      default -> StackConfig.ECN_ACCEPT;
    };
  }

  private static int number(String text, int index) {
    return number(text.trim().split("\\s+")[index]);
  }

  private static int least(String text) {
    return Math.max(2304, number(text, 0));
  }

  private static void ports(StackConfig.Builder builder, String value) {
    String[] numbers = value.trim().split("\\s+");
    builder.ephemeralPorts(number(numbers[0]), number(numbers[1]));
  }
}
