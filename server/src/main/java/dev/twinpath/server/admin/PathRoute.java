package dev.twinpath.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.server.path.DataPath;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code /api/path}: shows and flips the active path. */
final class PathRoute {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAMES = "sendfile or userstack";

  private final AdminContext context;

  PathRoute(AdminContext context) {
    this.context = context;
  }

  AdminResponse show() {
    return AdminResponse.json(200, state());
  }

  /** 400 for a name that is none, 409 with the reason for a path that this server cannot offer. */
  AdminResponse change(AdminRequest request) {
    Optional<String> name;
    try {
      name = request.parameter("path");
      if (name.isEmpty()) {
        name = inBody(request.body());
      }
    } catch (JsonProcessingException e) {
      return AdminResponse.error(400, "The body is not JSON. Send {\"path\":\"userstack\"}.");
    }
    if (name.isEmpty()) {
      return AdminResponse.error(400, "Which path? Send {\"path\":\"userstack\"}: " + NAMES + ".");
    }
    Optional<DataPath> path = DataPath.parse(name.get());
    if (path.isEmpty()) {
      return AdminResponse.error(400, "There is no such path. It is " + NAMES + ".");
    }
    Optional<String> refusal = context.activate(path.get(), request.client());
    if (refusal.isPresent()) {
      return AdminResponse.error(
          409, "The path " + path.get() + " is not available: " + refusal.get());
    }
    return show();
  }

  private Map<String, Object> state() {
    Map<String, Object> available = new LinkedHashMap<>();
    for (DataPath path : DataPath.values()) {
      Optional<String> reason = context.unavailable(path);
      available.put(path.label(), reason.isEmpty() ? true : reason.get());
    }
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("active", context.activePath().label());
    state.put("available", available);
    return state;
  }

  private static Optional<String> inBody(String body) throws JsonProcessingException {
    if (body.isBlank()) {
      return Optional.empty();
    }
    JsonNode path = JSON.readTree(body).path("path");
    return path.isTextual() ? Optional.of(path.textValue()) : Optional.empty();
  }
}
