//! The page `docs/reliability.md`, and the test that makes it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::case::{self, Line, in_parallel};
use crate::faults::{Trouble, troubles};
use crate::job::Account;
use crate::step::{Step, VERBS, Verb};
use crate::{ALONE, kill, outside};

const FILE: &str = "docs/reliability.md";

/// A fault of the sandbox at a step, once or until it is lifted.
struct Case<'a> {
    trouble: &'a Trouble,
    verb: Verb,
    step: Step,
    lasts: bool,
}

impl Case<'_> {
    fn name(&self) -> String {
        let lasts = if self.lasts { "lasting" } else { "once" };
        let (verb, step) = (self.verb.name(), self.step.name());
        format!("{verb}, {step}, {}, {lasts}", self.trouble.name)
    }
}

#[test]
fn every_fault_at_every_step() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let began = Instant::now();
    let troubles = troubles();
    let mut cases = Vec::new();
    for verb in VERBS {
        for &step in verb.steps() {
            for trouble in troubles.iter().filter(|trouble| trouble.at.contains(&step)) {
                for lasts in [false, true] {
                    cases.push(Case {
                        trouble,
                        verb,
                        step,
                        lasts,
                    });
                }
            }
        }
    }
    let lines = in_parallel(&cases, Case::name, |case| {
        case::play(case.trouble, case.verb, case.step, case.lasts)
    });
    eprintln!("{} cases in {:?}", lines.len(), began.elapsed());
    let mut page = Page::default();
    let mut cases = cases.iter().zip(&lines).peekable();
    while let Some((case, once)) = cases.next() {
        let (_, lasting) = cases.next().expect("each is played once and lasting");
        page.section(
            &format!("{}: {}", case.verb.name(), case.step.name()),
            &[
                "fault",
                "once",
                "requests",
                "until it is lifted",
                "requests",
            ],
        );
        page.row(
            &[
                case.trouble.name,
                &once.told,
                &once.requests.to_string(),
                &lasting.told,
                &lasting.requests.to_string(),
            ],
            once.account + lasting.account,
        );
        page.combinations += 2;
    }
    outside::add(&mut page);
    kill::add(&mut page);
    page.compare();
}

/// The page as it grows.
#[derive(Default)]
pub struct Page {
    text: String,
    title: String,
    pub combinations: usize,
}

impl Page {
    /// Begins a table, unless it is the one that is open.
    pub fn section(&mut self, title: &str, columns: &[&str]) {
        if self.title == title {
            return;
        }
        self.title = title.to_string();
        let columns = [columns, &["lost", "twice", "doubled"]].concat();
        let line = "| --- ".repeat(columns.len());
        let _ = write!(
            self.text,
            "\n## {title}\n\n| {} |\n{line}|\n",
            columns.join(" | ")
        );
    }

    pub fn row(&mut self, cells: &[&str], account: Account) {
        let Account {
            lost,
            twice,
            doubled,
        } = account;
        let cells = cells.join(" | ");
        let _ = writeln!(self.text, "| {cells} | {lost} | {twice} | {doubled} |");
    }

    /// Adds a row of one run.
    pub fn line(&mut self, fault: &[&str], line: &Line) {
        let requests = line.requests.to_string();
        let cells = [fault, &[&line.told, &requests]].concat();
        self.row(&cells, line.account);
        self.combinations += 1;
    }

    /// The committed page must be the one that this run made; `make generated` writes it.
    fn compare(&self) {
        let page = format!(
            "{}{}",
            HEAD.replace("{combinations}", &self.combinations.to_string()),
            self.text
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        if std::env::var_os("DMERP_WRITE_GENERATED").is_some() {
            std::fs::write(&path, &page).expect("written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = committed
            .lines()
            .zip(page.lines())
            .find(|(old, new)| old != new);
        assert!(
            committed == page,
            "{FILE} is not what this run made; the first difference: {differs:?}. If it is right, run `make generated`"
        );
    }
}

/// What the page begins with; it has the number of combinations in it.
const HEAD: &str = "\
# Reliability

Made by the test run (`tests/reliability`); do not edit.

{combinations} combinations of a fault and a step, each played against the sandbox by a program that does what the manuals say:
it repeats a push that failed with the same packet id, and says done when it has kept a packet's content. A request is tried
three times at most. After the fault the same client goes on, or after SIGKILL the next process, until nothing is left to do.

push sends one packet. push_many and receive have three: a fault of the push request, the upload, the link or the download hits
the second one, a fault of list or done hits all. The columns:

- **once**, **until it is lifted**, **the caller sees**: for push its status; for push_many the status, and for how many of the
  packets; for receive the error of `next`, and the packets that the summary tells as left, with the reason and the status.
  `outcome unknown`: all was sent and no answer came. What is not mentioned went well.
- **requests**: how many the sandbox received in that run.
- **lost**: packets that are not at the other side in the end, or not whole, or that the portal still lists.
- **twice**: packets that one process was handed twice.
- **doubled**: packets that the portal has under two ids. A push that is repeated with its id is the same packet there; that
  the real portal treats it so is an assumption.

Four things to know:

- A list hides its packets from the next one. If its answer is lost, the next list is empty (`OK, nothing listed`), and the
  packets come when the portal's visibility time-out is over.
- A download that is complete but is not the packet (too few bytes announced, garbage, nothing at all): nothing in HTTP shows
  it. The program above compares the content's size with the listed one, and keeps the packet in the queue (`KEPT`).
- A process that is killed remembers nothing. What it was handed and what was not marked, the next process is handed again.
- A wrong key, app area or certificate ends a run: nothing more is sent. The other faults concern one packet or one list.

The soak (`make soak`) sends 100,000 packets each way while one request in twenty fails. Each packet must arrive once and whole,
and memory and descriptors must not grow. `make test` has a short form of it.
";
