package dev.twinpath.server.config;

import java.util.Locale;

/**
 * Ports to choose from, both ends included; 0..0 leaves the choice to the stack.
 *
 * @param first 1..65535, or 0
 * @param last not below {@code first}
 */
public record PortRange(int first, int last) {
  /** Any free port. */
  public static final PortRange ANY = new PortRange(0, 0);

  public PortRange {
    if (first < 0 || last > 65535 || last < first || (first == 0) != (last == 0)) {
      throw new IllegalArgumentException(
          "'" + first + "-" + last + "' is not a range of ports, such as 40000-40099");
    }
  }

  /** Reads {@code any}, {@code PORT} or {@code FIRST-LAST}. */
  public static PortRange parse(String text) {
    String wanted = text.strip().toLowerCase(Locale.ROOT);
    if (wanted.equals("any") || wanted.equals("0")) {
      return ANY;
    }
    int dash = wanted.indexOf('-');
    try {
      int first = Integer.parseInt(dash < 0 ? wanted : wanted.substring(0, dash).strip());
      int last = dash < 0 ? first : Integer.parseInt(wanted.substring(dash + 1).strip());
      return new PortRange(first, last);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a range of ports, such as 40000-40099", e);
    }
  }

  /** How many ports there are to try; 1 where the stack chooses. */
  public int size() {
    return last - first + 1;
  }

  @Override
  public String toString() {
    return first == 0 ? "any" : first + "-" + last;
  }
}
