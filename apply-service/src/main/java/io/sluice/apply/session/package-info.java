/** A database connection that ends with its run. */
@NullMarked
package io.sluice.apply.session;

import org.jspecify.annotations.NullMarked;
