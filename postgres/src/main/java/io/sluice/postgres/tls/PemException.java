package io.sluice.postgres.tls;

/** A certificate or key cannot be used. The message goes on after its name: "must be ...", and quotes nothing of it. */
public final class PemException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Part part;

    PemException(Part part, String message) {
        super(message);
        this.part = part;
    }

    public Part part() {
        return part;
    }

    /** What is wrong, named as in the REST contract. */
    public enum Part {
        CA_CERTIFICATE("caCertificate"),
        CLIENT_CERTIFICATE("clientCertificate"),
        CLIENT_KEY("clientKey"),
        CLIENT_KEY_PASSWORD("clientKeyPassword");

        private final String field;

        Part(String field) {
            this.field = field;
        }

        public String field() {
            return field;
        }
    }
}
