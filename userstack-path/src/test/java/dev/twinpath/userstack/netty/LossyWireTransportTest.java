package dev.twinpath.userstack.netty;

import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;

/** The contract while frames are lost, doubled, corrupted and overtake each other, both ways. */
class LossyWireTransportTest extends TransportContract {
  @Override
  TransportFixture open() {
    Impairment impairment =
        Impairment.none(20_261_120)
            .withLoss(0.01)
            .withDuplicate(0.01)
            .withCorrupt(0.001)
            .withReorder(0.01, 500_000);
    return new UserStackFixture(IdleStrategy.BLOCK, wire -> new ImpairedWire(wire, impairment));
  }

  @Override
  boolean hasNoticedTheReset(Channel child, Recorder handler) {
    child.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
    return handler.inactive.isDone();
  }
}
