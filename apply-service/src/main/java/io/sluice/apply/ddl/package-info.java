/** Carries commands that have changed the source's structure over to the target, where it is certain what they mean there. */
@NullMarked
package io.sluice.apply.ddl;

import org.jspecify.annotations.NullMarked;
