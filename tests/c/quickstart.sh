#!/bin/sh
# quickstart.sh README SANDBOX_PROGRAM: compiles the quick starts in C and C++ that README shows, with the flags that pkg-config
# tells, and runs each in a sandbox of its own, in which a packet waits.
set -eu

readme=$1
sandbox=$2
work=$(mktemp -d)
trap 'exec 9>&- || true; rm -rf "$work"' EXIT
export no_proxy=127.0.0.1
passed=0
failed=0

check() {
    what=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what" >&2
        cat "$work/output" >&2
    fi
}

setting() {
    sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$work/ready.json"
}

# PATH TEXT: whether the sandbox's control API answers so.
answers() {
    python3 -c 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())' "$(setting control_url)/$1" |
        tee /dev/stderr | grep -q "$2"
}

# LANGUAGE SED_SCRIPT COMPILER...: what a newcomer types, with the sandbox's settings in place of the portal's.
try() {
    language=$1
    settings=$2
    shift 2
    printf '<NavMobileSync salesmancode="anna"/>' >"$work/order.xml"
    rm -f "$work/lifeline" "$work/ready" "$work/quick"
    mkfifo "$work/lifeline" "$work/ready"
    "$sandbox" --port 0 --stdin-lifeline --packet "anna=$work/order.xml" <"$work/lifeline" >"$work/ready" &
    exec 9>"$work/lifeline"
    head -n 1 "$work/ready" >"$work/ready.json"
    awk -v fence="\`\`\`$language" '$0 == fence { inside = 1; next } /^```$/ { inside = 0 } inside' "$readme" |
        sed -e "$settings" -e "s|the-key-from-the-portal|$(setting api_key)|" -e "s|BASE_URL|$(setting base_url)|" >"$work/source"
    check "$language: it is there, with its settings" grep -q "$(setting base_url)" "$work/source"
    # shellcheck disable=SC2046 # pkg-config's flags are several words
    check "$language: it compiles" "$@" -Wall -Wextra -Wpedantic -Wconversion -Werror -x "$language" "$work/source" -x none \
        $(pkg-config --cflags --libs dmerp) -o "$work/quick"
    check "$language: it runs" "$work/quick"
    check "$language: it pushed" answers pushed '"packetUniqueId":"items-4711"'
    check "$language: it received" answers packets '^\[\]$'
    exec 9>&-
    wait
}

try c 's/dmerp_config_set(config, "app_area"/dmerp_config_set(config, "base_url", "BASE_URL", \&error) || &/' \
    "${CC:-cc}" -std=c99
try c++ 's/config\.api_key(/config.base_url("BASE_URL"); &/' "${CXX:-c++}" -std=c++11

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
