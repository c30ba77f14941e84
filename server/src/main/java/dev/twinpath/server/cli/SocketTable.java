package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Connections in ss's columns: addresses end and ports begin at the colon. */
final class SocketTable {
  private static final int STATE = 0;
  private static final int LOCAL = 3;
  private static final int PEER = 5;
  private static final int COLUMNS = 7;

  private SocketTable() {}

  /** A header, then a line for each socket and, where more is known, an indented one. */
  static List<String> lines(List<JsonNode> sockets) {
    List<String[]> rows = new ArrayList<>();
    rows.add(
        new String[] {
          "State", "Recv-Q", "Send-Q", "Local Address", ":Port", "Peer Address", ":Port"
        });
    for (JsonNode socket : sockets) {
      rows.add(row(socket));
    }
    int[] widths = new int[COLUMNS];
    for (String[] row : rows) {
      for (int i = STATE; i < COLUMNS; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      JsonNode socket = i == 0 ? null : sockets.get(i - 1);
      String timer = socket == null ? "" : ConnectionText.timer(socket);
      lines.add((line(rows.get(i), widths) + timer).stripTrailing());
      if (socket != null && socket.has("congestion")) {
        lines.add("\t " + ConnectionText.info(socket));
      }
    }
    return lines;
  }

  private static String[] row(JsonNode socket) {
    String local = socket.path("local").asText();
    String peer = socket.path("remote").asText();
    int localPort = local.lastIndexOf(':');
    int peerPort = peer.lastIndexOf(':');
    return new String[] {
      SocketState.ofJson(socket.path("state").asText()).shortName(),
      socket.path("recvQ").asText(),
      socket.path("sendQ").asText(),
      local.substring(0, localPort),
      local.substring(localPort),
      peer.substring(0, peerPort),
      peer.substring(peerPort)
    };
  }

  private static String line(String[] row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < COLUMNS; i++) {
      String space = " ".repeat(widths[i] - row[i].length());
      boolean address = i == LOCAL || i == PEER;
      line.append(address ? space + row[i] : row[i] + space + " ");
    }
    return line.toString();
  }
}
