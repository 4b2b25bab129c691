@NullMarked
package io.sluice.task.life;

import org.jspecify.annotations.NullMarked;
