package dev.twinpath.server.ftp;

import dev.twinpath.server.ftp.FtpSettings.Login;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Coming and going: USER, PASS, ACCT, REIN, QUIT. Everybody is anonymous. */
final class AccessVerbs {
  private static final Set<String> ANONYMOUS = Set.of("anonymous", "ftp");

  private AccessVerbs() {}

  static void register(Map<String, FtpVerb> verbs) {
    verbs.put("USER", AccessVerbs::user);
    verbs.put("PASS", AccessVerbs::pass);
    verbs.put("ACCT", (session, argument) -> session.reply(202, "No account is needed."));
    verbs.put("REIN", AccessVerbs::reinitialize);
    verbs.put("QUIT", (session, argument) -> session.replyAndClose(221, "Goodbye."));
  }

  private static void user(FtpSession session, String name) {
    if (ANONYMOUS.contains(name.strip().toLowerCase(Locale.ROOT))) {
      session.settings().login(Login.USER_GIVEN);
      session.reply(331, "Any password will do.");
    } else {
      session.settings().login(Login.NONE);
      session.reply(530, "This server is anonymous only.");
    }
  }

  private static void pass(FtpSession session, String password) {
    switch (session.settings().login()) {
      case NONE:
        session.reply(503, "USER first.");
        break;
      case DONE:
        session.reply(202, "Already logged in.");
        break;
      default:
        session.settings().login(Login.DONE);
        session.reply(230, "Logged in, read-only.");
        break;
    }
  }

  private static void reinitialize(FtpSession session, String argument) {
    session.takePassive().ifPresent(PassiveEndpoint::close);
    session.settings().reset();
    session.reply(220, "Ready for a new user.");
  }
}
