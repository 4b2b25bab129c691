package io.sluice.localstack.launch;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** What the user asked for on the command line. */
sealed interface Invocation {
    /** @param exit ends by itself when the comparison is equal */
    record Demo(boolean exit) implements Invocation {}

    /**
     * @param data the state directory, if named
     * @param port of task-api, if named
     */
    record Up(Optional<Path> data, Optional<Integer> port) implements Invocation {}

    /** @throws UsageException when the words are not a command of the launcher */
    static Invocation parse(List<String> words) {
        if (words.isEmpty()) {
            throw new UsageException("no command");
        }
        Iterator<String> options = words.subList(1, words.size()).iterator();
        return switch (words.getFirst()) {
            case "demo" -> parseDemo(options);
            case "up" -> parseUp(options);
            default -> throw new UsageException("unknown command: " + words.getFirst());
        };
    }

    private static Demo parseDemo(Iterator<String> options) {
        boolean exit = false;
        while (options.hasNext()) {
            String option = options.next();
            if (!option.equals("--exit")) {
                throw new UsageException("unknown option of demo: " + option);
            }
            exit = true;
        }
        return new Demo(exit);
    }

    private static Up parseUp(Iterator<String> options) {
        Optional<Path> data = Optional.empty();
        Optional<Integer> port = Optional.empty();
        while (options.hasNext()) {
            String option = options.next();
            switch (option) {
                case "--data" -> data = Optional.of(Path.of(value(option, options)));
                case "--port" -> port = Optional.of(port(value(option, options)));
                default -> throw new UsageException("unknown option of up: " + option);
            }
        }
        return new Up(data, port);
    }

    private static String value(String option, Iterator<String> options) {
        if (!options.hasNext()) {
            throw new UsageException(option + " needs a value");
        }
        String value = options.next();
        if (value.isEmpty()) {
            throw new UsageException(option + " needs a value");
        }
        return value;
    }

    private static int port(String value) {
        if (!value.matches("\\d{1,5}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > 65_535) {
            throw new UsageException("--port: " + value + " is not between 1 and 65535");
        }
        return Integer.parseInt(value);
    }

    /** Words that the launcher does not understand; ends with status 2. */
    final class UsageException extends RuntimeException {
        UsageException(String message) {
            super(message);
        }
    }
}
