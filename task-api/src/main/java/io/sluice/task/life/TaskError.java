package io.sluice.task.life;

import io.sluice.contracts.error.ErrorCode;
import java.time.Instant;

/** Why a task is in a failed state, or could not be reset. */
public record TaskError(ErrorCode code, String detail, Instant at) {}
