package dev.twinpath.nic.linux;

/** The error numbers that somebody here tells apart (asm-generic; the same on x86-64, aarch64). */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ERANGE = 34;

  /** What a TAP's descriptor says when its device was deleted. */
  public static final int EBADFD = 77;

  public static final int EMSGSIZE = 90;
  public static final int EOPNOTSUPP = 95;
  public static final int EAFNOSUPPORT = 97;
  public static final int ENETDOWN = 100;
  public static final int ENOBUFS = 105;

  private Errno() {}

  /** A word for an error number, for messages to a person. */
  public static String describe(long errno) {
    switch ((int) errno) {
      case EPERM:
        return "operation not permitted (EPERM)";
      case ENOENT:
        return "no such file or device (ENOENT)";
      case ENXIO:
        return "no such device or address (ENXIO)";
      case EACCES:
        return "permission denied (EACCES)";
      case EBUSY:
        return "device or resource busy (EBUSY)";
      case ENODEV:
        return "no such device (ENODEV)";
      case EINVAL:
        return "invalid argument (EINVAL)";
      case ERANGE:
        return "out of range (ERANGE)";
      case EOPNOTSUPP:
        return "operation not supported (EOPNOTSUPP)";
      case ENETDOWN:
        return "the network device is down (ENETDOWN)";
      case ENOMEM:
        return "out of memory (ENOMEM)";
      default:
        return "errno " + errno;
    }
  }
}
