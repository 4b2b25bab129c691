@NullMarked
package io.sluice.task.precheck.check;

import org.jspecify.annotations.NullMarked;
