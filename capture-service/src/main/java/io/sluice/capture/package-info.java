/** The edge of the capture service: what starts and stops it, and the run of one task. */
@NullMarked
package io.sluice.capture;

import org.jspecify.annotations.NullMarked;
