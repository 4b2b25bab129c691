/** What the services saw: facts that task-api folds into the state of a task. */
@NullMarked
package io.sluice.contracts.report;

import org.jspecify.annotations.NullMarked;
