package io.sluice.contracts.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.SluiceException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SecretSealTest {

    private final SecretSeal seal = new SecretSeal(Base64.getEncoder().encodeToString(new byte[32]));

    @Test
    void aSealedSecretOpensInItsContextOnly() {
        SealedSecret sealed = seal.seal("task-1", new Secret("pässword"));
        assertThat(seal.open("task-1", sealed).reveal()).isEqualTo("pässword");
        assertThatThrownBy(() -> seal.open("task-2", sealed))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("SLUICE_MASTER_KEY");
    }

    @Test
    void twoSealingsOfOneSecretDiffer() {
        assertThat(seal.seal("t", new Secret("a"))).isNotEqualTo(seal.seal("t", new Secret("a")));
    }

    @Test
    void neitherFormPrintsItself() {
        assertThat(new Secret("hidden").toString()).isEqualTo("***");
        assertThat(seal.seal("t", new Secret("hidden")).toString()).isEqualTo("***");
    }

    @Test
    void aKeyOfAnotherLengthIsRefused() {
        assertThatThrownBy(() -> new SecretSeal("c2hvcnQ=")).hasMessageContaining("32 random bytes");
    }
}
