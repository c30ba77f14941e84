package dev.twinpath.server.ftp;

import java.util.EnumSet;
import java.util.Set;

/** What a client has set in its session. */
final class FtpSettings {
  /** Where a login stands. */
  enum Login {
    NONE,
    USER_GIVEN,
    DONE
  }

  private Login login = Login.NONE;
  private String directory = FtpPath.ROOT;
  private boolean ascii = true; // the default of RFC 959, section 5.1
  private long restart;
  private boolean extendedPassiveOnly;
  private Set<MlstFact> facts = EnumSet.allOf(MlstFact.class);

  /** Back to how a session begins, but EPSV ALL stays (RFC 2428, section 4). */
  void reset() {
    login = Login.NONE;
    directory = FtpPath.ROOT;
    ascii = true;
    restart = 0;
    facts = EnumSet.allOf(MlstFact.class);
  }

  Login login() {
    return login;
  }

  void login(Login state) {
    login = state;
  }

  /** Absolute. */
  String directory() {
    return directory;
  }

  void directory(String path) {
    directory = path;
  }

  /** An absolute name. */
  String resolve(String name) {
    return FtpPath.resolve(directory, name);
  }

  /** TYPE A; otherwise TYPE I. */
  boolean ascii() {
    return ascii;
  }

  void ascii(boolean on) {
    ascii = on;
  }

  void restart(long offset) {
    restart = offset;
  }

  /** The offset of a REST right before; it counts once (RFC 3659, section 5.3). */
  long takeRestart() {
    long offset = restart;
    restart = 0;
    return offset;
  }

  /** EPSV ALL was given. */
  boolean extendedPassiveOnly() {
    return extendedPassiveOnly;
  }

  void requireExtendedPassive() {
    extendedPassiveOnly = true;
  }

  Set<MlstFact> facts() {
    return facts;
  }

  void facts(Set<MlstFact> chosen) {
    facts = chosen;
  }
}
