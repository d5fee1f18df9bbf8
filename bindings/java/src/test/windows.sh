#!/bin/sh
# windows.sh WINE JAVA NATIVE JAR: the tests and the examples by a Java for Windows, under Wine. The Makefile runs it, in bindings/java,
# when all is compiled. JAR holds the DLL, which is also NATIVE/win-x64/dmerp.dll. It ends with "N passed, N failed, N skipped".
set -euf

wine=$1
java=$2
dll=Z:$(realpath "$3")/win-x64/dmerp.dll
jar=$4
limits=src/test/wine-limits
results=$(mktemp)
trap 'rm -f "$results"; "$wine" --end' EXIT

# CLASSES ARGUMENT...: JUnit's console on these classes of the package. One thread collects garbage: under Wine several take twice as
# long, as they wait for each other.
junit() {
    classes=$1
    shift
    ../../tests/windows/sandboxes.py "$DMERP_SANDBOX" src/test/junit.sh "$wine" "$java" -XX:+UseSerialGC \
        --enable-native-access=ALL-UNNAMED \
        -Djava.util.logging.config.file=src/test/resources/logging.properties \
        -cp "$classes;$BUILD/dependencies/*;$BUILD/test-classes;$BUILD/test-libraries/*" \
        org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors --details=tree \
        $(sed -n 's/^\([A-Za-z]*\)#\([A-Za-z]*\):.*/--exclude-methodname=org[.]dmerp[.]\1#\2.*/p' $limits) "$@" 2>&1 | tee -a "$results"
}
# PROGRAM SCRIPT ARGUMENT...: an example.
example() {
    program=$1
    script=$2
    shift 2
    DMERP_LIBRARY=$dll "../../tests/$script" "$DMERP_SANDBOX" "$@" src/test/slashes.sh "$wine" --console "$java" \
        --enable-native-access=ALL-UNNAMED -cp "$BUILD/example;$BUILD/classes;$BUILD/dependencies/*" "$program" 2>&1 |
        tee -a "$results"
}

DMERP_LIBRARY=$dll junit "$BUILD/classes" --scan-classpath="$BUILD/test-classes"
junit "$jar" --select-class=org.dmerp.PackagedIT
example Quickstart quickstart.sh
example Production example.sh ../../examples/data

echo "left out under Wine:"
sed '/^#/d; s/^/    /' $limits
awk -v limits="$(grep -c '^[^#]' $limits)" '
    /^[0-9]+ passed, [0-9]+ failed/ { runs++; passed += $1; failed += $3; skipped += $5 }
    END {
        print passed " passed, " failed " failed, " skipped + limits " skipped"
        exit runs != 4 || failed > 0
    }' "$results"
