package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.PEER;
import static dev.twinpath.userstack.ip.IpScript.PEER_MAC;
import static dev.twinpath.userstack.ip.IpScript.STACK;
import static dev.twinpath.userstack.ip.IpScript.STACK_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** ARP (RFC 826) and who may change the cache. */
class Rfc826ArpTest {
  private static final long EVERYBODY = 0xffffffffffffL;
  private static final long OTHER_MAC = PEER_MAC + 8;

  private static byte[] ping() {
    return Frames.ipv4(PEER, STACK, Frames.ICMP, 1, 0, Frames.icmp(8, 0, 1, Frames.pattern(16)));
  }

  private static void in(IpScript s, int operation, long mac, String sender, String target) {
    s.in(
        Frames.ethernet(
            operation == 1 ? EVERYBODY : STACK_MAC,
            mac,
            0x0806,
            Frames.arp(operation, mac, sender, STACK_MAC, target)));
  }

  private static IpScript reachable() {
    IpScript s = new IpScript();
    s.in4(ping());
    in(s, 2, PEER_MAC, PEER, STACK);
    s.drain();
    assertThat(s.neighbor(PEER).state()).isEqualTo(NeighborState.REACHABLE);
    return s;
  }

  @Test
  void aRequestIsAnsweredAndTeachesWhoAsked() {
    try (IpScript s = new IpScript()) {
      in(s, 1, PEER_MAC, PEER, STACK);
      assertThat(s.out())
          .isEqualTo(
              Frames.ethernet(
                  PEER_MAC, STACK_MAC, 0x0806, Frames.arp(2, STACK_MAC, STACK, PEER_MAC, PEER)));
      assertThat(s.neighbor(PEER).state()).isEqualTo(NeighborState.STALE);
    }
  }

  @Test
  void anUnknownNeighbourIsAskedForThreeTimesBySecond() {
    try (IpScript s = new IpScript()) {
      s.in4(ping());
      byte[] request =
          Frames.ethernet(EVERYBODY, STACK_MAC, 0x0806, Frames.arp(1, STACK_MAC, STACK, 0, PEER));
      assertThat(s.out()).isEqualTo(request);
      s.nothing().after(1001);
      assertThat(s.out()).isEqualTo(request);
      s.after(1001);
      assertThat(s.out()).isEqualTo(request);
      s.after(1001).nothing();
      assertThat(s.neighbor(PEER).state()).isEqualTo(NeighborState.FAILED);
      assertThat(s.stack.liveResources()).isZero();
    }
  }

  @Test
  void anAnswerThatNobodyAskedForMakesNoEntry() {
    try (IpScript s = new IpScript()) {
      in(s, 2, PEER_MAC, PEER, STACK);
      in(s, 1, PEER_MAC, PEER, PEER);
      in(s, 2, PEER_MAC, PEER, PEER);
      s.nothing();
      assertThat(s.neighbors().size()).isZero();
    }
  }

  @Test
  void withinASecondTheFirstAnswerIsBelieved() {
    try (IpScript s = reachable()) {
      in(s, 2, OTHER_MAC, PEER, STACK);
      in(s, 1, OTHER_MAC, PEER, PEER);
      assertThat(s.neighbor(PEER).mac()).isEqualTo(PEER_MAC);
      assertThat(s.count(StackCounter.NEIGHBOR_LOCKED)).isEqualTo(2);
      s.after(1000);
      in(s, 1, OTHER_MAC, PEER, PEER);
      assertThat(s.neighbor(PEER).mac()).isEqualTo(OTHER_MAC);
      assertThat(s.neighbor(PEER).state()).isEqualTo(NeighborState.STALE);
    }
  }

  @Test
  void aNeighbourThatMovedIsProbedBeforeItIsTrusted() {
    try (IpScript s = reachable()) {
      s.after(2000);
      in(s, 1, OTHER_MAC, PEER, PEER);
      s.in4(ping());
      assertThat(Arrays.copyOf(s.out(), 6)).isEqualTo(Frames.mac(OTHER_MAC));
      s.after(5100);
      byte[] probe = s.out();
      assertThat(Arrays.copyOf(probe, 6)).isEqualTo(Frames.mac(OTHER_MAC));
      assertThat(probe[21]).isEqualTo((byte) 1);
      in(s, 2, OTHER_MAC, PEER, STACK);
      assertThat(s.neighbor(PEER).state()).isEqualTo(NeighborState.REACHABLE);
    }
  }

  @Test
  void malformedPacketsAreCounted() {
    try (IpScript s = new IpScript()) {
      byte[] good = Frames.arp(1, PEER_MAC, PEER, 0, STACK);
      for (int at : new int[] {1, 2, 4, 5}) {
        byte[] bad = good.clone();
        bad[at] ^= 0x40;
        s.in(Frames.ethernet(EVERYBODY, PEER_MAC, 0x0806, bad));
      }
      s.in(Frames.ethernet(EVERYBODY, PEER_MAC, 0x0806, Arrays.copyOf(good, 27)));
      in(s, 7, PEER_MAC, PEER, STACK);
      in(s, 1, 0, PEER, STACK);
      in(s, 1, EVERYBODY, PEER, STACK);
      s.nothing();
      assertThat(s.count(StackCounter.ARP_MALFORMED)).isEqualTo(8);
      assertThat(s.neighbors().size()).isZero();
    }
  }

  @Test
  void aFloodOfRequestsDoesNotPushOutWhoIsTalkedTo() {
    try (IpScript s = new IpScript(IpScript.config().address("10.0.0.1/8"))) {
      s.learnPeer().in4(ping());
      s.drain();
      for (int i = 0; i < 5000; i++) {
        in(s, 1, OTHER_MAC, "10.1." + i / 250 + "." + (i % 250 + 1), STACK);
        s.wire.fromStack.clear();
      }
      assertThat(s.neighbors().size()).isEqualTo(1024);
      assertThat(s.neighbor(PEER).mac()).isEqualTo(PEER_MAC);
      assertThat(s.count(StackCounter.ARP_CACHE_FULL)).isEqualTo(5001 - 1024);
    }
  }
}
