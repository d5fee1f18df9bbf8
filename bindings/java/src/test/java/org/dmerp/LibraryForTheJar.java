package org.dmerp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A step of the build: puts the native library that DMERP_LIBRARY names where the jar gets it from,
 * under the name of this platform: {@code LibraryForTheJar FOLDER}. Libraries of other platforms
 * that are there already stay.
 */
final class LibraryForTheJar {
    private LibraryForTheJar() {}

    public static void main(String[] arguments) throws IOException {
        String library = System.getenv("DMERP_LIBRARY");
        if (library == null) {
            throw new IllegalStateException(
                    "DMERP_LIBRARY is not set to the native library's full path, which goes into the jar");
        }
        Path folder = Path.of(arguments[0], LibraryFinder.folder());
        Files.createDirectories(folder);
        Path target = folder.resolve(System.mapLibraryName("dmerp"));
        Files.copy(Path.of(library), target, StandardCopyOption.REPLACE_EXISTING);
    }
}
