package dev.twinpath.loadgen;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/** A process that answers where the twinpath server would: the JDK's own file server. */
public final class StandInServer {
  private StandInServer() {}

  /** Serves the directory that is the only argument, until it is ended. */
  public static void main(String[] arguments) throws IOException {
    HttpServer content = HttpServer.create(new InetSocketAddress(8080), 1024);
    content.createContext("/", SimpleFileServer.createFileHandler(Path.of(arguments[0])));
    content.setExecutor(Executors.newFixedThreadPool(4));
    content.start();
    HttpServer admin =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9090), 16);
    admin.createContext("/readyz", exchange -> answer(exchange, "ready"));
    admin.createContext(
        "/api/status",
        exchange ->
            answer(
                exchange,
                "{\"services\":[{\"name\":\"SACK\",\"sendfile\":\"yes\",\"userstack\":\"no\"}]}"));
    admin.createContext(
        "/metrics",
        exchange ->
            answer(
                exchange,
                "twinpath_cpu_seconds_total{path=\"userstack\",role=\"stack\"} "
                    + System.nanoTime() / 1e9
                    + "\n"));
    admin.start();
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
