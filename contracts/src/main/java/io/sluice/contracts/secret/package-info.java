/** Credentials: a type that never prints itself, and the sealing that protects it at rest and on the bus. */
@NullMarked
package io.sluice.contracts.secret;

import org.jspecify.annotations.NullMarked;
