package io.sluice.contracts.error;

import static io.sluice.contracts.error.Actor.OPERATOR;
import static io.sluice.contracts.error.Actor.SOURCE;
import static io.sluice.contracts.error.Actor.TARGET;
import static io.sluice.contracts.error.Actor.USER;

/**
 * Every error that Sluice can name. The names are stable: clients and alert rules rely on them. {@code docs/errors.md}
 * explains each, and a test keeps that page complete.
 */
public enum ErrorCode {
    // Requests
    VALIDATION_FAILED(USER, Retry.NEVER, 400),
    UNKNOWN_FIELD(USER, Retry.NEVER, 400),
    MALFORMED_REQUEST(USER, Retry.NEVER, 400),
    UNAUTHENTICATED(USER, Retry.NEVER, 401),
    FORBIDDEN(USER, Retry.NEVER, 403),
    NOT_FOUND(USER, Retry.NEVER, 404),
    METHOD_NOT_ALLOWED(USER, Retry.NEVER, 405),
    BODY_TOO_LARGE(USER, Retry.NEVER, 413),
    URI_TOO_LONG(USER, Retry.NEVER, 414),
    UNSUPPORTED_MEDIA_TYPE(USER, Retry.NEVER, 415),
    TOO_MANY_REQUESTS(USER, Retry.NEVER, 429),
    HEADERS_TOO_LARGE(USER, Retry.NEVER, 431),
    ISSUER_UNAVAILABLE(OPERATOR, Retry.NEVER, 503),
    TOKEN_NAME_TAKEN(USER, Retry.NEVER, 409),
    TASK_NOT_FOUND(USER, Retry.NEVER, 404),
    TASK_NAME_TAKEN(USER, Retry.NEVER, 409),
    TASK_STATE(USER, Retry.NEVER, 409),
    PRECONDITION_FAILED(USER, Retry.NEVER, 412),
    PRECONDITION_REQUIRED(USER, Retry.NEVER, 428),
    IDEMPOTENCY_KEY_REUSED(USER, Retry.NEVER, 422),
    FILTER_REFUSED(USER, Retry.NEVER, 422),
    TOO_MANY_STREAMS(USER, Retry.NEVER, 429),
    PRECHECK_NOT_FOUND(USER, Retry.NEVER, 404),
    PRECHECK_RUNNING(USER, Retry.NEVER, 409),
    PRECHECK_UNCONFIRMED(USER, Retry.NEVER, 409),
    COMPARISON_NOT_FOUND(USER, Retry.NEVER, 404),
    COMPARISON_RUNNING(USER, Retry.NEVER, 409),
    SNAPSHOT_RUNNING(USER, Retry.NEVER, 409),
    CUTOVER_NOT_FOUND(USER, Retry.NEVER, 404),
    CUTOVER_RUNNING(USER, Retry.NEVER, 409),
    TABLE_NOT_IN_TASK(USER, Retry.NEVER, 404),
    TABLE_LOADING(USER, Retry.NEVER, 409),
    TABLE_SUSPENDED(USER, Retry.NEVER, 409),
    TOPIC_NAME_TAKEN(USER, Retry.NEVER, 409),
    EXCEPTION_NOT_FOUND(USER, Retry.NEVER, 404),
    EXCEPTION_CLOSED(USER, Retry.NEVER, 409),
    ENDPOINT_FORBIDDEN(USER, Retry.NEVER, 422),
    MAIL_NOT_CONFIGURED(OPERATOR, Retry.NEVER, 422),
    TOO_MANY_CONFIRMATIONS(USER, Retry.NEVER, 429),
    NOT_AVAILABLE(USER, Retry.NEVER, 501),

    // Connections to a source or target
    HOST_UNKNOWN(USER, Retry.CONNECTION, 422),
    CONNECTION_REFUSED(USER, Retry.CONNECTION, 422),
    CONNECTION_TIMEOUT(USER, Retry.CONNECTION, 422),
    CONNECTION_LOST(OPERATOR, Retry.CONNECTION, 422),
    TOO_MANY_CONNECTIONS(OPERATOR, Retry.CONNECTION, 422),
    SERVER_STARTING(OPERATOR, Retry.CONNECTION, 422),
    TLS_FAILED(USER, Retry.OTHER, 422),
    TLS_NOT_OFFERED(USER, Retry.OTHER, 422),
    CERTIFICATE_UNTRUSTED(USER, Retry.OTHER, 422),
    HOST_NAME_MISMATCH(USER, Retry.OTHER, 422),
    CLIENT_CERTIFICATE_REFUSED(USER, Retry.OTHER, 422),
    AUTHENTICATION_FAILED(USER, Retry.OTHER, 422),
    ACCESS_REJECTED(USER, Retry.OTHER, 422),
    DATABASE_UNKNOWN(USER, Retry.OTHER, 422),

    // The source
    NOTHING_SELECTED(USER, Retry.NEVER, 422),
    SOURCE_VERSION_UNSUPPORTED(SOURCE, Retry.NEVER, 422),
    SOURCE_IS_STANDBY(SOURCE, Retry.NEVER, 422),
    WAL_LEVEL_NOT_LOGICAL(SOURCE, Retry.NEVER, 422),
    NO_FREE_SLOT(SOURCE, Retry.OTHER, 422),
    NO_FREE_WAL_SENDER(SOURCE, Retry.OTHER, 422),
    TABLE_WITHOUT_KEY(SOURCE, Retry.NEVER, 422),
    TABLE_UNSUPPORTED(USER, Retry.NEVER, 422),
    DEPENDENCY_NOT_CHOSEN(USER, Retry.NEVER, 422),
    DISTRIBUTION_UNFIT(USER, Retry.NEVER, 422),
    PRIVILEGE_MISSING(USER, Retry.OTHER, 422),
    SLOT_LOST(SOURCE, Retry.NEVER, 422),
    SLOT_IN_USE(OPERATOR, Retry.OTHER, 422),
    SCHEMA_CHANGED(USER, Retry.NEVER, 422),
    FILTER_UNDECIDABLE(SOURCE, Retry.NEVER, 422),
    TRANSFORM_REFUSED(USER, Retry.NEVER, 422),
    TRANSFORM_FAILED(USER, Retry.NEVER, 422),
    TRANSFORM_UNDECIDABLE(SOURCE, Retry.NEVER, 422),

    // The target
    SAME_DATABASE(USER, Retry.NEVER, 422),
    TARGET_VERSION_UNSUPPORTED(TARGET, Retry.NEVER, 422),
    TARGET_READ_ONLY(TARGET, Retry.OTHER, 422),
    TARGET_TABLE_EXISTS(TARGET, Retry.NEVER, 422),
    TARGET_COLUMNS_DIFFER(TARGET, Retry.NEVER, 422),
    TARGET_NAMES_CLASH(USER, Retry.NEVER, 422),
    TARGET_OBJECT_MISSING(TARGET, Retry.NEVER, 422),
    ENCODING_DIFFERS(TARGET, Retry.NEVER, 422),
    TARGET_OBJECT_FAILED(TARGET, Retry.OTHER, 422),
    TARGET_FULL(TARGET, Retry.OTHER, 422),
    OBJECT_LOCKED(OPERATOR, Retry.OTHER, 422),
    ROW_REFUSED(TARGET, Retry.OTHER, 422),
    ROW_CONFLICT(TARGET, Retry.NEVER, 409),
    TOO_MANY_EXCEPTIONS(TARGET, Retry.NEVER, 409),
    BOOKKEEPING_LOST(TARGET, Retry.NEVER, 422),
    SIDES_DIFFER(OPERATOR, Retry.NEVER, 409),
    TASK_FENCED(OPERATOR, Retry.NEVER, 409),

    // Kafka and Sluice itself
    KAFKA_UNAVAILABLE(OPERATOR, Retry.CONNECTION, 503),
    CHANGES_LOST(OPERATOR, Retry.NEVER, 409),
    CHANGES_EXPIRED(OPERATOR, Retry.NEVER, 409),
    CHANGE_UNREADABLE(OPERATOR, Retry.NEVER, 409),
    RECORD_TOO_LARGE(OPERATOR, Retry.NEVER, 422),
    CLEANUP_INCOMPLETE(OPERATOR, Retry.NEVER, 409),
    SECRET_UNREADABLE(OPERATOR, Retry.NEVER, 500),
    DATABASE_ERROR(OPERATOR, Retry.OTHER, 422),
    INTERNAL(OPERATOR, Retry.OTHER, 500);

    /** Which of a task's two retry windows an error belongs to. */
    public enum Retry {
        /** A retry cannot help: the task fails at once. */
        NEVER,
        /** Retried for {@code retry.connectionMinutes}. */
        CONNECTION,
        /** Retried for {@code retry.otherMinutes}. */
        OTHER
    }

    private final Actor actor;
    private final Retry retry;
    private final int httpStatus;

    ErrorCode(Actor actor, Retry retry, int httpStatus) {
        this.actor = actor;
        this.retry = retry;
        this.httpStatus = httpStatus;
    }

    public Actor actor() {
        return actor;
    }

    public Retry retry() {
        return retry;
    }

    public int httpStatus() {
        return httpStatus;
    }
}
