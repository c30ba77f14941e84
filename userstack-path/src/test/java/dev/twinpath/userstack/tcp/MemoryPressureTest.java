package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TestHandler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The shard's bound of memory (tcp_mem) against peers that leave holes, send single bytes or do not
 * read, with an honest connection beside them.
 */
class MemoryPressureTest {
  private static final int BLOCK = 4096;

  /** A stack with many connections: the last that was opened is the transcript's. */
  private static final class Crowd {
    final Transcript t;
    final List<TestHandler> handlers = new ArrayList<>();

    Crowd(StackConfig.Builder config) {
      t = new Transcript(config);
      t.listener =
          t.stack.listen(
              0,
              t.stackPort,
              16,
              c -> {
                TestHandler handler = new TestHandler();
                handler.connection = c;
                handlers.add(handler);
                return handler;
              });
    }

    /** Opens a connection from a port; what it says is the transcript's from now on. */
    TestHandler open(int port) {
      t.peerPort = port;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460 sackOK ws 7").out("S. 0 ack 1 sackOK ws *");
      t.in(". 1 ack 1 win 500");
      return handlers.get(handlers.size() - 1);
    }
  }

  private static StackConfig.Builder small() {
    return Transcript.config().receivePool(1 << 20).sendSlab(1 << 20).maxConnections(4096);
  }

  @Test
  void holesOfThousandsOfConnectionsStayWithinTheBound() {
    Crowd crowd = new Crowd(small());
    try (Transcript t = crowd.t) {
      for (int i = 0; i < 1000; i++) {
        crowd.open(10_000 + i);
        for (int j = 1; j < 8; j++) {
          int at = 5000 * j;
          t.in(". " + at + ":" + (at + 1) + " ack 1 win 500");
        }
        t.drain();
        assertThat(Transcript.info(crowd.handlers.get(i)).details().receiveMemory())
            .isLessThanOrEqualTo(131_072);
      }
      assertThat(t.count(StackCounter.MEMORY_PRESSURES)).isPositive();
      assertThat(t.count(StackCounter.OUT_OF_ORDER_PRUNED)).isPositive();
      // An honest connection beside them gets its bytes, whatever order they come in.
      TestHandler honest = crowd.open(9_000);
      int next = 1;
      for (int i = 0; i < 200; i++) {
        t.in(". " + (next + 1460) + ":" + (next + 2920) + " ack 1 win 500");
        t.in(". " + next + ":" + (next + 1460) + " ack 1 win 500");
        next = 1 + honest.received.size();
        t.drain();
      }
      assertThat(honest.received.size()).isGreaterThanOrEqualTo(200 * 1460);
    }
  }

  @Test
  void whoHoldsMoreGivesFirst() {
    Crowd crowd = new Crowd(small().receivePool(32 * BLOCK).rmem(4096, 131_072, 131_072));
    try (Transcript t = crowd.t) {
      TestHandler greedy = crowd.open(10_000);
      for (int j = 1; j < 13; j++) {
        int at = 5000 * j;
        t.in(". " + at + ":" + (at + 1) + " ack 1 win 500");
      }
      t.drain();
      for (int i = 1; i < 20; i++) {
        crowd.open(10_000 + i);
        t.in(". 5000:5001 ack 1 win 500");
        t.drain();
      }
      crowd.open(9_000);
      t.in(". 5000:5001 ack 1 win 500");
      t.out(". 1 ack 1 sack 5000-5001");
      assertThat(t.count(StackCounter.OUT_OF_ORDER_PRUNED)).isPositive();
      assertThat(Transcript.info(greedy).details().receiveMemory()).isLessThan(12 * BLOCK);
    }
  }

  @Test
  void singleBytesCostWhatTheyAre() {
    Crowd crowd = new Crowd(small());
    try (Transcript t = crowd.t) {
      TestHandler reader = crowd.open(10_000);
      reader.take = 0;
      for (int i = 0; i < 5000; i++) {
        t.in(". " + (1 + i) + ":" + (2 + i) + " ack 1 win 500");
      }
      t.drain();
      assertThat(reader.connection.receiveAvailable()).isEqualTo(5000);
      assertThat(Transcript.info(reader).details().receiveMemory()).isLessThanOrEqualTo(3 * BLOCK);
    }
  }

  @Test
  void singleBytesBeyondHolesArePrunedFarthestFirst() {
    Crowd crowd = new Crowd(small().rmem(4096, 131_072, 131_072));
    try (Transcript t = crowd.t) {
      crowd.open(10_000);
      TcpConnection c = crowd.handlers.get(0).connection;
      c.options().receiveBuffer(20_000);
      for (int j = 12; j > 1; j--) {
        int at = 5000 * j;
        t.in(". " + at + ":" + (at + 1) + " ack 1 win 500");
      }
      t.drain();
      assertThat(t.count(StackCounter.PRUNE_CALLED)).isPositive();
      assertThat(t.count(StackCounter.OUT_OF_ORDER_PRUNED)).isPositive();
      assertThat(c.info().details().receiveMemory()).isLessThanOrEqualTo(40_000);
      // What is nearest to the hole is what is kept.
      t.in(". 2:3 ack 1 win 500").out(". 1 ack 1 sack 2-3,10000-10001,15000-15001,20000-20001");
    }
  }

  @Test
  void slowReadersKeepWhatIsAcknowledged() {
    Crowd crowd = new Crowd(small().receivePool(64 * BLOCK));
    try (Transcript t = crowd.t) {
      for (int i = 0; i < 40; i++) {
        TestHandler slow = crowd.open(10_000 + i);
        slow.take = 0;
        long acknowledged = 0;
        for (int j = 0; j < 20; j++) {
          int at = 1 + 1460 * j;
          t.in(". " + at + ":" + (at + 1460) + " ack 1 win 500");
        }
        t.drain();
        acknowledged = slow.connection.bytesReceived();
        assertThat(slow.connection.receiveAvailable()).isEqualTo((int) acknowledged);
      }
      assertThat(t.count(StackCounter.RECEIVE_POOL_EXHAUSTED)).isPositive();
      TestHandler honest = crowd.open(9_000);
      for (int i = 0; i < 100; i++) {
        t.in(". " + (1 + 1460 * i) + ":" + (1461 + 1460 * i) + " ack 1 win 500");
      }
      t.drain();
      assertThat(honest.received.size()).isEqualTo(146_000);
      // And those who wake up get every byte that was acknowledged.
      for (TestHandler slow : crowd.handlers) {
        int held = slow.connection.receiveAvailable();
        int read = 0;
        int count;
        while ((count = slow.connection.receive(t.scratch2, 1 << 16)) > 0) {
          read += count;
        }
        assertThat(read).isEqualTo(held);
      }
    }
  }

  @Test
  void dataThatFindsNoRoomShutsTheWindowUntilItIsRead() {
    Crowd crowd = new Crowd(small().receivePool(3 * BLOCK));
    try (Transcript t = crowd.t) {
      TestHandler slow = crowd.open(10_000);
      slow.take = 0;
      for (int j = 0; j < 5; j++) {
        int at = 1 + 1460 * j;
        t.in(". " + at + ":" + (at + 1460) + " ack 1 win 500");
      }
      t.drain();
      t.in(". 7301:8761 ack 1 win 500").out(". 1 ack 7301 win 0");
      assertThat(slow.connection.receive(t.scratch2, 1 << 16)).isEqualTo(7300);
      t.drain();
      t.in(". 7301:8761 ack 1 win 500");
      assertThat(slow.connection.receiveAvailable()).isEqualTo(1460);
    }
  }

  @Test
  void peersThatDoNotReadCannotTakeTheWholeSendSlab() {
    Crowd crowd = new Crowd(small());
    try (Transcript t = crowd.t) {
      for (int i = 0; i < 50; i++) {
        TestHandler handler = crowd.open(10_000 + i);
        while (handler.connection.sendBytes(t.scratch2, 1 << 15) > 0) {
          // As much as it takes.
        }
        handler.connection.flush();
        t.drain();
      }
      assertThat(t.count(StackCounter.MEMORY_PRESSURES)).isPositive();
      TestHandler honest = crowd.open(9_000);
      assertThat(honest.connection.sendBytes(t.scratch2, 2000)).isEqualTo(2000);
    }
  }
}
