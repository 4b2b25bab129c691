/** Reads a task's change topic from where the target stands, and cuts it into target transactions. */
@NullMarked
package io.sluice.apply.consume;

import org.jspecify.annotations.NullMarked;
