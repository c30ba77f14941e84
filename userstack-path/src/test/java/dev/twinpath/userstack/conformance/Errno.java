package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackException;

/** Linux's error numbers (x86-64), as far as sockets answer them. */
final class Errno {
  static final int EIO = 5;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EFAULT = 14;
  static final int EINVAL = 22;
  static final int ENOTTY = 25;
  static final int EPIPE = 32;
  static final int EDOM = 33;
  static final int ENOSYS = 38;
  static final int ENOENT = 2;
  static final int EPERM = 1;
  static final int ENOPROTOOPT = 92;
  static final int EPROTONOSUPPORT = 93;
  static final int ESOCKTNOSUPPORT = 94;
  static final int EOPNOTSUPP = 95;
  static final int EAFNOSUPPORT = 97;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int ENETUNREACH = 101;
  static final int ECONNABORTED = 103;
  static final int ECONNRESET = 104;
  static final int ENOBUFS = 105;
  static final int EISCONN = 106;
  static final int ENOTCONN = 107;
  static final int ETIMEDOUT = 110;
  static final int ECONNREFUSED = 111;
  static final int EHOSTUNREACH = 113;
  static final int EALREADY = 114;
  static final int EINPROGRESS = 115;

  private Errno() {}

  /** What connect or bind answers when the stack refuses. */
  static int of(StackException e) {
    return switch (e.reason()) {
      case ADDRESS_IN_USE -> EADDRINUSE;
      case ADDRESS_NOT_AVAILABLE -> EADDRNOTAVAIL;
      case NETWORK_UNREACHABLE -> ENETUNREACH;
      case OUTPUT_SHUT -> EPIPE;
      default -> ENOBUFS;
    };
  }

  /** SO_ERROR after a connection ended; 0 = in order. */
  static int of(CloseCause cause) {
    return switch (cause) {
      case NORMAL -> 0;
      case REFUSED -> ECONNREFUSED;
      case RESET_BY_PEER -> ECONNRESET;
      case TIMED_OUT -> ETIMEDOUT;
      case UNREACHABLE -> EHOSTUNREACH;
      default -> ECONNABORTED;
    };
  }
}
