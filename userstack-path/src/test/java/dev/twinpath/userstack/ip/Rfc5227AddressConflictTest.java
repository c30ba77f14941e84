package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.PEER;
import static dev.twinpath.userstack.ip.IpScript.PEER_MAC;
import static dev.twinpath.userstack.ip.IpScript.STACK;
import static dev.twinpath.userstack.ip.IpScript.STACK_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackCounter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** IPv4 address conflicts (RFC 5227): probing, announcing, defending. */
class Rfc5227AddressConflictTest {
  private static final byte[] ANNOUNCEMENT =
      Frames.ethernet(
          0xffffffffffffL, STACK_MAC, 0x0806, Frames.arp(1, STACK_MAC, STACK, 0, STACK));
  private static final byte[] PROBE =
      Frames.ethernet(
          0xffffffffffffL, STACK_MAC, 0x0806, Frames.arp(1, STACK_MAC, "0.0.0.0", 0, STACK));

  private static IpScript script(int mode) {
    return new IpScript(IpScript.config().ip(IpConfig.defaults().withConflictDetection(mode)));
  }

  private static void in(IpScript s, int operation, String sender, String target) {
    s.in(
        Frames.ethernet(
            0xffffffffffffL, PEER_MAC, 0x0806, Frames.arp(operation, PEER_MAC, sender, 0, target)));
  }

  private static AddressState state(IpScript s) {
    return s.stack.addresses().get(0).state();
  }

  @Test
  void byDefaultTheAddressIsUsedAtOnceAndConflictsAreCounted() {
    try (IpScript s = new IpScript()) {
      s.nothing();
      assertThat(state(s)).isEqualTo(AddressState.PREFERRED);
      in(s, 2, STACK, STACK);
      s.nothing();
      assertThat(s.count(StackCounter.ADDRESS_CONFLICTS)).isEqualTo(1);
      assertThat(s.neighbor(STACK)).isNull();
    }
  }

  @Test
  void threeProbesThenTwoAnnouncements() {
    try (IpScript s = script(IpConfig.CONFLICT_PROBE)) {
      assertThat(state(s)).isEqualTo(AddressState.TENTATIVE);
      long start = s.now;
      List<byte[]> frames = s.after(8_000).drain();
      assertThat(frames.subList(0, 3)).allMatch(f -> Arrays.equals(f, PROBE));
      assertThat(frames.subList(3, frames.size())).allMatch(f -> Arrays.equals(f, ANNOUNCEMENT));
      s.after(5_000);
      frames.addAll(s.drain());
      assertThat(frames).hasSize(5);
      assertThat(state(s)).isEqualTo(AddressState.PREFERRED);
      assertThat(s.now - start).isEqualTo(13_000 * IpScript.MILLI);
      s.after(60_000).nothing();
    }
  }

  @Test
  void whileProbingTheAddressIsNotUsed() {
    try (IpScript s = script(IpConfig.CONFLICT_PROBE)) {
      in(s, 1, PEER, STACK);
      s.nothing();
      byte[] ping = Frames.ipv4(PEER, STACK, Frames.ICMP, 1, 0, Frames.icmp(8, 0, 1, new byte[8]));
      s.in4(ping).nothing();
      assertThat(s.count(StackCounter.IP_ADDRESS_ERRORS)).isEqualTo(1);
      s.after(13_000);
      s.drain();
      in(s, 1, PEER, STACK);
      assertThat(s.drain()).hasSize(1);
    }
  }

  @Test
  void whoHasTheAddressKeepsIt() {
    for (int operation = 1; operation <= 2; operation++) {
      try (IpScript s = script(IpConfig.CONFLICT_PROBE)) {
        in(s, operation, STACK, PEER);
        assertThat(state(s)).isEqualTo(AddressState.DUPLICATE);
        assertThat(s.count(StackCounter.ADDRESS_DUPLICATES)).isEqualTo(1);
        s.after(20_000).nothing();
        assertThat(state(s)).isEqualTo(AddressState.DUPLICATE);
      }
    }
  }

  @Test
  void anothersProbeWhileWeProbeIsAConflict() {
    try (IpScript s = script(IpConfig.CONFLICT_PROBE)) {
      in(s, 1, "0.0.0.0", STACK);
      assertThat(state(s)).isEqualTo(AddressState.DUPLICATE);
    }
  }

  @Test
  void ourOwnProbeComesBackAndMeansNothing() {
    try (IpScript s = script(IpConfig.CONFLICT_PROBE)) {
      s.after(1000).in(PROBE);
      assertThat(state(s)).isEqualTo(AddressState.TENTATIVE);
    }
  }

  @Test
  void anotherHostsProbeForOurAddressIsAnswered() {
    try (IpScript s = new IpScript()) {
      in(s, 1, "0.0.0.0", STACK);
      byte[] frame = s.out();
      assertThat(frame[21]).isEqualTo((byte) 2);
      assertThat(Arrays.copyOfRange(frame, 28, 32)).isEqualTo(Frames.address(STACK));
      assertThat(s.count(StackCounter.ADDRESS_CONFLICTS)).isZero();
    }
  }

  @Test
  void anAddressIsDefendedOnceInTenSeconds() {
    try (IpScript s = script(IpConfig.CONFLICT_DEFEND)) {
      in(s, 1, STACK, STACK);
      assertThat(s.out()).isEqualTo(ANNOUNCEMENT);
      for (int i = 0; i < 100; i++) {
        in(s, 1, STACK, STACK);
      }
      s.nothing().after(9_900);
      in(s, 2, STACK, PEER);
      s.nothing().after(200);
      in(s, 2, STACK, PEER);
      assertThat(s.out()).isEqualTo(ANNOUNCEMENT);
      s.nothing();
      assertThat(s.count(StackCounter.ADDRESS_CONFLICTS)).isEqualTo(103);
      assertThat(state(s)).isEqualTo(AddressState.PREFERRED);
    }
  }
}
