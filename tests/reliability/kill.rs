//! A process that is killed (SIGKILL) at each step, and the next one, which does what is left.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use dmerp::Client;
use dmerp_sandbox::Sandbox;

use crate::case::in_parallel;
use crate::job::{self, Account, Job as _, Push, PushMany, Receive, VICTIM, receive};
use crate::outside::said;
use crate::page::Page;
use crate::step::{Step, Verb};
use crate::support::*;

/// Where the process is when it is killed.
#[derive(Clone, Copy)]
enum At {
    /// The request was sent, and nothing was done.
    Sent(Step),
    /// The request was carried out, and there was no answer.
    CarriedOut(Step),
    /// The answer has begun.
    AmidTheAnswer(Step),
    /// The program has a packet, and has not said done.
    HandedOver,
    /// The program has said done, and no request has said so.
    SaidDone,
    /// Somewhere, again and again.
    Anywhere,
}

struct Kill {
    verb: Verb,
    at: At,
    /// How often the next process is handed what this one had.
    again: Option<usize>,
}

impl Kill {
    fn name(&self) -> String {
        let at = match self.at {
            At::Sent(step) => format!("{}: sent, not carried out", step.name()),
            At::CarriedOut(step) => format!("{}: carried out, no answer yet", step.name()),
            At::AmidTheAnswer(step) => format!("{}: amid the answer", step.name()),
            At::HandedOver => "handed over, not done".into(),
            At::SaidDone => "done, not marked yet".into(),
            At::Anywhere => "ten times, at any moment".into(),
        };
        format!("{} | {at}", self.verb.name())
    }
}

fn kills() -> Vec<Kill> {
    let mut kills = Vec::new();
    for verb in [Verb::Push, Verb::PushMany] {
        for &step in verb.steps() {
            for at in [At::Sent(step), At::CarriedOut(step)] {
                kills.push((verb, at, Some(0)));
            }
        }
    }
    for (at, again) in [
        (At::Sent(Step::List), Some(0)),
        (At::CarriedOut(Step::List), Some(0)),
        (At::AmidTheAnswer(Step::List), Some(0)),
        (At::Sent(Step::Link), Some(0)),
        (At::Sent(Step::Download), Some(0)),
        (At::AmidTheAnswer(Step::Download), Some(0)),
        (At::HandedOver, Some(1)),
        (At::SaidDone, Some(1)),
        (At::Sent(Step::Done), Some(1)),
        (At::CarriedOut(Step::Done), Some(0)),
        (At::Anywhere, None),
    ] {
        kills.push((Verb::Receive, at, again));
    }
    let kill = |(verb, at, again)| Kill { verb, at, again };
    kills.into_iter().map(kill).collect()
}

/// Adds what this file is about.
pub fn add(page: &mut Page) {
    let kills = kills();
    let accounts = in_parallel(&kills, Kill::name, |kill| match kill.at {
        At::Anywhere => again_and_again(),
        _ => once(kill),
    });
    for (kill, account) in kills.iter().zip(accounts) {
        page.section(
            "The process is killed (SIGKILL)",
            &["verb", "killed", "handed over again to the next process"],
        );
        let again = match kill.again {
            Some(count) => count.to_string(),
            None => "some".into(),
        };
        page.row(&[&kill.name(), &again], account);
        page.combinations += 1;
    }
}

/// A process that does a job, and is killed where it waits.
fn once(kill: &Kill) -> Account {
    let sandbox = sandbox();
    let mut receive = match kill.verb {
        Verb::Receive => Receive::from(&sandbox, &[VICTIM]),
        _ => Receive::default(),
    };
    let (fault, stop) = match kill.at {
        At::Sent(step) => (Some(step.requests_of_victim().hang()), ""),
        At::CarriedOut(step) => (Some(step.requests_of_victim().withhold_answer()), ""),
        At::AmidTheAnswer(step) => (Some(step.requests_of_victim().stall(1)), ""),
        At::HandedOver => (None, "handed over"),
        At::SaidDone => (None, "said done"),
        At::Anywhere => unreachable!("that is again_and_again"),
    };
    let rule = fault.map(|fault| sandbox.fault(fault));
    let mut process = begin(&sandbox, kill.verb, stop);
    let mut said_so_far = Vec::new();
    match rule {
        Some(rule) => {
            // The answer has begun when its status is known; else the request is all there is.
            let amid = matches!(kill.at, At::AmidTheAnswer(_));
            sandbox
                .wait_for_request(
                    |request| request.fault == Some(rule) && (!amid || request.status().is_some()),
                    SOON,
                )
                .expect("the process comes to the step");
            if let At::CarriedOut(step) = kill.at {
                wait_until_done(&sandbox, step);
            }
        }
        None => said_so_far = read_until(&mut process, "waiting"),
    }
    said_so_far.extend(end(process));
    sandbox.clear_faults();
    sandbox.show_hidden();
    receive.took(said(&said_so_far, "kept: "));

    // The next process.
    let client = client(&sandbox);
    let (told, account) = match kill.verb {
        Verb::Push => {
            let mut push = Push::default();
            push.id = Some("document-1".into());
            (push.run(&client), push.account(&sandbox))
        }
        Verb::PushMany => {
            let mut batch = PushMany::new(&client);
            (batch.run(&client), batch.account(&sandbox))
        }
        Verb::Receive => (receive.run(&client), receive.account(&sandbox)),
    };
    assert!(told.starts_with("OK"), "{told}");
    assert_eq!(Some(receive.again()), kill.again, "handed over again");
    assert_eq!(account, Account::default());
    account
}

/// Waits for the effect of a request whose answer is withheld: the log has it as soon as its head is there.
fn wait_until_done(sandbox: &Sandbox, step: Step) {
    let began = std::time::Instant::now();
    let is_done = || match step {
        Step::Push => !sandbox.pushed(VICTIM).is_empty(),
        Step::Upload => sandbox
            .pushed(VICTIM)
            .iter()
            .any(|packet| packet.uploads > 0),
        Step::List => sandbox.waiting().iter().all(|packet| packet.deliveries > 0),
        Step::Done => sandbox.waiting().is_empty(),
        Step::Link | Step::Download => true,
    };
    while !is_done() {
        assert!(began.elapsed() < SOON, "the request is not carried out");
        std::thread::yield_now();
    }
}

/// Processes that are killed at any moment, until one is left alone and comes to the end.
fn again_and_again() -> Account {
    let sandbox = sandbox();
    let users: Vec<_> = (0..200).map(|number| format!("user{number}")).collect();
    let users: Vec<_> = users.iter().map(String::as_str).collect();
    let mut receive = Receive::from(&sandbox, &users);
    for round in 0..10 {
        let mut process = begin(&sandbox, Verb::Receive, "");
        // One more packet each time; what it does until the signal comes is chance.
        let mut said_so_far = Vec::new();
        for _ in 0..round {
            said_so_far.extend(read_until(&mut process, "kept: "));
        }
        said_so_far.extend(end(process));
        receive.took(said(&said_so_far, "kept: "));
        sandbox.show_hidden();
    }
    let told = receive.run(&client(&sandbox));
    assert!(told.starts_with("OK"), "{told}");
    let account = receive.account(&sandbox);
    assert_eq!(account, Account::default());
    account
}

struct Process {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
}

fn begin(sandbox: &Sandbox, verb: Verb, stop: &str) -> Process {
    let mut child = child(sandbox, "kill::child_does_a_job")
        .env("DMERP_TEST_VERB", verb.name())
        .env("DMERP_TEST_STOP", stop)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    Process { child, stdout }
}

/// What it says up to a line that begins so.
fn read_until(process: &mut Process, word: &str) -> Vec<u8> {
    let mut text = Vec::new();
    loop {
        let begin = text.len();
        let read = process.stdout.read_until(b'\n', &mut text);
        assert!(read.expect("text") > 0, "the child ended too soon");
        if text[begin..].starts_with(word.as_bytes()) {
            return text;
        }
    }
}

/// Kills it, and returns what it said last.
fn end(mut process: Process) -> Vec<u8> {
    process.child.kill().expect("killed");
    process.child.wait().expect("gone");
    let mut text = Vec::new();
    process.stdout.read_to_end(&mut text).expect("text");
    text
}

#[test]
#[ignore = "run by every_fault_at_every_step"]
fn child_does_a_job() {
    let client = Client::new(&child_config()).expect("a client");
    let stop = from_parent("DMERP_TEST_STOP");
    println!();
    match from_parent("DMERP_TEST_VERB").as_str() {
        "push" => {
            let content = job::content(VICTIM);
            let id = Some("document-1");
            let _ = client.push(VICTIM, dmerp::Format::Xml, &content, id, None);
        }
        "push_many" => {
            PushMany::new(&client).run(&client);
        }
        _ => {
            receive(&client, |packet| {
                println!("kept: {}", packet.packet().id);
                wait_if(stop == "handed over");
                packet.done().expect("done is noted");
                wait_if(stop == "said done");
            });
        }
    }
    panic!("it must be killed before it comes here");
}

fn wait_if(here: bool) {
    if here {
        println!("waiting");
        let _ = std::io::stdin().read(&mut [0]);
        panic!("it must be killed here");
    }
}
