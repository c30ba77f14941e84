package dev.twinpath.server.ftp;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * How many sessions there are, in all and by client. Sessions begin and end at human speed, so one
 * lock does.
 */
final class SessionLimits {
  private final int maxSessions;
  private final int maxPerClient;
  private final Map<InetAddress, Integer> byClient = new HashMap<>();
  private int sessions;

  SessionLimits(int maxSessions, int maxPerClient) {
    this.maxSessions = maxSessions;
    this.maxPerClient = maxPerClient;
  }

  /** Takes a place; false if there is none. A place that was taken has to be released once. */
  synchronized boolean acquire(InetAddress client) {
    int ofClient = byClient.getOrDefault(client, 0);
    if (sessions >= maxSessions || ofClient >= maxPerClient) {
      return false;
    }
    sessions++;
    byClient.put(client, ofClient + 1);
    return true;
  }

  synchronized void release(InetAddress client) {
    sessions--;
    byClient.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
  }
}
