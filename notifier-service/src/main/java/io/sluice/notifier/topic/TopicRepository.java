package io.sluice.notifier.topic;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.quarkus.panache.common.Sort;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.util.List;

@ApplicationScoped
class TopicRepository implements PanacheRepositoryBase<Topic, String> {

    /** Whether it was new, without regard to case; safe when two come at the same time. */
    boolean insertIfNew(Topic.View topic) {
        return getEntityManager()
                        .createNativeQuery("""
                                INSERT INTO topic (name, display_name, created_at)
                                VALUES (:name, :displayName, :createdAt)
                                ON CONFLICT DO NOTHING
                                """)
                        .setParameter("name", topic.name())
                        .setParameter("displayName", topic.displayName())
                        .setParameter("createdAt", topic.createdAt())
                        .executeUpdate()
                == 1;
    }

    Topic load(String name) {
        return findByIdOptional(name).orElseThrow(() -> unknown(name));
    }

    /** Locked, so that it stays while something is hung on it, or nothing is hung on it while it goes. */
    Topic load(String name, LockModeType lock) {
        return findByIdOptional(name, lock).orElseThrow(() -> unknown(name));
    }

    /** By name. */
    List<Topic> findPage(PageRequest request) {
        String after = request.after() == null ? "" : request.after();
        return find("name > ?1", Sort.by("name"), after)
                .range(0, request.fetchSize() - 1)
                .list();
    }

    private static SluiceException unknown(String name) {
        return new SluiceException(ErrorCode.NOT_FOUND, "There is no topic " + name + ".");
    }
}
