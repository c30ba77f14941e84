package dev.twinpath.server.ftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that others wrote: commons-net, curl and lftp. */
abstract class FtpClientsContract extends FtpContract {
  @TempDir Path folder;

  private String url(String path) {
    InetSocketAddress address = server().address();
    return "ftp://" + address.getAddress().getHostAddress() + ":" + address.getPort() + path;
  }

  private FTPClient commonsNet() throws IOException {
    FTPClient client = new FTPClient();
    client.setAutodetectUTF8(true);
    client.setDefaultTimeout(20_000);
    client.connect(server().address().getAddress(), server().address().getPort());
    assertThat(FTPReply.isPositiveCompletion(client.getReplyCode())).isTrue();
    assertThat(client.login("anonymous", "test@example.org")).isTrue();
    client.enterLocalPassiveMode();
    return client;
  }

  @Test
  void commonsNetReadsAndResumes() throws IOException {
    FTPClient client = commonsNet();
    try {
      assertThat(client.setFileType(FTP.BINARY_FILE_TYPE)).isTrue();
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      assertThat(client.retrieveFile("medium.bin", whole)).isTrue();
      assertThat(whole.toByteArray()).isEqualTo(medium);
      ByteArrayOutputStream rest = new ByteArrayOutputStream();
      client.setRestartOffset(200_000);
      assertThat(client.retrieveFile("/medium.bin", rest)).isTrue();
      assertThat(rest.toByteArray()).isEqualTo(Arrays.copyOfRange(medium, 200_000, 300_000));
      assertThat(client.retrieveFile("none", rest)).isFalse();
      assertThat(client.getReplyCode()).isEqualTo(550);
      assertThat(client.storeFile("new", InputStream.nullInputStream())).isFalse();
      assertThat(client.logout()).isTrue();
    } finally {
      client.disconnect();
    }
  }

  @Test
  void commonsNetUnderstandsTheListings() throws IOException {
    Instant when = Instant.parse("2021-02-03T04:05:06Z");
    Files.setLastModifiedTime(root.resolve("medium.bin"), FileTime.from(when));
    FTPClient client = commonsNet();
    try {
      FTPFile listed = find(client.listFiles(), "medium.bin");
      assertThat(listed.isFile()).isTrue();
      assertThat(listed.getSize()).isEqualTo(300_000);
      FTPFile machine = find(client.mlistDir("/"), "medium.bin");
      assertThat(machine.getSize()).isEqualTo(300_000);
      assertThat(machine.getTimestamp().toInstant()).isEqualTo(when);
      assertThat(find(client.mlistDir("/"), "sub").isDirectory()).isTrue();
      assertThat(client.mlistFile("sub/a.txt").getSize()).isEqualTo(1);
      assertThat(client.mdtmInstant("medium.bin")).isEqualTo(when);
      assertThat(client.listNames("sub")).contains("a.txt", "b.txt");
    } finally {
      client.disconnect();
    }
  }

  private static FTPFile find(FTPFile[] files, String name) {
    return Arrays.stream(files)
        .filter(file -> file.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void curlReadsResumesAndLists() throws Exception {
    ForeignCommand.assumeThere("curl");
    Path target = folder.resolve("got");
    for (String mode : new String[] {"--ftp-pasv", "--disable-epsv"}) {
      ForeignCommand.run(
          folder, "curl", "-sS", mode, "-m", "30", "-o", target.toString(), url("/medium.bin"));
      assertThat(target).hasBinaryContent(medium);
    }
    Files.write(target, Arrays.copyOf(medium, 123_456));
    ForeignCommand.run(
        folder, "curl", "-sS", "-m", "30", "-C", "-", "-o", target.toString(), url("/medium.bin"));
    assertThat(target).hasBinaryContent(medium);
    String part = ForeignCommand.run(folder, "curl", "-sS", "-r", "4-7", url("/lines.txt"));
    assertThat(part).isEqualTo("two\r");
    String ascii = ForeignCommand.run(folder, "curl", "-sS", "-B", url("/lines.txt"));
    assertThat(ascii).as("curl makes its own line ends of them").isEqualTo("one\ntwo\n\nthree");
    assertThat(ForeignCommand.run(folder, "curl", "-sS", "-l", url("/sub/")).lines())
        .contains("a.txt", "b.txt");
    assertThat(ForeignCommand.run(folder, "curl", "-sS", "-I", url("/medium.bin")))
        .contains("Content-Length: 300000");
  }

  @Test
  void lftpMirrorsAndResumes() throws Exception {
    ForeignCommand.assumeThere("lftp");
    Path half = folder.resolve("medium.bin");
    Files.write(half, Arrays.copyOf(medium, 50_000));
    String settings = "set net:max-retries 2; set net:timeout 20; set cmd:fail-exit true; ";
    ForeignCommand.run(
        folder,
        "lftp",
        "-c",
        settings + "open " + url("/") + "; get -c medium.bin; mirror / mirrored");
    assertThat(half).hasBinaryContent(medium);
    assertThat(folder.resolve("mirrored/medium.bin")).hasBinaryContent(medium);
    assertThat(folder.resolve("mirrored/sub/b.txt")).hasContent("bb");
    assertThat(folder.resolve("mirrored/sub/deep \"er")).isDirectory();
    assertThat(folder.resolve("mirrored/empty")).isEmptyFile();
    assertThat(folder.resolve("mirrored/.hidden")).doesNotExist();
  }
}
