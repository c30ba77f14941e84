package dev.twinpath.loadgen;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.twinpath.loadgen.engine.LoadRun;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.PhaseListener;
import dev.twinpath.loadgen.report.BenchJson;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;

/**
 * {@code bench agent}: a generator that a controller in another process, perhaps in another network
 * namespace, tells what to do.
 *
 * <p>One JSON object per line. In: {@code {"run": LoadSpec}}, {@code {"stop": true}}. Out: {@code
 * {"ready": PID}} once, then for each run {@code {"phase": "measure"}}, {@code {"phase": "drain"}}
 * and {@code {"result": report}}, or {@code {"error": text}}. The end of the input ends the agent,
 * so that it never outlives its controller.
 */
@Command(
    name = "agent",
    hidden = true,
    description = "Take runs from a controller on standard input (used by compare).")
public final class AgentCommand implements Callable<Integer> {
  private final ObjectMapper mapper = new ObjectMapper();
  private final AtomicReference<LoadRun> current = new AtomicReference<>();

  @Override
  public Integer call() throws IOException {
    // Nothing else may write between the lines of the protocol.
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    send(out, mapper.createObjectNode().put("ready", ProcessHandle.current().pid()));
    String line;
    while ((line = in.readLine()) != null) {
      handle(line, out);
    }
    stop();
    return 0;
  }

  private void handle(String line, PrintStream out) throws IOException {
    JsonNode message;
    try {
      message = mapper.readTree(line);
    } catch (JsonProcessingException e) {
      send(out, error("not JSON: " + e.getOriginalMessage()));
      return;
    }
    if (message.has("stop")) {
      stop();
    } else if (message.has("run")) {
      Thread.ofPlatform().daemon().start(() -> run(message.get("run"), out));
    } else {
      send(out, error("neither run nor stop"));
    }
  }

  private void stop() {
    LoadRun run = current.get();
    if (run != null) {
      run.stop();
    }
  }

  private void run(JsonNode specification, PrintStream out) {
    try {
      LoadSpec spec = mapper.treeToValue(specification, LoadSpec.class);
      LoadRun run = LoadRun.start(spec);
      current.set(run);
      ObjectNode reply = mapper.createObjectNode();
      reply.set("result", BenchJson.write(run.await(phases(out))));
      send(out, reply);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      send(out, error(e.toString()));
    } finally {
      current.set(null);
    }
  }

  private PhaseListener phases(PrintStream out) {
    return new PhaseListener() {
      @Override
      public void measureStarted() {
        send(out, mapper.createObjectNode().put("phase", "measure"));
      }

      @Override
      public void measureEnded() {
        send(out, mapper.createObjectNode().put("phase", "drain"));
      }
    };
  }

  private ObjectNode error(String text) {
    return mapper.createObjectNode().put("error", text);
  }

  private void send(PrintStream out, ObjectNode message) {
    synchronized (out) {
      out.println(message);
    }
  }
}
