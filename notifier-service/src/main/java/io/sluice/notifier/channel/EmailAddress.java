package io.sluice.notifier.channel;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One mailbox, as in {@code ops@example.com}: no display name, no quotes, no comments, no list, and nothing that could
 * end a line. Names beyond ASCII in their ASCII form ({@code xn--...}).
 */
public record EmailAddress(String text) {

    public static final String PROTOCOL = "email";

    private static final int MAXIMUM_LENGTH = 254;
    private static final Pattern FORM =
            Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
                    + "@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
    private static final int MAXIMUM_LOCAL = 64;

    /** @throws SluiceException {@code VALIDATION_FAILED} for the field {@code endpoint} */
    public static EmailAddress parse(String text) {
        boolean fits = text.length() <= MAXIMUM_LENGTH
                && text.indexOf('@') <= MAXIMUM_LOCAL
                && FORM.matcher(text).matches();
        if (!fits) {
            String message = "must be one e-mail address, as in ops@example.com.";
            throw new SluiceException(
                    "endpoint " + message, List.of(new Violation("endpoint", ErrorCode.VALIDATION_FAILED, message)));
        }
        return new EmailAddress(text);
    }
}
