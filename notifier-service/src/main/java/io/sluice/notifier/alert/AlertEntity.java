package io.sluice.notifier.alert;

import io.sluice.notifier.rule.Alert;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** An alert in the database. Not thread-safe, as any entity. */
@Entity
@Table(name = "alert")
class AlertEntity {

    @Id
    private String key;

    @Enumerated(EnumType.STRING)
    private Alert.State state;

    private Instant since;

    @SuppressWarnings("NullAway.Init") // for Hibernate
    AlertEntity() {}

    AlertEntity(String key, Alert alert) {
        this.key = key;
        this.state = alert.state();
        this.since = alert.since();
    }

    void become(Alert alert) {
        state = alert.state();
        since = alert.since();
    }

    Alert alert() {
        return new Alert(state, since);
    }
}
