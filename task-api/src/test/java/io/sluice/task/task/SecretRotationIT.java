package io.sluice.task.task;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.MasterKeys;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.task.Api;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(TestServers.class)
class SecretRotationIT {

    private static final SecretSeal CURRENT = new SecretSeal(TestServers.masterKey());
    private static final SecretSeal UNKNOWN =
            new SecretSeal(MasterKeys.of(Optional.of("lost:" + key(9)), Optional.empty()));

    @Inject
    SecretRotation secrets;

    @Inject
    TaskStarts starts;

    @Test
    void whatWasSealedOtherwiseIsSealedAgainAndOrderedAgain() throws SQLException {
        Api.Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("rotate")));
        Api.action(id, "start").statusCode(202);
        // As the same key under another id left it.
        SecretSeal before =
                new SecretSeal(MasterKeys.of(Optional.of("before:" + TestServers.masterKey()), Optional.empty()));
        store(id, before);
        assertThat(keys(id)).containsExactly("before", "before");

        Api.call()
                .post("/api/v1/secrets/reencrypt")
                .then()
                .statusCode(200)
                .body("reencrypted", greaterThanOrEqualTo(1))
                .body("unreadable.size()", equalTo(0));

        assertThat(keys(id)).containsExactly(MasterKeys.DEFAULT_ID, MasterKeys.DEFAULT_ID);
        assertThat(CURRENT.open(id, spec(id).source().password()).reveal()).isEqualTo(TestServers.PASSWORD);
        Api.task(id).then().body("generation", equalTo(2)).body("state", equalTo("STARTING"));
        // Nothing is left to do.
        Api.call().post("/api/v1/secrets/reencrypt").then().body("reencrypted", equalTo(0));
        Api.task(id).then().body("generation", equalTo(2));
    }

    @Test
    void whatWasFoundAndConfirmedForATaskStands() throws SQLException {
        Api.Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("checked")));
        store(id, new SecretSeal(MasterKeys.of(Optional.of("before:" + TestServers.masterKey()), Optional.empty())));
        assertThat(Api.precheck(id).getBoolean("outdated")).isFalse();

        assertThat(secrets.reseal(id)).isTrue();

        assertThat(Api.awaitPrecheck(id).getBoolean("outdated")).isFalse();
        Api.action(id, "start").statusCode(202);
    }

    /** While the checks of its start run. */
    @Test
    void aStartGoesOnAfterThatAndNotWithAnotherPassword() throws SQLException {
        Api.Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("starting")));
        store(id, new SecretSeal(MasterKeys.of(Optional.of("before:" + TestServers.masterKey()), Optional.empty())));
        TaskSpec checked = spec(id);
        assertThat(secrets.reseal(id)).isTrue();
        TaskSpec other = checked.between(
                checked.source().resealed(secret -> CURRENT.seal(id, new Secret("another"))), checked.target());

        assertThatThrownBy(() -> starts.start(id, null, other, List.of()))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("was changed");
        starts.start(id, null, checked, List.of());
        Api.task(id).then().body("state", equalTo("STARTING"));
        assertThat(keys(id)).containsExactly(MasterKeys.DEFAULT_ID, MasterKeys.DEFAULT_ID);
    }

    /** After a reset the services were told to do nothing, by an order with the credentials in it. */
    @Test
    void theOrderOfATaskThatWasResetIsRepeated() throws SQLException {
        String id = Api.created(new Api.Pair("no_source", "no_target").task(Api.name("idle")));
        Api.put(id, "generation = 4");
        store(id, new SecretSeal(MasterKeys.of(Optional.of("before:" + TestServers.masterKey()), Optional.empty())));

        assertThat(secrets.reseal(id)).isTrue();

        Api.task(id).then().body("generation", equalTo(5)).body("state", equalTo("CONFIGURATION"));
        assertThat(Api.query("sluice", "SELECT phase FROM task WHERE id = '" + id + "' AND phase IS NULL"))
                .hasSize(1);
        Api.call().delete("/api/v1/tasks/" + id);
    }

    @Test
    void anAnswerThatNobodyCanReadAnyMoreIsGivenAnew() throws SQLException {
        String key = Api.name("key");
        String body = new Api.Pair("no_source", "no_target").task(Api.name("keyed"));
        String first = keyed(key, body);
        Api.execute(
                "sluice",
                "UPDATE idempotency_key SET request = '" + sealedWithAnotherKey() + "', answer = '"
                        + sealedWithAnotherKey() + "' WHERE key = '" + key + "'");

        String second = keyed(key, body.replace("keyed-", "again-"));

        assertThat(second).isNotEqualTo(first);
        assertThat(keyed(key, body.replace("keyed-", "again-"))).isEqualTo(second);
    }

    private static String sealedWithAnotherKey() {
        return UNKNOWN.seal("idempotency key", new Secret("x")).text();
    }

    private static String keyed(String key, String body) {
        return Api.call()
                .header("Idempotency-Key", key)
                .body(body)
                .post("/api/v1/tasks")
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    @Test
    void aCredentialWithoutItsKeyIsNamedAtTheStartAndByTheCommand() throws SQLException {
        Api.Pair pair = Api.pair();
        String name = Api.name("unreadable");
        String id = Api.created(pair.task(name));
        secrets.requireReadable(CURRENT);
        store(id, UNKNOWN);
        try {
            assertThatThrownBy(() -> secrets.requireReadable(CURRENT))
                    .isInstanceOf(SluiceException.class)
                    .hasMessageContaining(name)
                    .hasMessageContaining("lost")
                    .hasMessageContaining("SLUICE_MASTER_KEYS");
            Api.call().post("/api/v1/secrets/reencrypt").then().statusCode(200).body("unreadable", hasItem(id));

            Api.patch(id, "*", "{\"source\": {\"password\": \"new\"}}")
                    .statusCode(400)
                    .body("violations.field", hasItem("target.password"));
            Api.patch(id, "*", "{\"source\": {\"password\": \"new\"}, \"target\": {\"password\": \"new\"}}")
                    .statusCode(200);
            secrets.requireReadable(CURRENT);
        } finally {
            Api.call().delete("/api/v1/tasks/" + id).then().statusCode(204);
        }
    }

    @Test
    void onlyWhoHasATokenMayDoIt() {
        given().post("/api/v1/secrets/reencrypt").then().statusCode(401);
    }

    private static void store(String id, SecretSeal seal) throws SQLException {
        SealedSecret sealed = seal.seal(id, new Secret(TestServers.PASSWORD));
        TaskSpec spec = spec(id);
        String text = Json.write(spec)
                .replace(Json.write(spec.source().password()), Json.write(sealed))
                .replace(Json.write(spec.target().password()), Json.write(sealed));
        Api.execute("sluice", "UPDATE task SET spec = '" + text.replace("'", "''") + "' WHERE id = '" + id + "'");
    }

    private static List<String> keys(String id) throws SQLException {
        return List.of(
                String.valueOf(spec(id).source().password().keyId()),
                String.valueOf(spec(id).target().password().keyId()));
    }

    private static TaskSpec spec(String id) throws SQLException {
        return Json.read(
                Api.query("sluice", "SELECT spec FROM task WHERE id = '" + id + "'")
                        .getFirst(),
                TaskSpec.class);
    }

    private static String key(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
