package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StageTest {

    @Test
    void isThePackageOfSluiceThatIsAtWorkAndTheLibraryThatItIsIn() {
        Stage stage = Stage.of(
                List.of(
                        "java.lang.String#hashCode",
                        "org.postgresql.core.v3.QueryExecutorImpl#sendBind",
                        "io.sluice.apply.write.RunWriter#write",
                        "io.sluice.apply.ApplyRun#run"),
                "task-1");

        assertThat(stage).isEqualTo(new Stage("apply.write, in PostgreSQL driver", "java.lang.String#hashCode"));
    }

    @Test
    void isTheThreadWhereSluiceIsNotInvolved() {
        assertThat(Stage.of(List.of("org.apache.kafka.common.utils.Crc32C#update"), "kafka-producer-12"))
                .extracting(Stage::name)
                .isEqualTo("thread kafka-producer-*, in Kafka client");
        assertThat(Stage.of(List.of("java.lang.Thread#run"), "task-0199f0c2-77d0-7348-8e2c-61b213a0fa60"))
                .extracting(Stage::name)
                .isEqualTo("thread task-*");
    }
}
