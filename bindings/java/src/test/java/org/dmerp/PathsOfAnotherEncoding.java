package org.dmerp;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Pushes each file of a folder, and downloads to each: see PathTest. */
final class PathsOfAnotherEncoding {
    private PathsOfAnotherEncoding() {}

    public static void main(String[] arguments) throws Exception {
        Config config = new Config().baseUrl(arguments[0]).appArea("DMDEV01");
        try (Client client = new Client(config.apiKey(arguments[1]).proxy("none"));
                Stream<Path> files = Files.list(Path.of(arguments[2]))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                tell(() -> client.push("anna", file));
                tell(() -> client.download("url", file));
                tell(() -> config.tlsCaFile(file));
            }
            client.push("anna", Path.of(arguments[2]).resolveSibling("plain.xml"));
        }
    }

    private static void tell(Background.Body body) throws Exception {
        try {
            body.run();
            System.out.println("done");
        } catch (IllegalArgumentException refused) {
            System.out.println(refused.getMessage());
        }
    }
}
