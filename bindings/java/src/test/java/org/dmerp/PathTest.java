package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Paths in a Java whose locale is C, as that of a cron job often is. */
@ExtendWith(WithSandbox.class)
class PathTest {
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "file names have one encoding there")
    void isRefusedWhenJavaCannotTellIt(Sandbox sandbox, @TempDir Path folder) throws Exception {
        Files.writeString(Files.createDirectory(folder.resolve("files")).resolve("Ё.xml"), "<p/>");
        Files.writeString(folder.resolve("plain.xml"), "<p/>");
        ProcessBuilder builder =
                ChildJvm.builder(
                        ChildJvm.classPath(),
                        List.of(),
                        "org.dmerp.PathsOfAnotherEncoding",
                        sandbox.baseUrl(),
                        sandbox.apiKey(),
                        folder.resolve("files").toString());
        builder.environment().put("LC_ALL", "C");
        String[] lines = ChildJvm.output(builder.start()).split("\n");
        assertEquals(3, lines.length, String.join("\n", lines));
        List<String> arguments = List.of("content", "to", "file");
        for (int i = 0; i < lines.length; i++) {
            assertTrue(lines[i].startsWith(arguments.get(i) + " is no path "), lines[i]);
            assertTrue(lines[i].contains("ANSI_X3.4-1968, can tell: "), lines[i]);
        }
        assertEquals(1, sandbox.pushed("anna").size(), "the plain one");
    }
}
