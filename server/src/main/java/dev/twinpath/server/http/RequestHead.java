package dev.twinpath.server.http;

import dev.twinpath.server.metrics.RequestMethod;
import java.util.Arrays;

/**
 * The head of one request, as far as a file server needs it. One object for each connection, filled
 * again by {@link RequestParser} for each request. Null means that the field is absent.
 */
final class RequestHead {
  RequestMethod method;

  /** True for a method that some specification of HTTP names. */
  boolean knownMethod;

  /** The target in origin form, raw: path and query. */
  byte[] targetArray;

  int targetStart;
  int targetEnd;
  boolean http11;
  boolean connectionClose;
  boolean connectionKeepAlive;
  boolean chunked;
  boolean expectContinue;
  boolean expectUnknown;

  /** -1 without the field. */
  long contentLength;

  String host;
  String range;
  String ifRange;
  String ifMatch;
  String ifNoneMatch;
  String ifModifiedSince;
  String ifUnmodifiedSince;

  /** True if any precondition or range is asked for. */
  boolean conditional;

  void clear() {
    method = null;
    knownMethod = true;
    http11 = true;
    connectionClose = false;
    connectionKeepAlive = false;
    chunked = false;
    expectContinue = false;
    expectUnknown = false;
    contentLength = -1;
    host = null;
    range = null;
    ifRange = null;
    ifMatch = null;
    ifNoneMatch = null;
    ifModifiedSince = null;
    ifUnmodifiedSince = null;
    conditional = false;
  }

  /** RFC 9112 section 9.3: what the client wants to happen to the connection. */
  boolean keepAlive() {
    return !connectionClose && (http11 || connectionKeepAlive);
  }

  /** Copies the target out of memory that the next read will use again. */
  void keepTarget() {
    targetArray = Arrays.copyOfRange(targetArray, targetStart, targetEnd);
    targetEnd -= targetStart;
    targetStart = 0;
  }
}
