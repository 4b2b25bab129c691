package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.Violation;
import java.util.List;

/**
 * One thing that is not as it should be.
 *
 * @param field of the task that it points at
 * @param reason what is wrong and what to do, in words
 * @param fix what to paste, SQL as a rule; empty when nothing can be pasted
 * @param objects names of the first of them
 * @param objectCount of all of them
 * @param mark of the field, the reason and all objects, the same in every process
 */
record Finding(
        Result result,
        String field,
        ErrorCode code,
        String reason,
        String fix,
        List<String> objects,
        int objectCount,
        int mark) {

    Finding {
        if (result == Result.PASSED) {
            throw new IllegalArgumentException("finding: result must not be PASSED");
        }
        objects = List.copyOf(objects);
    }

    Violation violation() {
        return new Violation(field, code, fix.isEmpty() ? reason : reason + " Run " + fix);
    }
}
