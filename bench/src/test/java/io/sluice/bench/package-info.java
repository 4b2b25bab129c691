/** Tests of what is measured and how it is summed up. */
@NullMarked
package io.sluice.bench;

import org.jspecify.annotations.NullMarked;
