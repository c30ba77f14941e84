package dev.twinpath.nic.flow;

import java.util.SplittableRandom;

/**
 * The hash of a {@link FlowTable}: keyed, because peers choose addresses and ports, and whoever
 * knew the function could choose a thousand flows of one slot.
 *
 * <p>Multilinear over the key's 32-bit words with random 64-bit factors, which makes two keys meet
 * with a probability of 2^-32 whatever they are (Lemire, Kaser: Strongly universal string hashing
 * is fast, 2014); then a mixer (Steele, Lea, Flood: Fast splittable PRNGs, figure 16), so that
 * ports in a row do not come to lie in a row, where linear probing suffers.
 */
final class FlowHash {
  private static final long LOW = 0xffffffffL;

  private final long k0;
  private final long k1;
  private final long k2;
  private final long k3;
  private final long k4;
  private final long k5;
  private final long k6;
  private final long k7;
  private final long k8;
  private final long k9;
  private final long k10;

  FlowHash(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    k0 = random.nextLong();
    k1 = random.nextLong();
    k2 = random.nextLong();
    k3 = random.nextLong();
    k4 = random.nextLong();
    k5 = random.nextLong();
    k6 = random.nextLong();
    k7 = random.nextLong();
    k8 = random.nextLong();
    k9 = random.nextLong();
    k10 = random.nextLong();
  }

  /** Of protocol and ports, and a pair of IPv4 addresses. */
  long hash(long ports, long addresses) {
    return mix(
        k0
            + (ports & LOW) * k1
            + (ports >>> 32) * k2
            + (addresses & LOW) * k3
            + (addresses >>> 32) * k4);
  }

  /** Of protocol and ports, and two IPv6 addresses of two words each. */
  long hash(long ports, long a, long b, long c, long d) {
    long sum = k0 + (ports & LOW) * k1 + (ports >>> 32) * k2;
    sum += (a & LOW) * k3 + (a >>> 32) * k4;
    sum += (b & LOW) * k5 + (b >>> 32) * k6;
    sum += (c & LOW) * k7 + (c >>> 32) * k8;
    sum += (d & LOW) * k9 + (d >>> 32) * k10;
    return mix(sum);
  }

  private static long mix(long sum) {
    long hash = (sum ^ sum >>> 30) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ hash >>> 27) * 0x94d049bb133111ebL;
    return hash ^ hash >>> 31;
  }

  /** The part of a hash that chooses one of a power of two of banks. */
  static int bank(long hash, int log2Banks) {
    return (int) (hash >>> 64 - log2Banks);
  }

  /** The part that chooses a slot in its bank, to be masked. */
  static long slot(long hash) {
    return hash;
  }
}
