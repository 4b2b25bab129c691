package io.sluice.notifier;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.http.document.ServedDocument;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** {@code notifier-service/openapi.yaml} is what the service says of itself, and it says enough. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class DocumentIT {

    @TestHTTPResource
    URI server;

    @Test
    void theCommittedDocumentIsTheOneThatIsServed() throws Exception {
        ServedDocument.of(server).assertCommitted();
    }

    @Test
    void everyOperationHasASummaryAndSaysWhatItAnswers() throws Exception {
        ServedDocument.of(server).assertOperationsSayWhatTheyAnswer();
    }

    @Test
    void everyBodyHasAnExampleAndEveryOperationSaysWhatAccessCosts() throws Exception {
        ServedDocument.of(server).assertBodiesHaveExamplesAndAccessIsTold();
    }
}
