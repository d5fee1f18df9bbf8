//! The page `docs/reliability.md`, and the test that makes it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::case::{self, Line, in_parallel};
use crate::faults::{Trouble, troubles};
use crate::job::Account;
use crate::step::{Step, Verb};
use crate::{ALONE, kill, outside};

const FILE: &str = "docs/reliability.md";

const VERBS: [Verb; 3] = [Verb::Push, Verb::PushMany, Verb::Receive];

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

const HEAD: &str = "\
# Reliability

Made by the test run (`tests/reliability`); do not edit.

head {combinations}
";
