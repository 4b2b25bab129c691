package io.sluice.e2e.packaging;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The instructions of a Dockerfile, continued lines joined. */
record Dockerfile(List<Instruction> instructions) {

    /** As {@code EXPOSE} and {@code 8080}. */
    record Instruction(String name, String arguments) {}

    static Dockerfile of(String service) {
        String text = Repository.read(Repository.top().resolve(service).resolve("Dockerfile"));
        return new Dockerfile(text.lines()
                .filter(line -> !line.startsWith("#"))
                .reduce("", (before, line) -> before + line.stripTrailing() + "\n")
                .replace("\\\n", " ")
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.strip().split("\\s+", 2))
                .map(parts -> new Instruction(parts[0].toUpperCase(Locale.ROOT), parts[1].strip()))
                .toList());
    }

    Stream<String> all(String name) {
        return instructions.stream()
                .filter(instruction -> instruction.name().equals(name))
                .map(Instruction::arguments);
    }

    /** The one that counts: of several, the last. */
    String last(String name) {
        return all(name)
                .reduce((one, next) -> next)
                .orElseThrow(() -> new IllegalStateException("the Dockerfile has no " + name));
    }
}
