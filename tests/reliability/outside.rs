//! What happens outside the portal: the storage is down, a name stops resolving, a certificate changes, the disk is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use dmerp::{Client, Format, Status};
use dmerp_sandbox::{Options, Sandbox};
use reqwest::Method;

use crate::case::{Line, come_to_the_end, in_parallel};
use crate::job::{self, Account, Job, Receive, content, receive};
use crate::page::Page;
use crate::step::{EVERY, Step, VERBS, Verb, outcome};
use crate::support::*;

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    StorageDown,
    Certificate,
    Name,
}

/// A trouble that begins when a verb has come to a step.
struct Case {
    trouble: Trouble,
    verb: Verb,
    step: Step,
    told: &'static str,
}

impl Case {
    fn name(&self) -> String {
        let (verb, step) = (self.verb.name(), self.step.name());
        format!("{} | {verb} | {step}", self.trouble.name())
    }
}

impl Trouble {
    fn name(self) -> &'static str {
        match self {
            Trouble::StorageDown => "the storage is down, the portal is up",
            Trouble::Certificate => "the certificate is another authority's",
            Trouble::Name => "the name does not resolve",
        }
    }

    fn sandbox(self) -> Sandbox {
        start(Options {
            tls: self == Trouble::Certificate,
            host: match self {
                Trouble::Name => HOST.into(),
                _ => Options::default().host,
            },
            ..Options::default()
        })
    }

    fn begin(self, sandbox: &Sandbox) {
        match self {
            Trouble::StorageDown => sandbox.storage_down(),
            Trouble::Certificate => sandbox.change_certificate(),
            Trouble::Name => set_hosts(""),
        }
    }

    fn end(self, sandbox: &Sandbox) {
        match self {
            Trouble::StorageDown => sandbox.storage_up(),
            Trouble::Certificate => sandbox.restore_certificate(),
            Trouble::Name => set_hosts(HOST),
        }
    }
}

fn cases(trouble: Trouble) -> Vec<Case> {
    let steps = match trouble {
        Trouble::StorageDown => &[Step::Upload, Step::Download],
        Trouble::Certificate | Trouble::Name => EVERY,
    };
    let mut cases = Vec::new();
    for verb in VERBS {
        for &step in verb.steps().iter().filter(|step| steps.contains(step)) {
            cases.push(Case {
                trouble,
                verb,
                step,
                told: told(trouble, verb, step),
            });
        }
    }
    cases
}

/// What the caller must see.
fn told(trouble: Trouble, verb: Verb, step: Step) -> &'static str {
    use Step::{Done, Download, Link, List, Upload};
    use Trouble::{Certificate, Name, StorageDown};
    match (trouble, verb, step) {
        (StorageDown, Verb::Push, _) => "CONNECT_FAILED",
        (StorageDown, Verb::PushMany, _) => "CONNECT_FAILED for 3 of 3",
        (StorageDown, Verb::Receive, _) => "3 left: NOT_DOWNLOADED, CONNECT_FAILED",
        (Certificate, Verb::Push, Upload) => "TLS_FAILED (outcome unknown)",
        (Certificate, Verb::Push, _) => "TLS_FAILED",
        (Certificate, Verb::PushMany, Upload) => "TLS_FAILED (outcome unknown) for 3 of 3",
        (Certificate, Verb::PushMany, _) => "TLS_FAILED for 3 of 3",
        (Certificate, Verb::Receive, List) => "next: TLS_FAILED",
        (Certificate, Verb::Receive, Link | Download) => {
            "next: TLS_FAILED; 1 left: NOT_DOWNLOADED, TLS_FAILED; 2 left: NOT_HANDED_OVER"
        }
        (Certificate, Verb::Receive, _) => "next: TLS_FAILED; 3 left: MARK_UNKNOWN, TLS_FAILED",
        (Name, Verb::Push, Upload) => "HOST_NOT_FOUND (outcome unknown)",
        (Name, Verb::Push, _) => "HOST_NOT_FOUND",
        (Name, Verb::PushMany, Upload) => "HOST_NOT_FOUND (outcome unknown) for 3 of 3",
        (Name, Verb::PushMany, _) => "HOST_NOT_FOUND for 3 of 3",
        (Name, Verb::Receive, List) => "next: HOST_NOT_FOUND",
        (Name, Verb::Receive, Link) => {
            "next: HOST_NOT_FOUND; 3 left: NOT_DOWNLOADED, HOST_NOT_FOUND"
        }
        (Name, Verb::Receive, Download) => "3 left: NOT_DOWNLOADED, HOST_NOT_FOUND",
        (Name, Verb::Receive, Done) => "3 left: MARK_UNKNOWN, HOST_NOT_FOUND",
        (Name, Verb::Receive, _) => unreachable!("no step of receive"),
    }
}

fn play(case: &Case) -> Line {
    let Case {
        trouble,
        verb,
        step,
        told,
    } = *case;
    let sandbox = trouble.sandbox();
    let client = client_with(
        &sandbox,
        &[("receive.concurrency", "1"), ("push.concurrency", "1")],
    );
    // From here on there is a connection to both, which needs no name and no certificate; it breaks at the step.
    push(&client, b"<p/>").expect("a push");
    sandbox.clear_requests();
    let mut job = job::job(verb, &sandbox, &client);
    trouble.begin(&sandbox);
    if trouble != Trouble::StorageDown {
        sandbox.fault(step.requests().drop_before_headers());
    }
    let seen = job.run(&client);
    let requests = sandbox.requests().len();
    trouble.end(&sandbox);
    assert!(sandbox.faults().iter().all(|fault| fault.applied == 1));
    assert_eq!(seen, told);
    Line {
        told: seen,
        requests,
        account: come_to_the_end(&mut *job, &sandbox, &client),
    }
}

/// Adds what this file is about.
pub fn add(page: &mut Page) {
    for trouble in [Trouble::StorageDown, Trouble::Certificate, Trouble::Name] {
        let cases = cases(trouble);
        let lines = match trouble {
            Trouble::Name => with_names(),
            _ => in_parallel(&cases, Case::name, play),
        };
        assert_eq!(lines.len(), cases.len());
        for (case, line) in cases.iter().zip(lines) {
            page.section(
                "Outside the portal",
                &["fault", "verb", "step", "the caller sees", "requests"],
            );
            page.line(&[&case.name()], &line);
        }
    }
    for (name, line) in full_disk() {
        page.section(
            "The disk is full",
            &["verb", "step", "the caller sees", "requests"],
        );
        page.line(&[name], &line);
    }
}

const HOST: &str = "portal.dmerp.test";

/// Makes a line with this name, or none, the hosts file.
fn set_hosts(name: &str) {
    let file = PathBuf::from(from_parent("NSS_WRAPPER_HOSTS"));
    let modified = fs::metadata(&file).and_then(|file| file.modified());
    fs::write(&file, format!("127.0.0.1 other.dmerp.test {name}\n")).expect("written");
    // nss_wrapper reads the file anew when its time of change, in seconds, is another.
    let later = modified.expect("a time of change") + Duration::from_secs(60);
    fs::File::options()
        .write(true)
        .open(&file)
        .and_then(|file| file.set_modified(later))
        .expect("a time of change");
}

/// Plays the cases in a process that has a hosts file of its own.
fn with_names() -> Vec<Line> {
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = folder.path().join("hosts");
    fs::write(&hosts, format!("127.0.0.1 {HOST}\n")).expect("written");
    let sandbox = sandbox();
    let run = child(&sandbox, "outside::child_loses_a_name")
        .env("LD_PRELOAD", "libnss_wrapper.so")
        .env("NSS_WRAPPER_HOSTS", &hosts)
        // A name that is not in the file is asked of the name server; one that is silent is not waited for long.
        .env("RES_OPTIONS", "timeout:1 attempts:1")
        .output()
        .expect("the child ran");
    assert!(
        !String::from_utf8_lossy(&run.stderr).contains("cannot be preloaded"),
        "libnss_wrapper.so is missing; on Debian and Ubuntu: sudo apt-get install -y libnss-wrapper"
    );
    passed(&run);
    said(&run.stdout, "line: ")
        .map(|line| serde_json::from_str(&line).expect("a line"))
        .collect()
}

#[test]
#[ignore = "run by every_fault_at_every_step"]
fn child_loses_a_name() {
    println!();
    for case in cases(Trouble::Name) {
        eprintln!("{}", case.name());
        let line = serde_json::to_string(&play(&case)).expect("JSON");
        println!("line: {line}");
    }
}

/// What a child said after this word, line by line.
pub fn said<'a>(stdout: &'a [u8], word: &'a str) -> impl Iterator<Item = String> + 'a {
    let lines = stdout.split(|byte| *byte == b'\n');
    let lines = lines.map(String::from_utf8_lossy);
    lines.filter_map(move |line| line.strip_prefix(word).map(String::from))
}

/// No file of the process that follows can be larger than 32 KiB; without the signal, a write beyond that fails as on a full
/// disk.
const LIMITED: &str = r#"trap "" XFSZ; ulimit -S -f 64; exec "$@""#;

const FULL: [(&str, &str, &str); 3] = [
    ("push_stream | reading the stream", "push", "FILE_ERROR"),
    (
        "receive | download",
        "receive",
        "1 left: NOT_DOWNLOADED, FILE_ERROR",
    ),
    ("receive | save_as", "save_as", "1 left: KEPT"),
];

fn full_disk() -> Vec<(&'static str, Line)> {
    in_parallel(
        &FULL,
        |(name, ..)| name.to_string(),
        |&(name, what, told)| (name, on_a_full_disk(what, told)),
    )
}

fn on_a_full_disk(what: &str, told: &str) -> Line {
    let sandbox = sandbox();
    let folder = tempfile::tempdir().expect("a folder");
    let mut receive = match what {
        "push" => Receive::default(),
        _ => Receive::from(&sandbox, &["first", "big", "last"]),
    };
    let inner = child(&sandbox, "outside::child_has_a_full_disk");
    let mut outer = Command::new("sh");
    outer
        .args(["-c", LIMITED, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .envs(
            inner
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .env("DMERP_TEST_WHAT", what)
        .env("DMERP_TEST_FOLDER", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = outer.spawn().and_then(|run| run.wait_with_output());
    let run = run.expect("the child ran");
    passed(&run);
    let seen: Vec<_> = said(&run.stdout, "told: ").collect();
    assert_eq!(seen, [told, "OK"]);
    let first_run = said(&run.stdout, "requests: ").next();
    let requests = first_run.and_then(|count| count.parse().ok());
    receive.took(said(&run.stdout, "kept: "));
    let mut account = receive.account(&sandbox);
    if what == "push" {
        account = account + job::stored(&sandbox, &["huge"]);
    }
    assert_eq!(account, Account::default());
    let files = fs::read_dir(folder.path()).expect("a folder");
    let saved = if what == "save_as" { 3 } else { 0 };
    assert_eq!(files.count(), saved, "no part of a file stays");
    Line {
        told: told.into(),
        requests: requests.expect("a number"),
        account,
    }
}

#[test]
#[ignore = "run by every_fault_at_every_step"]
fn child_has_a_full_disk() {
    let (what, folder) = (
        from_parent("DMERP_TEST_WHAT"),
        from_parent("DMERP_TEST_FOLDER"),
    );
    let mut config = child_config();
    config.set("temp_dir", &folder).expect("a folder");
    if what == "receive" {
        config
            .set("receive.memory_bytes", "1024")
            .expect("a number");
    }
    let client = Client::new(&config).expect("a client");
    println!();
    for round in 0..2 {
        let told = match what.as_str() {
            "push" => push_stream(&client),
            "receive" => receive(&client, |packet| {
                println!("kept: {}", packet.packet().id);
                packet.done().expect("done is noted");
            }),
            _ => save(&client, Path::new(&folder)),
        };
        println!("told: {told}");
        if round == 0 {
            println!("requests: {}", requests_so_far());
            show_hidden();
            // There is room again, for this process and its client.
            let own = std::process::id().to_string();
            let freed = Command::new("prlimit")
                .args(["--pid", &own, "--fsize=unlimited"])
                .status();
            assert!(freed.expect("prlimit ran").success());
        }
    }
}

/// What the sandbox's control API answers to a child.
fn control(method: Method, command: &str) -> String {
    let base_url = from_parent("DMERP_TEST_BASE_URL");
    let url = format!(
        "{}/_sandbox/{command}",
        base_url.trim_end_matches("/mobile")
    );
    let answer = browser().request(method, url).send();
    answer.and_then(|answer| answer.text()).expect("an answer")
}

fn show_hidden() {
    control(Method::POST, "show-hidden");
}

fn requests_so_far() -> usize {
    let requests = control(Method::GET, "requests");
    let requests: Vec<serde_json::Value> = serde_json::from_str(&requests).expect("a list");
    requests.len()
}

fn push_stream(client: &Client) -> String {
    let content = content("huge");
    let pushed = client.push_stream("huge", Format::Xml, &content[..], Some("one"), None);
    outcome(
        pushed.map_or_else(|error| error.status(), |_| Status::Ok),
        false,
    )
}

fn save(client: &Client, folder: &Path) -> String {
    receive(client, |packet| {
        let to = folder.join(&packet.packet().id);
        match packet.save_as(&to) {
            Ok(()) => {
                println!("kept: {}", packet.packet().id);
                packet.done().expect("done is noted");
            }
            Err(error) => {
                assert_eq!(error.status(), Status::FileError);
                packet.keep(Some("the disk is full")).expect("kept");
            }
        }
    })
}
