package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.ALL_NODES;
import static dev.twinpath.userstack.ip.IpScript.PEER6;
import static dev.twinpath.userstack.ip.IpScript.PEER_GROUP;
import static dev.twinpath.userstack.ip.IpScript.PEER_MAC;
import static dev.twinpath.userstack.ip.IpScript.STACK6;
import static dev.twinpath.userstack.ip.IpScript.STACK_GROUP;
import static dev.twinpath.userstack.ip.IpScript.STACK_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Neighbour discovery for IPv6 (RFC 4861), as frames. */
class Rfc4861NeighborDiscoveryTest {
  private static final long OTHER_MAC = PEER_MAC + 8;

  /** Makes the stack want to send to the peer: an echo request whose answer needs the address. */
  private static byte[] ping() {
    return Frames.ipv6(
        PEER6,
        STACK6,
        Frames.ICMP6,
        64,
        Frames.icmp6(PEER6, STACK6, 128, 0, 1, Frames.pattern(16)));
  }

  private static byte[] expectedSolicitation(String destination, String target) {
    return IpScript.solicitation(STACK6, destination, target, STACK_MAC);
  }

  private static IpScript incomplete() {
    IpScript s = IpScript.v6();
    s.in6(ping());
    assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.INCOMPLETE);
    return s;
  }

  private static IpScript reachable() {
    IpScript s = incomplete();
    s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, "SO", PEER_MAC));
    assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.REACHABLE);
    s.drain();
    return s;
  }

  // --- 7.2.3, 7.2.4: receiving solicitations

  @Test
  void aSolicitationIsAnsweredAndTeachesWhoAsked() {
    try (IpScript s = IpScript.v6()) {
      s.inGroup(IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC));
      byte[] frame = s.out();
      assertThat(Arrays.copyOf(frame, 6)).isEqualTo(Frames.mac(PEER_MAC));
      assertThat(Arrays.copyOfRange(frame, 14, frame.length))
          .isEqualTo(IpScript.advertisement(STACK6, PEER6, STACK6, "SO", STACK_MAC));
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.STALE);
      assertThat(s.neighbor(PEER6).mac()).isEqualTo(PEER_MAC);
      s.nothing();
    }
  }

  @Test
  void aUnicastSolicitationWithoutALinkAddressIsAnsweredToo() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] message = Frames.icmp6(PEER6, STACK6, 135, 0, 0, Frames.address(STACK6));
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.ICMP6, 255, message));
      assertThat(s.outPacket())
          .isEqualTo(IpScript.advertisement(STACK6, PEER6, STACK6, "SO", STACK_MAC));
    }
  }

  @Test
  void whoChecksForADuplicateIsToldByAnAnnouncementToAll() {
    try (IpScript s = IpScript.v6()) {
      s.inGroup(IpScript.probe(STACK6));
      assertThat(s.outPacket())
          .isEqualTo(IpScript.advertisement(STACK6, ALL_NODES, STACK6, "O", STACK_MAC));
      assertThat(s.neighbors().size()).isZero();
    }
  }

  @Test
  void aSolicitationForAnotherIsNotAnsweredAndTeachesNothing() {
    try (IpScript s = IpScript.v6()) {
      s.inGroup(IpScript.solicitation(PEER6, STACK_GROUP, "2001:db8::ff00:1", PEER_MAC)).nothing();
      assertThat(s.neighbors().size()).isZero();
    }
  }

  @Test
  void aSolicitationFromOffLinkTeachesNothing() {
    try (IpScript s = new IpScript(IpScript.config6().gateway("2001:db8::9"))) {
      s.inGroup(IpScript.solicitation("2001:db8:1::2", STACK_GROUP, STACK6, PEER_MAC));
      assertThat(s.neighbor("2001:db8:1::2")).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 64, 254})
  void whatARouterHasPassedOnIsRefused(int hopLimit) {
    try (IpScript s = IpScript.v6()) {
      byte[] packet = IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC);
      packet[7] = (byte) hopLimit;
      s.inGroup(packet).nothing();
      assertThat(s.count(StackCounter.ND_REFUSED)).isEqualTo(1);
      assertThat(s.neighbors().size()).isZero();
    }
  }

  @Test
  void malformedSolicitationsAreRefused() {
    byte[] target = Frames.address(STACK6);
    byte[] mac = Frames.mac(PEER_MAC);
    List<byte[]> bodies =
        List.of(
            Arrays.copyOf(target, 15),
            Frames.address(ALL_NODES),
            Frames.join(target, Frames.bytes(1, 0), mac),
            Frames.join(target, Frames.bytes(1, 2), mac),
            Frames.join(target, Frames.bytes(1)),
            Frames.join(target, Frames.bytes(1, 1), Frames.mac(0x333300000001L)),
            Frames.join(target, Frames.bytes(1, 1), Frames.mac(0)),
            Frames.join(target, Frames.bytes(1, 1), mac, Frames.bytes(99, 0, 0, 0, 0, 0, 0, 0)),
            Frames.join(new byte[10], Frames.bytes(255, 255, 192, 0, 2, 1)));
    try (IpScript s = IpScript.v6()) {
      for (byte[] body : bodies) {
        byte[] message = Frames.icmp6(PEER6, STACK_GROUP, 135, 0, 0, body);
        s.inGroup(Frames.ipv6(PEER6, STACK_GROUP, Frames.ICMP6, 255, message)).nothing();
      }
      byte[] coded = Frames.icmp6(PEER6, STACK_GROUP, 135, 1, 0, target);
      s.inGroup(Frames.ipv6(PEER6, STACK_GROUP, Frames.ICMP6, 255, coded)).nothing();
      assertThat(s.count(StackCounter.ND_REFUSED)).isEqualTo(bodies.size() + 1);
      assertThat(s.neighbors().size()).isZero();
    }
  }

  @Test
  void aProbeWithALinkAddressOrToOneHostIsRefused() {
    try (IpScript s = IpScript.v6()) {
      s.inGroup(IpScript.probe(STACK6, Frames.join(Frames.bytes(1, 1), Frames.mac(PEER_MAC))))
          .nothing();
      byte[] message = Frames.icmp6("::", STACK6, 135, 0, 0, Frames.address(STACK6));
      s.in6(Frames.ipv6("::", STACK6, Frames.ICMP6, 255, message)).nothing();
      assertThat(s.count(StackCounter.ND_REFUSED)).isEqualTo(2);
    }
  }

  @Test
  void unknownOptionsAreSkipped() {
    try (IpScript s = IpScript.v6()) {
      byte[] body =
          Frames.join(
              Frames.address(STACK6),
              Frames.bytes(200, 2),
              new byte[14],
              Frames.bytes(1, 1),
              Frames.mac(PEER_MAC));
      byte[] message = Frames.icmp6(PEER6, STACK_GROUP, 135, 0, 0, body);
      s.inGroup(Frames.ipv6(PEER6, STACK_GROUP, Frames.ICMP6, 255, message));
      assertThat(s.neighbor(PEER6).mac()).isEqualTo(PEER_MAC);
    }
  }

  @Test
  void discoveryInFragmentsIsRefused() {
    // RFC 6980.
    try (IpScript s = IpScript.v6()) {
      byte[] whole = IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC);
      byte[] message = Arrays.copyOfRange(whole, 40, whole.length);
      byte[] atomic = Frames.fragment(Frames.ICMP6, 0, false, 1, message);
      s.inGroup(Frames.ipv6(PEER6, STACK_GROUP, Frames.FRAGMENT, 255, atomic)).nothing();
      assertThat(s.count(StackCounter.ND_REFUSED)).isEqualTo(1);
    }
  }

  // --- 7.2.2: sending solicitations

  @Test
  void anUnknownNeighbourIsAskedForThreeTimesByItsGroup() {
    try (IpScript s = IpScript.v6()) {
      s.in6(ping());
      byte[] frame = s.out();
      assertThat(Arrays.copyOf(frame, 6)).isEqualTo(Frames.bytes(0x33, 0x33, 0xff, 0, 0, 2));
      assertThat(Arrays.copyOfRange(frame, 14, frame.length))
          .isEqualTo(expectedSolicitation(PEER_GROUP, PEER6));
      s.nothing().after(1001);
      assertThat(s.drain()).hasSize(1);
      s.after(1001);
      assertThat(s.drain()).hasSize(1);
      s.after(1001).nothing();
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.FAILED);
      assertThat(s.count(StackCounter.ARP_PENDING_DROPS)).as("the answer that waited").isOne();
      assertThat(s.stack.liveResources()).isZero();
    }
  }

  @Test
  void whatWaitedGoesOutWhenTheNeighbourAnswers() {
    try (IpScript s = incomplete()) {
      s.in6(ping()).in6(ping());
      s.drain();
      s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, "SO", PEER_MAC));
      List<byte[]> frames = s.drain();
      assertThat(frames).hasSize(3);
      assertThat(frames).allMatch(f -> f[54] == (byte) 129);
      assertThat(frames).allMatch(f -> Arrays.equals(Arrays.copyOf(f, 6), Frames.mac(PEER_MAC)));
    }
  }

  @Test
  void aStaleNeighbourIsUsedThenProbedByUnicast() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      s.in6(ping());
      assertThat(s.drain()).hasSize(1);
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.DELAY);
      s.after(4900).nothing().after(200);
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.PROBE);
      byte[] frame = s.out();
      assertThat(Arrays.copyOf(frame, 6)).isEqualTo(Frames.mac(PEER_MAC));
      assertThat(Arrays.copyOfRange(frame, 14, frame.length))
          .isEqualTo(expectedSolicitation(PEER6, PEER6));
      s.after(2100);
      assertThat(s.drain()).hasSize(2);
      s.after(1000).nothing();
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.FAILED);
    }
  }

  @Test
  void anAnswerToAProbeConfirms() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      s.in6(ping()).after(5100);
      s.drain();
      s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, "S", -1));
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.REACHABLE);
      assertThat(s.neighbor(PEER6).mac()).isEqualTo(PEER_MAC);
      s.after(10_000).nothing();
    }
  }

  @Test
  void aConfirmationGrowsOldAfterThirtySeconds() {
    try (IpScript s = reachable()) {
      s.after(29_000);
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.REACHABLE);
      s.after(1_100);
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.STALE);
      s.nothing();
    }
  }

  // --- 7.2.5: receiving advertisements

  @Test
  void anAdvertisementNeverMakesAnEntry() {
    try (IpScript s = IpScript.v6()) {
      s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, "SO", PEER_MAC)).nothing();
      s.inGroup(IpScript.advertisement(PEER6, ALL_NODES, PEER6, "O", PEER_MAC)).nothing();
      assertThat(s.neighbors().size()).isZero();
      assertThat(s.count(StackCounter.ND_ADVERTISEMENTS_IN)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"SO,REACHABLE", "S,REACHABLE", "O,STALE", "'',STALE", "RSO,REACHABLE"})
  void theFirstAdvertisementOfAnUnknownNeighbour(String flags, NeighborState state) {
    try (IpScript s = incomplete()) {
      s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, flags, PEER_MAC));
      assertThat(s.neighbor(PEER6).state()).isIn(state, afterUse(state));
      assertThat(s.neighbor(PEER6).mac()).isEqualTo(PEER_MAC);
      assertThat(s.neighbor(PEER6).isRouter()).isEqualTo(flags.contains("R"));
    }
  }

  private static NeighborState afterUse(NeighborState state) {
    return state == NeighborState.STALE ? NeighborState.DELAY : state;
  }

  @Test
  void anAdvertisementWithoutLinkAddressDoesNotEndTheSearch() {
    try (IpScript s = incomplete()) {
      s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, "SO", -1));
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.INCOMPLETE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // flags, another link address; the state after it, and whether the new address is taken
    "SO,true,REACHABLE,true",
    "O,true,STALE,true",
    "S,true,STALE,false",
    "'',true,STALE,false",
    "SO,false,REACHABLE,false",
    "O,false,REACHABLE,false",
    "S,false,REACHABLE,false",
    "'',false,REACHABLE,false"
  })
  void anAdvertisementOfAReachableNeighbour(
      String flags, boolean another, NeighborState state, boolean taken) {
    try (IpScript s = reachable()) {
      long mac = another ? OTHER_MAC : PEER_MAC;
      s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, flags, mac)).nothing();
      assertThat(s.neighbor(PEER6).state()).isEqualTo(state);
      assertThat(s.neighbor(PEER6).mac()).isEqualTo(taken ? OTHER_MAC : PEER_MAC);
    }
  }

  @Test
  void withoutOverrideAnotherLinkAddressDoesNotChangeAStaleEntry() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      s.in6(IpScript.advertisement(PEER6, STACK6, PEER6, "S", OTHER_MAC));
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.STALE);
      assertThat(s.neighbor(PEER6).mac()).isEqualTo(PEER_MAC);
    }
  }

  @Test
  void anAnswerToAGroupIsRefusedIfItClaimsToBeSolicited() {
    try (IpScript s = incomplete()) {
      s.inGroup(IpScript.advertisement(PEER6, ALL_NODES, PEER6, "SO", PEER_MAC));
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.INCOMPLETE);
      assertThat(s.count(StackCounter.ND_REFUSED)).isEqualTo(1);
    }
  }

  @Test
  void whoClaimsOurAddressIsCountedAndChangesNothing() {
    try (IpScript s = IpScript.v6()) {
      s.inGroup(IpScript.advertisement(PEER6, ALL_NODES, STACK6, "O", PEER_MAC)).nothing();
      assertThat(s.count(StackCounter.ADDRESS_CONFLICTS)).isEqualTo(1);
      assertThat(s.neighbor(STACK6)).isNull();
      s.inGroup(IpScript.advertisement(STACK6, ALL_NODES, STACK6, "O", PEER_MAC)).nothing();
      assertThat(s.count(StackCounter.IP6_SOURCE_ERRORS)).isEqualTo(1);
    }
  }

  // --- routers

  @ParameterizedTest
  @ValueSource(ints = {133, 134, 137})
  void routersMessagesAndRedirectsChangeNothing(int type) {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] body =
          Frames.join(
              Frames.address(PEER6),
              Frames.address("2001:db8:9::1"),
              Frames.bytes(3, 4, 64, 0xc0),
              new byte[28]);
      byte[] message = Frames.icmp6(PEER6, STACK6, type, 0, 0, body);
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.ICMP6, 255, message)).nothing();
      assertThat(s.count(StackCounter.ND_IGNORED)).isEqualTo(1);
      assertThat(s.neighbors().size()).isEqualTo(1);
      assertThat(s.stack.addresses()).hasSize(3);
    }
  }

  // --- floods

  @Test
  void aFloodOfSolicitationsDoesNotPushOutWhoIsTalkedTo() {
    try (IpScript s = reachable()) {
      s.after(31_000);
      assertThat(s.neighbor(PEER6).state()).isEqualTo(NeighborState.STALE);
      for (int i = 0; i < 5000; i++) {
        String spoofed = "2001:db8::1:" + Integer.toHexString(i);
        s.wire.toStack.add(
            Frames.ethernet(
                STACK_MAC,
                PEER_MAC,
                0x86dd,
                IpScript.solicitation(spoofed, STACK_GROUP, STACK6, OTHER_MAC)));
        if (i % 50 == 0) {
          s.drain();
        }
      }
      s.drain();
      assertThat(s.neighbors().size()).isEqualTo(1024);
      assertThat(s.neighbor(PEER6)).isNotNull();
      assertThat(s.neighbor(PEER6).mac()).isEqualTo(PEER_MAC);
    }
  }

  @Test
  void aFloodOfAdvertisementsFillsNothing() {
    try (IpScript s = IpScript.v6()) {
      for (int i = 0; i < 3000; i++) {
        String spoofed = "2001:db8::1:" + Integer.toHexString(i);
        s.inGroup(IpScript.advertisement(spoofed, ALL_NODES, spoofed, "O", OTHER_MAC));
      }
      assertThat(s.neighbors().size()).isZero();
      assertThat(s.stack.armedTimers()).isZero();
    }
  }
}
