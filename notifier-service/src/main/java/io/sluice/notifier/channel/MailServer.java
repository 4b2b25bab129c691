package io.sluice.notifier.channel;

import jakarta.mail.Authenticator;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.jspecify.annotations.Nullable;

/**
 * Hands messages over to the mail server that is configured. Each has a connection of its own, and one deadline for all
 * of it: when that is over the connection is cut, whatever the server is doing. Thread-safe.
 */
final class MailServer implements AutoCloseable {

    /** The deadline was over before the server had taken the message; it may have it nevertheless. */
    static final class TooSlowException extends IOException {
        private static final long serialVersionUID = 1L;

        private TooSlowException(@Nullable Throwable cause) {
            super("too slow", cause);
        }
    }

    private final MailConfig config;
    private final SSLSocketFactory tls;
    private final Session session;
    private final ScheduledExecutorService deadlines = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("mail-deadlines").factory());

    /** @throws IllegalStateException if the authorities cannot be read, with the file's name */
    MailServer(MailConfig config) {
        this.config = config;
        this.tls =
                config.ca().map(MailServer::trusting).orElseGet(() -> (SSLSocketFactory) SSLSocketFactory.getDefault());
        this.session = session(config, tls);
    }

    private static Session session(MailConfig config, SSLSocketFactory tls) {
        Properties settings = new Properties();
        settings.put("mail.smtp.starttls.enable", String.valueOf(config.startTls() != MailConfig.StartTls.DISABLED));
        settings.put("mail.smtp.starttls.required", String.valueOf(config.startTls() == MailConfig.StartTls.REQUIRED));
        if (config.tls()) {
            settings.put("mail.smtp.starttls.enable", "false");
            settings.put("mail.smtp.starttls.required", "false");
        }
        settings.put("mail.smtp.ssl.socketFactory", tls);
        settings.put("mail.smtp.ssl.checkserveridentity", "true");
        // Once it has taken the message nothing is left to be said.
        settings.put("mail.smtp.quitwait", "false");
        if (config.username().isEmpty()) {
            return Session.getInstance(settings);
        }
        settings.put("mail.smtp.auth", "true");
        PasswordAuthentication account = new PasswordAuthentication(
                config.username().get(), config.password().orElse(""));
        settings.put("mail.smtp.user", account.getUserName());
        return Session.getInstance(settings, new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return account;
            }
        });
    }

    /** What messages are made with. */
    Session session() {
        return session;
    }

    /**
     * Returns the server's word that it has the message, which may name it.
     *
     * @throws TooSlowException at the deadline
     * @throws MessagingException with the server's answer
     * @throws IOException if it could not be reached
     */
    String send(MimeMessage message) throws MessagingException, IOException {
        long deadline = System.nanoTime() + config.timeout().toNanos();
        try (Socket connection = connect(deadline)) {
            // The plain one: to close TLS would wait for what is being written.
            Future<?> cut =
                    deadlines.schedule(() -> cut(connection), deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            try {
                return converse(connection, message);
            } catch (MessagingException | IOException e) {
                if (System.nanoTime() - deadline >= 0) {
                    throw new TooSlowException(e);
                }
                throw e;
            } finally {
                cut.cancel(false);
            }
        }
    }

    private String converse(Socket connection, MimeMessage message) throws MessagingException, IOException {
        SMTPTransport transport = (SMTPTransport) session.getTransport("smtp");
        try {
            transport.connect(config.tls() ? encrypted(connection) : connection);
            transport.sendMessage(message, message.getAllRecipients());
            return String.valueOf(transport.getLastServerResponse());
        } finally {
            quit(transport);
        }
    }

    /** Whatever comes of it: the message was taken or refused before. */
    private static void quit(Transport transport) {
        try {
            transport.close();
        } catch (MessagingException e) {
            // It has hung up already.
        }
    }

    /** A connection to the first of the server's addresses that takes one. */
    private Socket connect(long deadline) throws IOException {
        String host = config.host().orElseThrow();
        IOException failure = new IOException("no address");
        InetAddress[] addresses = InetAddress.getAllByName(host);
        for (int i = 0; i < addresses.length; i++) {
            // One that does not answer leaves time for the others.
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) / (addresses.length - i);
            if (left <= 0) {
                throw new TooSlowException(failure);
            }
            Socket socket = new Socket();
            try {
                // With the name that the certificate must be for, also where that is an address.
                InetAddress named = InetAddress.getByAddress(host, addresses[i].getAddress());
                socket.connect(new InetSocketAddress(named, config.port()), (int) left);
                return socket;
            } catch (IOException e) {
                socket.close();
                failure = new IOException(host + " port " + config.port() + ": " + e.getMessage(), e);
            }
        }
        throw failure;
    }

    private Socket encrypted(Socket connection) throws IOException {
        SSLSocket socket =
                (SSLSocket) tls.createSocket(connection, config.host().orElseThrow(), config.port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static void cut(Socket connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // Then it is closed.
        }
    }

    private static SSLSocketFactory trusting(Path authorities) {
        try (InputStream pem = Files.newInputStream(authorities)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            int count = 0;
            for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                trusted.setCertificateEntry("authority-" + count++, authority);
            }
            if (count == 0) {
                throw new IOException("it has no certificate");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(
                    "SLUICE_SMTP_CA: the certificates in " + authorities + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        deadlines.shutdownNow();
    }
}
