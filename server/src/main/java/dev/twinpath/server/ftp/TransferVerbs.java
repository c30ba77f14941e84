package dev.twinpath.server.ftp;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What needs the data connection: RETR, LIST, NLST, MLSD; and ABOR. */
final class TransferVerbs {
  private TransferVerbs() {}

  static void register(Map<String, FtpVerb> verbs) {
    verbs.put("RETR", TransferVerbs::retrieve);
    verbs.put("LIST", TransferVerbs::list);
    verbs.put("NLST", TransferVerbs::names);
    verbs.put("MLSD", TransferVerbs::facts);
    verbs.put("ABOR", TransferVerbs::abort);
  }

  private static void retrieve(FtpSession session, String name) {
    long offset = session.settings().takeRestart();
    if (name.isEmpty()) {
      session.reply(501, "RETR needs a file.");
      return;
    }
    if (session.settings().ascii() && offset != 0) {
      // Offsets count transferred bytes (RFC 3659, section 5.3), which TYPE A makes as it goes.
      session.reply(554, "REST is for TYPE I.");
      return;
    }
    String path = session.settings().resolve(name);
    endpoint(session)
        .ifPresent(
            endpoint -> {
              if (session.settings().ascii()) {
                new AsciiTransfer(session, endpoint, path).begin();
              } else {
                new RegionTransfer(session, endpoint, path, offset).begin();
              }
            });
  }

  private static void list(FtpSession session, String argument) {
    String name = ListingArguments.withoutOptions(argument);
    listing(session, ListingSource.of(session, name), ListingFormat.unix(Instant.now()));
  }

  private static void names(FtpSession session, String argument) {
    String name = ListingArguments.withoutOptions(argument);
    ListingFormat format = ListingFormat.names(ListingArguments.prefix(name));
    listing(session, ListingSource.of(session, name), format);
  }

  private static void facts(FtpSession session, String name) {
    ListingFormat format = ListingFormat.facts(session.settings().facts());
    listing(session, ListingSource.ofDirectory(session, name), format);
  }

  private static void listing(FtpSession session, ListingSource source, ListingFormat format) {
    session.settings().takeRestart();
    endpoint(session)
        .ifPresent(endpoint -> new ListingTransfer(session, endpoint, source, format).begin());
  }

  /** The listener for a transfer; if there is none, or no transfer may begin, it is replied. */
  private static Optional<PassiveEndpoint> endpoint(FtpSession session) {
    Optional<PassiveEndpoint> endpoint = session.takePassive();
    if (endpoint.isEmpty()) {
      session.reply(425, "Use EPSV or PASV first.");
    } else if (session.abortPending()) {
      endpoint.get().close();
      session.reply(426, "Aborted.");
      return Optional.empty();
    }
    return endpoint;
  }

  /** The transfer was ended when ABOR arrived (RFC 959, section 4.1.3); here is its answer. */
  private static void abort(FtpSession session, String argument) {
    session.abortAnswered();
    session.takePassive().ifPresent(PassiveEndpoint::close);
    session.reply(226, "Nothing is in progress.");
  }
}
