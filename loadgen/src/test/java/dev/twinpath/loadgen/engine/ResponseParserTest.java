package dev.twinpath.loadgen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ResponseParserTest {
  /** Notes what the parser tells, one string per response. */
  private static final class Notes implements ResponseSink {
    final List<String> responses = new ArrayList<>();
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private String head;

    @Override
    public void onHead(int status, long contentLength, boolean keepAlive) {
      head = status + " " + contentLength + (keepAlive ? " keep " : " close ");
    }

    @Override
    public void onBody(ByteBuf buffer, int index, int length) {
      byte[] bytes = new byte[length];
      buffer.getBytes(index, bytes);
      body.writeBytes(bytes);
    }

    @Override
    public boolean onComplete() {
      responses.add(head + body.toString(StandardCharsets.ISO_8859_1));
      body.reset();
      return true;
    }
  }

  private final Notes notes = new Notes();
  private final ResponseParser parser = new ResponseParser(new HeadReader(), notes);

  private boolean parse(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    try {
      boolean good = parser.parse(bytes);
      if (good) {
        assertThat(bytes.isReadable()).isFalse();
      }
      return good;
    } finally {
      bytes.release();
    }
  }

  @Test
  void framesByContentLength() {
    assertThat(parse("HTTP/1.1 200 OK\r\ncontent-LENGTH:  5 \r\nX: y\r\n\r\nhello")).isTrue();
    assertThat(notes.responses).containsExactly("200 5 keep hello");
  }

  @Test
  void takesPipelinedResponsesAndTheSameHeadAgain() {
    String one = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    assertThat(parse(one + "ab" + one + "cd" + one)).isTrue();
    assertThat(parse("ef")).isTrue();
    assertThat(notes.responses).containsExactly("200 2 keep ab", "200 2 keep cd", "200 2 keep ef");
  }

  @Test
  void framesByChunks() {
    assertThat(
            parse(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 9\r\n\r\n"
                    + "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"))
        .isTrue();
    assertThat(notes.responses).containsExactly("200 -1 keep abc0123456789");
  }

  @Test
  void framesByTheEndOfTheConnection() {
    assertThat(parse("HTTP/1.0 200 OK\r\n\r\nall of it")).isTrue();
    assertThat(notes.responses).isEmpty();
    assertThat(parser.endOfStream()).isTrue();
    assertThat(notes.responses).containsExactly("200 -1 close all of it");
  }

  @Test
  void anEndInsideABodyIsNotTheEndOfAResponse() {
    parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    assertThat(parser.inBody()).isTrue();
    assertThat(parser.endOfStream()).isFalse();
  }

  @Test
  void someStatusesHaveNoBody() {
    assertThat(
            parse(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: x\r\n\r\n"
                    + "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"
                    + "HTTP/1.1 204\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        .isTrue();
    assertThat(notes.responses).containsExactly("304 7 keep ", "204 -1 keep ", "200 0 keep ");
  }

  @Test
  void headResponsesHaveNoBody() {
    parser.reset(true);
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: x , CLOSE\r\n\r\n";
    assertThat(parse(head + head)).isTrue();
    assertThat(notes.responses).containsExactly("200 7 close ", "200 7 close ");
  }

  @Test
  void malformedResponsesAreRefused() {
    for (String bad :
        List.of(
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 2x0 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "SSH-2.0-x\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1111111111111111\r\n",
            "HTTP/1.1 200 OK\r\nX: " + "y".repeat(HeadReader.MAX_HEAD))) {
      parser.reset(false);
      assertThat(parse(bad)).as(bad).isFalse();
    }
  }

  @Test
  void anyCutGivesTheSameResponses() {
    String stream =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            + "HTTP/1.1 404 No\r\nServer: s\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n"
            + "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld"
            + "HTTP/1.1 200 OK\r\nX: "
            + "z".repeat(2000)
            + "\r\nContent-Length: 1\r\n\r\n!";
    String[] expected = {"200 5 keep hello", "404 -1 keep xy", "200 5 keep world", "200 1 keep !"};
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 2_000; round++) {
      parser.reset(false);
      notes.responses.clear();
      int from = 0;
      while (from < stream.length()) {
        int most = round % 2 == 0 ? 8 : 300;
        int to = Math.min(stream.length(), from + 1 + random.nextInt(most));
        assertThat(parse(stream.substring(from, to))).isTrue();
        from = to;
      }
      assertThat(notes.responses).containsExactly(expected);
    }
  }

  /** Whatever comes, the parser says yes or no: no exception, no endless loop. */
  @Test
  void noiseNeverBreaksTheParser() {
    String[] seeds = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n",
      "HTTP/1.0 304 Not Modified\r\n\r\n",
    };
    SplittableRandom random = new SplittableRandom(20_261_120);
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = seeds[random.nextInt(seeds.length)].getBytes(StandardCharsets.ISO_8859_1);
      for (int i = random.nextInt(6); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] =
            random.nextBoolean()
                ? (byte) random.nextInt(256)
                : (byte) "\r\n :0;".charAt(random.nextInt(6));
      }
      parser.reset(random.nextInt(10) == 0);
      ByteBuf all = Unpooled.wrappedBuffer(bytes);
      while (all.isReadable()) {
        ByteBuf part = all.readSlice(1 + random.nextInt(all.readableBytes()));
        if (!parser.parse(part)) {
          break;
        }
        assertThat(part.isReadable()).isFalse();
      }
      parser.endOfStream();
    }
  }
}
