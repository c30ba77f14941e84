package dev.twinpath.nic.offload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SendTemplateTableTest {
  private static final SendTemplate TEMPLATE =
      SendTemplate.ipv4(
          Packets.OUR_MAC,
          Packets.PEER_MAC,
          6,
          Packets.OUR_ADDRESS,
          Packets.PEER_ADDRESS,
          Packets.OUR_PORT,
          Packets.PEER_PORT);

  private final Arena arena = Arena.ofConfined();
  private final long frame = arena.allocate(128, 8).address();
  private final SendTemplateTable table = new SendTemplateTable();
  private final int length =
      Packets.tcp4(frame, 1, TcpHeader.ACK, new byte[12], 0, Packets.PEER_MAC);

  private boolean permits(int id, long at, int readable) {
    ParsedPacket packet = new ParsedPacket();
    packet.parse(at, readable, length);
    return table.check(id, packet) == TemplateVerdict.PERMITTED;
  }

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void permitsThePacketsOfItsConnection() {
    int id = table.add(TEMPLATE);
    assertThat(id).isPositive();
    assertThat(permits(id, frame, length)).isTrue();
    TcpHeader.sequence(frame + Packets.TRANSPORT4, 99);
    assertThat(permits(id, frame, length)).isTrue();
  }

  /** One byte of: each MAC, type, version, protocol, each address, each port. */
  @ParameterizedTest
  @ValueSource(ints = {0, 5, 6, 11, 12, 14, 23, 26, 29, 30, 33, 34, 35, 36, 37})
  void refusesAnyPinnedByteThatDiffers(int offset) {
    int id = table.add(TEMPLATE);
    Memory.putByte(frame + offset, Memory.getByte(frame + offset) ^ 0x10);
    assertThat(permits(id, frame, length)).isFalse();
  }

  @Test
  void refusesOptionsThatMoveThePorts() {
    int id = table.add(TEMPLATE);
    Memory.putByte(frame + 14, 0x4f);
    assertThat(permits(id, frame, length)).isFalse();
  }

  @Test
  void refusesShortHeadersAndUnknownIds() {
    int id = table.add(TEMPLATE);
    assertThat(permits(id, frame, Packets.TRANSPORT4 + 3)).isFalse();
    assertThat(permits(id + 1, frame, length)).isFalse();
    assertThat(permits(-id, frame, length)).isFalse();
    assertThat(permits(Integer.MAX_VALUE, frame, length)).isFalse();
  }

  @Test
  void refusesAStaleIdWhosePlaceHasANewOwner() {
    int first = table.add(TEMPLATE);
    table.remove(first);
    assertThat(permits(first, frame, length)).isFalse();
    table.remove(first);
    int second = table.add(TEMPLATE);
    assertThat(second).isNotEqualTo(first);
    assertThat(permits(first, frame, length)).isFalse();
    assertThat(permits(second, frame, length)).isTrue();
    for (int i = 0; i < 5000; i++) {
      table.remove(second);
      second = table.add(TEMPLATE);
      assertThat(second).isPositive();
    }
    assertThat(permits(second, frame, length)).isTrue();
  }

  @Test
  void holdsMany() {
    int[] ids = new int[1000];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = table.add(SendTemplate.ipv4(1, 2, 6, i, 4, 5, 6));
    }
    int id = table.add(TEMPLATE);
    assertThat(permits(id, frame, length)).isTrue();
    for (int other : ids) {
      assertThat(permits(other, frame, length)).isFalse();
    }
  }
}
