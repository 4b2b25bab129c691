@NullMarked
package io.sluice.task.objects;

import org.jspecify.annotations.NullMarked;
