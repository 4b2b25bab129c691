package io.sluice.localstack.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.localstack.launch.Invocation.UsageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InvocationTest {
    @Test
    void understandsTheCommands() {
        assertThat(Invocation.parse(List.of("demo"))).isEqualTo(new Invocation.Demo(false));
        assertThat(Invocation.parse(List.of("demo", "--exit"))).isEqualTo(new Invocation.Demo(true));
        assertThat(Invocation.parse(List.of("up"))).isEqualTo(new Invocation.Up(Optional.empty(), Optional.empty()));
        assertThat(Invocation.parse(List.of("up", "--port", "9000", "--data", "a b")))
                .isEqualTo(new Invocation.Up(Optional.of(Path.of("a b")), Optional.of(9000)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bench",
                "demo --quick",
                "up --port",
                "up --port 0",
                "up --port 65536",
                "up --port x",
                "up extra"
            })
    void refusesWhatItDoesNotUnderstand(String words) {
        List<String> list = words.isEmpty() ? List.of() : List.of(words.split(" "));

        assertThatThrownBy(() -> Invocation.parse(list)).isInstanceOf(UsageException.class);
    }
}
