package io.sluice.transform;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import dev.cel.runtime.CelFunctionBinding;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What expressions can call besides CEL's own functions: for masking. Of null each makes null. */
final class Functions {

    static final List<CelFunctionDecl> DECLARATIONS = List.of(
            CelFunctionDecl.newFunctionDeclaration(
                    "hash",
                    CelOverloadDecl.newGlobalOverload("hash_value", SimpleType.DYN, SimpleType.DYN),
                    CelOverloadDecl.newGlobalOverload(
                            "hash_value_key", SimpleType.DYN, SimpleType.DYN, SimpleType.STRING)),
            CelFunctionDecl.newFunctionDeclaration(
                    "mask",
                    CelOverloadDecl.newGlobalOverload("mask_text", SimpleType.DYN, SimpleType.DYN),
                    CelOverloadDecl.newGlobalOverload(
                            "mask_text_last", SimpleType.DYN, SimpleType.DYN, SimpleType.INT)),
            CelFunctionDecl.newFunctionDeclaration(
                    "left",
                    CelOverloadDecl.newGlobalOverload("left_text", SimpleType.DYN, SimpleType.DYN, SimpleType.INT)),
            CelFunctionDecl.newFunctionDeclaration(
                    "right",
                    CelOverloadDecl.newGlobalOverload("right_text", SimpleType.DYN, SimpleType.DYN, SimpleType.INT)));

    static final Set<CelFunctionBinding> BINDINGS = Stream.of(
                    CelFunctionBinding.fromOverloads(
                            "hash",
                            CelFunctionBinding.from("hash_value", Object.class, Functions::hash),
                            CelFunctionBinding.from("hash_value_key", Object.class, String.class, Functions::hash)),
                    CelFunctionBinding.fromOverloads(
                            "mask",
                            CelFunctionBinding.from("mask_text", Object.class, value -> mask(value, 0)),
                            CelFunctionBinding.from("mask_text_last", Object.class, Long.class, Functions::mask)),
                    CelFunctionBinding.fromOverloads(
                            "left", CelFunctionBinding.from("left_text", Object.class, Long.class, Functions::left)),
                    CelFunctionBinding.fromOverloads(
                            "right", CelFunctionBinding.from("right_text", Object.class, Long.class, Functions::right)))
            .flatMap(Set::stream)
            .collect(Collectors.toUnmodifiableSet());

    private Functions() {}

    /** SHA-256 of the value's text form, in hex. */
    private static Object hash(Object value) {
        if (value instanceof NullValue) {
            return value;
        }
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(value)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** HMAC-SHA-256, so that nobody without the key can find values by trying. */
    private static Object hash(Object value, String key) {
        if (value instanceof NullValue) {
            return value;
        }
        if (key.isEmpty()) {
            throw new UnfitValueException("hash: the key must not be empty");
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(bytes(value)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    private static byte[] bytes(Object value) {
        return String.valueOf(ValueText.of(value)).getBytes(UTF_8);
    }

    /** Every character but the last ones becomes an asterisk. */
    private static Object mask(Object value, long last) {
        return onText("mask", value, text -> {
            int length = text.codePointCount(0, text.length());
            int shown = (int) Math.clamp(last, 0, (long) length);
            return "*".repeat(length - shown) + text.substring(text.offsetByCodePoints(0, length - shown));
        });
    }

    private static Object left(Object value, long count) {
        return onText("left", value, text -> {
            int length = text.codePointCount(0, text.length());
            return text.substring(0, text.offsetByCodePoints(0, (int) Math.clamp(count, 0, (long) length)));
        });
    }

    private static Object right(Object value, long count) {
        return onText("right", value, text -> {
            int length = text.codePointCount(0, text.length());
            return text.substring(text.offsetByCodePoints(0, length - (int) Math.clamp(count, 0, (long) length)));
        });
    }

    private static Object onText(String function, Object value, UnaryOperator<String> change) {
        return switch (value) {
            case NullValue none -> none;
            case String text -> change.apply(text);
            default -> throw new UnfitValueException(function + " takes a string: write " + function + "(string(…))");
        };
    }
}
