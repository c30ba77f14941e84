package dev.twinpath.loadgen.engine;

/**
 * How far a run is.
 *
 * @param elapsedNanos since the start of the warm-up; negative before
 * @param total what was counted since then, a little stale
 * @param inFlight requests that wait for their response
 */
public record LoadProgress(long elapsedNanos, Counts total, int inFlight) {}
