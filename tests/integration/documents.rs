//! What is generated from the tables and committed is what the tables say now. `make generated` brings it up to date.

use std::fmt::Write as _;
use std::path::Path;

use dmerp::Status;
use dmerp::tables::{OPTIONS, STATUSES};

fn same(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("DMERP_WRITE_GENERATED").is_some() {
        std::fs::write(&path, made).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{file} is not what the source says; run `make generated` and look at the difference"
    );
}

#[test]
fn the_committed_header_is_the_generated_one() {
    same(
        "include/dmerp.h",
        include_str!(concat!(env!("OUT_DIR"), "/dmerp.h")),
    );
}

#[test]
fn the_page_of_options_is_the_table() {
    let mut page = String::from(
        "# Configuration\n\n\
         Made from the table in `src/config/options.rs`; do not edit.\n\n\
         Every option is a key and a value, both text: `dmerp_config_set(config, \"timeout.idle_ms\", \"30000\", &error)` in C,\n\
         and `set` of `Config` in every other language. C++, C#, Java and Python also have a named setting for each option. Its\n\
         name is the key in the language's case. A time has the language's type for durations, and its name has no `_ms`. So\n\
         `timeout.idle_ms` is `timeout_idle=30.0` (seconds) in Python, `TimeoutIdle = TimeSpan.FromSeconds(30)` in C#,\n\
         `timeoutIdle(Duration.ofSeconds(30))` in Java and `timeout_idle(std::chrono::seconds(30))` in C++.\n\n\
         A value is checked when it is set. All options together are checked when a client is made. The client keeps a copy, so\n\
         later changes do not affect it.\n\n\
         A wait that the server asks for (`Retry-After`) is kept, even if it is longer than `retry.max_ms`. If it is longer than\n\
         the time that the call has left, the call does not wait: it returns the error at once. The error tells the wait.\n\n\
         | key | value | default | meaning |\n| --- | --- | --- | --- |\n",
    );
    for row in OPTIONS {
        let default = row
            .default
            .map_or(String::new(), |text| format!("`{text}`"));
        let _ = writeln!(
            page,
            "| `{}` | {} | {default} | {} |",
            row.key,
            row.accepted.in_words(),
            row.meaning
        );
    }
    same("docs/configuration.md", &page);
}

#[test]
fn the_page_of_statuses_is_the_table() {
    let mut page = String::from(
        "# Statuses\n\n\
         Made from the table in `src/error/status.rs`; do not edit.\n\n\
         Every call ends with one of these statuses. The numbers never change; later versions may add some. Decide by the status,\n\
         and by whether the call is worth repeating, never by the text of a message. \"No\" in the last column means: do not\n\
         repeat the call unchanged. First do what the table says; then you may repeat it.\n\n\
         Python and C++ have an exception class for each status except OK. Its name is the status's name, without a final FAILED\n\
         or ERROR, followed by `Error`. Python also raises `TypeError` and `ValueError` for arguments of a wrong type or value.\n\n\
         C# and Java have one `DmerpException`, which has a `Status`. Three causes have the language's own exceptions:\n\n\
         | cause | C# | Java |\n\
         | --- | --- | --- |\n\
         | the call was cancelled | `OperationCanceledException` | `CancellationException`; if the thread was interrupted, `InterruptedIOException` |\n\
         | an argument cannot be used | `ArgumentException` and its subclasses; but `DmerpException` for a record that a packet cannot carry | `IllegalArgumentException`, also for an option; `NullPointerException` |\n\
         | the object is closed | `ObjectDisposedException` | `IllegalStateException` |\n\n\
         | number | in C | in Python and C++ | what happened | what to do | worth repeating later |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in STATUSES {
        let exception = match row.status {
            Status::Ok => String::new(),
            _ => format!("`{}Error`", exception_stem(row.name)),
        };
        let _ = writeln!(
            page,
            "| {} | `DMERP_{}` | {exception} | {} | {} | {} |",
            row.status as i32,
            row.name,
            row.meaning,
            row.action,
            if row.retryable { "yes" } else { "no" }
        );
    }
    same("docs/statuses.md", &page);
}

/// What the name of a status's exception class begins with.
fn exception_stem(name: &str) -> String {
    let name = name.strip_suffix("_FAILED").unwrap_or(name);
    let name = name.strip_suffix("_ERROR").unwrap_or(name);
    name.split('_')
        .map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase()))
        .collect()
}

#[test]
fn the_table_of_statuses_is_in_order() {
    for (at, row) in STATUSES.iter().enumerate() {
        assert_eq!(row.status as usize, at, "{}", row.name);
        assert_eq!(row.status.row().name, row.name);
    }
}
