/** Comparisons of source and target: asked for here, made by apply-service, whose results are kept and shown here. */
@NullMarked
package io.sluice.task.compare;

import org.jspecify.annotations.NullMarked;
