package io.sluice.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** For replication streams: sockets that are read in large pieces ({@link GatheringInput}). Made by the driver. Thread-safe. */
public final class GatheringSocketFactory extends WatchfulSocketFactory {

    /** For the driver. */
    @SuppressWarnings("RedundantModifier")
    public GatheringSocketFactory() {}

    @Override
    Socket unconnected() {
        return new GatheringSocket();
    }

    private static final class GatheringSocket extends Socket {

        private @Nullable InputStream input;

        /** The same each time: the driver reads the server's word on TLS from it, and TLS reads on from there. */
        @Override
        public synchronized InputStream getInputStream() throws IOException {
            if (input == null) {
                input = new GatheringInput(super.getInputStream(), GatheringInput.Clock.system());
            }
            return input;
        }
    }
}
