package io.sluice.notifier.alert;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.quarkus.panache.common.Sort;
import io.sluice.notifier.rule.Alert;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class AlertRepository implements PanacheRepositoryBase<AlertEntity, String> {

    /** Newest first. */
    List<AlertEntity> findPage(
            Alert.@Nullable State state, @Nullable String topic, @Nullable String taskId, long before, int size) {
        StringBuilder condition = new StringBuilder("seq < :before");
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("before", before);
        if (state != null) {
            condition.append(" and state = :state");
            parameters.put("state", state);
        }
        if (topic != null) {
            condition.append(" and topic = :topic");
            parameters.put("topic", topic);
        }
        if (taskId != null) {
            condition.append(" and taskId = :taskId");
            parameters.put("taskId", taskId);
        }
        return find(condition.toString(), Sort.descending("seq"), parameters)
                .range(0, size - 1)
                .list();
    }

    List<AlertEntity> firing() {
        return list("state", Alert.State.FIRING);
    }

    void forgetTask(String taskId) {
        delete("taskId", taskId);
    }

    /** Whether the event is seen for the first time. */
    boolean remember(String eventId, Instant now) {
        return getEntityManager()
                        .createNativeQuery("""
                                INSERT INTO handled_event (id, handled_at) VALUES (:id, :now)
                                ON CONFLICT DO NOTHING
                                """)
                        .setParameter("id", eventId)
                        .setParameter("now", now)
                        .executeUpdate()
                == 1;
    }

    int forgetEventsBefore(Instant time) {
        return getEntityManager()
                .createNativeQuery("DELETE FROM handled_event WHERE handled_at < :time")
                .setParameter("time", time)
                .executeUpdate();
    }
}
