/**
 * What is looked at in source and target before a task starts. Each check is a small class over plain JDBC that changes
 * nothing and reports everything it finds, with what to do about it.
 */
@NullMarked
package io.sluice.task.precheck.check;

import org.jspecify.annotations.NullMarked;
