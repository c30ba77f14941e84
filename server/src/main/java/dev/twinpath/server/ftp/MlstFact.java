package dev.twinpath.server.ftp;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The facts of MLST and MLSD (RFC 3659, section 7.5). */
enum MlstFact {
  TYPE,
  SIZE,
  MODIFY,
  PERM;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** The name on the wire. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A time, in seconds since 1970, as MDTM and {@code modify} show it: UTC. */
  static String time(long seconds) {
    return TIME.format(Instant.ofEpochSecond(seconds));
  }

  /** The facts of a list like {@code type;size;}; unknown ones are left out (section 7.9). */
  static Set<MlstFact> parse(String list) {
    Set<MlstFact> facts = EnumSet.noneOf(MlstFact.class);
    for (String name : list.split(";")) {
      for (MlstFact fact : values()) {
        if (fact.label().equalsIgnoreCase(name.strip())) {
          facts.add(fact);
        }
      }
    }
    return facts;
  }

  /** As FEAT shows them: the ones in use are marked with a star. */
  static String feature(Set<MlstFact> inUse) {
    StringBuilder text = new StringBuilder("MLST ");
    for (MlstFact fact : values()) {
      text.append(fact.label()).append(inUse.contains(fact) ? "*;" : ";");
    }
    return text.toString();
  }

  /** As OPTS MLST answers. */
  static String list(Set<MlstFact> inUse) {
    StringBuilder text = new StringBuilder();
    inUse.forEach(fact -> text.append(fact.label()).append(';'));
    return text.toString();
  }

  /** One line of facts, then the name. */
  static void append(StringBuilder text, Set<MlstFact> facts, FtpEntry entry, String name) {
    for (MlstFact fact : facts) {
      switch (fact) {
        case TYPE:
          text.append(entry.directory() ? "type=dir;" : "type=file;");
          break;
        case SIZE:
          if (!entry.directory()) {
            text.append("size=").append(entry.size()).append(';');
          }
          break;
        case MODIFY:
          entry
              .modifiedSeconds()
              .ifPresent(seconds -> text.append("modify=").append(time(seconds)).append(';'));
          break;
        default:
          text.append(entry.directory() ? "perm=el;" : "perm=r;");
          break;
      }
    }
    text.append(' ').append(name);
  }
}
