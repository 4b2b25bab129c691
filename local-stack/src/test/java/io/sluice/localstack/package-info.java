/** The real servers, started, killed and started again. */
@NullMarked
package io.sluice.localstack;

import org.jspecify.annotations.NullMarked;
