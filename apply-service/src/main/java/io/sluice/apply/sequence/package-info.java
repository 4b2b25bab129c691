/** Where the sequences of the task are on both sides: compared, and moved by the cutover. */
@NullMarked
package io.sluice.apply.sequence;

import org.jspecify.annotations.NullMarked;
