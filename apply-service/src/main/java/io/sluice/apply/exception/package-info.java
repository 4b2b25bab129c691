/** Changes that the target refused: kept beside the data, in order for each row, until somebody retries or skips them. */
@NullMarked
package io.sluice.apply.exception;

import org.jspecify.annotations.NullMarked;
