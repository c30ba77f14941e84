package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.ALL_NODES;
import static dev.twinpath.userstack.ip.IpScript.LINK_LOCAL;
import static dev.twinpath.userstack.ip.IpScript.PEER6;
import static dev.twinpath.userstack.ip.IpScript.PEER_MAC;
import static dev.twinpath.userstack.ip.IpScript.STACK6;
import static dev.twinpath.userstack.ip.IpScript.STACK_GROUP;
import static dev.twinpath.userstack.ip.IpScript.STACK_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackCounter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whether somebody has an IPv6 address before it is used (RFC 4862 section 5.4, RFC 7527). */
class Rfc4862DuplicateAddressDetectionTest {
  private static IpScript detecting(IpConfig config) {
    return new IpScript(IpScript.config6().ip(config));
  }

  private static IpScript detecting() {
    return detecting(IpConfig.defaults());
  }

  private static AddressState state(IpScript s, String address) {
    return s.stack.addresses().stream()
        .filter(a -> a.address().address().equals(IpAddress.parse(address)))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private static byte[] ping() {
    return Frames.ipv6(
        PEER6,
        STACK6,
        Frames.ICMP6,
        64,
        Frames.icmp6(PEER6, STACK6, 128, 0, 1, Frames.pattern(16)));
  }

  @Test
  void everyIpv6AddressIsAskedForOnceAndThenUsed() {
    try (IpScript s = detecting()) {
      List<byte[]> frames = s.drain();
      assertThat(frames).as("the configured one and the link's").hasSize(2);
      byte[] frame = frames.get(0);
      byte[] nonce = Arrays.copyOfRange(frame, 80, 86);
      assertThat(Arrays.copyOf(frame, 6)).isEqualTo(Frames.bytes(0x33, 0x33, 0xff, 0, 0, 1));
      assertThat(Arrays.copyOfRange(frame, 14, frame.length))
          .isEqualTo(IpScript.probe(STACK6, Frames.join(Frames.bytes(14, 1), nonce)));
      assertThat(state(s, STACK6)).isEqualTo(AddressState.TENTATIVE);
      assertThat(state(s, IpScript.STACK)).isEqualTo(AddressState.PREFERRED);
      s.after(1001).nothing();
      assertThat(state(s, STACK6)).isEqualTo(AddressState.PREFERRED);
      assertThat(state(s, LINK_LOCAL)).isEqualTo(AddressState.PREFERRED);
    }
  }

  @Test
  void aTentativeAddressIsNeitherUsedNorAnsweredFor() {
    try (IpScript s = detecting()) {
      s.drain();
      s.in6(ping()).nothing();
      s.inGroup(IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC)).nothing();
      assertThat(s.count(StackCounter.IP6_ADDRESS_ERRORS)).isEqualTo(1);
      assertThat(s.neighbors().size()).isZero();
      IpAddress peer = IpAddress.parse(PEER6);
      assertThat(s.stack.ip().routes().sourceFor(peer.high(), peer.low())).isNull();
      s.after(1001);
      s.learnPeer6().in6(ping());
      assertThat(s.drain()).hasSize(1);
    }
  }

  @Test
  void aListenerIsBoundBeforeTheAnswer() {
    try (IpScript s = detecting()) {
      s.drain();
      s.stack.listen(IpAddress.parse(STACK6), 80, 16, c -> null);
      assertThat(s.stack.connectionCount()).isZero();
    }
  }

  @Test
  void anAdvertisementSaysThatItIsADuplicate() {
    try (IpScript s = detecting()) {
      s.drain();
      s.inGroup(IpScript.advertisement(STACK6, ALL_NODES, STACK6, "O", PEER_MAC));
      assertThat(state(s, STACK6)).isEqualTo(AddressState.DUPLICATE);
      assertThat(s.count(StackCounter.ADDRESS_DUPLICATES)).isEqualTo(1);
      s.after(5000).nothing();
      assertThat(state(s, STACK6)).isEqualTo(AddressState.DUPLICATE);
      assertThat(state(s, LINK_LOCAL)).isEqualTo(AddressState.PREFERRED);
      s.in6(ping()).nothing();
      s.inGroup(IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC)).nothing();
    }
  }

  @Test
  void anothersProbeForTheSameAddressSaysSoToo() {
    try (IpScript s = detecting()) {
      s.drain();
      s.inGroup(IpScript.probe(STACK6, Frames.bytes(14, 1, 1, 2, 3, 4, 5, 6)));
      assertThat(state(s, STACK6)).isEqualTo(AddressState.DUPLICATE);
    }
  }

  @Test
  void ourOwnProbeComesBackAndMeansNothing() {
    try (IpScript s = detecting()) {
      byte[] own = s.out();
      s.in(own);
      byte[] byAnotherWay = own.clone();
      System.arraycopy(Frames.mac(PEER_MAC), 0, byAnotherWay, 6, 6);
      s.in(byAnotherWay);
      assertThat(state(s, STACK6)).isEqualTo(AddressState.TENTATIVE);
      s.after(1001);
      assertThat(state(s, STACK6)).isEqualTo(AddressState.PREFERRED);
    }
  }

  @Test
  void aSolicitationByItsUserMeansNothing() {
    // Section 5.4.3: the source is an address, so somebody resolves; he does not claim it.
    try (IpScript s = detecting()) {
      s.drain();
      s.inGroup(IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC)).nothing();
      assertThat(state(s, STACK6)).isEqualTo(AddressState.TENTATIVE);
    }
  }

  @Test
  void moreQuestionsTakeMoreTime() {
    try (IpScript s = detecting(IpConfig.defaults().withDadTransmits(3))) {
      assertThat(s.drain()).hasSize(2);
      s.after(1001);
      assertThat(s.drain()).hasSize(2);
      s.after(1001);
      assertThat(s.drain()).hasSize(2);
      assertThat(state(s, STACK6)).isEqualTo(AddressState.TENTATIVE);
      s.after(1001).nothing();
      assertThat(state(s, STACK6)).isEqualTo(AddressState.PREFERRED);
    }
  }

  @Test
  void withoutQuestionsAddressesAreUsedAtOnce() {
    try (IpScript s = detecting(IpConfig.defaults().withDadTransmits(0))) {
      s.nothing();
      assertThat(state(s, STACK6)).isEqualTo(AddressState.PREFERRED);
    }
  }

  @Test
  void anOptimisticAddressIsUsedAndOverridesNobody() {
    // RFC 4429.
    try (IpScript s = detecting(IpConfig.defaults().withOptimisticDad(true))) {
      assertThat(s.drain()).hasSize(2);
      assertThat(state(s, STACK6)).isEqualTo(AddressState.OPTIMISTIC);
      s.inGroup(IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC));
      assertThat(s.outPacket())
          .isEqualTo(IpScript.advertisement(STACK6, PEER6, STACK6, "S", STACK_MAC));
      s.inGroup(IpScript.advertisement(PEER6, ALL_NODES, STACK6, "O", PEER_MAC));
      assertThat(state(s, STACK6)).isEqualTo(AddressState.DUPLICATE);
      s.inGroup(IpScript.solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC)).nothing();
    }
  }

  @Test
  void aForgedClaimLaterTakesNothingAway() {
    try (IpScript s = detecting()) {
      s.drain();
      s.after(1001);
      s.inGroup(IpScript.advertisement(PEER6, ALL_NODES, STACK6, "O", PEER_MAC)).nothing();
      s.inGroup(IpScript.probe(STACK6));
      s.drain();
      assertThat(state(s, STACK6)).isEqualTo(AddressState.PREFERRED);
      assertThat(s.count(StackCounter.ADDRESS_CONFLICTS)).isEqualTo(1);
    }
  }

  @Test
  void theLinksAddressIsMadeOnlyWhereItIsWantedAndMissing() {
    try (IpScript v4 = new IpScript();
        IpScript off = detecting(IpConfig.defaults().withLinkLocalAddress(false));
        IpScript own = new IpScript(IpScript.config6().address("fe80::77/64"))) {
      assertThat(v4.stack.addresses()).hasSize(1);
      v4.nothing();
      assertThat(off.stack.addresses()).hasSize(2);
      assertThat(own.stack.addresses()).hasSize(3);
    }
  }
}
