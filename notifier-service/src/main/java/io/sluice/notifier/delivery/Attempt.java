package io.sluice.notifier.delivery;

import io.sluice.notifier.channel.Outcome;
import io.sluice.notifier.channel.Outcome.Accepted;
import io.sluice.notifier.channel.Outcome.Failed;
import io.sluice.notifier.channel.Outcome.Refused;
import io.sluice.notifier.channel.Outcome.Rejected;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** One attempt to deliver, as users see it; never changed. */
@Entity
@Table(name = "attempt")
class Attempt {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private @Nullable Long seq;

    private long deliverySeq;
    private Instant at;
    private @Nullable Integer httpStatus;
    private @Nullable String error;
    private @Nullable String answer;

    @SuppressWarnings("NullAway.Init") // for Hibernate
    Attempt() {}

    Attempt(long deliverySeq, Instant at, Outcome outcome) {
        this.deliverySeq = deliverySeq;
        this.at = at;
        switch (outcome) {
            case Accepted(Integer status, String body) -> {
                this.httpStatus = status;
                this.answer = body;
            }
            case Refused(int status, String body) -> {
                this.httpStatus = status;
                this.answer = body;
                this.error = "The receiver answered " + status + ", not 2xx.";
            }
            case Failed(String reason) -> this.error = reason;
            case Rejected(String reason) -> this.error = reason;
        }
    }

    long deliverySeq() {
        return deliverySeq;
    }

    View view() {
        return new View(at, httpStatus, error, answer);
    }

    /** @param answer the first 1 KB of what the receiver said */
    @Schema(name = "Attempt")
    record View(
            Instant at,
            @Nullable Integer httpStatus,
            @Nullable String error,
            @Nullable String answer) {}
}
