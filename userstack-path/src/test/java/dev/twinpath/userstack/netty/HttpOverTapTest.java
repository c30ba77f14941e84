package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.TapWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.userstack.stack.StackConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's TCP and curl as the client of a Netty HTTP pipeline on the user-level stack. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
@RequiresRoot(commands = {"ip", "curl", "sha256sum"})
class HttpOverTapTest {
  @TempDir private Path directory;

  private NetworkNamespace namespace;
  private UserStack stack;
  private EventLoopGroup group;
  private final TinyHttp http = new TinyHttp();

  @BeforeEach
  void serve() throws Exception {
    namespace = NetworkNamespace.create();
    TapWire wire = namespace.openTap("tap0", 1, "10.7.0.1/24");
    stack =
        UserStack.open(
            wire,
            NicConfig.defaults(0x02_00_00_00_07_02L),
            StackConfig.builder().address("10.7.0.2/24").build());
    group = new MultiThreadIoEventLoopGroup(1, stack.ioHandlerFactory());
    EventLoop loop = group.next();
    new ServerBootstrap()
        .group(loop, loop)
        .channel(UserStackServerSocketChannel.class)
        .childHandler(http)
        .bind("10.7.0.2", 80)
        .sync();
  }

  @AfterEach
  void stop() throws Exception {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    stack.close();
    http.close();
    namespace.close();
  }

  private Path file(String name, int length) throws Exception {
    Path file = Files.write(directory.resolve(name), TransportContract.pattern(length));
    http.add("/" + name, file);
    return file;
  }

  private static String sha256(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer.clear()) >= 0) {
        digest.update(buffer.flip());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private String fetchedSha256(String name) {
    return namespace
        .shell("curl -sS --max-time 60 http://10.7.0.2/" + name + " | sha256sum")
        .check()
        .split(" ")[0];
  }

  @Test
  void curlFetchesFilesOfManySizes() throws Exception {
    int[] lengths = {0, 1, 1_000, 1_448, 1_449, 65_536, 1_000_000, 100_000_000};
    for (int length : lengths) {
      Path file = file("f" + length, length);
      assertThat(fetchedSha256("f" + length)).as("%s bytes", length).isEqualTo(sha256(file));
    }
    await().untilAsserted(() -> assertThat(http.leases()).isZero());
    assertThat(namespace.shell("curl -sS -w '%{http_code}' http://10.7.0.2/none").check())
        .contains("no such file")
        .contains("404");
  }

  @Test
  void oneConnectionCarriesManyRequests() throws Exception {
    file("small", 1_000);
    file("large", 3_000_000);
    StringBuilder urls = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      urls.append(" http://10.7.0.2/small http://10.7.0.2/large");
    }
    String out =
        namespace
            .shell(
                "curl -sS --max-time 60 -w '%{http_code} %{size_download} %{num_connects}\\n'"
                    + urls.toString().replace(" http", " -o /dev/null http"))
            .check();
    assertThat(out.lines().filter(line -> line.startsWith("200 1000 "))).hasSize(50);
    assertThat(out.lines().filter(line -> line.startsWith("200 3000000 "))).hasSize(50);
    assertThat(out.lines().filter(line -> line.endsWith(" 1"))).as("new connections").hasSize(1);
  }

  @Test
  void aClientThatLeavesFreesTheFile() throws Exception {
    file("large", 100_000_000);
    namespace.shell("curl -sS http://10.7.0.2/large | head -c 1000000 > /dev/null");
    await().untilAsserted(() -> assertThat(http.leases()).isZero());
  }

  @Test
  void aFileCutDuringTheTransferEndsThatConnection() throws Exception {
    Path file = file("cut", 50_000_000);
    var slow =
        namespace.start(
            "curl", "-sS", "--limit-rate", "4M", "-o", "/dev/null", "http://10.7.0.2/cut");
    await().until(() -> http.leases() > 0);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(10_000);
    }
    assertThat(slow.await(60).exitCode()).as("curl sees a broken transfer").isNotZero();
    await().untilAsserted(() -> assertThat(http.leases()).isZero());
    file("after", 1_000);
    assertThat(
            namespace
                .shell("curl -sS -o /dev/null -w '%{size_download}' http://10.7.0.2/after")
                .check())
        .contains("1000");
  }

  @Test
  void fetchesFromBeyondFourGibibytes() throws Exception {
    Path file = directory.resolve("sparse");
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(TransportContract.pattern(100)), (4L << 30) + 1_000);
    }
    http.add("/sparse", file);
    String size =
        namespace
            .shell("curl -sS --max-time 60 http://10.7.0.2/sparse | tail -c 100 | sha256sum")
            .check();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(TransportContract.pattern(100));
    assertThat(size).startsWith(HexFormat.of().formatHex(digest));
  }

  @Test
  void readsColdPagesWithoutStalling() throws IOException, Exception {
    Path file = file("cold", 20_000_000);
    String expected = sha256(file);
    namespace.shell(
        "sync "
            + file
            + "; dd of="
            + file
            + " oflag=nocache conv=notrunc,fdatasync count=0 status=none");
    assertThat(fetchedSha256("cold")).isEqualTo(expected);
  }
}
