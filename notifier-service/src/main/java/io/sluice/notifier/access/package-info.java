/** API tokens, as the task API tells of them on the bus. */
@NullMarked
package io.sluice.notifier.access;

import org.jspecify.annotations.NullMarked;
