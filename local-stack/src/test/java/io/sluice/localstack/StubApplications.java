package io.sluice.localstack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A directory that looks like that of the built services, each of them being {@link StubService}. */
public final class StubApplications {
    private StubApplications() {}

    public static Path in(Path directory) throws IOException {
        for (Service service : Service.values()) {
            Path jar = directory.resolve(service.module()).resolve("quarkus-run.jar");
            Files.createDirectories(jar.getParent());
            writeJar(jar);
        }
        return directory;
    }

    private static void writeJar(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, StubService.class.getName());
        String name = StubService.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                var code = StubService.class.getClassLoader().getResourceAsStream(name)) {
            if (code == null) {
                throw new IOException(name + " is not on the class path");
            }
            out.putNextEntry(new JarEntry(name));
            code.transferTo(out);
        }
    }
}
