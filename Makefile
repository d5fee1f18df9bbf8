# The two that matter: `make demo` and `make test`. Both build what they need; `make tools` installs what is missing.

CARGO ?= cargo
CC ?= cc
CXX ?= c++
PREFIX ?= /usr/local
CARGO_C_VERSION = 0.10.24+cargo-0.98.0

TARGET = $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
BUILD = $(CURDIR)/build
INSTALLED = $(BUILD)/prefix
SANDBOX = $(TARGET)/debug/dmerp-sandbox
WARNINGS = -Wall -Wextra -Wpedantic -Werror
# For programs that use the library where cargo builds it.
LINK = -L$(TARGET)/debug -ldmerp -Wl,-rpath,$(TARGET)/debug -pthread

.PHONY: demo test test-rust test-c built installed install generated lint tools clean

## demo: the round trip in every language, against the sandbox
demo: built
	@mkdir -p $(BUILD)/demo
	$(CC) -std=c99 $(WARNINGS) -Iinclude examples/c/roundtrip.c -o $(BUILD)/demo/c $(LINK)
	$(CXX) -std=c++11 $(WARNINGS) -Iinclude examples/cpp/roundtrip.cpp -o $(BUILD)/demo/cpp $(LINK)
	examples/demo.sh $(SANDBOX) c=$(BUILD)/demo/c c++=$(BUILD)/demo/cpp rust=$(TARGET)/debug/examples/roundtrip

## test: every test of every language
test: test-rust test-c demo

test-rust: tools
	$(CARGO) test --locked --workspace

test-c: tools built installed
	tests/c/run.sh $(INSTALLED) $(SANDBOX)

## built: the development build of the library, the sandbox and the Rust example; with the features that the tests have,
## so that nothing is built twice
built:
	@tests/tools.sh $(CARGO) $(CC) $(CXX)
	$(CARGO) build --locked --workspace --lib --bins --examples

## installed: the release build, as `make install` lays it out, in build/prefix
installed: tools
	$(MAKE) install PREFIX=$(INSTALLED)

## install: the library, its headers, and its pkg-config and CMake files, to PREFIX
install:
	$(CARGO) cinstall --locked --release --prefix $(PREFIX) --libdir lib

## generated: bring the committed header and pages up to date with the source
generated:
	DMERP_WRITE_GENERATED=1 $(CARGO) test --test integration documents

## lint: formatting and lints of every language
lint: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

## tools: install what the tests need, or say how
tools:
	@CARGO_C_VERSION=$(CARGO_C_VERSION) tests/tools.sh $(CARGO) $(CC) $(CXX) pkg-config cmake valgrind cargo-cinstall

clean:
	$(CARGO) clean
	rm -rf $(BUILD)
