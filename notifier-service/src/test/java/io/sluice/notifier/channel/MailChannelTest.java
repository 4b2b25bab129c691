package io.sluice.notifier.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MailChannelTest {

    private record Settings(Optional<String> host, Optional<String> from, Duration timeout) implements MailConfig {}

    @Test
    void withoutAMailServerEmailIsRefusedByName() {
        MailChannel channel = channel(null, null);
        assertThatThrownBy(channel::requireConfigured).isInstanceOfSatisfying(SluiceException.class, e -> {
            assertThat(e.violations().getFirst().code()).isEqualTo(ErrorCode.MAIL_NOT_CONFIGURED);
            assertThat(e.getMessage()).contains("SLUICE_SMTP_HOST", "SLUICE_MAIL_FROM");
        });
        channel.check(new StartupEvent());
    }

    @Test
    void itDoesNotStartWithAServerAndNoSender() {
        assertThatThrownBy(() -> channel("mail.example.com", null).check(new StartupEvent()))
                .hasMessageContaining("SLUICE_MAIL_FROM");
    }

    private static MailChannel channel(@Nullable String host, @Nullable String from) {
        return new MailChannel(
                mails -> Uni.createFrom().failure(new AssertionError("nothing may be sent")),
                new Settings(Optional.ofNullable(host), Optional.ofNullable(from), Duration.ofSeconds(1)));
    }
}
