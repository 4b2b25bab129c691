package io.sluice.notifier.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.notifier.channel.Outcome.Accepted;
import io.sluice.notifier.channel.Outcome.Failed;
import io.sluice.notifier.channel.Outcome.Refused;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Sends signed messages by HTTP POST: no redirects, no proxy (it would look names up elsewhere), one deadline for the
 * whole exchange. The endpoint's addresses are looked up and judged right before the connection; the connection's own
 * look-up is answered from the cache that the JDK keeps for 30 s. Thread-safe.
 */
@ApplicationScoped
public class WebhookChannel {

    private static final int ANSWER_BYTES = 1024;

    private final AddressPolicy policy;
    private final Duration timeout;
    private final Clock clock;
    private final HttpClient client;

    @Inject
    WebhookChannel(WebhookConfig config, Clock clock) {
        this.policy = new AddressPolicy(config.allowedAddresses().orElse(List.of()));
        this.timeout = config.timeout();
        this.clock = clock;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(timeout)
                .build();
    }

    /**
     * A name that nobody knows yet is let pass: it is judged again before each attempt.
     *
     * @throws SluiceException {@code ENDPOINT_FORBIDDEN} when any of the host's addresses may not be called
     */
    public void requirePermitted(WebhookEndpoint endpoint) {
        try {
            if (!isPermitted(endpoint)) {
                String message = forbidden(endpoint);
                throw new SluiceException(
                        "endpoint " + message,
                        List.of(new Violation("endpoint", ErrorCode.ENDPOINT_FORBIDDEN, message)));
            }
        } catch (UnknownHostException unknownYet) {
            return;
        }
    }

    /** Never throws for what a receiver or its network does. */
    public Outcome send(WebhookMessage message) {
        try {
            if (!isPermitted(message.endpoint())) {
                return new Failed("The endpoint " + forbidden(message.endpoint()));
            }
        } catch (UnknownHostException e) {
            return new Failed(
                    "No name server knows the host " + message.endpoint().host() + ".");
        }
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(request(message), answer -> new FirstBytes(ANSWER_BYTES));
        try {
            HttpResponse<byte[]> response = exchange.get(timeout.toMillis(), MILLISECONDS);
            String answer = text(response.body());
            return response.statusCode() / 100 == 2
                    ? new Accepted(response.statusCode(), answer)
                    : new Refused(response.statusCode(), answer);
        } catch (TimeoutException e) {
            return new Failed("No complete answer within " + timeout.toMillis() + " ms.");
        } catch (ExecutionException e) {
            return new Failed(reason(e.getCause() == null ? e : e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Failed("Sluice was stopped during the attempt.");
        } finally {
            exchange.cancel(true);
        }
    }

    @PreDestroy
    void close() {
        client.shutdownNow();
    }

    private HttpRequest request(WebhookMessage message) {
        Instant now = clock.instant();
        return HttpRequest.newBuilder(message.endpoint().uri())
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header("User-Agent", "Sluice")
                .header("webhook-id", message.id())
                .header("webhook-timestamp", Long.toString(now.getEpochSecond()))
                .header("webhook-signature", Signature.sign(message.secret(), message.id(), now, message.body()))
                .POST(HttpRequest.BodyPublishers.ofString(message.body(), UTF_8))
                .build();
    }

    private boolean isPermitted(WebhookEndpoint endpoint) throws UnknownHostException {
        return Stream.of(InetAddress.getAllByName(endpoint.host())).allMatch(policy::permits);
    }

    private static String forbidden(WebhookEndpoint endpoint) {
        return "leads to a loopback, private, link-local or otherwise not public address (host " + endpoint.host()
                + "); an administrator can allow its range with SLUICE_WEBHOOK_ALLOWED_ADDRESSES.";
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        if (failure instanceof ConnectException && message == null) {
            return "The connection was refused.";
        }
        return failure.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }

    /** Printable, as PostgreSQL takes no NUL in a text and nobody wants control characters in a list. */
    private static String text(byte[] answer) {
        return new String(answer, UTF_8).replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "");
    }
}
