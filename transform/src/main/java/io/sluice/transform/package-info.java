/**
 * Expressions in CEL that say what becomes of a row: whether it goes to the target, and with which values. Plain objects;
 * the same ones check an expression, try it on samples, and carry it out in load and stream.
 */
@NullMarked
package io.sluice.transform;

import org.jspecify.annotations.NullMarked;
