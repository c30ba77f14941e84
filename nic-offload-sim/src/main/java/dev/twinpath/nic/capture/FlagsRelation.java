package dev.twinpath.nic.capture;

import java.util.List;
import java.util.Map;

/**
 * A comparison of the TCP flags: {@code tcp[tcpflags] & (tcp-syn|tcp-fin) != 0}. As in libpcap,
 * {@code &} binds tighter than {@code |}, and both bind tighter than the comparison; a packet
 * without a TCP header fits no comparison.
 */
final class FlagsRelation {
  private static final int FLAGS_OFFSET = 13;
  private static final List<String> COMPARISONS = List.of("=", "==", "!=", "<", "<=", ">", ">=");
  private static final Map<String, Integer> NAMES =
      Map.of(
          "tcp-fin", 1,
          "tcp-syn", 2,
          "tcp-rst", 4,
          "tcp-push", 8,
          "tcp-ack", 16,
          "tcp-urg", 32,
          "tcp-ece", 64,
          "tcp-cwr", 128);

  /** The flags under a mask, or a constant. */
  private record Term(boolean flags, int value) {}

  private final FilterParser in;

  FlagsRelation(FilterParser in) {
    this.in = in;
  }

  static boolean isComparison(FilterToken token) {
    return COMPARISONS.contains(token.text());
  }

  Matcher parse() {
    Term left = either();
    FilterToken comparison = in.take();
    if (!isComparison(comparison)) {
      throw FilterParser.error(
          comparison, "expected a comparison (= != < <= > >=) instead of " + comparison.quoted());
    }
    FilterToken at = in.peek();
    Term right = either();
    if (!left.flags() || right.flags()) {
      throw FilterParser.error(at, "TCP flags are compared with a constant");
    }
    return matcher(left.value(), comparison.text(), right.value());
  }

  private static Matcher matcher(int mask, String comparison, int value) {
    switch (comparison) {
      case "!=":
        return packet -> packet.tcpFlags() >= 0 && (packet.tcpFlags() & mask) != value;
      case "<":
        return packet -> packet.tcpFlags() >= 0 && (packet.tcpFlags() & mask) < value;
      case "<=":
        return packet -> packet.tcpFlags() >= 0 && (packet.tcpFlags() & mask) <= value;
      case ">":
        return packet -> packet.tcpFlags() >= 0 && (packet.tcpFlags() & mask) > value;
      case ">=":
        return packet -> packet.tcpFlags() >= 0 && (packet.tcpFlags() & mask) >= value;
      default:
        return packet -> packet.tcpFlags() >= 0 && (packet.tcpFlags() & mask) == value;
    }
  }

  private Term either() {
    Term left = both();
    while (in.peek().is("|") || in.peek().is("+")) {
      FilterToken operator = in.take();
      Term right = both();
      if (left.flags() || right.flags()) {
        throw FilterParser.error(operator, "only '&' goes with tcp[tcpflags]");
      }
      boolean or = operator.is("|");
      left = new Term(false, or ? left.value() | right.value() : left.value() + right.value());
    }
    return left;
  }

  private Term both() {
    Term left = operand();
    while (in.peek().is("&")) {
      FilterToken operator = in.take();
      Term right = operand();
      if (left.flags() && right.flags()) {
        throw FilterParser.error(operator, "TCP flags are masked with a constant");
      }
      left = new Term(left.flags() || right.flags(), left.value() & right.value());
    }
    return left;
  }

  private Term operand() {
    FilterToken token = in.take();
    if (token.is("(")) {
      Term inner = either();
      in.expect(")");
      return inner;
    }
    if (token.is("tcp") && in.peek().is("[")) {
      in.take();
      field(in.take());
      in.expect("]");
      return new Term(true, 0xff);
    }
    Integer named = NAMES.get(token.text());
    return new Term(
        false,
        named != null
            ? named
            : FilterParser.number(token, 0, 0xffff, "a TCP flag (" + "tcp-syn, tcp-ack, ...)"));
  }

  private static void field(FilterToken token) {
    if (!token.is("tcpflags") && !token.is(Integer.toString(FLAGS_OFFSET))) {
      throw FilterParser.error(
          token, "of tcp[...] only tcp[tcpflags], which is tcp[13], can be asked for");
    }
  }
}
