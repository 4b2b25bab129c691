package io.sluice.task.life;

import io.sluice.contracts.error.ErrorCode;
import java.time.Instant;

/** An error that a service is retrying; the task fails when it still lasts at {@code until}. */
public record Retry(Instant since, Instant until, ErrorCode code, String detail) {}
