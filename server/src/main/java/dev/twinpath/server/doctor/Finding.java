package dev.twinpath.server.doctor;

import java.util.List;

/**
 * What was found out about one thing.
 *
 * @param subject such as {@code wire tap:NAME}
 * @param usable whether it can be used here and now
 * @param verdict what it gives; or why it cannot be used, and what to do
 * @param details lines that say more
 */
public record Finding(String subject, boolean usable, String verdict, List<String> details) {
  public Finding {
    details = List.copyOf(details);
  }

  static Finding usable(String subject, String note) {
    return new Finding(subject, true, note, List.of());
  }

  static Finding unusable(String subject, String why) {
    return new Finding(subject, false, why, List.of());
  }

  Finding with(List<String> moreDetails) {
    return new Finding(subject, usable, verdict, moreDetails);
  }
}
