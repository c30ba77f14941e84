package dev.twinpath.loadgen.engine;

/** Hears when the measured time of a run begins and ends, to measure something else over it. */
public interface PhaseListener {
  /** Does nothing. */
  PhaseListener NONE =
      new PhaseListener() {
        @Override
        public void measureStarted() {
          // Nobody wants to know.
        }

        @Override
        public void measureEnded() {
          // Nobody wants to know.
        }
      };

  /** The warm-up is over. */
  void measureStarted();

  /** The measured time is over. */
  void measureEnded();
}
