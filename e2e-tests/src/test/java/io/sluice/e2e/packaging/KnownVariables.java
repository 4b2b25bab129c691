package io.sluice.e2e.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The environment variables that a service reads: those that its application.properties names, and those that its
 * configuration classes map, its own and the ones of the modules that it is built on.
 */
final class KnownVariables {

    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*)");
    private static final Pattern PREFIX = Pattern.compile("@ConfigMapping\\(prefix = \"([a-z.-]+)\"\\)");
    private static final Pattern METHOD =
            Pattern.compile("^ {4}(?:[\\w.]+(?:<[\\w.<>]+>)?) (\\w+)\\(\\);", Pattern.MULTILINE);
    private static final Pattern PROPERTY = Pattern.compile("@ConfigProperty\\(name = \"([a-z.-]+)\"");
    private static final List<String> SHARED_MODULES = List.of("http-edge", "placement");

    private KnownVariables() {}

    static Set<String> of(String service) {
        Set<String> known = new TreeSet<>();
        Path top = Repository.top();
        Properties properties = properties(top.resolve(service));
        for (String key : properties.stringPropertyNames()) {
            known.add(variable(key));
            REFERENCE
                    .matcher(properties.getProperty(key))
                    .results()
                    .map(found -> found.group(1))
                    .forEach(known::add);
        }
        String build = Repository.read(top.resolve(service).resolve("pom.xml"));
        Stream.concat(
                        Stream.of(service),
                        SHARED_MODULES.stream()
                                .filter(module -> build.contains("<artifactId>" + module + "</artifactId>")))
                .flatMap(module -> sources(top.resolve(module).resolve("src/main/java")))
                .forEach(source -> addMapped(source, known));
        return known;
    }

    /** As MicroProfile Config does: what is neither letter nor digit becomes an underscore. */
    static String variable(String property) {
        return property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    private static void addMapped(String source, Set<String> known) {
        Matcher prefix = PREFIX.matcher(source);
        if (prefix.find()) {
            METHOD.matcher(source)
                    .results()
                    .map(method -> method.group(1).replaceAll("([A-Z])", "-$1"))
                    .map(name -> variable(prefix.group(1) + "." + name))
                    .forEach(known::add);
        }
        PROPERTY.matcher(source)
                .results()
                .map(property -> variable(property.group(1)))
                .forEach(known::add);
    }

    private static Properties properties(Path service) {
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(service.resolve("src/main/resources/application.properties"))) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static Stream<String> sources(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).map(Repository::read).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
