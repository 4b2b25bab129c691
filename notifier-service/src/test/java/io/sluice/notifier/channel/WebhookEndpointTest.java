package io.sluice.notifier.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookEndpointTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    http  | https://hooks.example.com/     | must begin with http://
                    https | http://hooks.example.com/      | must begin with https://
                    https | ftp://hooks.example.com/       | must begin with https://
                    https | hooks.example.com              | must begin with https://
                    https | https:///path                  | must name a host
                    https | https://hooks example.com      | must be a URL
                    https | https://me:pw@hooks.example.com| must hold no user
                    https | https://hooks.example.com/#top | must hold no fragment
                    https | https://hooks.example.com:0/   | must have a port
                    https | https://hooks.example.com:65536| must have a port
                    http  | http://127.1/                  | must name a host
                    """)
    void refuses(String protocol, String text, String message) {
        assertThatThrownBy(() -> WebhookEndpoint.parse(protocol, text))
                .isInstanceOfSatisfying(SluiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.VALIDATION_FAILED);
                    assertThat(e.violations()).singleElement().satisfies(violation -> {
                        assertThat(violation.field()).isEqualTo("endpoint");
                        assertThat(violation.message()).startsWith(message);
                    });
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://hooks.example.com",
                "https://hooks.example.com:8443/a/b?c=d",
                "HTTPS://hooks.example.com/",
                "https://[2606:4700::1]/x",
                "https://93.184.215.14/"
            })
    void takes(String text) {
        assertThat(WebhookEndpoint.parse("https", text).uri()).hasToString(text);
    }

    @Test
    void anIpv6HostLosesItsBrackets() {
        assertThat(WebhookEndpoint.parse("http", "http://[::1]:80/").host()).isEqualTo("::1");
    }

    @Test
    void lengthIsBounded() {
        String atLimit = "https://e.com/" + "a".repeat(1024 - "https://e.com/".length());
        assertThat(WebhookEndpoint.parse("https", atLimit).uri()).hasToString(atLimit);
        assertThatThrownBy(() -> WebhookEndpoint.parse("https", atLimit + "a")).hasMessageContaining("at most 1024");
    }
}
