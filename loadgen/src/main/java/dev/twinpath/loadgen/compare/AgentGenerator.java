package dev.twinpath.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.PhaseListener;
import dev.twinpath.loadgen.report.BenchJson;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The generator in another process, by the lines of {@code bench agent}. */
final class AgentGenerator implements Generator {
  private final ObjectMapper mapper = new ObjectMapper();
  private final Process process;
  private final BufferedReader in;
  private final BufferedWriter out;

  private AgentGenerator(Process process) {
    this.process = process;
    this.in = process.inputReader();
    this.out = process.outputWriter();
  }

  /** Waits until the agent that was started as this process is ready. */
  static AgentGenerator of(Process process) throws IOException {
    AgentGenerator generator = new AgentGenerator(process);
    JsonNode hello = generator.receive();
    if (!hello.has("ready")) {
      throw new IOException("the generator did not start: " + hello);
    }
    return generator;
  }

  long pid() {
    return process.pid();
  }

  @Override
  public LoadResult run(LoadSpec spec, PhaseListener phases) throws IOException {
    ObjectNode order = mapper.createObjectNode();
    order.set("run", mapper.valueToTree(spec));
    send(order);
    while (true) {
      JsonNode answer = receive();
      if (answer.has("phase")) {
        if (answer.get("phase").asText().equals("measure")) {
          phases.measureStarted();
        } else {
          phases.measureEnded();
        }
      } else if (answer.has("result")) {
        return BenchJson.read(answer.get("result"), spec);
      } else {
        throw new IOException("the generator failed: " + answer.path("error").asText());
      }
    }
  }

  private JsonNode receive() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("the generator's process ended");
    }
    return mapper.readTree(line);
  }

  private void send(JsonNode message) throws IOException {
    synchronized (out) {
      out.write(message + "\n");
      out.flush();
    }
  }

  @Override
  public void stop() {
    try {
      send(mapper.createObjectNode().put("stop", true));
    } catch (IOException e) {
      process.destroy(); // it does not listen any more
    }
  }

  @Override
  public void close() throws IOException {
    try {
      out.close(); // the end of its input ends the agent
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
