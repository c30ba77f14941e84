package dev.twinpath.userstack.netty;

import io.netty.channel.DefaultMessageSizeEstimator;
import io.netty.channel.FileRegion;
import io.netty.channel.MessageSizeEstimator;

/**
 * Counts a file region as the bytes that are left of it, where Netty's default counts 0: {@code
 * isWritable} of our channels tells the truth about a peer that does not read its files either. A
 * region is counted until the peer has acknowledged it, as it then leaves the outbound buffer.
 */
public final class RegionSizeEstimator implements MessageSizeEstimator {
  /** The default estimator of {@link UserStackSocketChannel}; unknown messages count 8 bytes. */
  public static final MessageSizeEstimator DEFAULT =
      new RegionSizeEstimator(DefaultMessageSizeEstimator.DEFAULT);

  /** Netty adds to the size, in an int: longer regions count as 1 GiB. */
  private static final long MOST = 1 << 30;

  private final MessageSizeEstimator others;

  /**
   * An estimator for regions that asks another one for everything else.
   *
   * @param others sizes what is not a region
   */
  public RegionSizeEstimator(MessageSizeEstimator others) {
    this.others = others;
  }

  @Override
  public Handle newHandle() {
    Handle rest = others.newHandle();
    return message -> {
      if (message instanceof FileRegion) {
        FileRegion region = (FileRegion) message;
        return (int) Math.min(MOST, Math.max(0, region.count() - region.transferred()));
      }
      return rest.size(message);
    };
  }
}
