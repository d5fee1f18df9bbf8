//! What a program does with the library, written as the manuals tell it to: it repeats what failed, with the same packet ids,
//! and marks a packet done when it has kept its content.

use std::collections::{BTreeMap, HashSet};
use std::ops::Add;

use dmerp::{Batch, Client, Format, LeftWhy, PacketKind, Received, Status};
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
    let times = match user {
        "big" => 4000,
        "huge" => 40_000,
        _ => 4,
    };
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
        Verb::PushMany => Box::new(PushMany::new(client)),
        Verb::Receive => Box::new(Receive::of(sandbox)),
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
    pub id: Option<String>,
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

/// One batch with a packet for each user.
pub struct PushMany(Batch);

impl PushMany {
    pub fn new(client: &Client) -> Self {
        let mut batch = client.batch();
        for user in USERS {
            let content = batch.content(content(user));
            batch
                .add(user, Format::Xml, content, Some(&format!("for-{user}")))
                .expect("an entry");
        }
        PushMany(batch)
    }
}

impl Job for PushMany {
    fn run(&mut self, _: &Client) -> String {
        let run = self.0.run(None);
        let results = self.0.results();
        let failed: Vec<_> = results
            .iter()
            .filter_map(|result| result.as_ref().and_then(|result| result.as_ref().err()))
            .collect();
        let untried = results.iter().filter(|result| result.is_none()).count();
        match run {
            Ok(()) => {
                assert_eq!((failed.len(), untried), (0, 0));
                outcome(Status::Ok, false)
            }
            Err(error) => {
                let first = failed.first().expect("a result that is no success");
                assert_eq!(error.status(), first.status());
                assert_eq!(untried, 0, "every entry is tried");
                let told = outcome(first.status(), first.is_outcome_unknown());
                format!("{told} for {} of {PACKETS}", failed.len())
            }
        }
    }

    fn account(&self, sandbox: &Sandbox) -> Account {
        stored(sandbox, &USERS)
    }
}

/// Empties the queue, packet after packet.
#[derive(Default)]
pub struct Receive {
    sent: HashSet<String>,
    handed_over: Vec<String>,
    /// What other processes were handed, and how much of it twice.
    elsewhere: HashSet<String>,
    twice: usize,
}

impl Receive {
    pub fn of(sandbox: &Sandbox) -> Self {
        Self::from(sandbox, &USERS)
    }

    /// These mobile users send a packet each.
    pub fn from(sandbox: &Sandbox, users: &[&str]) -> Self {
        let send = |user: &&str| sandbox.send_packet(user, &content(user)).id;
        Receive {
            sent: users.iter().map(send).collect(),
            ..Receive::default()
        }
    }

    /// These ids were handed over to another process.
    pub fn took(&mut self, ids: impl Iterator<Item = String>) {
        let mut ids: Vec<_> = ids.collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        self.twice += all - ids.len();
        self.elsewhere.extend(ids);
    }

    /// How many packets were handed over to another process first, and to this one again.
    pub fn again(&self) -> usize {
        let again = |id: &&String| self.elsewhere.contains(*id);
        self.handed_over.iter().filter(again).count()
    }
}

impl Job for Receive {
    fn run(&mut self, client: &Client) -> String {
        receive(client, |packet| {
            self.handed_over.push(packet.packet().id.clone());
            packet.done().expect("done is noted");
        })
    }

    fn account(&self, sandbox: &Sandbox) -> Account {
        let own: HashSet<_> = self.handed_over.iter().cloned().collect();
        let never = |id: &&String| !own.contains(*id) && !self.elsewhere.contains(*id);
        Account {
            lost: self.sent.iter().filter(never).count() + sandbox.waiting().len(),
            twice: self.twice + self.handed_over.len() - own.len(),
            doubled: 0,
        }
    }
}

/// Receives until the end or an error, and says what the caller saw. `keep` gets each packet whose content is whole.
pub fn receive(client: &Client, mut keep: impl FnMut(&Received)) -> String {
    let receiver = match client.receive(PacketKind::Packet, None) {
        Ok(receiver) => receiver,
        Err(error) => return format!("receive: {}", error.status().row().name),
    };
    let mut told = Vec::new();
    let mut damaged = 0;
    for packet in &receiver {
        match packet {
            Ok(packet) => {
                let listed = packet.packet();
                // The portal lists the size of most packets. Of a content that is too short, nothing else may show it.
                if listed.size.is_some_and(|size| size != packet.size()) {
                    packet
                        .keep(Some("it has not its listed size"))
                        .expect("kept");
                    continue;
                }
                let user = listed.mobile_user.as_deref().unwrap_or_default();
                let whole = packet.content().expect("readable") == content(user);
                damaged += u32::from(!whole);
                keep(&packet);
            }
            Err(error) => told.push(format!("next: {}", error.status().row().name)),
        }
    }
    let summary = receiver.close().expect("a summary");
    let mut left = BTreeMap::new();
    for packet in &summary.left {
        let why = why(packet.why);
        let status = match packet.status {
            Status::Ok => String::new(),
            status => format!(", {}", status.row().name),
        };
        *left.entry(format!("{why}{status}")).or_insert(0) += 1;
    }
    assert_eq!(summary.left_count, summary.left.len() as u64);
    told.extend(
        left.iter()
            .map(|(why, count)| format!("{count} left: {why}")),
    );
    if damaged > 0 {
        told.push(format!("{damaged} damaged"));
    }
    if summary.listed == 0 && told.is_empty() {
        told.push("OK, nothing listed".into());
    }
    if told.is_empty() {
        return outcome(Status::Ok, false);
    }
    told.join("; ")
}

/// The name of a reason, as in C.
fn why(why: LeftWhy) -> String {
    let mut name = String::new();
    for letter in format!("{why:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
