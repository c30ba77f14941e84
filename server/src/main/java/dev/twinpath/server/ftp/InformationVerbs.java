package dev.twinpath.server.ftp;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** FEAT, OPTS, SYST, STAT, HELP, NOOP. */
final class InformationVerbs {
  /** STAT of a directory answers on the control connection, in one piece; LIST has no limit. */
  private static final int MAX_STAT_ENTRIES = 1000;

  private InformationVerbs() {}

  static void register(Map<String, FtpVerb> verbs) {
    verbs.put("FEAT", InformationVerbs::features);
    verbs.put("OPTS", InformationVerbs::options);
    verbs.put("SYST", (session, argument) -> session.reply(215, "UNIX Type: L8"));
    verbs.put("STAT", InformationVerbs::status);
    verbs.put("HELP", InformationVerbs::help);
    verbs.put("NOOP", (session, argument) -> session.reply(200, "Still here."));
    verbs.put("CLNT", (session, argument) -> session.reply(200, "Noted."));
  }

  private static void features(FtpSession session, String argument) {
    session.reply(
        new FtpReply(
            211,
            List.of(
                "Features:",
                "EPSV",
                "MDTM",
                MlstFact.feature(session.settings().facts()),
                "REST STREAM",
                "SIZE",
                "TVFS",
                "UTF8",
                "End")));
  }

  private static void options(FtpSession session, String argument) {
    String[] words = argument.strip().split(" +", 2);
    String rest = words.length == 2 ? words[1].strip() : "";
    switch (words[0].toUpperCase(Locale.ROOT)) {
      case "UTF8":
      case "UTF-8":
        if (rest.equalsIgnoreCase("OFF")) {
          session.reply(504, "Names are always UTF-8.");
        } else {
          session.reply(200, "Names are UTF-8.");
        }
        break;
      case "MLST":
        session.settings().facts(MlstFact.parse(rest));
        String list = MlstFact.list(session.settings().facts());
        session.reply(200, ("MLST OPTS " + list).strip());
        break;
      default:
        session.reply(501, "No such option.");
        break;
    }
  }

  private static void status(FtpSession session, String argument) {
    String name = ListingArguments.withoutOptions(argument);
    if (argument.isEmpty()) {
      session.reply(describe(session));
    } else if (session.settings().login() != FtpSettings.Login.DONE) {
      session.reply(530, "Log in first: USER anonymous.");
    } else {
      ListingSource.of(session, name)
          .find(
              entries -> session.reply(listing(session.settings().resolve(name), entries)),
              session::reply);
    }
  }

  /** The state of the session; also while a transfer runs. */
  static FtpReply describe(FtpSession session) {
    List<String> lines = new ArrayList<>();
    lines.add("twinpath FTP");
    lines.add("Client " + session.origin().client().getAddress().getHostAddress());
    lines.add(session.settings().login() == FtpSettings.Login.DONE ? "Logged in" : "Not logged in");
    lines.add("TYPE " + (session.settings().ascii() ? "A" : "I") + ", STRU F, MODE S");
    session
        .transfer()
        .ifPresent(transfer -> lines.add("Transferred " + transfer.progress() + " bytes so far"));
    lines.add("End");
    return new FtpReply(211, lines);
  }

  private static FtpReply listing(String path, List<FtpEntry> entries) {
    ListingFormat format = ListingFormat.unix(Instant.now());
    List<String> lines = new ArrayList<>();
    lines.add("Status of " + path);
    for (FtpEntry entry : entries) {
      if (lines.size() > MAX_STAT_ENTRIES) {
        lines.add("and more: use LIST");
        break;
      }
      StringBuilder line = new StringBuilder();
      format.append(line, entry);
      lines.add(line.toString());
    }
    lines.add("End");
    return new FtpReply(213, lines);
  }

  private static void help(FtpSession session, String argument) {
    List<String> lines = new ArrayList<>();
    lines.add("Commands:");
    StringBuilder line = new StringBuilder();
    for (String name : FtpVerbs.names()) {
      if (line.length() > 60) {
        lines.add(line.toString().strip());
        line.setLength(0);
      }
      line.append(name).append(' ');
    }
    lines.add(line.toString().strip());
    lines.add("End");
    session.reply(new FtpReply(214, lines));
  }
}
