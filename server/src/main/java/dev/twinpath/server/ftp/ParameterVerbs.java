package dev.twinpath.server.ftp;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the next transfer shall be: TYPE, MODE, STRU, REST, PASV, EPSV. */
final class ParameterVerbs {
  private static final Logger LOG = LoggerFactory.getLogger(ParameterVerbs.class);

  private ParameterVerbs() {}

  static void register(Map<String, FtpVerb> verbs) {
    verbs.put("TYPE", ParameterVerbs::type);
    verbs.put("MODE", (session, mode) -> only(session, mode, "S", "BC", "MODE"));
    verbs.put("STRU", (session, structure) -> only(session, structure, "F", "RP", "STRU"));
    verbs.put("REST", ParameterVerbs::restart);
    verbs.put("PASV", ParameterVerbs::passive);
    verbs.put("EPSV", ParameterVerbs::extendedPassive);
  }

  private static void type(FtpSession session, String argument) {
    switch (argument.strip().toUpperCase(Locale.ROOT)) {
      case "A":
      case "A N":
        session.settings().ascii(true);
        session.reply(200, "TYPE is A.");
        break;
      case "I":
      case "L 8":
        session.settings().ascii(false);
        session.reply(200, "TYPE is I.");
        break;
      default:
        boolean known = argument.strip().matches("(?i)[AEL]( .{1,3})?");
        session.reply(known ? 504 : 501, "TYPE is A or I.");
        break;
    }
  }

  private static void only(
      FtpSession session, String argument, String supported, String known, String verb) {
    String wanted = argument.strip().toUpperCase(Locale.ROOT);
    if (wanted.equals(supported)) {
      session.reply(200, verb + " is " + supported + ".");
    } else {
      boolean exists = wanted.length() == 1 && known.contains(wanted);
      session.reply(exists ? 504 : 501, verb + " is " + supported + " only.");
    }
  }

  private static void restart(FtpSession session, String argument) {
    OptionalLong offset = decimal(argument.strip());
    if (offset.isEmpty()) {
      session.reply(501, "REST needs a number of bytes.");
    } else {
      session.settings().restart(offset.getAsLong());
      session.reply(350, "Will start at " + offset.getAsLong() + ".");
    }
  }

  /** A number without sign that fits a file offset. */
  private static OptionalLong decimal(String text) {
    if (!text.matches("[0-9]{1,19}")) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // above 2^63 - 1
    }
  }

  private static void passive(FtpSession session, String argument) {
    if (session.settings().extendedPassiveOnly()) {
      session.reply(501, "After EPSV ALL only EPSV is allowed.");
    } else if (session.origin().server().getAddress() instanceof Inet4Address) {
      open(session, false);
    } else {
      session.reply(522, "PASV has no room for an IPv6 address; use EPSV.");
    }
  }

  private static void extendedPassive(FtpSession session, String argument) {
    InetAddress local = session.origin().server().getAddress();
    String ours = local instanceof Inet4Address ? "1" : "2";
    switch (argument.strip().toUpperCase(Locale.ROOT)) {
      case "ALL":
        session.settings().requireExtendedPassive();
        session.reply(200, "Only EPSV from now on.");
        break;
      case "":
        open(session, true);
        break;
      case "1":
      case "2":
        if (argument.strip().equals(ours)) {
          open(session, true);
        } else {
          session.reply(522, "Network protocol not supported, use (" + ours + ")");
        }
        break;
      default:
        session.reply(
            argument.strip().matches("[0-9]+") ? 522 : 501,
            "Network protocol not supported, use (" + ours + ")");
        break;
    }
  }

  private static void open(FtpSession session, boolean extended) {
    session.takePassive().ifPresent(PassiveEndpoint::close);
    PassiveEndpoint.open(
        session,
        endpoint -> {
          if (session.ended()) {
            endpoint.close();
            return;
          }
          session.passive(endpoint);
          session.reply(extended ? extendedReply(endpoint) : reply(endpoint));
        },
        failure -> {
          LOG.warn("no passive listener", failure);
          session.reply(425, "No port to listen on.");
        });
  }

  private static FtpReply extendedReply(PassiveEndpoint endpoint) {
    int port = endpoint.address().getPort();
    return FtpReply.of(229, "Entering Extended Passive Mode (|||" + port + "|)");
  }

  private static FtpReply reply(PassiveEndpoint endpoint) {
    InetSocketAddress address = endpoint.address();
    int port = address.getPort();
    String host = address.getAddress().getHostAddress().replace('.', ',');
    return FtpReply.of(
        227, "Entering Passive Mode (" + host + "," + (port >> 8) + "," + (port & 0xFF) + ").");
  }
}
