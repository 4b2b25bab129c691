package io.sluice.contracts.secret;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The keys under which credentials are sealed: the first one seals, all of them open. It prints no key. */
public final class MasterKeys {

    /** The id of the key from {@code SLUICE_MASTER_KEY}. */
    public static final String DEFAULT_ID = "default";

    private static final int KEY_BYTES = 32;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,40}");

    private final List<Key> keys;

    private MasterKeys(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /** @param id stored in clear with every secret that the key seals */
    record Key(String id, SecretKeySpec key) {
        @Override
        public String toString() {
            return id;
        }
    }

    /**
     * @param several {@code SLUICE_MASTER_KEYS}: {@code id:base64key} separated by commas, the one that seals first
     * @param single {@code SLUICE_MASTER_KEY}: base64 of 32 bytes; the last of the keys when there are several
     * @throws SluiceException {@code SECRET_UNREADABLE} when there is no key, or what is no key
     */
    public static MasterKeys of(Optional<String> several, Optional<String> single) {
        List<Key> keys = new ArrayList<>();
        for (String entry : several.orElse("").split(",", -1)) {
            if (!entry.isBlank()) {
                keys.add(parse(entry.strip()));
            }
        }
        single.filter(key -> !key.isBlank())
                .ifPresent(key -> keys.add(new Key(DEFAULT_ID, key("SLUICE_MASTER_KEY", key))));
        if (keys.isEmpty()) {
            throw bad(
                    "SLUICE_MASTER_KEY is not set: set it to base64 of 32 random bytes, the same for every service, as"
                            + " printed by: openssl rand -base64 32");
        }
        if (keys.stream().map(Key::id).distinct().count() != keys.size()) {
            throw bad("SLUICE_MASTER_KEYS must not name two keys alike; the key of SLUICE_MASTER_KEY has the id "
                    + DEFAULT_ID + ".");
        }
        return new MasterKeys(keys);
    }

    Key first() {
        return keys.getFirst();
    }

    /** All keys, the named one first when it is there. */
    List<Key> startingWith(@Nullable String id) {
        List<Key> ordered = new ArrayList<>(keys);
        keys.stream().filter(key -> key.id().equals(id)).findFirst().ifPresent(key -> {
            ordered.remove(key);
            ordered.addFirst(key);
        });
        return ordered;
    }

    private static Key parse(String entry) {
        int colon = entry.indexOf(':');
        String id = colon < 0 ? "" : entry.substring(0, colon).strip();
        if (!ID.matcher(id).matches()) {
            throw bad(
                    "SLUICE_MASTER_KEYS must be id:base64key, several separated by commas; an id has up to 40 letters,"
                            + " digits, dots, dashes and underscores.");
        }
        return new Key(id, key("the key " + id + " in SLUICE_MASTER_KEYS", entry.substring(colon + 1)));
    }

    private static SecretKeySpec key(String what, String base64) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException e) {
            // Its message would quote the key.
            bytes = new byte[0];
        }
        if (bytes.length != KEY_BYTES) {
            throw bad(what + " must be base64 of 32 random bytes, as printed by: openssl rand -base64 32");
        }
        return new SecretKeySpec(bytes, "AES");
    }

    private static SluiceException bad(String detail) {
        return new SluiceException(ErrorCode.SECRET_UNREADABLE, detail);
    }

    /** Ids only. */
    @Override
    public String toString() {
        return keys.toString();
    }
}
