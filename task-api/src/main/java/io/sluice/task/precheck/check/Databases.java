package io.sluice.task.precheck.check;

import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TaskSpec;

/**
 * What a precheck looks at.
 *
 * @param sourceCredentials in clear
 * @param targetCredentials in clear
 */
public record Databases(TaskSpec spec, Credentials sourceCredentials, Credentials targetCredentials) {}
