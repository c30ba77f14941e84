package dev.twinpath.loadgen.compare;

/**
 * What both sides are loaded with.
 *
 * @param name for the table, for example {@code 64 KiB}
 * @param path the path of the URL, encoded, with its slash
 * @param size bytes of the body, -1 when it is not known beforehand
 * @param sha256 the checksum of the body, empty when it is not known beforehand
 * @param connections connections of the generator
 */
public record Scenario(String name, String path, long size, String sha256, int connections) {}
