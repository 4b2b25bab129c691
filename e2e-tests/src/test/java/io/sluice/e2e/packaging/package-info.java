/** How Sluice is packed for containers, read from the files themselves: no container engine is needed. */
@NullMarked
package io.sluice.e2e.packaging;

import org.jspecify.annotations.NullMarked;
