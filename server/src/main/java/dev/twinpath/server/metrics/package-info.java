/**
 * What the server counts, and how it is shown. Event loops write {@link
 * dev.twinpath.server.metrics.LoopRecorder}s; {@link dev.twinpath.server.metrics.ServerMetrics} is
 * polled by whoever scrapes; {@link dev.twinpath.server.metrics.MetricCatalogue} names every
 * family.
 */
package dev.twinpath.server.metrics;
