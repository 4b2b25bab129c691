package io.sluice.notifier.topic;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What tasks name and people subscribe to. */
@Entity
@Table(name = "topic")
class Topic {

    @Id
    private String name;

    private String displayName;
    private Instant createdAt;

    @SuppressWarnings("NullAway.Init") // for Hibernate
    Topic() {}

    Topic(String name, String displayName, Instant createdAt) {
        this.name = name;
        this.displayName = displayName;
        this.createdAt = createdAt;
    }

    String name() {
        return name;
    }

    View view() {
        return new View(name, displayName, createdAt);
    }

    /** A topic as users see it. */
    @Schema(name = "Topic")
    record View(String name, String displayName, Instant createdAt) {}
}
