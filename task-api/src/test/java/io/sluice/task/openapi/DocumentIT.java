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

    @Test
    void everyAnswerHasAnExampleThatFitsItsSchema() throws Exception {
        ServedDocument document = ServedDocument.of(server);
        assertThat(document.assertExamplesFit()).isEqualTo(document.operationsThatAnswerJson());
    }
}
