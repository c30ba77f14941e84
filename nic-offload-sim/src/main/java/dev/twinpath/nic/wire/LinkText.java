package dev.twinpath.nic.wire;

/**
 * The text form of {@link LinkModel}: {@code name=value} pairs with commas between.
 *
 * <ul>
 *   <li>{@code rate}: bits a second, {@code 10gbit}, {@code 100mbit}; unlimited when not given
 *   <li>{@code delay}: one-way propagation, {@code pcie}: latency of the bus, each with its unit,
 *       {@code 5us}, {@code 900ns}, {@code 1.5ms}
 *   <li>{@code mtu}: 68 to 9000
 *   <li>{@code fifo}, {@code tx-fifo}: the receive and the transmit FIFO, {@code 512KiB}, {@code 0}
 *   <li>{@code pause}: {@code on}, {@code off}, or the watermarks {@code 384KiB/256KiB}
 *   <li>{@code inbound}: {@code on}, or {@code off} where the peer models its own line
 *   <li>{@code order}: {@code turns} or {@code arrival}, how queues share the line
 * </ul>
 */
final class LinkText {
  private static final String NAMES =
      "rate, delay, pcie, mtu, fifo, tx-fifo, pause, inbound, order";

  private LinkText() {}

  static LinkModel parse(String text) {
    LinkModel.Builder builder = LinkModel.builder();
    SettingText.read(text, NAMES, (name, value) -> apply(builder, name, value));
    return builder.build();
  }

  private static void apply(LinkModel.Builder link, String name, String value) {
    switch (name) {
      case "rate":
        link.bitsPerSecond(SettingText.bits(name, value));
        break;
      case "delay":
        link.delayNanos(SettingText.nanos(name, value));
        break;
      case "pcie":
        link.pcieNanos(SettingText.nanos(name, value));
        break;
      case "mtu":
        link.mtu((int) SettingText.whole(name, value, LinkModel.MIN_MTU, LinkModel.MAX_MTU));
        break;
      case "fifo":
        link.receiveFifoBytes(SettingText.bytes(name, value));
        break;
      case "tx-fifo":
        link.transmitFifoBytes(SettingText.bytes(name, value));
        break;
      case "pause":
        pause(link, name, value);
        break;
      case "inbound":
        link.inbound(SettingText.onOff(name, value));
        break;
      case "order":
        if (!value.equals("turns") && !value.equals("arrival")) {
          throw SettingText.wrong(name, value, "turns or arrival");
        }
        link.arrivalOrder(value.equals("arrival"));
        break;
      default:
        throw new IllegalArgumentException("a link has no \"" + name + "\"; names are " + NAMES);
    }
  }

  private static void pause(LinkModel.Builder link, String name, String value) {
    int slash = value.indexOf('/');
    if (slash < 0) {
      link.pause(SettingText.onOff(name, value));
      return;
    }
    link.pauseWatermarks(
        SettingText.bytes(name, value.substring(0, slash).strip()),
        SettingText.bytes(name, value.substring(slash + 1).strip()));
  }
}
