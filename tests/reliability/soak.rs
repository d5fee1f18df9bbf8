//! Many packets both ways while one request in twenty fails: every packet is accounted for, and memory and descriptors stay
//! flat. `make soak` runs the long form.

use std::fs;
use std::time::{Duration, Instant};

use dmerp::{Client, Config, Format, PacketKind, Receiver};
use dmerp_sandbox::{Fault, Options, Outgoing, Sandbox, When};

use crate::ALONE;
use crate::support::*;

/// How many packets go each way, unless `DMERP_SOAK_PACKETS` says so.
const PACKETS: usize = 2000;
/// How many different contents they have; a content is known by its packet's id.
const CONTENTS: usize = 100;
const USERS: usize = 100;
/// How many packets are pushed at once.
const BATCH: usize = 100;

/// How long a listed packet is hidden: a lost list comes again soon.
const HIDDEN: Duration = Duration::from_secs(3);

fn packets() -> usize {
    let told = std::env::var("DMERP_SOAK_PACKETS").ok();
    let packets = told.map_or(PACKETS, |told| told.parse().expect("a number"));
    assert!(packets.is_multiple_of(CONTENTS) && packets.is_multiple_of(BATCH));
    packets
}

/// Contents differ, in size too.
fn content(number: usize) -> Vec<u8> {
    let record = format!("<r status=\"inserted\"><DMS_ROWID>{number}</DMS_ROWID></r>");
    record.repeat(1 + number * 7 % 40).into_bytes()
}

#[test]
fn every_packet_of_a_soak_is_accounted_for() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let packets = packets();
    let sandbox = start(Options {
        visibility_timeout: HIDDEN,
        max_per_pull: Some(200),
        ..Options::default()
    });
    for number in 0..CONTENTS {
        let user = format!("user{}", number % USERS);
        let outgoing = Outgoing::packet(&user, content(number)).id(&format!("sent-{number}"));
        sandbox.send_many(outgoing, packets / CONTENTS);
    }
    one_in_twenty_fails(&sandbox);
    let began = Instant::now();
    let run = child(&sandbox, "soak::child_soaks")
        .env("DMERP_SOAK_PACKETS", packets.to_string())
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("the child ran");
    passed(&run);
    let hit: u32 = sandbox.faults().iter().map(|fault| fault.applied).sum();
    let met: u32 = sandbox.faults()[0].matched;
    println!("{hit} of {met} requests failed; {:?}", began.elapsed());
    assert!(hit * 30 > met, "{hit} of {met}");
    assert_eq!(sandbox.waiting().len(), 0, "every packet is marked done");
    let mut arrived = 0;
    for user in 0..USERS {
        for pushed in sandbox.pushed(&format!("user{user}")) {
            let number = pushed.packet_unique_id.strip_prefix("pushed-");
            let number: usize = number.and_then(|it| it.parse().ok()).expect("its id");
            assert_eq!(number % USERS, user);
            assert_eq!(pushed.content, Some(content(number)), "{number}");
            arrived += 1;
        }
    }
    assert_eq!(arrived, packets, "each id once, with its content");
}

fn one_in_twenty_fails(sandbox: &Sandbox) {
    let faults: [fn(When) -> Fault; 5] = [
        |when| when.status(503),
        |when| when.drop_before_headers(),
        |when| when.lose_answer(),
        |when| when.reset_after_headers(),
        |when| when.throttle(None),
    ];
    for (seed, fault) in (1..).zip(faults) {
        sandbox.fault(fault(Fault::anywhere().forever().one_in(100, seed)));
    }
    sandbox.fault(Fault::anywhere().forever().one_in(2000, 6).hang());
    let lists = || Fault::on_portal().query("packetType=packet").forever();
    sandbox.fault(lists().one_in(20, 7).truncate(100));
    sandbox.fault(lists().one_in(20, 8).duplicate_delivery());
    // This one makes all handles stale, so that hundreds of requests follow that try them in ever smaller parts.
    let done = Fault::on_portal().path("/done").forever();
    sandbox.fault(done.one_in(1000, 9).expire_handles());
}

/// What this process holds: its memory in KiB, and its descriptors.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    memory: u64,
    descriptors: u64,
}

impl Held {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").expect("/proc");
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|line| line.split_whitespace().next()?.parse().ok());
        Held {
            memory: memory.expect("a size"),
            descriptors: fs::read_dir("/proc/self/fd").expect("/proc").count() as u64,
        }
    }

    fn most(self, other: Self) -> Self {
        Held {
            memory: self.memory.max(other.memory),
            descriptors: self.descriptors.max(other.descriptors),
        }
    }
}

/// Looks at what is held ten times on the way.
struct Gauge {
    what: &'static str,
    all: usize,
    looks: Vec<Held>,
    began: Instant,
}

impl Gauge {
    fn new(what: &'static str, all: usize) -> Self {
        Gauge {
            what,
            all,
            looks: Vec::new(),
            began: Instant::now(),
        }
    }

    fn at(&mut self, done: usize) {
        if done * 10 < self.all * (self.looks.len() + 1) {
            return;
        }
        let held = Held::now();
        eprintln!(
            "{} {done}: {} KiB, {} descriptors, {:?}",
            self.what,
            held.memory,
            held.descriptors,
            self.began.elapsed()
        );
        self.looks.push(held);
    }

    /// The second half holds no more than the first did.
    fn is_flat(&self) {
        assert_eq!(self.looks.len(), 10);
        let (early, late) = self.looks.split_at(5);
        let most = |looks: &[Held]| looks.iter().copied().fold(Held::default(), Held::most);
        let (early, late) = (most(early), most(late));
        // What the allocator keeps varies a little.
        let memory = early.memory + early.memory / 20 + 2048;
        assert!(late.memory <= memory, "memory grows: {:?}", self.looks);
        // Connections that were made at the same time.
        let descriptors = early.descriptors + 16;
        assert!(late.descriptors <= descriptors, "{:?}", self.looks);
    }
}

fn config() -> Config {
    let mut config = child_config();
    for (key, value) in [
        ("retry.max_attempts", "5"),
        ("retry.max_ms", "20"),
        ("timeout.idle_ms", "500"),
        ("receive.lease_ms", "2000"),
        ("receive.poll_ms", "50"),
        ("receive.poll_max_ms", "500"),
    ] {
        config.set(key, value).expect(key);
    }
    config
}

#[test]
#[ignore = "run by every_packet_of_a_soak_is_accounted_for"]
fn child_soaks() {
    let packets = packets();
    let client = Client::new(&config()).expect("a client");
    receive_all(&client, packets);
    push_all(&client, packets);
    let held = Held::now();
    drop(client);
    let after = Held::now();
    assert!(after.descriptors <= held.descriptors);
    assert!(
        after.descriptors < 16,
        "{after:?}: its connections are closed"
    );
}

fn receive_all(client: &Client, packets: usize) {
    let each = packets / CONTENTS;
    let mut seen = vec![false; packets];
    let mut count = 0;
    let mut gauge = Gauge::new("received", packets);
    while count < packets {
        let receiver = client
            .receive(PacketKind::Packet, None)
            .expect("a receiver");
        while let Some(packet) = next(&receiver) {
            let id = packet.packet().id.as_str();
            let numbers = id.strip_prefix("sent-").and_then(|id| id.split_once('-'));
            let (number, copy) = numbers.expect("its id");
            let number: usize = number.parse().expect("a number");
            let copy: usize = copy.parse().expect("a number");
            assert_eq!(packet.content().expect("readable"), content(number), "{id}");
            let place = &mut seen[number * each + copy - 1];
            assert!(!std::mem::replace(place, true), "{id} is handed over twice");
            packet.done().expect("done is noted");
            count += 1;
            gauge.at(count);
            if count == packets {
                receiver.stop();
            }
        }
        receiver.close().expect("a summary");
    }
    gauge.is_flat();
    // What could not be marked is marked when it is listed again.
    let began = Instant::now();
    while client.stats().unmarked > 0 {
        assert!(began.elapsed() < SOON, "{:?}", client.stats());
        let receiver = client
            .receive(PacketKind::Packet, None)
            .expect("a receiver");
        let call = dmerp::Call::new().timeout(Duration::from_millis(500));
        if let Ok(Some(packet)) = receiver.next(&call) {
            panic!("{} is handed over twice", packet.packet().id);
        }
        receiver.close().expect("a summary");
    }
}

/// The next packet; a list that fails is one of the faults.
fn next(receiver: &Receiver) -> Option<dmerp::Received> {
    for _ in 0..100 {
        match receiver.next(None) {
            Ok(packet) => return packet,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    panic!("no list comes");
}

fn push_all(client: &Client, packets: usize) {
    let mut gauge = Gauge::new("pushed", packets);
    for first in (0..packets).step_by(BATCH) {
        let mut batch = client.batch();
        for number in first..first + BATCH {
            let content = batch.content(content(number));
            let (user, id) = (
                format!("user{}", number % USERS),
                format!("pushed-{number}"),
            );
            batch
                .add(&user, Format::Xml, content, Some(&id))
                .expect("an entry");
        }
        let stored = (0..10).any(|_| match batch.run(None) {
            Ok(()) => true,
            Err(error) => {
                assert!(error.is_retryable(), "{error}");
                false
            }
        });
        assert!(stored, "a batch of which something fails ten times");
        gauge.at(first + BATCH);
    }
    gauge.is_flat();
}
