package io.sluice.contracts.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.SluiceException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MasterKeysTest {

    private static final String OLD = key(1);
    private static final String NEW = key(2);

    @Test
    void theFirstKeySealsAndEveryKeyOpens() {
        SecretSeal before = seal("old:" + OLD, null);
        SecretSeal between = seal("new:" + NEW + ", old:" + OLD, null);
        SecretSeal after = seal("new:" + NEW, null);
        SealedSecret old = before.seal("t", new Secret("a"));
        assertThat(old.keyId()).isEqualTo("old");
        assertThat(between.isCurrent(old)).isFalse();

        SealedSecret renewed = between.reseal("t", old);
        assertThat(renewed.keyId()).isEqualTo("new");
        assertThat(between.isCurrent(renewed)).isTrue();
        assertThat(after.open("t", renewed).reveal()).isEqualTo("a");
        assertThatThrownBy(() -> after.open("t", old))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("\"old\"");
    }

    @Test
    void theSingleKeyIsOneOfTheKeysAndMayBeGivenAnIdLater() {
        SealedSecret single = seal(null, OLD).seal("t", new Secret("a"));
        assertThat(single.keyId()).isEqualTo(MasterKeys.DEFAULT_ID);
        assertThat(seal("new:" + NEW, OLD).open("t", single).reveal()).isEqualTo("a");
        assertThat(seal("new:" + NEW + ",first:" + OLD, null).open("t", single).reveal())
                .isEqualTo("a");
        assertThat(seal("new:" + NEW, OLD).seal("t", new Secret("b")).keyId()).isEqualTo("new");
    }

    /** Sealed by the release before keys had ids, with 32 zero bytes as the key. */
    @Test
    void aSecretOfTheFirstVersionOpens() {
        SealedSecret first = new SealedSecret(FIRST_VERSION);
        assertThat(first.keyId()).isNull();
        assertThat(seal("new:" + NEW, key(0)).open("task-1", first).reveal()).isEqualTo("pässword");
        assertThat(seal(null, key(0)).isCurrent(first)).isFalse();
    }

    @Test
    void whatIsNoKeyIsRefusedWithoutBeingQuoted() {
        assertThatThrownBy(() -> seal("old:c2hvcnQ=", null))
                .hasMessageContaining("key old")
                .hasMessageContaining("32 random bytes")
                .hasMessageNotContaining("c2hvcnQ=");
        assertThatThrownBy(() -> seal(NEW, null))
                .hasMessageContaining("id:base64key")
                .hasMessageNotContaining(NEW);
        assertThatThrownBy(() -> seal("a:" + NEW + ",a:" + OLD, null)).hasMessageContaining("alike");
        assertThatThrownBy(() -> seal(null, null)).hasMessageContaining("SLUICE_MASTER_KEY is not set");
        assertThat(MasterKeys.of(Optional.of("a:" + NEW), Optional.empty())).hasToString("[a]");
    }

    private static SecretSeal seal(@Nullable String keys, @Nullable String key) {
        return new SecretSeal(MasterKeys.of(Optional.ofNullable(keys), Optional.ofNullable(key)));
    }

    private static String key(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static final String FIRST_VERSION = "v1:YWJjZGVmZ2hpamtsHmssN5700H+hkvdWUdmw+sW8Jzg9X1hcLg==";
}
