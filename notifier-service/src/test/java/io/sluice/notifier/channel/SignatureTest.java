package io.sluice.notifier.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.secret.Secret;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SignatureTest {

    /** The example of the Standard Webhooks specification and its reference libraries. */
    @Test
    void signsAsTheSpecificationDoes() {
        Secret secret = new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        String signature = Signature.sign(
                secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", Instant.ofEpochSecond(1_614_265_330), "{\"test\": 2432232314}");
        assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void aNewSecretIs32RandomBytes() {
        String secret = Signature.newSecret().reveal();
        assertThat(secret)
                .startsWith("whsec_")
                .isNotEqualTo(Signature.newSecret().reveal());
        assertThat(Base64.getDecoder().decode(secret.substring("whsec_".length())))
                .hasSize(32);
    }
}
