package dev.twinpath.server.admin;

import dev.twinpath.nic.capture.CaptureFilter;
import dev.twinpath.nic.capture.CaptureFilterException;
import dev.twinpath.nic.capture.CaptureOptions;
import dev.twinpath.nic.capture.TooManyCapturesException;
import dev.twinpath.nic.wire.PcapngWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code GET /capture}: the user path's frames as pcapng, from now on. */
final class CaptureRoute {
  private static final String FILTER = "filter";
  private static final String SNAP_LENGTH = "snaplen";
  private static final String SECONDS = "seconds";
  private static final String PACKETS = "packets";
  private static final Set<String> KNOWN =
      new TreeSet<>(Set.of(FILTER, SNAP_LENGTH, SECONDS, PACKETS));

  private final AdminContext context;

  CaptureRoute(AdminContext context) {
    this.context = context;
  }

  AdminResponse start(AdminRequest request) {
    CaptureOptions options;
    try {
      options = options(request);
    } catch (IllegalArgumentException e) {
      return AdminResponse.error(400, e.getMessage());
    }
    CaptureBody body = new CaptureBody();
    try {
      body.of(context.startCapture(options, body));
    } catch (TooManyCapturesException e) {
      return AdminResponse.error(503, e.getMessage()).with("Retry-After", "10");
    } catch (IllegalStateException e) {
      return AdminResponse.error(503, "there is nothing to capture: " + e.getMessage());
    }
    return AdminResponse.stream(
        "application/x-pcapng",
        body,
        Map.of(
            "Content-Disposition",
            "attachment; filename=\"twinpath.pcapng\"",
            "Trailer",
            CaptureBody.CAPTURED + ", " + CaptureBody.DROPPED));
  }

  /** Checks what was asked for; the filter's message has the column. */
  private static CaptureOptions options(AdminRequest request) throws CaptureFilterException {
    for (String name : request.query().keySet()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "'" + name + "' is no parameter of a capture; known: " + String.join(", ", KNOWN));
      }
    }
    CaptureOptions options =
        CaptureOptions.of(CaptureFilter.parse(request.parameter(FILTER).orElse("")));
    long snapLength = number(request, SNAP_LENGTH, 0, 1 << 20, 0);
    if (snapLength > 0 && snapLength < PcapngWriter.MAX_SNAP_LENGTH) {
      options = options.withSnapLength((int) snapLength);
    }
    return options
        .withMaxDuration(Duration.ofSeconds(number(request, SECONDS, 1, 10_000_000, 0)))
        .withMaxPackets(number(request, PACKETS, 1, Long.MAX_VALUE, Long.MAX_VALUE));
  }

  private static long number(
      AdminRequest request, String name, long least, long most, long otherwise) {
    String text = request.parameter(name).orElse("");
    if (text.isEmpty()) {
      return otherwise;
    }
    long value = text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is a whole number from " + least + " to " + most + ", not '" + text + "'");
    }
    return value;
  }
}
