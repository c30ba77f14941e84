package dev.twinpath.server.http;

import java.util.OptionalLong;

/** Conditional requests in the order of RFC 9110 section 13.2.2. */
final class Preconditions {
  private Preconditions() {}

  /**
   * Evaluates everything but the range.
   *
   * @return 200 to go on, 304 or 412
   */
  static int evaluate(RequestHead head, String tag, long modifiedSeconds) {
    if (head.ifMatch != null) {
      if (!head.ifMatch.equals("*") && !EntityTags.listed(head.ifMatch, tag, false)) {
        return HttpStatus.PRECONDITION_FAILED;
      }
    } else if (head.ifUnmodifiedSince != null) {
      OptionalLong date = HttpDate.parse(head.ifUnmodifiedSince);
      if (date.isPresent() && modifiedSeconds > date.getAsLong()) {
        return HttpStatus.PRECONDITION_FAILED;
      }
    }
    if (head.ifNoneMatch != null) {
      boolean matches =
          head.ifNoneMatch.equals("*") || EntityTags.listed(head.ifNoneMatch, tag, true);
      return matches ? HttpStatus.NOT_MODIFIED : HttpStatus.OK;
    }
    if (head.ifModifiedSince != null) {
      OptionalLong date = HttpDate.parse(head.ifModifiedSince);
      if (date.isPresent() && modifiedSeconds <= date.getAsLong()) {
        return HttpStatus.NOT_MODIFIED;
      }
    }
    return HttpStatus.OK;
  }

  /** True if the Range field counts: no If-Range, or one that names this very state of the file. */
  static boolean rangeApplies(RequestHead head, String tag, long modifiedSeconds) {
    String condition = head.ifRange;
    if (condition == null) {
      return true;
    }
    if (condition.startsWith("\"") || condition.startsWith("W/")) {
      return condition.equals(tag);
    }
    OptionalLong date = HttpDate.parse(condition);
    return date.isPresent() && date.getAsLong() == modifiedSeconds;
  }
}
