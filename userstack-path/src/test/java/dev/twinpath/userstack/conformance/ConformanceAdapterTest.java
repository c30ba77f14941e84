package dev.twinpath.userstack.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.conformance.AdapterClient.Segment;
import dev.twinpath.userstack.conformance.Call.Reply;
import dev.twinpath.userstack.ip.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The adapter as a driver sees it: bytes on its UNIX socket. */
@Timeout(60)
class ConformanceAdapterTest {
  private static final int O_NONBLOCK = 0x800;
  private static final int PORT = 8080;
  private static final int PEER_PORT = 50_000;
  private static final int ACK = TcpHeader.ACK;
  private static final int SYN = TcpHeader.SYN;
  private static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;
  private static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;

  @TempDir Path folder;
  private Path path;
  private AdapterServer server;
  private Thread thread;
  private AdapterClient driver;

  @BeforeEach
  void start() throws Exception {
    path = folder.resolve("adapter");
    server = new AdapterServer(path, AdapterOptions.parse(List.of(), w -> {}));
    thread = new Thread(this::serve);
    thread.start();
    driver = new AdapterClient(path);
  }

  private void serve() {
    try {
      server.run();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() throws Exception {
    driver.close();
    server.stop();
    thread.join();
    server.close();
  }

  private int socket() throws IOException {
    return (int) driver.call(1, SockAddress.AF_INET, 1, 0).result();
  }

  private int listener() throws IOException {
    int fd = socket();
    byte[] any = SockAddress.write(SockAddress.AF_INET, IpAddress.ANY, PORT);
    assertThat(driver.call(2, fd, 0, 0, any).result()).isZero();
    assertThat(driver.call(3, fd, 8, 0).result()).isZero();
    return fd;
  }

  /** The peer connects; answers the stack's initial sequence number. */
  private int handshake() throws IOException {
    driver.deliver(PEER_PORT, PORT, SYN, 1000, 0, 0);
    Segment synAck = driver.take();
    assertThat(synAck.flags()).isEqualTo(SYN_ACK);
    assertThat(synAck.acknowledgment()).isEqualTo(1001);
    driver.pass(10_000);
    driver.deliver(PEER_PORT, PORT, ACK, 1001, synAck.sequence() + 1, 0);
    return synAck.sequence();
  }

  @Test
  void aPassiveConnectionCarriesDataBothWaysAndCloses() throws Exception {
    int listener = listener();
    int isn = handshake();
    Reply accepted = driver.call(4, listener, 0, 0);
    int fd = (int) accepted.result();
    assertThat(accepted.data())
        .isEqualTo(
            SockAddress.write(SockAddress.AF_INET, IpAddress.of(AdapterClient.REMOTE), PEER_PORT));
    assertThat(driver.call(7, fd, 0, 0, new byte[100]).result()).isEqualTo(100);
    Segment data = driver.take();
    assertThat(data.payload()).hasSize(100);
    assertThat(data.flags()).isEqualTo(ACK | TcpHeader.PSH);
    driver.deliver(PEER_PORT, PORT, ACK | TcpHeader.PSH, 1001, isn + 101, 50);
    assertThat(driver.call(13, fd, 0x541b, 0).data()).startsWith(50);
    assertThat(driver.call(8, fd, 20, StreamCalls.MSG_PEEK).data()).hasSize(20).containsOnly('x');
    assertThat(driver.call(6, fd, 100, 0).data()).hasSize(50).containsOnly('x');
    assertThat(driver.take().acknowledgment()).isEqualTo(1051);
    assertThat(driver.call(10, fd, 0, 0).result()).isZero();
    assertThat(driver.take().flags()).isEqualTo(FIN_ACK);
    driver.deliver(PEER_PORT, PORT, FIN_ACK, 1051, isn + 102, 0);
    Segment last = driver.take();
    assertThat(last.flags()).isEqualTo(ACK);
    assertThat(last.acknowledgment()).isEqualTo(1052);
    assertThat(driver.call(6, fd, 1, 0).errno()).isEqualTo(Errno.EBADF);
  }

  @Test
  void whatCameBeforeAResetCanBeRead() throws Exception {
    int listener = listener();
    int isn = handshake();
    int fd = (int) driver.call(4, listener, 0, 0).result();
    driver.deliver(PEER_PORT, PORT, ACK | TcpHeader.PSH, 1001, isn + 1, 50);
    driver.deliver(PEER_PORT, PORT, TcpHeader.RST, 1051, isn + 1, 0);
    assertThat(driver.call(8, fd, 20, StreamCalls.MSG_PEEK).data()).hasSize(20).containsOnly('x');
    assertThat(driver.call(6, fd, 30, 0).data()).hasSize(30).containsOnly('x');
    assertThat(driver.call(13, fd, 0x541b, 0).data()).startsWith(20);
    assertThat(driver.call(6, fd, 100, 0).data()).hasSize(20).containsOnly('x');
    assertThat(driver.call(6, fd, 100, 0).errno()).isEqualTo(Errno.ECONNRESET);
    assertThat(driver.call(6, fd, 100, 0).result()).isZero();
  }

  @Test
  void aConnectionThatWasResetCanBeAccepted() throws Exception {
    int listener = listener();
    int isn = handshake();
    driver.deliver(PEER_PORT, PORT, ACK | TcpHeader.PSH, 1001, isn + 1, 50);
    driver.deliver(PEER_PORT, PORT, TcpHeader.RST, 1051, isn + 1, 0);
    int fd = (int) driver.call(4, listener, 0, 0).result();
    assertThat(driver.call(7, fd, 0, 0, new byte[10]).errno()).isEqualTo(Errno.ECONNRESET);
    assertThat(driver.call(6, fd, 100, 0).data()).hasSize(50);
    assertThat(driver.call(6, fd, 100, 0).result()).isZero();
  }

  @Test
  void aDriverThatLeavesAmidCallsHoldsUpNobody() throws Exception {
    int listener = listener();
    AdapterClient other = new AdapterClient(path);
    other.send(4, listener, 0, 0);
    driver.pass(1000);
    other.close();
    handshake();
    assertThat(driver.call(4, listener, 0, 0).result()).isGreaterThan(listener);
    assertThat(driver.call(99, listener, 0, 0).errno()).isEqualTo(Errno.ENOSYS);
    assertThat(driver.call(6, -1, Integer.MIN_VALUE, 0).errno()).isEqualTo(Errno.EBADF);
    assertThat(driver.call(2, listener, 0, 0, new byte[1]).errno()).isEqualTo(Errno.EINVAL);
  }

  @Test
  void aBlockedAcceptEndsWhenTheHandshakeDoes() throws Exception {
    int listener = listener();
    try (AdapterClient other = new AdapterClient(path)) {
      other.send(4, listener, 0, 0);
      driver.pass(100_000);
      long before = driver.now();
      handshake();
      assertThat(other.reply().result()).isGreaterThan(listener);
      assertThat(other.now()).isEqualTo(before + 10_000);
    }
  }

  @Test
  void aBlockedReadSeesTheTimeAtWhichItEnded() throws Exception {
    int listener = listener();
    int isn = handshake();
    int fd = (int) driver.call(4, listener, 0, 0).result();
    long start = driver.now();
    try (AdapterClient other = new AdapterClient(path)) {
      // SO_RCVTIMEO of 30 ms.
      byte[] timeout = new byte[16];
      ByteBuffer.wrap(timeout).order(ByteOrder.LITTLE_ENDIAN).putLong(8, 30_000);
      assertThat(driver.call(15, fd, 1, 20, timeout).result()).isZero();
      other.send(6, fd, 10, 0);
      driver.send(19, 200_000, 0, 0);
      assertThat(other.reply().errno()).isEqualTo(Errno.EAGAIN);
      assertThat(other.now()).isEqualTo(start + 30_000);
      assertThat(driver.reply().result()).isZero();
      assertThat(driver.now()).isEqualTo(start + 200_000);
    }
    assertThat(isn).isNotZero();
  }

  @Test
  void connectWithoutBlockingTellsHowItWent() throws Exception {
    int fd = socket();
    driver.call(12, fd, 4, O_NONBLOCK);
    assertThat(driver.call(12, fd, 3, 0).result()).isEqualTo(O_NONBLOCK | 2);
    byte[] peer = SockAddress.write(SockAddress.AF_INET, IpAddress.of(AdapterClient.REMOTE), PORT);
    assertThat(driver.call(5, fd, 0, 0, peer).errno()).isEqualTo(Errno.EINPROGRESS);
    assertThat(driver.call(5, fd, 0, 0, peer).errno()).isEqualTo(Errno.EALREADY);
    Segment syn = driver.take();
    assertThat(syn.flags()).isEqualTo(SYN);
    int port = syn.sourcePort();
    driver.deliver(PORT, port, SYN_ACK, 7000, syn.sequence() + 1, 0);
    assertThat(driver.take().flags()).isEqualTo(ACK);
    assertThat(error(fd)).isZero();
    assertThat(driver.call(5, fd, 0, 0, peer).result()).isZero();
    assertThat(driver.call(5, fd, 0, 0, peer).errno()).isEqualTo(Errno.EISCONN);
    driver.deliver(PORT, port, TcpHeader.RST, 7001, 0, 0);
    assertThat(poll(fd, PollCall.IN | PollCall.OUT, 0) & (PollCall.ERR | PollCall.HUP))
        .isEqualTo(PollCall.ERR | PollCall.HUP);
    assertThat(driver.call(6, fd, 10, 0).errno()).isEqualTo(Errno.ECONNRESET);
    assertThat(driver.call(6, fd, 10, 0).result()).isZero();
    assertThat(driver.call(7, fd, 0, 0, new byte[1]).errno()).isEqualTo(Errno.EPIPE);
  }

  @Test
  void aRefusedConnectLeavesTheErrorInTheSocket() throws Exception {
    int fd = socket();
    driver.call(12, fd, 4, O_NONBLOCK);
    byte[] peer = SockAddress.write(SockAddress.AF_INET, IpAddress.of(AdapterClient.REMOTE), PORT);
    driver.call(5, fd, 0, 0, peer);
    Segment syn = driver.take();
    driver.deliver(PORT, syn.sourcePort(), TcpHeader.RST | ACK, 0, syn.sequence() + 1, 0);
    assertThat(error(fd)).isEqualTo(Errno.ECONNREFUSED);
    assertThat(error(fd)).isZero();
  }

  private int error(int fd) throws IOException {
    byte[] value = driver.call(14, fd, 1, 4, new byte[] {4, 0, 0, 0}).data();
    return SocketOptions.getInt(value, 0);
  }

  @Test
  void pollWaitsInVirtualTime() throws Exception {
    int listener = listener();
    long start = driver.now();
    // Nobody else could let time pass: it passes.
    assertThat(poll(listener, PollCall.IN, 50)).isZero();
    assertThat(driver.now()).isEqualTo(start + 50_000);
    handshake();
    assertThat(poll(listener, PollCall.IN, -1)).isEqualTo(PollCall.IN);
    int fd = (int) driver.call(4, listener, 0, 0).result();
    assertThat(poll(fd, PollCall.IN | PollCall.OUT, 0)).isEqualTo(PollCall.OUT);
    assertThat(poll(4711, PollCall.IN, 0)).isEqualTo(PollCall.NVAL);
  }

  private int poll(int fd, int events, int millis) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    entry.putInt(fd).putShort((short) events);
    byte[] answer = driver.call(16, 1, millis, 0, entry.array()).data();
    return ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getShort(6) & 0xffff;
  }

  @Test
  void tcpInfoHasLinuxsLayout() throws Exception {
    int listener = listener();
    handshake();
    int fd = (int) driver.call(4, listener, 0, 0).result();
    driver.call(7, fd, 0, 0, new byte[3000]);
    byte[] bytes = driver.call(14, fd, 6, 11, new byte[] {0, 1, 0, 0}).data();
    assertThat(bytes).hasSize(256);
    ByteBuffer info = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(info.get(0)).as("tcpi_state").isEqualTo((byte) 1);
    assertThat(info.getInt(16)).as("tcpi_snd_mss").isEqualTo(536);
    assertThat(info.getInt(24)).as("tcpi_unacked").isEqualTo(6);
    assertThat(info.getInt(68)).as("tcpi_rtt").isBetween(10_000, 10_300);
    assertThat(info.getInt(76)).as("tcpi_snd_ssthresh").isEqualTo(0x7fffffff);
    assertThat(info.getInt(80)).as("tcpi_snd_cwnd").isEqualTo(10);
  }

  @Test
  void retransmissionsCarryTheTimeAtWhichTheyLeft() throws Exception {
    int listener = listener();
    handshake();
    int fd = (int) driver.call(4, listener, 0, 0).result();
    driver.call(7, fd, 0, 0, new byte[10]);
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      times.add(driver.take().micros());
    }
    // RTO = srtt + 200 ms, then twice that.
    assertThat(times.get(1) - times.get(0)).isBetween(209_000L, 212_000L);
    assertThat(times.get(2) - times.get(1)).isBetween(419_000L, 423_000L);
  }

  @Test
  void theNextScriptFindsAFreshStack() throws Exception {
    int listener = listener();
    handshake();
    driver.call(4, listener, 0, 0);
    driver.close();
    driver = new AdapterClient(path);
    assertThat(driver.call(4, listener, 0, 0).errno()).isEqualTo(Errno.EBADF);
    listener();
    handshake();
  }

  @Test
  void sysctlsThatNobodyKnowsAreErrors() {
    List<String> warnings = new ArrayList<>();
    AdapterOptions options =
        AdapterOptions.parse(
            List.of("--sysctl", "net.ipv4.tcp_ecn=1", "--sysctl", "net/ipv4/tcp_frto=2"),
            warnings::add);
    assertThat(options.config().ecn()).isEqualTo(1);
    assertThat(warnings).singleElement().asString().contains("tcp_frto");
    assertThatThrownBy(() -> AdapterOptions.parse(List.of("--sysctl", "x=1"), warnings::add))
        .hasMessageContaining("x=1");
  }
}
