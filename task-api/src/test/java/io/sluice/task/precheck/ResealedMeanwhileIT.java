package io.sluice.task.precheck;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.sluice.contracts.Json;
import io.sluice.contracts.secret.MasterKeys;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Credentials that come under another key while a task is being looked at change nothing about it. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class ResealedMeanwhileIT {

    private static final SecretSeal BEFORE =
            new SecretSeal(MasterKeys.of(Optional.of("before:" + TestServers.masterKey()), Optional.empty()));

    @Inject
    PrecheckTasks tasks;

    @Inject
    PrecheckStore store;

    @Inject
    PrecheckRuns runs;

    private String id = "";

    @BeforeEach
    void aTaskWithAWarningThatWasConfirmed() throws SQLException {
        Api.Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY, doc oid)");
        id = Api.created(pair.task(Api.name("resealed")));
        sealedBefore();
        JsonPath precheck = Api.precheck(id);
        List<String> warnings = precheck.getList("items.findAll { it.result == 'WARNING' }.key");
        assertThat(warnings).contains("large-objects");
        Api.confirm(id, warnings).statusCode(202);
    }

    /** Between reading the task and reading its precheck. */
    @Test
    void aStartThatIsJudgedMeanwhileIsNotRefused() {
        PrecheckService service =
                new PrecheckService(new ChangedMeanwhile(tasks, ResealedMeanwhileIT::reseal), store, runs);

        PrecheckService.Admission admission = service.admit(id);

        assertThat(admission.tables()).hasSize(1);
        Api.action(id, "start").statusCode(202);
    }

    @Test
    void aPrecheckThatBeginsMeanwhileIsOfTheTaskAsItIsNow() {
        PrecheckService service =
                new PrecheckService(new ChangedMeanwhile(tasks, ResealedMeanwhileIT::reseal), store, runs);

        service.begin(id);

        assertThat(Api.awaitPrecheck(id).getBoolean("outdated")).isFalse();
        Api.action(id, "start").statusCode(202);
    }

    private void sealedBefore() throws SQLException {
        String stored = tasks.loadStored(id);
        TaskSpec spec = Json.read(stored, TaskSpec.class);
        SealedSecret sealed = BEFORE.seal(id, new Secret(TestServers.PASSWORD));
        String text = Json.write(spec.between(
                spec.source().resealed(secret -> sealed), spec.target().resealed(secret -> sealed)));
        Api.execute("sluice", "UPDATE task SET spec = '" + text.replace("'", "''") + "' WHERE id = '" + id + "'");
    }

    private static void reseal() {
        Api.call().post("/api/v1/secrets/reencrypt").then().statusCode(200);
    }
}
