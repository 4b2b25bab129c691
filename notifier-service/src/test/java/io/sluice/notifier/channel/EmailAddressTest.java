package io.sluice.notifier.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.SluiceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ops",
                "@example.com",
                "ops@",
                "ops@@example.com",
                "a@b@c",
                ".ops@example.com",
                "ops.@example.com",
                "o..ps@example.com",
                "ops@-example.com",
                "ops@example-.com",
                "ops@example..com",
                "ops@example.com.",
                "ops@exam ple.com",
                "ops@example.com ",
                " ops@example.com",
                "ops@example.com\n",
                "ops@example.com\r\nBcc: all@example.com",
                "ops\r\n@example.com",
                "ops@example.com\u0000",
                "ops@example.com,all@example.com",
                "ops@example.com;all@example.com",
                "Ops <ops@example.com>",
                "<ops@example.com>",
                "\"ops\"@example.com",
                "ops(x)@example.com",
                "ops@[127.0.0.1]",
                "öps@example.com",
                "ops@exämple.com",
                "ops@example.com?subject=x",
            })
    void refuses(String text) {
        assertThatThrownBy(() -> EmailAddress.parse(text))
                .isInstanceOfSatisfying(
                        SluiceException.class,
                        e -> assertThat(e.violations())
                                .singleElement()
                                .satisfies(violation ->
                                        assertThat(violation.field()).isEqualTo("endpoint")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ops@example.com",
                "o.p-s+tag@mail.example.co",
                "OPS@EXAMPLE.COM",
                "root@localhost",
                "x@xn--exmple-cua.com"
            })
    void takes(String text) {
        assertThat(EmailAddress.parse(text).text()).isEqualTo(text);
    }

    @Test
    void lengthIsBounded() {
        assertThat(EmailAddress.parse("a".repeat(64) + "@example.com").text()).hasSize(76);
        assertThatThrownBy(() -> EmailAddress.parse("a".repeat(65) + "@example.com"))
                .isInstanceOf(SluiceException.class);
        assertThatThrownBy(() ->
                        EmailAddress.parse("a@" + "b".repeat(60).concat(".").repeat(5) + "com"))
                .isInstanceOf(SluiceException.class);
    }
}
