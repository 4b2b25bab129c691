/** How tables could be spread over the nodes of a distributed target. */
@NullMarked
package io.sluice.postgres.distribution;

import org.jspecify.annotations.NullMarked;
