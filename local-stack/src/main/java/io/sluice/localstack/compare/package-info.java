/** Comparing two databases row by row: what the demo shows and the tests of the whole insist on. */
@NullMarked
package io.sluice.localstack.compare;

import org.jspecify.annotations.NullMarked;
