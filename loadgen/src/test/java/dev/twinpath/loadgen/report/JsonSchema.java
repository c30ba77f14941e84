package dev.twinpath.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Checks JSON against the part of JSON Schema 2020-12 that our schemas use; a keyword that it does
 * not know is an error, so that no schema can promise more than is checked.
 */
public final class JsonSchema {
  private static final Set<String> ANNOTATIONS =
      Set.of("$schema", "$id", "$defs", "title", "description");

  private final JsonNode root;
  private final List<String> errors = new ArrayList<>();

  private JsonSchema(JsonNode root) {
    this.root = root;
  }

  /** Returns what is wrong with a document, by path. */
  public static List<String> errors(Class<?> home, String resource, JsonNode document)
      throws IOException {
    try (InputStream in = home.getResourceAsStream(resource)) {
      JsonSchema schema = new JsonSchema(new ObjectMapper().readTree(in));
      schema.check(schema.root, document, "$");
      return schema.errors;
    }
  }

  private void check(JsonNode schema, JsonNode value, String path) {
    for (var keyword : schema.properties()) {
      JsonNode argument = keyword.getValue();
      switch (keyword.getKey()) {
        case "$ref":
          check(root.at(argument.asText().substring(1)), value, path);
          break;
        case "type":
          require(isA(argument.asText(), value), path + " is not of type " + argument);
          break;
        case "const":
          require(argument.equals(value), path + " is not " + argument);
          break;
        case "enum":
          boolean found = false;
          for (JsonNode allowed : argument) {
            found |= allowed.equals(value);
          }
          require(found, path + " is none of " + argument);
          break;
        case "minimum":
          require(value.asDouble() >= argument.asDouble(), path + " is below " + argument);
          break;
        case "required":
          argument.forEach(
              name -> require(value.has(name.asText()), path + " lacks " + name.asText()));
          break;
        case "properties":
          for (var property : argument.properties()) {
            if (value.has(property.getKey())) {
              check(
                  property.getValue(),
                  value.get(property.getKey()),
                  path + "." + property.getKey());
            }
          }
          // Strict on purpose: a report must not have what its schema does not describe.
          value
              .fieldNames()
              .forEachRemaining(
                  name -> require(argument.has(name), path + " has the unknown field " + name));
          break;
        case "items":
          for (int i = 0; i < value.size(); i++) {
            check(argument, value.get(i), path + "[" + i + "]");
          }
          break;
        default:
          require(ANNOTATIONS.contains(keyword.getKey()), "unknown keyword " + keyword.getKey());
          break;
      }
    }
  }

  private void require(boolean condition, String error) {
    if (!condition) {
      errors.add(error);
    }
  }

  private static boolean isA(String type, JsonNode value) {
    switch (type) {
      case "object":
        return value.isObject();
      case "array":
        return value.isArray();
      case "string":
        return value.isTextual();
      case "boolean":
        return value.isBoolean();
      case "integer":
        return value.isIntegralNumber();
      case "number":
        return value.isNumber();
      case "null":
        return value.isNull();
      default:
        return false;
    }
  }
}
