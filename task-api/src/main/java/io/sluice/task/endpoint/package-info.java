/** How a source or target is reached: what users may send, the rules for it, and the test whether it works. */
@NullMarked
package io.sluice.task.endpoint;

import org.jspecify.annotations.NullMarked;
