package io.sluice.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A scenario against the one Sluice that all scenarios of a run share: asks for {@link Sluice} as a parameter, gets the ends of the
 * services' logs with every failure.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SharedSluice.class)
@Timeout(value = 30, unit = TimeUnit.MINUTES)
@interface EndToEnd {}
