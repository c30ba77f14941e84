package dev.twinpath.server.admin;

import dev.twinpath.nic.capture.Capture;
import dev.twinpath.nic.capture.CaptureOptions;
import dev.twinpath.server.path.DataPath;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What the admin port needs to know of the running server, and may do to it. Methods are called on
 * the admin event loop and must not block it; what takes time answers by a {@link CompletionStage}.
 */
public interface AdminContext {
  /**
   * What is not ready yet, or no longer, in words for an operator; empty when requests are served.
   */
  List<String> notReady();

  /** The path that new connections take. */
  DataPath activePath();

  /** Why a path cannot be made active; empty when it can. */
  Optional<String> unavailable(DataPath path);

  /**
   * Makes a path active for new connections. Naming the active one changes nothing.
   *
   * @param who says who asked, for the log
   * @return why not; empty when it is done
   */
  Optional<String> activate(DataPath path, String who);

  /**
   * The server's configuration and state as plain JSON values (strings, numbers, booleans, lists,
   * maps).
   */
  Map<String, Object> status();

  /**
   * The user stack's connections as plain JSON values, taken shard by shard on the shards' own
   * threads.
   */
  CompletionStage<List<Map<String, Object>>> connections();

  /**
   * The same under {@code connections}, with {@code listeners} and {@code timeWait}, lists of their
   * own; empty lists without a user path.
   */
  CompletionStage<Map<String, Object>> sockets();

  /**
   * What the user stack has counted, each cause with {@code name}, {@code value} and perhaps {@code
   * kernelName}; empty without a user path.
   */
  List<Map<String, Object>> counters();

  /** The traces of single connections; empty without a user path. */
  Optional<UserStackTraces> traces();

  /**
   * Starts to capture the user path's frames.
   *
   * @param out where the pcapng goes, written by a thread of the capture's; closed at its end
   * @throws dev.twinpath.nic.capture.TooManyCapturesException when too many run already
   * @throws IllegalStateException when there is no user path, with the reason
   */
  Capture startCapture(CaptureOptions options, WritableByteChannel out);
}
