/**
 * Compares source and target. Both databases compute checksums of their rows; rows themselves are read only where these
 * differ, and looked at again until what the stream still has to bring has arrived.
 */
@NullMarked
package io.sluice.apply.compare;

import org.jspecify.annotations.NullMarked;
