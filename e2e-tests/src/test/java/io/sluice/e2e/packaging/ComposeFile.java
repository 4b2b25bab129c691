package io.sluice.e2e.packaging;

import static java.util.stream.Collectors.toMap;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** docker-compose.yml with its anchors resolved. */
record ComposeFile(String text, Map<String, Object> content) {

    static ComposeFile load() {
        String text = Repository.read(Repository.top().resolve("docker-compose.yml"));
        return new ComposeFile(text, mapping(new Yaml(new SafeConstructor(new LoaderOptions())).load(text)));
    }

    Map<String, Service> services() {
        return mapping(content.get("services")).entrySet().stream()
                .collect(toMap(
                        Map.Entry::getKey,
                        service -> new Service(mapping(service.getValue())),
                        (one, other) -> one,
                        TreeMap::new));
    }

    /** The top-level part of this name, as {@code volumes}. */
    Map<String, Object> part(String name) {
        return mapping(content.get(name));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> mapping(Object node) {
        if (node instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new IllegalArgumentException("not a mapping: " + node);
    }

    record Service(Map<String, Object> content) {

        String text(String key) {
            return String.valueOf(content.get(key));
        }

        Map<String, Object> mapping(String key) {
            return ComposeFile.mapping(content.getOrDefault(key, Map.of()));
        }

        List<String> list(String key) {
            return content.get(key) instanceof List<?> list
                    ? list.stream().map(String::valueOf).toList()
                    : List.of();
        }

        /** The conditions under which it starts, by service. */
        Map<String, String> dependencies() {
            return mapping("depends_on").entrySet().stream()
                    .collect(toMap(
                            Map.Entry::getKey,
                            dependency -> String.valueOf(
                                    ComposeFile.mapping(dependency.getValue()).get("condition"))));
        }

        Map<String, String> environment() {
            return mapping("environment").entrySet().stream()
                    .collect(toMap(Map.Entry::getKey, variable -> String.valueOf(variable.getValue())));
        }

        Optional<String> build() {
            return Optional.ofNullable(content.get("build")).map(String::valueOf);
        }
    }
}
