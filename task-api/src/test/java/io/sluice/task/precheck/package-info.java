@NullMarked
package io.sluice.task.precheck;

import org.jspecify.annotations.NullMarked;
