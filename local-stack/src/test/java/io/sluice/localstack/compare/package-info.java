/** The comparison must find what differs, else nothing that stands on it proves anything. */
@NullMarked
package io.sluice.localstack.compare;

import org.jspecify.annotations.NullMarked;
