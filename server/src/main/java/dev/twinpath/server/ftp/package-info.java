/**
 * Anonymous, read-only FTP over either data path: RFC 959 with RFC 2389 (FEAT), RFC 2428 (EPSV),
 * RFC 2640 (UTF-8) and RFC 3659 (SIZE, MDTM, REST STREAM, MLST, MLSD).
 */
package dev.twinpath.server.ftp;
