package io.sluice.task.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.http.document.ServedDocument;
import io.sluice.task.TestServers;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** {@code task-api/openapi.yaml} is what the service says of itself, and it says enough. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
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

    /** Of what users read most. */
    @Test
    void theMainAnswersHaveExamplesThatFitTheirSchemas() throws Exception {
        assertThat(ServedDocument.of(server).assertExamplesFit())
                .contains(
                        "get /api/v1/tasks",
                        "post /api/v1/tasks",
                        "get /api/v1/tasks/{id}",
                        "patch /api/v1/tasks/{id}",
                        "post /api/v1/tasks/{id}/start",
                        "get /api/v1/tasks/{id}/prechecks/latest",
                        "get /api/v1/tasks/{id}/progress",
                        "get /api/v1/tasks/{id}/lag",
                        "post /api/v1/connection-tests");
    }
}
