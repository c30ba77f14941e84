package dev.twinpath.server.cli;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The states as ss names them: short in its table, long in its options. */
enum SocketState {
  ESTAB("established", "ESTABLISHED"),
  SYN_SENT("syn-sent", "SYN_SENT"),
  SYN_RECV("syn-recv", "SYN_RECEIVED"),
  FIN_WAIT_1("fin-wait-1", "FIN_WAIT_1"),
  FIN_WAIT_2("fin-wait-2", "FIN_WAIT_2"),
  TIME_WAIT("time-wait", "TIME_WAIT"),
  UNCONN("closed", "CLOSED"),
  CLOSE_WAIT("close-wait", "CLOSE_WAIT"),
  LAST_ACK("last-ack", "LAST_ACK"),
  LISTEN("listening", "LISTEN"),
  CLOSING("closing", "CLOSING");

  private final String option;
  private final String json;

  SocketState(String option, String json) {
    this.option = option;
    this.json = json;
  }

  /** As it stands in the table. */
  String shortName() {
    return name().replace('_', '-');
  }

  /** The state of this name in the server's answer. */
  static SocketState ofJson(String name) {
    for (SocketState state : values()) {
      if (state.json.equals(name)) {
        return state;
      }
    }
    return UNCONN;
  }

  /**
   * What {@code --state} means: a state by any of its names, or one of ss's groups.
   *
   * @throws IllegalArgumentException if it is neither
   */
  static Set<SocketState> parse(String text) {
    String wanted = text.toLowerCase(Locale.ROOT).replace('_', '-');
    switch (wanted) {
      case "all":
        return EnumSet.allOf(SocketState.class);
      case "connected":
        return EnumSet.complementOf(EnumSet.of(LISTEN, UNCONN));
      case "synchronized":
        return EnumSet.complementOf(EnumSet.of(LISTEN, UNCONN, SYN_SENT));
      case "bucket":
        return EnumSet.of(SYN_RECV, TIME_WAIT);
      case "big":
        return EnumSet.complementOf(EnumSet.of(SYN_RECV, TIME_WAIT));
      default:
        break;
    }
    for (SocketState state : values()) {
      boolean same =
          wanted.equals(state.option)
              || wanted.equals(state.shortName().toLowerCase(Locale.ROOT))
              || wanted.equals(state.json.toLowerCase(Locale.ROOT).replace('_', '-'));
      if (same) {
        return EnumSet.of(state);
      }
    }
    throw new IllegalArgumentException(
        "\""
            + text
            + "\" is not a state: established, syn-sent, syn-recv, fin-wait-1, fin-wait-2,"
            + " time-wait, close-wait, last-ack, closing, listening, all, connected, synchronized,"
            + " bucket, big");
  }
}
