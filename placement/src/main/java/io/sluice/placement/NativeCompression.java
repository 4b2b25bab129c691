package io.sluice.placement;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import net.jpountz.lz4.LZ4Factory;
import org.jboss.logging.Logger;

/**
 * Has lz4, which the records of the change topics are compressed by, done by its native library. Left to itself lz4-java looks
 * for that under the class loader of the system only, which is not the one of a Quarkus application, and compresses in Java:
 * a tenth of all that capture does.
 */
@ApplicationScoped
public class NativeCompression {

    private static final Logger LOG = Logger.getLogger(NativeCompression.class);

    void load(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent started) {
        try {
            LOG.debugf("Compression: %s", LZ4Factory.nativeInstance());
        } catch (LinkageError | AssertionError e) {
            // No such library for this machine, or it may not be written to the folder for temporary files.
            LOG.infof("lz4 is done in Java, not by its native library: cause=%s", e);
        }
    }
}
