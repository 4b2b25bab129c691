@NullMarked
package io.sluice.task.exceptions;

import org.jspecify.annotations.NullMarked;
