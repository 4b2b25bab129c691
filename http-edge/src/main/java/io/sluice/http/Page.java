package io.sluice.http;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param nextCursor for the request of the next page; null on the last one
 */
public record Page<T>(List<T> items, @Nullable String nextCursor) {

    public Page {
        items = List.copyOf(items);
    }

    /**
     * @param found in order, one more than the page holds when there is a next page: see {@link PageRequest#fetchSize}
     * @param key of an item, from which the next page goes on
     */
    public static <T> Page<T> of(PageRequest request, List<T> found, Function<T, String> key) {
        boolean more = found.size() > request.limit();
        return of(more ? found.subList(0, request.limit()) : found, more, key);
    }

    /**
     * A page that may end before its limit.
     *
     * @param more whether anything comes after these, which are not empty then
     * @param key of an item, from which the next page goes on
     */
    public static <T> Page<T> of(List<T> items, boolean more, Function<T, String> key) {
        return new Page<>(items, more ? PageRequest.cursor(key.apply(items.getLast())) : null);
    }

    public <R> Page<R> map(Function<T, R> mapper) {
        return new Page<>(items.stream().map(mapper).toList(), nextCursor);
    }
}
