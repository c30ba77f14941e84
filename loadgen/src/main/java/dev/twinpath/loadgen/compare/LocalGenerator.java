package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadRun;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.PhaseListener;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

/** The generator in this process. */
final class LocalGenerator implements Generator {
  private final AtomicReference<LoadRun> current = new AtomicReference<>();

  @Override
  public LoadResult run(LoadSpec spec, PhaseListener phases)
      throws IOException, InterruptedException {
    LoadRun run = LoadRun.start(spec);
    current.set(run);
    try {
      return run.await(phases);
    } finally {
      current.set(null);
    }
  }

  @Override
  public void stop() {
    LoadRun run = current.get();
    if (run != null) {
      run.stop();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
