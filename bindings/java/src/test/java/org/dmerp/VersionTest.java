package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The version stands in Cargo.toml; what repeats it must be the same. */
class VersionTest {
    private static List<String> found(String file, String pattern) throws IOException {
        List<String> all =
                Pattern.compile(pattern, Pattern.MULTILINE)
                        .matcher(Files.readString(Path.of("../..").resolve(file)))
                        .results()
                        .map((MatchResult match) -> match.group(1))
                        .collect(Collectors.toList());
        assertTrue(!all.isEmpty(), file);
        return all;
    }

    @Test
    void isTheOneOfTheLibrary() throws Exception {
        String version =
                found("Cargo.toml", "^\\[workspace\\.package\\]\nversion = \"(.*)\"$").get(0);
        assertEquals(version, Dmerp.version());
        assertEquals(version, LibraryFinder.VERSION);
        String ours = "<artifactId>dmerp</artifactId>\\s*<version>(.*)</version>";
        for (String file :
                List.of(
                        "bindings/java/pom.xml",
                        "bindings/java/README.md",
                        "examples/java/pom.xml")) {
            assertEquals(List.of(version), found(file, ours), file);
        }
    }
}
