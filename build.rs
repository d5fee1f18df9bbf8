//! Writes the C header from the source of the C ABI and from the tables of statuses and options.
//!
//! The header goes to the build's own folder, so a build does not change the source tree. `make generated` copies it to
//! `include/dmerp.h`, and a test fails while the two differ.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[allow(dead_code, reason = "the header needs only part of the table")]
#[path = "src/error/status.rs"]
mod status;

#[allow(dead_code, reason = "the header needs only part of the table")]
#[path = "src/config/options.rs"]
mod options;

/// The source files of the header, in the order that suits a reader of the header.
const SOURCES: &[&str] = &[
    "library",
    "status",
    "error",
    "buffer",
    "config",
    "call",
    "pushed",
    "packets",
    "results",
    "client",
    "received",
    "receiver",
    "summary",
    "batch",
    "stats",
    "value",
    "packet_writer",
    "packet_reader",
    "mistakes",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo:rerun-if-changed=src/ffi");
    println!("cargo:rerun-if-changed=src/error/status.rs");
    println!("cargo:rerun-if-changed=src/config/options.rs");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=build.rs");
    keep_loaded();
    describe_dll()?;
    let header = write_header(&root)?;
    name_library(&header)
}

/// Rust's std and tokio keep per-thread state that dlclose does not release: each load of the library leaks a pthread
/// key, and a process has only 1024. So on ELF the library stays mapped once it is loaded: dlclose does no harm, and a
/// later dlopen finds it again.
fn keep_loaded() {
    if is_elf() {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

/// A release build has a soname, which follows the ABI and not the crate's version. A development build has none, so
/// programs that link to it find it under cargo's file name.
fn name_library(header: &str) -> Result<(), Box<dyn std::error::Error>> {
    let abi = header
        .lines()
        .find_map(|line| line.strip_prefix("#define DMERP_ABI_VERSION "))
        .ok_or("src/ffi/library.rs has no DMERP_ABI_VERSION")?;
    if is_elf() && env::var("PROFILE")? == "release" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libdmerp.so.{abi}");
    }
    Ok(())
}

/// A DLL has a version resource: what Windows shows as the file's properties, and what an installer compares.
fn describe_dll() -> Result<(), Box<dyn std::error::Error>> {
    const DLL: u64 = 2;
    if target("FAMILY") == "windows" {
        // The straight apostrophe would get a backslash, which windres keeps.
        let description = env::var("CARGO_PKG_DESCRIPTION")?.replace('\'', "\u{2019}");
        winresource::WindowsResource::new()
            .set("FileDescription", &description)
            .set("OriginalFilename", "dmerp.dll")
            .set_version_info(winresource::VersionInfo::FILETYPE, DLL)
            .compile()
            // A Rust program that uses the crate needs neither the DLL nor a resource compiler.
            .unwrap_or_else(|why| println!("cargo:warning=the DLL has no version resource: {why}"));
    }
    Ok(())
}

fn is_elf() -> bool {
    target("FAMILY") == "unix" && target("VENDOR") != "apple"
}

fn target(what: &str) -> String {
    env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default()
}

/// Writes the header and returns its text.
fn write_header(root: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    config.header = Some(introduction());
    config.after_includes = Some(format!("{}{NUL_TERMINATED}\n{}", versions()?, statuses()));
    let mut builder = cbindgen::Builder::new().with_config(config);
    for name in SOURCES {
        builder = builder.with_src(root.join(format!("src/ffi/{name}.rs")));
    }
    let header = PathBuf::from(env::var("OUT_DIR")?).join("dmerp.h");
    builder.generate()?.write_to_file(&header);
    Ok(std::fs::read_to_string(header)?)
}

/// cbindgen cannot write the value, usize::MAX.
const NUL_TERMINATED: &str = "
/** The `len` of a dmerp_value whose text ends with a NUL. */
#define DMERP_NUL_TERMINATED SIZE_MAX
";

fn versions() -> Result<String, env::VarError> {
    let mut text =
        String::from("\n/** The version of the library that belongs to this header. */\n");
    for part in ["MAJOR", "MINOR", "PATCH"] {
        let number = env::var(format!("CARGO_PKG_VERSION_{part}"))?;
        let _ = writeln!(text, "#define DMERP_VERSION_{part} {number}");
    }
    Ok(text)
}

fn introduction() -> String {
    let mut text = String::from(
        "/*
 * dmerp: exchange synchronization packets between an ERP and Dynamics Mobile's cloud.
 *
 * Made by cbindgen from src/ffi; do not edit.
 *
 * These rules hold for all functions:
 *
 * - Statuses. A function that can fail returns a dmerp_status and takes `dmerp_error **error` as its last argument.
 *   `error` may be NULL. Else *error becomes NULL on success, and an error on failure; free that with
 *   dmerp_error_free().
 * - Handles. A dmerp_config *, dmerp_client * and so on is a handle, not an address. NULL, a freed handle and a handle
 *   of another kind give DMERP_INVALID_HANDLE; to free one of them does nothing.
 * - Input. Text is UTF-8 and ends with a NUL. Text and arrays that you pass are borrowed until the function returns.
 * - Output. A function returns a handle or a dmerp_buffer, which you free, or memory that is borrowed from a handle and
 *   valid until you free that handle. The comment of each function says which. On failure, the output is NULL or empty.
 * - Threads. Any thread may call any function, and several threads may use one handle at the same time; a packet writer
 *   or reader serves one of them after the other. The library keeps no thread of its own; only the system's name
 *   resolution and its check of certificates run on a thread, while they last. Callbacks run on the thread that made the
 *   call. A call uses at most 48 KB of the thread's stack, besides callbacks; 64 KB if it connects through a proxy.
 * - Blocking. The functions dmerp_client_push() to dmerp_client_check(), dmerp_client_push_packet() and
 *   dmerp_batch_run() block until they are done, cancelled (dmerp_call) or out of time (timeout.overall_ms).
 *   Only dmerp_receiver_next() waits without a limit if the receiver polls; a dmerp_call can limit it.
 * - Signals. The library installs no signal handler. Its writes to closed connections raise no SIGPIPE in the host.
 *
 * The options of dmerp_config_set():
 *
",
    );
    for row in options::OPTIONS {
        let default = match row.default {
            Some(default) => format!("default {default}"),
            None => "no default".into(),
        };
        let _ = writeln!(
            text,
            " *   {} ({}; {default})",
            row.key,
            row.accepted.in_words()
        );
        for line in wrapped(row.meaning, 108) {
            let _ = writeln!(text, " *       {line}");
        }
    }
    text.push_str(" */");
    text
}

fn statuses() -> String {
    let mut text = String::new();
    for row in status::STATUSES {
        let again = if row.retryable {
            " Worth repeating later."
        } else {
            ""
        };
        text.push_str("/**\n");
        for line in wrapped(&format!("{} {}{again}", row.meaning, row.action), 115) {
            let _ = writeln!(text, " * {line}");
        }
        let _ = writeln!(
            text,
            " */\n#define DMERP_{} {}\n",
            row.name, row.status as i32
        );
    }
    text.trim_end().to_string()
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push(word.to_string());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
