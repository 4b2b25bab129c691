package io.sluice.notifier.delivery;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.quarkus.panache.common.Sort;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;

@ApplicationScoped
class AttemptRepository implements PanacheRepositoryBase<Attempt, Long> {

    /** The attempts of each delivery in their order, by its {@code seq}. */
    Map<Long, List<Attempt.View>> findOf(List<Delivery> deliveries) {
        List<Long> wanted = deliveries.stream().map(Delivery::seq).toList();
        return list("deliverySeq in ?1", Sort.ascending("seq"), wanted).stream()
                .collect(groupingBy(Attempt::deliverySeq, mapping(Attempt::view, toList())));
    }
}
