package dev.twinpath.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Talks to the admin port of a server on this machine. */
final class AdminClient {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final int port;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();

  AdminClient(int port) {
    this.port = port;
  }

  JsonNode get(String path) throws CommandFailure {
    return send(request(path).GET().build());
  }

  JsonNode put(String path, String json) throws CommandFailure {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  JsonNode post(String path, String json) throws CommandFailure {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  /** A change without a body needs the header that no foreign page can send. */
  JsonNode delete(String path) throws CommandFailure {
    return send(request(path).header("X-Twinpath", "1").DELETE().build());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(LIMIT);
  }

  private JsonNode send(HttpRequest request) throws CommandFailure {
    HttpResponse<String> response;
    try {
      response = http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new CommandFailure(
          "no server answers on the admin port 127.0.0.1:"
              + port
              + "; is 'twinpath serve' running, and is --admin right?",
          e);
    } catch (IOException e) {
      throw new CommandFailure(
          "the admin port 127.0.0.1:" + port + " failed: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
    JsonNode answer = parse(response.body());
    if (response.statusCode() / 100 != 2) {
      throw new CommandFailure(
          answer.path("error").asText("the server answered " + response.statusCode()));
    }
    return answer;
  }

  private JsonNode parse(String body) throws CommandFailure {
    try {
      return new ObjectMapper().readTree(body);
    } catch (JsonProcessingException e) {
      throw new CommandFailure("127.0.0.1:" + port + " is not the admin port of twinpath", e);
    }
  }
}
