/** Who may do what: roles, what is granted to a caller, and API tokens as services tell each other of them. */
@NullMarked
package io.sluice.contracts.access;

import org.jspecify.annotations.NullMarked;
