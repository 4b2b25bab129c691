package io.sluice.contracts.error;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one exception of Sluice; who adds to it what else is known extends it. Its message is the detail that users read: it
 * says what is wrong and what to do, and never holds a secret or row data.
 */
public class SluiceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient List<Violation> violations;

    public SluiceException(ErrorCode code, String detail) {
        this(code, detail, List.of(), null);
    }

    public SluiceException(ErrorCode code, String detail, @Nullable Throwable cause) {
        this(code, detail, List.of(), cause);
    }

    /** Several things are wrong at once; the code of the first one is the code of all. */
    public SluiceException(String detail, List<Violation> violations) {
        this(violations.getFirst().code(), detail, violations, null);
    }

    private SluiceException(ErrorCode code, String detail, List<Violation> violations, @Nullable Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.violations = List.copyOf(violations);
    }

    public ErrorCode code() {
        return code;
    }

    public List<Violation> violations() {
        return violations;
    }
}
