package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.PhaseListener;
import java.io.IOException;

/** The load generator of a comparison: the same one for both sides, wherever it runs. */
interface Generator extends AutoCloseable {
  /**
   * Does one run; one at a time.
   *
   * @throws IOException when the generator cannot do it
   */
  LoadResult run(LoadSpec spec, PhaseListener phases) throws IOException, InterruptedException;

  /** Ends the run that is under way early; from any thread. */
  void stop();

  @Override
  void close() throws IOException;
}
