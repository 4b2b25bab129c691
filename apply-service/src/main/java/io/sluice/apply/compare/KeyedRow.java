package io.sluice.apply.compare;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row as it was found by its key.
 *
 * @param values the text forms of the compared columns
 * @param version changes with every change of the row
 */
record KeyedRow(List<@Nullable String> values, String version) {}
