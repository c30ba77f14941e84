package dev.twinpath.sendfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TransportChoiceTest {
  @Test
  void autoChoosesOneThatWorksAndSaysWhy() {
    TransportChoice choice = TransportChoice.of("auto");
    assertThat(choice.transport().available()).isTrue();
    assertThat(choice.reason()).isNotBlank();
  }

  @Test
  void autoPrefersEpoll() {
    if (KernelTransport.EPOLL.available()) {
      assertThat(TransportChoice.of("AUTO").transport()).isEqualTo(KernelTransport.EPOLL);
    }
  }

  @Test
  void nioIsAlwaysThere() {
    assertThat(KernelTransport.NIO.unavailabilityCause()).isEmpty();
    assertThat(TransportChoice.of("nio"))
        .isEqualTo(new TransportChoice(KernelTransport.NIO, "asked for"));
  }

  @Test
  void anUnknownNameIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> TransportChoice.of("kqueue"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("kqueue")
        .hasMessageContaining("auto, epoll, io_uring, nio");
  }
}
