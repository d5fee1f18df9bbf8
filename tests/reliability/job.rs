//! What a program does with the library, written as the manuals tell it to: it repeats what failed, with the same packet ids,
//! and marks a packet done when it has kept its content.

use std::collections::{BTreeMap, HashSet};
use std::ops::Add;

use dmerp::{Client, Format, Status};
use dmerp_sandbox::Sandbox;
use serde::{Deserialize, Serialize};

use crate::step::{Verb, outcome};

/// The packet that faults hit, by its mobile user; the others must not notice.
pub const VICTIM: &str = "victim";
const USERS: [&str; 3] = ["first", VICTIM, "last"];
/// How many packets a job of push_many or receive has.
pub const PACKETS: usize = USERS.len();

/// What the packets of a mobile user hold.
pub fn content(user: &str) -> Vec<u8> {
    let packet = format!("<NavMobileSync salesmancode=\"{user}\"></NavMobileSync>\n");
    let times = if user.starts_with("big") { 4000 } else { 4 };
    packet.repeat(times).into_bytes()
}

/// A job that can be run again.
pub trait Job {
    /// Does what is left to do, and says what the caller saw.
    fn run(&mut self, client: &Client) -> String;

    /// The balance, once all is done.
    fn account(&self, sandbox: &Sandbox) -> Account;
}

/// What no fault may cause.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Packets that were sent and did not arrive whole, or that the portal still lists.
    pub lost: usize,
    /// Packets that the library handed over twice.
    pub twice: usize,
    /// Packets that the portal has under two ids.
    pub doubled: usize,
}

impl Add for Account {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Account {
            lost: self.lost + other.lost,
            twice: self.twice + other.twice,
            doubled: self.doubled + other.doubled,
        }
    }
}

pub fn job(verb: Verb, sandbox: &Sandbox, client: &Client) -> Box<dyn Job> {
    match verb {
        Verb::Push => Box::new(Push::default()),
        _ => {
            let _ = (sandbox, client);
            todo!()
        }
    }
}

/// What the portal has of packets for these mobile users, one for each.
pub fn stored(sandbox: &Sandbox, users: &[&str]) -> Account {
    let mut account = Account::default();
    for user in users {
        let pushed = sandbox.pushed(user);
        let whole = pushed
            .iter()
            .filter(|packet| packet.content == Some(content(user)))
            .count();
        account.lost += usize::from(whole == 0);
        account.doubled += pushed.len().saturating_sub(1);
    }
    account
}

/// One push. It is repeated with the id that the error carries.
#[derive(Default)]
pub struct Push {
    id: Option<String>,
    stored: bool,
}

impl Job for Push {
    fn run(&mut self, client: &Client) -> String {
        if self.stored {
            return outcome(Status::Ok, false);
        }
        let content = content(VICTIM);
        match client.push(VICTIM, Format::Xml, &content, self.id.as_deref(), None) {
            Ok(_) => {
                self.stored = true;
                outcome(Status::Ok, false)
            }
            Err(error) => {
                self.id = error.packet_id().map(String::from);
                outcome(error.status(), error.is_outcome_unknown())
            }
        }
    }

    fn account(&self, sandbox: &Sandbox) -> Account {
        stored(sandbox, &[VICTIM])
    }
}
