package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Keys of types that come with extensions, whose operators are in no schema that every session searches. */
@EndToEnd
class ExtensionTypesIT {

    @Test
    void rowsAreFoundByKeysOfExtensionsTypes(Sluice sluice) {
        Pair pair = Pair.create(sluice, "extension_types");
        String[] extensions = {
            "CREATE SCHEMA kinds", "CREATE EXTENSION citext SCHEMA kinds", "CREATE EXTENSION ltree SCHEMA kinds"
        };
        pair.onSource(extensions);
        pair.onTarget(extensions);
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.word (word kinds.citext PRIMARY KEY, n int)",
                "INSERT INTO app.word SELECT 'Word ' || i, i FROM generate_series(1, 100) i",
                "CREATE TABLE app.path (path kinds.ltree, part int, n int, PRIMARY KEY (path, part))",
                "INSERT INTO app.path SELECT ('top.p' || i)::kinds.ltree, 1, i FROM generate_series(1, 100) i");
        Task task = Task.started(pair, "app");
        task.awaitStreaming();
        for (String table : new String[] {"word", "path"}) {
            pair.onSource(
                    "UPDATE app." + table + " SET n = -n WHERE n % 3 = 0",
                    "DELETE FROM app." + table + " WHERE n % 5 = 0");
        }
        pair.onSource(
                "UPDATE app.word SET word = upper(word::text)::kinds.citext WHERE n = 1",
                "UPDATE app.path SET path = 'top.moved' WHERE n = 1",
                "INSERT INTO app.word VALUES ('new', 0)",
                "INSERT INTO app.path VALUES ('new.path', 2, 0)");
        task.awaitZeroLag();

        pair.assertEqual("app");
        assertThat(pair.askTarget("SELECT word FROM app.word WHERE n = 1")).isEqualTo("WORD 1");
        assertThat(pair.askTarget("SELECT path FROM app.path WHERE n = 1")).isEqualTo("top.moved");
        task.end();
    }
}
