package dev.twinpath.nic.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * tcpdump as the oracle: of random frames, it and we keep the same ones.
 *
 * <p>Two differences are known and wanted. libpcap's {@code vlan} shifts what follows, and without
 * it nothing behind a tag matches; so what we take without a word is asked of tcpdump behind as
 * many {@code vlan} as there are tags. And it looks for ports and flags neither behind IPv6
 * extension headers nor, for {@code tcp[]}, in IPv6 at all; {@link CaptureFilterTest} has those.
 */
@RequiresRoot(commands = "tcpdump")
class CaptureFilterOracleTest {
  private static final int FRAMES = 1500;

  private static final List<String> FILTERS =
      List.of(
          "",
          "ip",
          "ip6",
          "arp",
          "tcp",
          "udp",
          "icmp",
          "icmp6",
          "host 10.0.0.1",
          "host 10.0.0.1 or 10.0.0.2",
          "src host 10.0.0.1",
          "dst 10.0.0.1",
          "src or dst host 10.0.0.1",
          "src and dst host 10.0.0.1",
          "ip host 10.0.0.1",
          "arp host 10.0.0.1",
          "host fd00::1 or host fd00:0:0:1::2",
          "src host fd00::1",
          "ip6 dst host fd00::2",
          "net 10.0.0.0/24",
          "src net 10.0.0.0/8 and dst net 192.168.0.0/16",
          "net fd00::/64",
          "ip6 net fd00:0:0:1::/64",
          "net 0.0.0.0/0",
          "port 80",
          "src port 80",
          "dst port 80",
          "src and dst port 80",
          "tcp port 80",
          "udp port 80 or 443",
          "tcp src port 22",
          "port (80 or 443)",
          "portrange 8080-8081",
          "tcp dst portrange 1-1023",
          "not port 80",
          "! tcp && ! udp",
          "not tcp or udp and port 80",
          "tcp or udp and port 80",
          "udp and port 80 or tcp",
          "not (tcp or udp) and ip",
          "ip or ip6 and not host 10.0.0.1 and not port 22",
          "ether host 02:00:00:00:00:01",
          "ether src 02:00:00:00:00:01 and ether dst 02:00:00:00:00:02",
          "ether src host 02:00:00:00:00:01",
          "less 230",
          "greater 230 and tcp",
          "ip and tcp[tcpflags] & (tcp-syn|tcp-rst) != 0",
          "ip and tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
          "ip and tcp[13] == 2",
          "ip and (tcp[tcpflags] & tcp-fin) != 0 and not port 22",
          "ip and tcp[tcpflags] > 0x1f",
          "ip and (tcp[tcpflags] & (tcp-push|tcp-ack) == 24 or udp)",
          "host 10.0.0.1 and (port 80 or port 443) and not tcp[tcpflags] & 2 = 2 and ip");

  @TempDir Path folder;

  @Test
  void tcpdumpKeepsTheSameFrames() throws IOException {
    for (int tags = 0; tags <= 2; tags++) {
      List<byte[]> frames = frames(tags);
      Path file = write(frames);
      List<String> wrong = new ArrayList<>();
      int found = 0;
      for (String filter : FILTERS) {
        String theirs = filter;
        for (int i = 0; i < tags; i++) {
          theirs = filter.isEmpty() ? "" : "vlan and (" + theirs + ")";
        }
        found += ours(frames, filter).isEmpty() ? 0 : 1;
        BitSet difference = difference(frames, file, filter, theirs);
        if (!difference.isEmpty()) {
          wrong.add(filter + " with " + tags + " tags: frames " + difference);
        }
      }
      assertThat(wrong).isEmpty();
      assertThat(found).as("filters that find something").isEqualTo(FILTERS.size());
    }
  }

  @Test
  void tcpdumpFindsTheSameTags() throws IOException {
    List<byte[]> frames = new ArrayList<>();
    for (int tags = 0; tags <= 2; tags++) {
      frames.addAll(frames(tags));
    }
    Path file = write(frames);
    String outer = "(ether[12:2] = 0x8100 or ether[12:2] = 0x88a8) and ether[14:2] & 0xfff = 5";
    assertThat(difference(frames, file, "vlan", "vlan")).isEqualTo(new BitSet());
    assertThat(difference(frames, file, "not vlan", "not vlan")).isEqualTo(new BitSet());
    assertThat(difference(frames, file, "vlan 5", outer + " or (vlan and vlan 5)"))
        .isEqualTo(new BitSet());
    assertThat(ours(frames, "vlan 5").isEmpty()).isFalse();
  }

  private BitSet difference(List<byte[]> frames, Path file, String ours, String theirs)
      throws IOException {
    BitSet difference = ours(frames, ours);
    difference.xor(tcpdump(file, theirs));
    return difference;
  }

  private static List<byte[]> frames(int tags) {
    FilterFrames generator = new FilterFrames(0x5eed + tags);
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(FilterFrames.MAX_LENGTH, 64).address();
      for (int i = 0; i < FRAMES; i++) {
        frames.add(Memory.toArray(at, generator.generate(at, tags)));
      }
    }
    return frames;
  }

  private static BitSet ours(List<byte[]> frames, String text) {
    CaptureFilter filter = CaptureFilter.parse(text);
    BitSet kept = new BitSet();
    try (Arena arena = Arena.ofConfined()) {
      CapturedPacket packet = new CapturedPacket(arena);
      long at = arena.allocate(FilterFrames.MAX_LENGTH, 64).address();
      for (int i = 0; i < frames.size(); i++) {
        Memory.copy(frames.get(i), 0, at, frames.get(i).length);
        packet.parse(at, frames.get(i).length, false);
        kept.set(i, filter.matches(packet));
      }
    }
    return kept;
  }

  /** A classic pcap file whose time stamps are the frames' numbers in microseconds. */
  private Path write(List<byte[]> frames) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(24 + frames.size() * (16 + FilterFrames.MAX_LENGTH));
    out.order(ByteOrder.LITTLE_ENDIAN).putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4);
    out.putInt(0).putInt(0).putInt(65535).putInt(1);
    for (int i = 0; i < frames.size(); i++) {
      byte[] frame = frames.get(i);
      out.putInt(0).putInt(i).putInt(frame.length).putInt(frame.length).put(frame);
    }
    Path file = folder.resolve("frames.pcap");
    Files.write(file, java.util.Arrays.copyOf(out.array(), out.position()));
    return file;
  }

  private BitSet tcpdump(Path file, String filter) throws IOException {
    Path kept = folder.resolve("kept.pcap");
    ShellCommand.run("tcpdump", "-Z", "root", "-r", file.toString(), "-w", kept.toString(), filter)
        .check();
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(kept)).order(ByteOrder.LITTLE_ENDIAN);
    BitSet frames = new BitSet();
    in.position(24);
    while (in.hasRemaining()) {
      frames.set(in.getInt(in.position() + 4));
      in.position(in.position() + 16 + in.getInt(in.position() + 8));
    }
    return frames;
  }
}
