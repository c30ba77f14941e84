package dev.twinpath.userstack.udp;

/** Sockets by local port; a page of 256 ports exists once a port of it is used. */
final class PortTable {
  private final UdpSocket[][] pages = new UdpSocket[256][];

  /** The sockets of a port, the one that was bound last first; linked by {@code next}. */
  UdpSocket first(int port) {
    UdpSocket[] page = pages[port >>> 8];
    return page == null ? null : page[port & 255];
  }

  /**
   * Who gets a datagram: a socket that is connected to its sender before one that is not, one that
   * is bound to its very destination before one that is bound to any; among equals, the one that
   * was bound last. Null if nobody.
   */
  UdpSocket find(
      long localHigh, long localLow, int localPort, long remoteHigh, long remoteLow, int port) {
    UdpSocket best = null;
    int bestScore = -1;
    for (UdpSocket s = first(localPort); s != null; s = s.next) {
      if (s.accepts(localHigh, localLow, remoteHigh, remoteLow, port)) {
        int score = (s.isConnected() ? 2 : 0) + (s.isBoundToAny() ? 0 : 1);
        if (score > bestScore) {
          best = s;
          bestScore = score;
        }
      }
    }
    return best;
  }

  /** Whether a socket may not be bound to an address and port because of another that is. */
  boolean conflicts(UdpSocket socket, long high, long low, int port) {
    boolean any = (high | low) == 0;
    for (UdpSocket s = first(port); s != null; s = s.next) {
      boolean overlap = any || s.isBoundToAny() || s.localHigh == high && s.localLow == low;
      if (s != socket && overlap && !(s.reuseAddress() && socket.reuseAddress())) {
        return true;
      }
    }
    return false;
  }

  /** Whether another socket is bound to the same address and port. */
  boolean isShared(UdpSocket socket) {
    for (UdpSocket s = first(socket.localPort); s != null; s = s.next) {
      if (s != socket && s.localHigh == socket.localHigh && s.localLow == socket.localLow) {
        return true;
      }
    }
    return false;
  }

  void add(UdpSocket socket) {
    int port = socket.localPort;
    UdpSocket[] page = pages[port >>> 8];
    if (page == null) {
      page = new UdpSocket[256];
      pages[port >>> 8] = page;
    }
    socket.next = page[port & 255];
    page[port & 255] = socket;
  }

  void remove(UdpSocket socket) {
    UdpSocket[] page = pages[socket.localPort >>> 8];
    int index = socket.localPort & 255;
    if (page[index] == socket) {
      page[index] = socket.next;
    } else {
      UdpSocket before = page[index];
      while (before.next != socket) {
        before = before.next;
      }
      before.next = socket.next;
    }
    socket.next = null;
  }

  /** Closes every socket. */
  void closeAll() {
    for (UdpSocket[] page : pages) {
      for (int i = 0; page != null && i < page.length; i++) {
        while (page[i] != null) {
          page[i].close();
        }
      }
    }
  }
}
