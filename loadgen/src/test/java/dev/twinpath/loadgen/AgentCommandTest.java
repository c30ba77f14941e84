package dev.twinpath.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.TargetSpec;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A run's description survives the way to an agent. */
class AgentCommandTest {
  @Test
  void aSpecificationReadsBackEqual() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    LoadSpec spec =
        LoadSpec.builder(List.of(TargetSpec.get(java.net.URI.create("http://10.0.0.2:8080/a%20b"))))
            .connections(7)
            .rate(12.5)
            .duration(Duration.ofMillis(1_500))
            .expectedStatus(List.of(200, 206))
            .build();
    JsonNode json = mapper.valueToTree(spec);
    assertThat(mapper.treeToValue(json, LoadSpec.class)).isEqualTo(spec);
  }
}
