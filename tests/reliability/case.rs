//! One fault at one step: played, checked, and written down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dmerp::Client;
use dmerp_sandbox::Sandbox;
use serde::{Deserialize, Serialize};

use crate::faults::Trouble;
use crate::job::{self, Account, Job};
use crate::step::{Step, Verb};
use crate::support::*;

/// A line of the page.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    /// What the caller saw.
    pub told: String,
    /// How many requests that run made.
    pub requests: usize,
    /// The balance after a second run without the fault.
    pub account: Account,
}

/// Plays a fault of the sandbox once or until it is lifted.
pub fn play(trouble: &Trouble, verb: Verb, step: Step, lasts: bool) -> Line {
    let sandbox = sandbox();
    let idle_ms = if trouble.is_idle { "1500" } else { "20000" };
    let concurrency = if trouble.ends_the_run() { "1" } else { "16" };
    let client = client_with(
        &sandbox,
        &[
            ("timeout.idle_ms", idle_ms),
            ("receive.concurrency", concurrency),
            // Busy machines send no done of their own accord amid the packets.
            ("receive.done_ms", "60000"),
        ],
    );
    let mut job = job::job(verb, &sandbox, &client);
    let when = step.requests_of_victim();
    let when = if lasts { when.forever() } else { when };
    sandbox.fault((trouble.act)(when));
    let told = job.run(&client);
    let requests = sandbox.requests().len();
    assert!(sandbox.faults()[0].applied > 0, "the fault happened");
    sandbox.clear_faults();
    assert_eq!(told, trouble.told(verb, step, lasts));
    let account = come_to_the_end(&mut *job, &sandbox, &client);
    Line {
        told,
        requests,
        account,
    }
}

/// Runs a job again without the fault, and strikes the balance: nothing may be wrong.
pub fn come_to_the_end(job: &mut dyn Job, sandbox: &Sandbox, client: &Client) -> Account {
    // What the fault left on a connection can cost the first list its answer: then its packets are hidden for a while.
    for _ in 0..2 {
        sandbox.show_hidden();
        let told = job.run(client);
        assert!(told.starts_with("OK"), "the run after it: {told}");
    }
    let account = job.account(sandbox);
    assert_eq!(account, Account::default());
    account
}

/// Does the work for each of the items, several at a time, as most of it is waiting; a panic of one is told with its name.
pub fn in_parallel<I: Sync, O: Send>(
    items: &[I],
    name: impl Fn(&I) -> String + Sync,
    work: impl Fn(&I) -> O + Sync,
) -> Vec<O> {
    const AT_A_TIME: usize = 32;
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((at, item)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    items.get(at).map(|item| (at, item))
                } {
                    let outcome = catch_unwind(AssertUnwindSafe(|| work(item)));
                    let outcome = outcome.map_err(|why| format!("{}: {}", name(item), told(&*why)));
                    done.lock().expect("no panic").push((at, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no panic");
    done.sort_by_key(|(at, _)| *at);
    let (good, bad): (Vec<_>, Vec<_>) = done
        .into_iter()
        .map(|(_, outcome)| outcome)
        .partition(Result::is_ok);
    let bad: Vec<_> = bad.into_iter().filter_map(Result::err).collect();
    assert!(bad.is_empty(), "{} failed:\n{}", bad.len(), bad.join("\n"));
    good.into_iter().filter_map(Result::ok).collect()
}

fn told(why: &(dyn std::any::Any + Send)) -> String {
    let text = why.downcast_ref::<String>().map(String::as_str);
    text.or(why.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked")
        .to_string()
}
