package dev.twinpath.server.ftp;

import java.util.Map;

/** Commands of FTP that this server knows and will not do. */
final class RefusedVerbs {
  private RefusedVerbs() {}

  static void register(Map<String, FtpVerb> verbs) {
    for (String name : new String[] {"STOR", "STOU", "APPE", "RNTO"}) {
      verbs.put(name, (session, argument) -> session.reply(553, "This server is read-only."));
    }
    for (String name :
        new String[] {"DELE", "RMD", "XRMD", "MKD", "XMKD", "RNFR", "MFMT", "MFCT", "MFF"}) {
      verbs.put(name, (session, argument) -> session.reply(550, "This server is read-only."));
    }
    verbs.put("ALLO", (session, argument) -> session.reply(202, "This server is read-only."));
    verbs.put("SITE", (session, argument) -> session.reply(502, "No SITE commands."));
    verbs.put("PORT", RefusedVerbs::active);
    verbs.put("EPRT", RefusedVerbs::active);
    for (String name : new String[] {"AUTH", "PBSZ", "PROT", "CCC"}) {
      verbs.put(name, (session, argument) -> session.reply(502, "No TLS here."));
    }
    verbs.put("HOST", (session, argument) -> session.reply(502, "One host only."));
    verbs.put("SMNT", (session, argument) -> session.reply(502, "Nothing to mount."));
  }

  /** See docs/decisions: a server that connects where its clients say is a tool for others. */
  private static void active(FtpSession session, String argument) {
    if (session.settings().extendedPassiveOnly()) {
      session.reply(501, "After EPSV ALL only EPSV is allowed.");
    } else {
      session.reply(502, "No active mode: use EPSV or PASV.");
    }
  }
}
