# The two that matter: `make demo` and `make test`. Both build what they need; `make tools` installs what is missing.

CARGO ?= cargo
CC ?= cc
CXX ?= c++
PREFIX ?= /usr/local
CARGO_C_VERSION = 0.10.24+cargo-0.98.0

TARGET = $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
BUILD = $(CURDIR)/build
INSTALLED = $(BUILD)/prefix
VENV = $(BUILD)/venv
SANDBOX = $(TARGET)/debug/dmerp-sandbox
WARNINGS = -Wall -Wextra -Wpedantic -Werror
# For programs that use the library where cargo builds it.
LINK = -L$(TARGET)/debug -ldmerp -Wl,-rpath,$(TARGET)/debug -pthread

# Each has a Makefile of its own, which is told where everything is.
BINDINGS = csharp java python
BINDING = $(MAKE) -C bindings/$* DMERP_LIBRARY=$(INSTALLED)/lib/libdmerp.so DMERP_SANDBOX=$(SANDBOX) BUILD=$(BUILD)/$* VENV=$(VENV)

.PHONY: demo test test-rust test-c test-contract built installed install packages generated lint lint-rust lint-contract tools clean \
	$(foreach binding,$(BINDINGS),test-$(binding) contract-$(binding) example-$(binding) package-$(binding) lint-$(binding))

## demo: the round trip in every language, against the sandbox
demo: built $(BINDINGS:%=example-%)
	@mkdir -p $(BUILD)/demo
	$(CC) -std=c99 $(WARNINGS) -Iinclude examples/c/roundtrip.c -o $(BUILD)/demo/c $(LINK)
	$(CXX) -std=c++11 $(WARNINGS) -Iinclude examples/cpp/roundtrip.cpp -o $(BUILD)/demo/cpp $(LINK)
	DMERP_LIBRARY=$(TARGET)/debug/libdmerp.so examples/demo.sh $(SANDBOX) c=$(BUILD)/demo/c c++=$(BUILD)/demo/cpp \
	    c\#=$(BUILD)/csharp/roundtrip java=$(BUILD)/java/roundtrip python=$(BUILD)/python/roundtrip \
	    rust=$(TARGET)/debug/examples/roundtrip

$(BINDINGS:%=example-%): example-%:
	$(BINDING) example

## test: every test of every language
test: test-rust test-c $(BINDINGS:%=test-%) test-contract demo

test-rust: tools built
	$(CARGO) test --locked --workspace
	tests/example.sh $(SANDBOX) examples/data $(TARGET)/debug/examples/roundtrip

test-c: tools built installed
	tests/c/run.sh $(INSTALLED) $(SANDBOX)

## test-csharp, test-java, test-python: a package's tests
$(BINDINGS:%=test-%): test-%: built installed
	$(BINDING) test

## test-contract: the header against what every binding declares
test-contract: $(BINDINGS:%=contract-%)
	PYTHONDONTWRITEBYTECODE=1 $(VENV)/bin/python -m pytest -p no:cacheprovider tests/contract --contracts $(BUILD)

$(BINDINGS:%=contract-%): contract-%: installed
	$(BINDING) contract

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

## packages: the packages for .NET, Java and Python, in build/<language>, with the library for this machine's system
packages: $(BINDINGS:%=package-%)

$(BINDINGS:%=package-%): package-%: installed
	$(BINDING) package

## generated: bring the committed header and pages up to date with the source
generated:
	DMERP_WRITE_GENERATED=1 $(CARGO) test --test integration documents

## lint: formatting and lints of every language
lint: lint-rust $(BINDINGS:%=lint-%) lint-contract

lint-rust: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

$(BINDINGS:%=lint-%): lint-%:
	$(BINDING) lint

# With the tools that the Python package's lints have.
lint-contract: lint-python
	cd tests/contract && $(VENV)/bin/ruff check --no-cache . && $(VENV)/bin/ruff format --no-cache --check . && \
	    $(VENV)/bin/mypy --cache-dir $(BUILD)/mypy .

## tools: install what the tests need, or say how
tools:
	@CARGO_C_VERSION=$(CARGO_C_VERSION) tests/tools.sh $(CARGO) $(CC) $(CXX) pkg-config cmake valgrind python3 cargo-cinstall

clean:
	$(CARGO) clean
	rm -rf $(BUILD)
