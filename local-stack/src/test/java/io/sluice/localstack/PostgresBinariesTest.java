package io.sluice.localstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PostgresBinariesTest {
    @Test
    void namesTheArchiveOfAMachine() {
        assertThat(PostgresBinaries.archiveName("Linux", "amd64")).isEqualTo("postgres-linux-x86_64.txz");
        assertThat(PostgresBinaries.archiveName("Linux", "aarch64")).isEqualTo("postgres-linux-arm_64.txz");
        assertThat(PostgresBinaries.archiveName("Mac OS X", "x86_64")).isEqualTo("postgres-darwin-x86_64.txz");
    }

    @Test
    void saysThatAVersionIsNotThere() {
        assertThatThrownBy(() -> PostgresBinaries.ofMajorVersion(9))
                .hasMessageContaining("no PostgreSQL 9 on the class path");
    }
}
