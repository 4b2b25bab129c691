package io.sluice.task.task;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.task.precheck.PrecheckService.Warning;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A task whose tables were changed.
 *
 * @param warnings what the checks of the added tables found that keeps none of them out
 */
@Schema(name = "ChangedTables")
record ChangedTables(@JsonUnwrapped TaskView task, List<Warning> warnings) {}
