package io.sluice.notifier.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.notifier.channel.Outcome.Accepted;
import io.sluice.notifier.channel.Outcome.Failed;
import io.sluice.notifier.channel.Outcome.Refused;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.io.Closer;
import org.apache.hc.core5.util.Timeout;

/**
 * Sends signed messages by HTTP POST: no redirects, no proxy (it would look names up elsewhere), one deadline for the
 * whole exchange, and of an answer only its beginning, so that what strangers send costs bounded time and memory. Each
 * connection goes to an address that was looked up and judged for it ({@link PermittedAddresses}); certificates are
 * checked against the name. Thread-safe.
 */
@ApplicationScoped
public class WebhookChannel {

    private static final int ANSWER_BYTES = 1024;
    private static final int HEADERS = 100;
    private static final int HEADER_BYTES = 8192;

    private final PermittedAddresses addresses;
    private final Duration timeout;
    private final Clock clock;
    private final CloseableHttpClient client;
    private final ScheduledExecutorService deadlines = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("webhook-deadlines").factory());

    @Inject
    WebhookChannel(WebhookConfig config, Clock clock) throws NoSuchAlgorithmException {
        this(
                new AddressPolicy(config.allowedAddresses().orElse(List.of())),
                InetAddress::getAllByName,
                SSLContext.getDefault(),
                config.timeout(),
                clock);
    }

    WebhookChannel(
            AddressPolicy policy, PermittedAddresses.Names names, SSLContext tls, Duration timeout, Clock clock) {
        this.addresses = new PermittedAddresses(policy, names);
        this.timeout = timeout;
        this.clock = clock;
        this.client = client(tls);
    }

    private CloseableHttpClient client(SSLContext tls) {
        Timeout each = Timeout.of(timeout);
        Http1Config bounds = Http1Config.custom()
                .setMaxHeaderCount(HEADERS)
                .setMaxLineLength(HEADER_BYTES)
                .build();
        return HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(addresses)
                        .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                                .http1Config(bounds)
                                .build())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(each)
                                .setSocketTimeout(each)
                                .build())
                        .setDefaultSocketConfig(
                                SocketConfig.custom().setSoTimeout(each).build())
                        // Who sends bounds how many there are.
                        .setMaxConnTotal(Integer.MAX_VALUE)
                        .setMaxConnPerRoute(Integer.MAX_VALUE)
                        .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom().setResponseTimeout(each).build())
                // Another connection is another look-up.
                .setConnectionReuseStrategy((request, response, context) -> false)
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .setUserAgent("Sluice")
                .build();
    }

    /**
     * A name that nobody knows yet is let pass: it is judged again before each attempt.
     *
     * @throws SluiceException {@code ENDPOINT_FORBIDDEN} when any of the host's addresses may not be called
     */
    public void requirePermitted(WebhookEndpoint endpoint) {
        try {
            addresses.resolve(endpoint.host());
        } catch (PermittedAddresses.Forbidden e) {
            String message = e.getMessage();
            throw new SluiceException(
                    "endpoint " + message,
                    List.of(new Violation("endpoint", ErrorCode.ENDPOINT_FORBIDDEN, String.valueOf(message))));
        } catch (UnknownHostException unknownYet) {
            return;
        }
    }

    /** Never throws for what a receiver or its network does. */
    public Outcome send(WebhookMessage message) {
        HttpPost request = request(message);
        long began = System.nanoTime();
        Future<?> deadline = deadlines.schedule(request::cancel, timeout.toMillis(), TimeUnit.MILLISECONDS);
        try {
            return outcome(request, client.executeOpen(null, request, null));
        } catch (PermittedAddresses.Forbidden e) {
            return new Failed("The endpoint " + e.getMessage());
        } catch (UnknownHostException e) {
            return new Failed(
                    "No name server knows the host " + message.endpoint().host() + ".");
        } catch (IOException | RuntimeException e) {
            boolean late = Duration.ofNanos(System.nanoTime() - began).compareTo(timeout) >= 0;
            return late
                    ? new Failed("No complete answer within " + timeout.toMillis() + " ms.")
                    : new Failed(reason(e));
        } finally {
            deadline.cancel(false);
        }
    }

    @PreDestroy
    void close() throws IOException {
        deadlines.shutdownNow();
        client.close();
    }

    private HttpPost request(WebhookMessage message) {
        Instant now = clock.instant();
        String signatures = message.secrets().stream()
                .map(secret -> Signature.sign(secret, message.id(), now, message.body()))
                .collect(joining(" "));
        HttpPost request = new HttpPost(message.endpoint().uri());
        request.setHeader("webhook-id", message.id());
        request.setHeader("webhook-timestamp", Long.toString(now.getEpochSecond()));
        request.setHeader("webhook-signature", signatures);
        request.setEntity(new StringEntity(message.body(), ContentType.APPLICATION_JSON.withCharset(UTF_8)));
        return request;
    }

    private static Outcome outcome(HttpPost request, ClassicHttpResponse response) throws IOException {
        try {
            String answer = beginning(response);
            return response.getCode() / 100 == 2
                    ? new Accepted(response.getCode(), answer)
                    : new Refused(response.getCode(), answer);
        } finally {
            // Hangs up first: closing an answer reads the rest of it, however much that is.
            request.cancel();
            Closer.closeQuietly(response);
        }
    }

    /** Printable, as PostgreSQL takes no NUL in a text and nobody wants control characters in a list. */
    private static String beginning(ClassicHttpResponse response) throws IOException {
        if (response.getEntity() == null) {
            return "";
        }
        byte[] first = response.getEntity().getContent().readNBytes(ANSWER_BYTES);
        return new String(first, UTF_8).replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "");
    }

    private static String reason(Exception failure) {
        String message = failure.getMessage();
        if (failure instanceof ConnectException && message == null) {
            return "The connection was refused.";
        }
        return failure.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }
}
