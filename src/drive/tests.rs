//! Many transfers in one drive, on one thread.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dmerp_sandbox::{Fault, Listener, Options, Outgoing, Sandbox};

use super::{Content, Drive, Event, Limits};
use crate::config::{Config, Settings};
use crate::content::{MemorySink, Sink};
use crate::error::{Result, Status};
use crate::http::{Engine, Http, SizeLimit};
use crate::{Call, exchange};

const TRANSFERS: usize = 64;

/// Large enough for several pieces.
const SIZE: usize = 300_000;

const SLOW: Duration = Duration::from_millis(50);

const ANY_SIZE: SizeLimit = SizeLimit {
    what: "the packet",
    bytes: u64::MAX,
    option: "none",
};

/// A sink that is as slow as a slow disk.
struct SlowSink(MemorySink);

impl Sink for SlowSink {
    fn restart(&mut self) -> Result<()> {
        self.0.restart()
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        thread::sleep(SLOW);
        self.0.write(piece)
    }
}

struct Scene {
    sandbox: Sandbox,
    engine: Arc<Engine>,
    urls: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let sandbox = Sandbox::start(Options::default()).expect("a sandbox");
        let mut config = Config::new();
        for (key, value) in [
            ("app_area", sandbox.app_area()),
            ("api_key", sandbox.api_key()),
            ("base_url", &sandbox.base_url()),
            ("proxy", "none"),
        ] {
            config.set(key, value).expect(key);
        }
        let settings = Settings::new(&config).expect("settings");
        let urls = (0..TRANSFERS)
            .map(|number| sandbox.send(Outgoing::image("user1", content(number))).url)
            .collect();
        Scene {
            engine: Engine::new(settings).expect("an engine"),
            sandbox,
            urls,
        }
    }

    /// Starts every download; the first has a slow sink.
    fn start<'a>(
        &'a self,
        drive: &mut Drive<'a, u64>,
        limits: &Limits<'_>,
        slow: &'a mut SlowSink,
        memory: &'a mut [MemorySink],
    ) {
        let sinks = memory.iter_mut().map(|sink| sink as &mut (dyn Sink + Send));
        let slow: &mut (dyn Sink + Send) = slow;
        for (url, sink) in self.urls.iter().zip([slow].into_iter().chain(sinks)) {
            let (content, deadline) = (Content::To(sink), limits.deadline());
            drive.start(content, Arc::default(), deadline, |port| async {
                let http = Http::new(&self.engine, port);
                exchange::download(&http, url, ANY_SIZE).await
            });
        }
    }
}

fn content(number: usize) -> Vec<u8> {
    (0..SIZE).map(|at| (at * 7 + number) as u8).collect()
}

fn memory() -> Vec<MemorySink> {
    (1..TRANSFERS).map(|_| MemorySink::default()).collect()
}

#[test]
fn many_downloads_run_on_one_thread_with_a_slow_file_and_a_slow_callback_among_them() {
    let scene = Scene::new();
    let delay = Duration::from_millis(500);
    scene
        .sandbox
        .fault(Fault::on_storage().forever().delay(delay));
    let reports = Arc::new(AtomicU32::new(0));
    let caller = thread::current().id();
    let call = Call::new().on_progress({
        let reports = reports.clone();
        move |_| {
            assert_eq!(thread::current().id(), caller);
            if reports.fetch_add(1, Ordering::SeqCst).is_multiple_of(16) {
                thread::sleep(SLOW);
            }
            ControlFlow::Continue(())
        }
    });
    let (mut slow, mut memory) = (SlowSink(MemorySink::default()), memory());
    let began = Instant::now();
    {
        let limits = Limits::new(Some(&call), Duration::from_secs(120));
        let mut drive = Drive::new(&scene.engine).expect("a drive");
        scene.start(&mut drive, &limits, &mut slow, &mut memory);
        let mut ended = Vec::new();
        while ended.len() < TRANSFERS {
            let event = drive.turn(&limits, std::future::pending());
            if let Event::Ended(one) = event.expect("no end before time") {
                let outcome = one.outcome.expect("nobody ended it");
                assert_eq!(outcome.expect("a download"), SIZE as u64);
                ended.push(one.number);
            }
        }
        ended.sort_unstable();
        assert!(ended.into_iter().eq(0..TRANSFERS));
    }
    // One after the other they would take the delay each.
    assert!(began.elapsed() < delay * (TRANSFERS as u32) / 2);
    assert!(reports.load(Ordering::SeqCst) >= TRANSFERS as u32);
    let received = [slow.0].into_iter().chain(memory);
    for (number, sink) in received.enumerate() {
        assert!(sink.into_bytes() == content(number), "download {number}");
    }
}

#[test]
fn a_cancel_ends_all_of_many_downloads() {
    // The quickest of three counts: the machine may be busy with something else.
    let limit = Duration::from_millis(250);
    let quickest = (0..3).map(|_| cancel_all()).find(|took| *took < limit);
    assert!(quickest.is_some());
}

/// How long a cancel takes while each of the downloads waits for the rest of its content.
fn cancel_all() -> Duration {
    let scene = Scene::new();
    scene
        .sandbox
        .fault(Fault::on_storage().forever().stall(200_000));
    let call = Call::new().on_progress(|_| {
        thread::sleep(Duration::from_millis(1));
        ControlFlow::Continue(())
    });
    let (mut slow, mut memory) = (SlowSink(MemorySink::default()), memory());
    let limits = Limits::new(Some(&call), Duration::from_secs(120));
    let mut drive = Drive::new(&scene.engine).expect("a drive");
    scene.start(&mut drive, &limits, &mut slow, &mut memory);
    thread::scope(|scope| {
        let cancelled = scope.spawn(|| {
            let on_storage = || {
                let requests = scene.sandbox.requests();
                let storage = requests
                    .iter()
                    .filter(|request| request.listener == Listener::Storage);
                storage.count()
            };
            let began = Instant::now();
            while on_storage() < TRANSFERS && began.elapsed() < Duration::from_secs(60) {
                thread::yield_now();
            }
            assert_eq!(on_storage(), TRANSFERS, "all are on their way");
            let at = Instant::now();
            call.cancel();
            at
        });
        let error = loop {
            match drive.turn(&limits, std::future::pending()) {
                Ok(Event::Worked) => {}
                Ok(_) => panic!("nothing ends by itself"),
                Err(error) => break error,
            }
        };
        drop(drive);
        let ended = Instant::now();
        assert_eq!(error.status(), Status::Cancelled);
        ended.duration_since(cancelled.join().expect("no panic"))
    })
}
