package io.sluice.task.precheck.check;

import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.TaskSpec;

/**
 * What a precheck looks at.
 *
 * @param sourcePassword in clear
 * @param targetPassword in clear
 */
public record Databases(TaskSpec spec, Secret sourcePassword, Secret targetPassword) {}
