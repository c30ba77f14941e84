package dev.twinpath.nic.capture;

import java.util.ArrayList;
import java.util.List;

/**
 * A word, number, address or operator of a capture filter.
 *
 * @param text as written; "" at the end
 * @param column where it begins, from 1
 * @param word whether it is a word, number or address, and not an operator
 */
record FilterToken(String text, int column, boolean word) {
  private static final String OPERATORS = "()[]!&|=<>+";

  /** Two characters that are one operator. */
  private static final List<String> PAIRS = List.of("&&", "||", "!=", "==", "<=", ">=");

  /** Cuts a filter into tokens; the last one is the end. */
  static List<FilterToken> of(String filter) {
    List<FilterToken> tokens = new ArrayList<>();
    int at = 0;
    while (at < filter.length()) {
      char c = filter.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
      } else if (isWord(c)) {
        int end = at;
        while (end < filter.length() && isWord(filter.charAt(end))) {
          end++;
        }
        tokens.add(new FilterToken(filter.substring(at, end), at + 1, true));
        at = end;
      } else if (OPERATORS.indexOf(c) >= 0) {
        int length =
            at + 2 <= filter.length() && PAIRS.contains(filter.substring(at, at + 2)) ? 2 : 1;
        tokens.add(new FilterToken(filter.substring(at, at + length), at + 1, false));
        at += length;
      } else {
        throw new CaptureFilterException(at + 1, "'" + c + "' has no meaning here");
      }
    }
    tokens.add(new FilterToken("", filter.length() + 1, false));
    return tokens;
  }

  /** Names, numbers, addresses with a prefix, and names such as tcp-syn. */
  private static boolean isWord(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || ".:/-_".indexOf(c) >= 0;
  }

  boolean is(String wanted) {
    return text.equals(wanted);
  }

  boolean isEnd() {
    return text.isEmpty();
  }

  boolean isAnd() {
    return is("and") || is("&&");
  }

  boolean isOr() {
    return is("or") || is("||");
  }

  boolean isNot() {
    return is("not") || is("!");
  }

  /** For an error message. */
  String quoted() {
    return isEnd() ? "the end" : "'" + text + "'";
  }
}
