/**
 * Reads all rows of a task's tables under one snapshot of the source, for those who read its changes and need what was there
 * before.
 */
@NullMarked
package io.sluice.capture.snapshot;

import org.jspecify.annotations.NullMarked;
