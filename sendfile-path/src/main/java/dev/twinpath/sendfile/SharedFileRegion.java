package dev.twinpath.sendfile;

import io.netty.channel.FileRegion;
import java.nio.channels.FileChannel;

/** A file region that names its open file, for a transport that has to reach it in another way. */
public interface SharedFileRegion extends FileRegion {
  /** The open file; shared, so it is neither closed nor positioned by whoever asks. */
  FileChannel fileChannel();
}
