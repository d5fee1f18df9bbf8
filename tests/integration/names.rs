//! Names are resolved as the system resolves them, and a resolution that hangs holds up nobody.
//!
//! Debian's nss_wrapper gives a process a hosts file of its own, so no file of the system is touched.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use dmerp::{Call, Client, ErrorKind, Status};
use dmerp_sandbox::Sandbox;

use crate::support::*;

const NAME: &str = "portal.dmerp.test";

/// Runs a test below, in which `hosts` is the hosts file and the portal's host is [`NAME`].
#[track_caller]
fn with_hosts(hosts: &Path, sandbox: &Sandbox, test: &str) {
    let run = child(sandbox, &format!("names::{test}"))
        .env("LD_PRELOAD", "libnss_wrapper.so")
        .env("NSS_WRAPPER_HOSTS", hosts)
        // A name that is not in the file is asked of the name server; one that is silent is not waited for long.
        .env("RES_OPTIONS", "timeout:1 attempts:1")
        .env(
            "DMERP_TEST_BASE_URL",
            sandbox.base_url().replace("127.0.0.1", NAME),
        )
        .output()
        .expect("the child ran");
    assert!(
        !String::from_utf8_lossy(&run.stderr).contains("cannot be preloaded"),
        "libnss_wrapper.so is missing; on Debian and Ubuntu: sudo apt-get install -y libnss-wrapper"
    );
    passed(&run);
}

fn hosts() -> PathBuf {
    from_parent("NSS_WRAPPER_HOSTS").into()
}

fn child_client(connect_ms: &str) -> Client {
    let mut config = child_config();
    config
        .set("timeout.connect_ms", connect_ms)
        .expect("a number");
    Client::new(&config).expect("a client")
}

#[test]
fn a_name_of_the_hosts_file_is_found_also_once_it_is_added() {
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = folder.path().join("hosts");
    fs::write(&hosts, "127.0.0.1 other.dmerp.test\n").expect("written");
    let sandbox = sandbox();
    with_hosts(&hosts, &sandbox, "child_finds_a_name_once_it_is_there");
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 1);
    let host = requests[0].header("host");
    assert!(host.is_some_and(|host| host.starts_with(NAME)), "{host:?}");
}

#[test]
#[ignore = "run by a_name_of_the_hosts_file_is_found_also_once_it_is_added"]
fn child_finds_a_name_once_it_is_there() {
    let client = child_client("10000");
    let error = fails(client.check(None), Status::HostNotFound, NAME);
    assert!(matches!(error.kind(), ErrorKind::HostNotFound(_)));

    let hosts = hosts();
    fs::write(&hosts, format!("127.0.0.1 {NAME}\n")).expect("written");
    // nss_wrapper reads the file anew when its time of change, in seconds, is another.
    let later = SystemTime::now() + Duration::from_secs(60);
    fs::File::options()
        .write(true)
        .open(&hosts)
        .and_then(|file| file.set_modified(later))
        .expect("a time of change");
    client.check(None).expect("the name is known now");
}

/// Gives a process an /etc/hosts and an /etc/nsswitch.conf of its own, in a mount namespace, and runs the rest in it.
const WITH_FILES: &str = r#"mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@""#;

#[test]
fn nsswitch_says_where_names_are_looked_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = folder.path().join("hosts");
    fs::write(&hosts, format!("127.0.0.1 {NAME}\n")).expect("written");
    for (sources, found) in [("files", "yes"), ("dns", "no")] {
        let nsswitch = folder.path().join(format!("nsswitch-{sources}"));
        fs::write(&nsswitch, format!("hosts: {sources}\n")).expect("written");
        let sandbox = sandbox();
        let inner = child(&sandbox, "names::child_looks_for_the_name");
        let run = Command::new("unshare")
            .args(["--mount", "--map-root-user", "sh", "-c", WITH_FILES, "sh"])
            .args([&hosts, &nsswitch])
            .arg(inner.get_program())
            .args(inner.get_args())
            .env("RES_OPTIONS", "timeout:1 attempts:1")
            .env("DMERP_TEST_API_KEY", sandbox.api_key())
            .env("DMERP_TEST_FOUND", found)
            .env(
                "DMERP_TEST_BASE_URL",
                sandbox.base_url().replace("127.0.0.1", NAME),
            )
            .output()
            .expect("unshare ran");
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(
            !told.contains("unshare failed"),
            "this test needs mount namespaces, as root or as a user who may make them: {told}"
        );
        passed(&run);
    }
}

#[test]
#[ignore = "run by nsswitch_says_where_names_are_looked_up"]
fn child_looks_for_the_name() {
    let outcome = child_client("10000").check(None);
    match from_parent("DMERP_TEST_FOUND").as_str() {
        "yes" => outcome.expect("the hosts file has the name"),
        _ => drop(fails(outcome, Status::HostNotFound, NAME)),
    }
}

#[test]
fn a_name_that_nobody_answers_for_ends_at_its_limit_or_a_cancel() {
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = folder.path().join("hosts");
    // Opening a named pipe waits for its writer: so does every resolution.
    let made = Command::new("mkfifo").arg(&hosts).status();
    assert!(made.expect("mkfifo").success());
    let sandbox = sandbox();
    with_hosts(&hosts, &sandbox, "child_waits_for_a_name");
    assert!(sandbox.requests().is_empty());
}

#[test]
#[ignore = "run by a_name_that_nobody_answers_for_ends_at_its_limit_or_a_cancel"]
fn child_waits_for_a_name() {
    let client = child_client("300");
    let limit = Duration::from_millis(300);
    let error = fails(
        client.check(None),
        Status::TimedOut,
        "the name of host portal.dmerp.test was not resolved within 300 ms",
    );
    let kind = error.kind();
    assert!(
        matches!(kind, ErrorKind::ResolutionTimeout { host, timeout: told } if host == NAME && *told == limit),
        "{kind:?}"
    );
    assert!(!error.is_outcome_unknown());

    let patient = child_client("86400000");
    // One of three counts, as the machine may be busy; no more than needed, as nss_wrapper can crash when it reads its file
    // in several threads.
    let mut cancels = (0..3).map(|_| cancelled_after(&patient));
    assert!(cancels.any(|took| took < Duration::from_millis(250)));
    drop(cancels);

    // A client that waits for a name is not waited for when it goes.
    let began = Instant::now();
    drop(patient);
    assert!(began.elapsed() < SOON);

    // The other one works on as soon as the name server does.
    drop(fs::File::options().write(true).open(hosts()));
    let began = Instant::now();
    while client.check(None).expect_err("no such name").status() != Status::HostNotFound {
        assert!(began.elapsed() < SOON, "the client is stuck");
    }
}

/// The threads on which the system resolves a name now. They are told by tokio's name for them: a thread of the test's that has
/// ended can be listed a little longer.
fn resolving() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("/proc");
    tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("tokio"))
        .count()
}

/// How long a call that waits for a name takes to end after a cancel.
fn cancelled_after(client: &Client) -> Duration {
    let before = resolving();
    let call = Call::new();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| client.check(&call));
        let began = Instant::now();
        while resolving() == before {
            assert!(began.elapsed() < SOON, "the name is not asked for");
            thread::yield_now();
        }
        let began = Instant::now();
        call.cancel();
        let result = waiting.join().expect("no panic");
        let took = began.elapsed();
        fails(result, Status::Cancelled, "cancelled");
        took
    })
}
