package io.sluice.apply.structure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** Puts objects into an order in which each comes after what it needs; where that leaves a choice, by kind. */
final class Ordering {

    private Ordering() {}

    /** A circle is cut where the first kind in it comes. */
    static List<SourceObject> of(Collection<SourceObject> all, SourceObjects objects) {
        Map<Ref, Integer> place = new HashMap<>();
        Map<Ref, SourceObject> open = new HashMap<>();
        for (SourceObject object : all) {
            place.put(object.ref(), place.size());
            open.put(object.ref(), object);
        }
        Comparator<SourceObject> order =
                Comparator.comparing(SourceObject::kind).thenComparingInt(object -> place.get(object.ref()));
        Map<Ref, Set<Ref>> waiting = new HashMap<>();
        Map<Ref, List<SourceObject>> users = new HashMap<>();
        PriorityQueue<SourceObject> ready = new PriorityQueue<>(order);
        for (SourceObject object : all) {
            Set<Ref> needs = new HashSet<>(objects.needs(object.ref()));
            needs.retainAll(open.keySet());
            needs.remove(object.ref());
            if (needs.isEmpty()) {
                ready.add(object);
            } else {
                waiting.put(object.ref(), needs);
                needs.forEach(need ->
                        users.computeIfAbsent(need, ref -> new ArrayList<>()).add(object));
            }
        }
        List<SourceObject> sorted = new ArrayList<>();
        while (sorted.size() < all.size()) {
            SourceObject next = ready.isEmpty()
                    ? waiting.keySet().stream().map(open::get).min(order).orElseThrow()
                    : ready.remove();
            waiting.remove(next.ref());
            sorted.add(next);
            for (SourceObject user : users.getOrDefault(next.ref(), List.of())) {
                Set<Ref> needs = waiting.get(user.ref());
                if (needs != null && needs.remove(next.ref()) && needs.isEmpty()) {
                    waiting.remove(user.ref());
                    ready.add(user);
                }
            }
        }
        return sorted;
    }
}
