package io.sluice.task.precheck;

import io.sluice.task.precheck.check.Item;
import io.sluice.task.precheck.check.Result;
import java.util.List;

/** Where a precheck is; once it has ended, the worst of its results. */
public enum PrecheckState {
    RUNNING,
    PASSED,
    WARNING,
    FAILED;

    static PrecheckState of(List<Item> items) {
        Result worst = items.stream().map(Item::result).max(Result::compareTo).orElse(Result.PASSED);
        return switch (worst) {
            case PASSED -> PASSED;
            case WARNING -> WARNING;
            case FAILED -> FAILED;
        };
    }
}
