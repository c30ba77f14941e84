package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkModelTest {
  @Test
  void readsItsTextForm() {
    assertThat(
            LinkModel.parse(
                "rate=10gbit,delay=5us,pcie=900ns,mtu=9000,fifo=256KiB,tx-fifo=64KiB,"
                    + "pause=200KiB/100KiB,inbound=off,order=arrival"))
        .isEqualTo(
            new LinkModel(
                10_000_000_000L,
                5000,
                900,
                9000,
                64 << 10,
                256 << 10,
                true,
                200 << 10,
                100 << 10,
                false,
                true));
    LinkModel paused = LinkModel.parse(" Rate = 1Gbit , pause=on, fifo=512KiB");
    assertThat(paused.pauseHighBytes()).isEqualTo(384 << 10);
    assertThat(paused.pauseLowBytes()).isEqualTo(256 << 10);
    assertThat(LinkModel.parse("fifo=0"))
        .isEqualTo(LinkModel.builder().receiveFifoBytes(0).build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rate|is not name=value",
        "rate=10|expected a rate",
        "speed=1gbit|names are rate",
        "mtu=9001|from 68 to 9000",
        "mtu=1.5|from 68 to 9000",
        "delay=5|expected a time",
        "fifo=100|expected a size",
        "fifo=9GiB|expected a size",
        "fifo=1GiB|a FIFO is from 0 to 256 MiB",
        "pause=maybe|on or off",
        "pause=on|need a line rate",
        "rate=1gbit,pause=1KiB/2KiB|LOW < HIGH",
        "rate=1gbit,fifo=0,pause=on|LOW < HIGH",
        "order=random|turns or arrival",
        "inbound=1|on or off",
        "rate=1gbit,rate=2gbit|given twice",
      })
  void saysWhatIsWrong(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkModel.parse(text))
        .withMessageContaining(message);
  }
}
