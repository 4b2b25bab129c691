package io.sluice.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Starts one {@link Sluice} for all classes of a JVM, and adds the ends of its logs to what a failed test says. Not in JUnit's
 * store: with several JVMs each class is a test plan of its own, which would start another.
 */
final class SharedSluice implements ParameterResolver, TestExecutionExceptionHandler {
    private static final int TAIL_BYTES = 6_000;
    private static @Nullable Sluice shared;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Sluice.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return get();
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) {
        StringBuilder message = new StringBuilder(String.valueOf(failure.getMessage()));
        message.append("\n").append(Seed.hint());
        for (Path log : get().logFiles()) {
            message.append("\n---- ").append(log.getFileName()).append(" ends with\n");
            message.append(tail(log));
        }
        throw new AssertionError(message.toString(), failure);
    }

    private static synchronized Sluice get() {
        Sluice running = shared;
        if (running == null) {
            running = Sluice.start();
            shared = running;
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(running::close));
        }
        return running;
    }

    private static String tail(Path log) {
        try {
            if (!Files.exists(log)) {
                return "(nothing)";
            }
            byte[] bytes = Files.readAllBytes(log);
            int from = Math.max(0, bytes.length - TAIL_BYTES);
            return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + log, e);
        }
    }
}
