package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.SluiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamedTransactionsTest {

    private final StreamedTransactions streamed = new StreamedTransactions();
    private final List<String> handedOn = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        streamed.close();
    }

    @Test
    void aTransactionComesWholeWhenItIsCommitted() {
        start(7);
        change(7, "a");
        stop();
        plain("I other");
        start(7);
        change(7, "b");
        stop();
        assertThat(handedOn).containsExactly("I other");
        commit(7);
        assertThat(handedOn).containsExactly("I other", "B 7 at 700", "Ia", "Ib", "C 700 to 701");
    }

    @Test
    void whatIsRolledBackLeavesNothing() {
        start(7);
        change(7, "a");
        stop();
        abort(7, 7);
        start(9);
        change(9, "b");
        stop();
        commit(9);
        assertThat(handedOn).containsExactly("B 9 at 900", "Ib", "C 900 to 901");
    }

    @Test
    void aSubtransactionThatIsRolledBackIsLeftOutAndItsDescriptionsStay() {
        start(7);
        change(7, "a");
        message('R', 8, "table");
        change(8, "gone");
        change(9, "stays");
        stop();
        abort(7, 8);
        start(7);
        change(7, "b");
        stop();
        commit(7);
        assertThat(handedOn).containsExactly("B 7 at 700", "Ia", "Rtable", "Istays", "Ib", "C 700 to 701");
    }

    @Test
    void whereATransactionCameFromIsPassedOverWithinItsBlocks() {
        start(7);
        send(ByteBuffer.wrap("O12345678origin".getBytes(US_ASCII)));
        change(7, "a");
        stop();
        plain("O origin");
        commit(7);
        assertThat(handedOn).containsExactly("O origin", "B 7 at 700", "Ia", "C 700 to 701");
    }

    @Test
    void idsPassTheirLargest() {
        start(-2);
        change(-2, "a");
        change(-1, "gone");
        change(0x7FFF, "b");
        stop();
        abort(-2, -1);
        commit(-2);
        assertThat(handedOn).containsExactly("B -2 at -200", "Ia", "Ib", "C -200 to -199");
    }

    @Test
    void aCommitOfWhatWasNeverSentIsAFault() {
        assertThatThrownBy(() -> commit(7)).isInstanceOf(SluiceException.class).hasMessageContaining("7");
    }

    /** Blocks of several transactions, subtransactions of which some are rolled back, messages of all sizes. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyTransactionComesAsItWas(long seed) {
        Random random = new Random(seed);
        Map<Integer, Map<Integer, List<String>>> open = new LinkedHashMap<>();
        List<String> expected = new ArrayList<>();
        int ids = 100;
        int messages = 0;
        while (messages < 3_000 || !open.isEmpty()) {
            int what = random.nextInt(10);
            if (open.isEmpty() || what < 2 && open.size() < 5 && messages < 3_000) {
                open.put(++ids, new LinkedHashMap<>());
                start(ids);
                stop();
            }
            int id = new ArrayList<>(open.keySet()).get(random.nextInt(open.size()));
            Map<Integer, List<String>> parts = open.get(id);
            if (what < 7) {
                start(id);
                for (int i = random.nextInt(20); i >= 0; i--) {
                    int part = random.nextInt(3) == 0 ? ++ids : id;
                    String text = messages++ + "x".repeat(random.nextInt(random.nextInt(50) == 0 ? 200_000 : 300));
                    change(part, text);
                    parts.computeIfAbsent(messages, k -> new ArrayList<>()).add(part + ":" + text);
                }
                stop();
            } else if (what < 9) {
                List<Integer> subs = parts.values().stream()
                        .map(List::getFirst)
                        .map(each -> Integer.parseInt(each.substring(0, each.indexOf(':'))))
                        .filter(each -> each != id)
                        .toList();
                if (!subs.isEmpty()) {
                    int gone = subs.get(random.nextInt(subs.size()));
                    abort(id, gone);
                    parts.values().removeIf(each -> each.getFirst().startsWith(gone + ":"));
                }
            } else if (random.nextInt(4) == 0) {
                abort(id, id);
                open.remove(id);
            } else {
                commit(id);
                expected.add("B " + id + " at " + 100L * id);
                parts.values()
                        .forEach(each -> expected.add("I" + each.getFirst().split(":", 2)[1]));
                expected.add("C " + 100L * id + " to " + (100L * id + 1));
                open.remove(id);
            }
        }
        assertThat(handedOn).isEqualTo(expected);
    }

    private void start(int transaction) {
        send(ByteBuffer.allocate(6)
                .put((byte) 'S')
                .putInt(transaction)
                .put((byte) 1)
                .flip());
    }

    private void stop() {
        send(ByteBuffer.wrap(new byte[] {'E'}));
    }

    private void change(int transaction, String text) {
        message('I', transaction, text);
    }

    private void message(char type, int transaction, String text) {
        byte[] bytes = text.getBytes(US_ASCII);
        send(ByteBuffer.allocate(5 + bytes.length)
                .put((byte) type)
                .putInt(transaction)
                .put(bytes)
                .flip());
    }

    private void plain(String text) {
        send(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    private void abort(int transaction, int subtransaction) {
        send(ByteBuffer.allocate(9)
                .put((byte) 'A')
                .putInt(transaction)
                .putInt(subtransaction)
                .flip());
    }

    private void commit(int transaction) {
        send(ByteBuffer.allocate(30)
                .put((byte) 'c')
                .putInt(transaction)
                .put((byte) 0)
                .putLong(100L * transaction)
                .putLong(100L * transaction + 1)
                .putLong(5)
                .flip());
    }

    /** Each message stands somewhere in a larger array, as the driver's do. */
    private void send(ByteBuffer bytes) {
        ByteBuffer message = ByteBuffer.allocate(bytes.remaining() + 10)
                .position(7)
                .put(bytes)
                .flip()
                .position(7);
        ByteBuffer through = streamed.pass(message);
        if (through != null) {
            handedOn.add(text(through));
        }
        for (ByteBuffer next = streamed.next(); next != null; next = streamed.next()) {
            handedOn.add(text(next));
        }
    }

    private static String text(ByteBuffer message) {
        ByteBuffer at = message.duplicate();
        if (at.get(at.position()) == 'B' && at.remaining() == 21) {
            at.get();
            long lsn = at.getLong();
            assertThat(at.getLong()).isEqualTo(5);
            return "B " + at.getInt() + " at " + lsn;
        }
        if (at.get(at.position()) == 'C' && at.remaining() == 26) {
            at.getShort();
            return "C " + at.getLong() + " to " + at.getLong();
        }
        byte[] bytes = new byte[at.remaining()];
        at.get(bytes);
        return new String(bytes, US_ASCII);
    }
}
