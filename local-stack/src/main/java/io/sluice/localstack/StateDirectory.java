package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The directory where a stack keeps what must survive a restart. It is locked while the stack lives, so that no second one uses it,
 * and its secrets are files that only their owner can read.
 */
public final class StateDirectory implements AutoCloseable {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final int SECRET_BYTES = 32;

    private final Path path;
    private final FileChannel lock;

    private StateDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** @throws DirectoryInUseException when another stack holds the directory */
    public static StateDirectory lock(Path path) {
        Path directory = path.toAbsolutePath().normalize();
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!tryLock(channel)) {
                channel.close();
                throw new DirectoryInUseException(directory);
            }
            return new StateDirectory(directory, channel);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the directory " + directory, e);
        }
    }

    public Path path() {
        return path;
    }

    /** The text of a secret file (mode 0600), made of 32 random bytes in URL-safe base64 when it is new. */
    public String token(String name) {
        return tokenIn(path.resolve(name));
    }

    static String tokenIn(Path file) {
        return secret(file, Base64.getUrlEncoder().withoutPadding());
    }

    /** The same in plain base64, as keys are written. */
    String key(String name) {
        return secret(path.resolve(name), Base64.getEncoder());
    }

    private static String secret(Path file, Base64.Encoder encoding) {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        try {
            Files.createDirectories(file.getParent());
            try {
                Path draft = Files.createTempFile(
                        file.getParent(), file.getFileName().toString(), ".new", OWNER_ONLY);
                try {
                    Files.writeString(draft, encoding.encodeToString(random) + "\n");
                    Files.createLink(file, draft);
                } finally {
                    Files.delete(draft);
                }
            } catch (FileAlreadyExistsException kept) {
                // Made by an earlier run, or by another one this very moment.
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep a secret in " + file, e);
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException heldByThisJvm) {
            return false;
        }
    }

    /** Releases the lock; the files stay. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release " + path, e);
        }
    }

    /** Two stacks over one directory would destroy each other's data. */
    public static final class DirectoryInUseException extends RuntimeException {
        private DirectoryInUseException(Path directory) {
            super("another Sluice runs on " + directory + "; stop it, or choose another directory with --data");
        }
    }
}
