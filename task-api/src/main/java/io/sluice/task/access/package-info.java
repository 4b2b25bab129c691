/** API tokens: issued, listed and revoked by administrators, told to the other services; and which task is whose. */
@NullMarked
package io.sluice.task.access;

import org.jspecify.annotations.NullMarked;
