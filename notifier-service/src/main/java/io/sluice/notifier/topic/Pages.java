package io.sluice.notifier.topic;

import io.quarkus.qute.Location;
import io.quarkus.qute.Template;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/**
 * Pages for people who open a link of a message. Whatever they do is done by a button, a POST: mail scanners and
 * programs that look ahead open every link.
 */
@ApplicationScoped
class Pages {

    private static final String POLICY =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors"
                    + " 'none'; base-uri 'none'";

    private final Template page;

    @Inject
    Pages(@Location("page/action.html") Template page) {
        this.page = page;
    }

    /** @param button posts to the page's own address; null when there is nothing to do */
    Response of(int status, String title, String text, @Nullable String button) {
        String html = page.data("title", title)
                .data("text", text)
                .data("button", button == null ? "" : button)
                .render();
        return Response.status(status)
                .type(MediaType.TEXT_HTML_TYPE.withCharset("UTF-8"))
                .header("Content-Security-Policy", POLICY)
                .header("Referrer-Policy", "no-referrer")
                .header("X-Content-Type-Options", "nosniff")
                .header("X-Robots-Tag", "noindex")
                .header("Cache-Control", "no-store")
                .entity(html)
                .build();
    }

    Response notValid(String text) {
        return of(404, "This link is not valid", text, null);
    }
}
