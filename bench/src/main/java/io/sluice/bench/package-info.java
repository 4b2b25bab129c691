/** Measures Sluice beside other tools, on the same data and machine, and prints the comparison as a table and as JSON. */
@NullMarked
package io.sluice.bench;

import org.jspecify.annotations.NullMarked;
