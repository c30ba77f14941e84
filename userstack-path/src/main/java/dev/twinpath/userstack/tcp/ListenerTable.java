package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.IpAddress;
import java.util.function.Consumer;

/**
 * Listeners by port; a page of 256 ports exists once a port of it is used. A listener on any
 * address takes both IP versions, as Linux's do with bindv6only = 0.
 */
final class ListenerTable {
  private final Listener[][] pages = new Listener[256][];

  /** The listener of an address and port: one for that very address before one for any, or null. */
  Listener find(long high, long low, int port) {
    Listener[] page = pages[port >>> 8];
    if (page == null) {
      return null;
    }
    Listener any = null;
    for (Listener l = page[port & 255]; l != null; l = l.next) {
      if (l.low == low && l.high == high) {
        return l;
      }
      if (l.isAny()) {
        any = l;
      }
    }
    return any;
  }

  /** Whether a listener on an address and port would take what is another's already. */
  boolean conflicts(IpAddress address, int port) {
    Listener[] page = pages[port >>> 8];
    if (page == null) {
      return false;
    }
    for (Listener l = page[port & 255]; l != null; l = l.next) {
      if (address.isAny() || l.isAny() || l.localAddress().equals(address)) {
        return true;
      }
    }
    return false;
  }

  void add(Listener listener) {
    int port = listener.localPort();
    Listener[] page = pages[port >>> 8];
    if (page == null) {
      page = new Listener[256];
      pages[port >>> 8] = page;
    }
    listener.next = page[port & 255];
    page[port & 255] = listener;
  }

  void remove(Listener listener) {
    int port = listener.localPort();
    Listener[] page = pages[port >>> 8];
    Listener before = null;
    for (Listener l = page[port & 255]; l != listener; l = l.next) {
      before = l;
    }
    if (before == null) {
      page[port & 255] = listener.next;
    } else {
      before.next = listener.next;
    }
  }

  /** Calls a consumer with every listener, by port. */
  void forEach(Consumer<Listener> consumer) {
    for (Listener[] page : pages) {
      for (int i = 0; page != null && i < page.length; i++) {
        for (Listener l = page[i]; l != null; l = l.next) {
          consumer.accept(l);
        }
      }
    }
  }

  /** Closes every listener. */
  void closeAll() {
    for (Listener[] page : pages) {
      for (int i = 0; page != null && i < page.length; i++) {
        while (page[i] != null) {
          page[i].close();
        }
      }
    }
  }
}
