package io.sluice.http.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.sluice.contracts.Json;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An OpenID Connect issuer: discovery, its keys, and tokens signed with RS256, or not signed as they should be. */
public final class Issuer implements AutoCloseable {

    public static final String AUDIENCE = "sluice-tests";

    private static final KeyPair KEY = keyPair();
    private static final KeyPair OTHER_KEY = keyPair();

    private final HttpServer server;

    public Issuer() {
        this(0);
    }

    /** @param port 0 for a free one */
    public Issuer(int port) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new IllegalStateException("the issuer did not start", e);
        }
        serve("/.well-known/openid-configuration", Map.of("issuer", url(), "jwks_uri", url() + "/keys"));
        RSAPublicKey key = (RSAPublicKey) KEY.getPublic();
        serve(
                "/keys",
                Map.of(
                        "keys",
                        List.of(Map.of(
                                "kty",
                                "RSA",
                                "use",
                                "sig",
                                "alg",
                                "RS256",
                                "kid",
                                "one",
                                "n",
                                number(key.getModulus()),
                                "e",
                                number(key.getPublicExponent())))));
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What a good token claims. */
    public static Map<String, Object> claims(String issuer, String subject, String... groups) {
        Instant now = Instant.now();
        Map<String, Object> claims = new HashMap<>();
        claims.put("iss", issuer);
        claims.put("aud", List.of("other", AUDIENCE));
        claims.put("sub", subject);
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", now.plus(Duration.ofMinutes(5)).getEpochSecond());
        claims.put("groups", List.of(groups));
        return claims;
    }

    public static String signed(Map<String, Object> claims) {
        return signed(claims, KEY);
    }

    /** By a key that the issuer does not publish, under the name of one that it does. */
    public static String signedByAnother(Map<String, Object> claims) {
        return signed(claims, OTHER_KEY);
    }

    public static String unsigned(Map<String, Object> claims) {
        return encoded(Map.of("alg", "none", "typ", "JWT")) + "." + encoded(claims) + ".";
    }

    private static String signed(Map<String, Object> claims, KeyPair key) {
        String content = encoded(Map.of("alg", "RS256", "typ", "JWT", "kid", "one")) + "." + encoded(claims);
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key.getPrivate());
            signature.update(content.getBytes(UTF_8));
            return content + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the token was not signed", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void serve(String path, Object body) {
        byte[] json = Json.write(body).getBytes(UTF_8);
        server.createContext(path, exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, json.length);
            exchange.getResponseBody().write(json);
            exchange.close();
        });
    }

    private static String encoded(Object json) {
        return base64(Json.write(json).getBytes(UTF_8));
    }

    private static String number(BigInteger value) {
        byte[] bytes = value.toByteArray();
        return base64(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no RSA", e);
        }
    }
}
