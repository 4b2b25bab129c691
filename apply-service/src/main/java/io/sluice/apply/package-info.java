/** The edge of the apply service, and the run of one task: structure, load, then changes. */
@NullMarked
package io.sluice.apply;

import org.jspecify.annotations.NullMarked;
