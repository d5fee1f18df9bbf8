//! Deadlines, cancelling, progress, log records, and many threads.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dmerp::{Call, Client, Format, Level, PacketKind, Receipt, Status};
use dmerp_sandbox::{Fault, Listener, Outgoing, Sandbox};

use crate::support::*;

/// Promised by the manual.
const CANCEL_LIMIT: Duration = Duration::from_millis(250);

type Verb = fn(&Client, &Sandbox, &Call) -> dmerp::Result<()>;

fn do_push(client: &Client, _: &Sandbox, call: &Call) -> dmerp::Result<()> {
    let content = vec![7; 8 * 1024 * 1024];
    client
        .push("user1", Format::Xml, &content, None, call)
        .map(drop)
}

fn do_pull(client: &Client, _: &Sandbox, call: &Call) -> dmerp::Result<()> {
    client.pull(PacketKind::Packet, None, call).map(drop)
}

fn do_download(client: &Client, sandbox: &Sandbox, call: &Call) -> dmerp::Result<()> {
    let sent = sandbox.send(Outgoing::image("user1", vec![7; 4 * 1024 * 1024]));
    client.download(&sent.url, call).map(drop)
}

fn do_done(client: &Client, _: &Sandbox, call: &Call) -> dmerp::Result<()> {
    let receipt = Receipt {
        id: "1".into(),
        receipt_handle: "h".into(),
    };
    client.done(&[receipt], PacketKind::Packet, None, call)
}

type Stage = (&'static str, Verb, fn() -> Fault);

/// Each place where a call can be waiting.
const STAGES: &[Stage] = &[
    ("push: the portal's answer", do_push, || {
        Fault::on_portal().path("/push/").hang()
    }),
    ("push: the storage's answer", do_push, || {
        Fault::on_storage().hang()
    }),
    ("pull: the portal's answer", do_pull, || {
        Fault::on_portal().hang()
    }),
    ("pull: the body", do_pull, || Fault::on_portal().stall(1)),
    ("download: the link", do_download, || {
        Fault::on_portal().path("/link").hang()
    }),
    ("download: the storage's answer", do_download, || {
        Fault::on_storage().hang()
    }),
    ("download: the body", do_download, || {
        Fault::on_storage().stall(100_000)
    }),
    ("done: the portal's answer", do_done, || {
        Fault::on_portal().path("/done").hang()
    }),
    ("waiting to try again", do_pull, || {
        Fault::on_portal().throttle(Some(600))
    }),
];

#[test]
fn a_cancel_ends_a_call_at_every_stage() {
    for stage in STAGES {
        // The quickest of three counts: the machine may be busy with something else, a missed cancel is missed always.
        let mut quickest = cancel_at(stage);
        for _ in 1..3 {
            if quickest >= CANCEL_LIMIT {
                quickest = quickest.min(cancel_at(stage));
            }
        }
        assert!(quickest < CANCEL_LIMIT, "{}: {quickest:?}", stage.0);
    }
}

/// How long a call takes to end after a cancel at this stage.
fn cancel_at((stage, verb, fault): &Stage) -> Duration {
    let sandbox = sandbox();
    let rule = sandbox.fault(fault());
    let client = client(&sandbox);
    let call = Call::new();
    let took = thread::scope(|scope| {
        let running = scope.spawn(|| verb(&client, &sandbox, &call));
        let seen = sandbox.wait_for_request(|request| request.fault == Some(rule), SOON);
        assert!(seen.is_some(), "{stage}: never got there");
        let began = Instant::now();
        call.cancel();
        let result = running.join().expect("no panic");
        let took = began.elapsed();
        fails(result, Status::Cancelled, "cancelled");
        took
    });
    // The client is as good as before.
    sandbox.clear_faults();
    client.check(&Call::new()).expect(stage);
    took
}

#[test]
fn a_done_that_is_ended_amid_its_batches_tells_what_it_marked() {
    for cancel in [true, false] {
        let sandbox = sandbox();
        for number in 1..=6 {
            sandbox.send_packet("user1", format!("<p>{number}</p>").as_bytes());
        }
        let client = client_with(&sandbox, &[("done_batch", "2")]);
        let list = client.pull(PacketKind::Packet, None, None);
        let receipts: Vec<_> = list.expect("a list").iter().map(Receipt::from).collect();
        let rule = sandbox.fault(Fault::on_portal().path("/done").skip(1).hang());
        let (call, status) = match cancel {
            true => (Call::new(), Status::Cancelled),
            false => {
                let limit = Duration::from_millis(400);
                (Call::new().timeout(limit), Status::TimedOut)
            }
        };
        thread::scope(|scope| {
            let waiting = scope.spawn(|| client.done(&receipts, PacketKind::Packet, None, &call));
            sandbox
                .wait_for_request(|request| request.fault == Some(rule), SOON)
                .expect("the second batch hangs");
            if cancel {
                call.cancel();
            }
            let says = "done for 6 receipts: 2 are marked, receipt 3 is not";
            let error = fails(waiting.join().expect("no panic"), status, says);
            let results: Vec<_> = error
                .results()
                .iter()
                .map(|result| result.as_ref().map(dmerp::Error::status))
                .collect();
            let ended = Some(status);
            assert_eq!(results, [None, None, ended, ended, ended, ended]);
            assert!(error.is_outcome_unknown());
            let unknown: Vec<_> = error
                .results()
                .iter()
                .map(|result| {
                    result
                        .as_ref()
                        .is_some_and(dmerp::Error::is_outcome_unknown)
                })
                .collect();
            // The last two were never sent.
            assert_eq!(unknown, [false, false, true, true, false, false]);
        });
        assert_eq!(sandbox.waiting().len(), 4);
    }
}

/// The answer comes while the caller is in its callback, and another thread runs the event loop. So the connection goes back to
/// the pool as the call is dropped, outside of the loop that the pool needs.
#[test]
fn a_call_that_ends_as_its_answer_has_come_is_only_cancelled() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    sandbox.fault(Fault::on_portal().path("/push/").hang());
    let check = sandbox.fault(
        Fault::on_portal()
            .path("/link")
            .delay(Duration::from_millis(200)),
    );
    let other = Call::new();
    thread::scope(|scope| {
        let hanging = scope.spawn(|| do_push(&client, &sandbox, &other));
        let pushing = sandbox.wait_for_request(|request| request.target.contains("/push/"), SOON);
        assert!(pushing.is_some());
        let looking = Call::new().on_waiting(|| {
            // Long enough for the answer to come; nothing tells when it has.
            thread::sleep(Duration::from_millis(500));
            ControlFlow::Break(())
        });
        fails(client.check(&looking), Status::Cancelled, "callback");
        let asked = sandbox.requests();
        assert!(asked.iter().any(|request| request.fault == Some(check)));
        other.cancel();
        fails(hanging.join().expect("no panic"), Status::Cancelled, "");
    });
    pull(&client).expect("the client is as good as before");
}

#[test]
fn a_cancelled_control_ends_later_calls_before_any_request() {
    let sandbox = sandbox();
    let call = Call::new();
    call.cancel();
    fails(
        do_pull(&client(&sandbox), &sandbox, &call),
        Status::Cancelled,
        "",
    );
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_deadline_is_kept_at_every_stage() {
    let limit = Duration::from_millis(400);
    for (stage, verb, fault) in STAGES {
        let sandbox = sandbox();
        sandbox.fault(fault());
        let call = Call::new().timeout(limit);
        let began = Instant::now();
        let result = verb(&client(&sandbox), &sandbox, &call);
        let took = began.elapsed();
        let error = result.expect_err(stage);
        // A wait that the deadline cuts short is not begun.
        let expected = match *stage {
            "waiting to try again" => Status::Throttled,
            _ => Status::TimedOut,
        };
        assert_eq!(error.status(), expected, "{stage}: {error}");
        assert!(took < limit + Duration::from_secs(5), "{stage}: {took:?}");
    }
}

#[test]
fn the_configured_time_for_a_call_counts_without_a_deadline() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().forever().hang());
    let client = client_with(&sandbox, &[("timeout.overall_ms", "200")]);
    let error = fails(pull(&client), Status::TimedOut, "timeout.overall_ms");
    assert_eq!(error.attempts(), 1);
}

#[test]
fn slow_is_not_idle() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", &[7; 100]);
    sandbox.fault(Fault::on_storage().trickle(10, Duration::from_millis(100)));
    let client = client_with(
        &sandbox,
        &[("timeout.idle_ms", "800"), ("retry.max_attempts", "1")],
    );
    let content = client.download(&sent.url, &Call::new());
    assert_eq!(content.expect("content"), [7; 100]);
}

#[test]
fn progress_comes_on_the_calling_thread_and_reaches_the_total() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let sent = sandbox.send(Outgoing::image("user1", vec![7; 1_000_000]));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let call = Call::new().on_progress({
        let seen = seen.clone();
        move |progress| {
            let mut seen = seen.lock().expect("no panic");
            seen.push((thread::current().id(), progress.done, progress.total));
            ControlFlow::Continue(())
        }
    });
    let check = |what: &str| {
        let seen = std::mem::take(&mut *seen.lock().expect("no panic"));
        assert!(seen.len() > 1, "{what}: {seen:?}");
        assert!(
            seen.iter()
                .all(|(thread, ..)| *thread == thread::current().id())
        );
        assert!(seen.iter().all(|(.., total)| *total == Some(1_000_000)));
        assert!(seen.is_sorted_by_key(|(_, done, _)| *done), "{what}");
        assert_eq!(
            seen.last().map(|(_, done, _)| *done),
            Some(1_000_000),
            "{what}"
        );
    };
    client.download(&sent.url, &call).expect("content");
    check("download");
    client
        .push("user1", Format::Xml, &[7; 1_000_000], None, &call)
        .expect("a push");
    check("push");
}

#[test]
fn progress_is_told_seldom_and_always_at_the_end() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let seen = Seen::new();
    let call = Call::new().on_progress({
        let seen = seen.clone();
        move |progress| {
            seen.add(progress.done);
            ControlFlow::Continue(())
        }
    });
    let told_seldom = |total: u64, began: Instant| {
        let told = seen.take();
        let took = began.elapsed();
        // Twenty a second, the first at once and the last at the end.
        let most = took.as_millis() / 50 + 2;
        assert!(told.len() as u128 <= most, "{} in {took:?}", told.len());
        assert_eq!(told.last(), Some(&total));
        assert_eq!(told.iter().filter(|done| **done == total).count(), 1);
        told
    };
    let sent = sandbox.send_packet("user1", &[7; 1000]);
    sandbox.fault(Fault::on_storage().trickle(10, Duration::from_millis(10)));
    let began = Instant::now();
    client.download(&sent.url, &call).expect("content");
    let told = told_seldom(1000, began);
    assert!(told.len() > 3, "{told:?}");

    let content = vec![7; 64 << 20];
    let began = Instant::now();
    client
        .push("user1", Format::Xml, &content, None, &call)
        .expect("a push");
    told_seldom(64 << 20, began);
}

#[test]
fn the_time_in_a_callback_is_not_the_servers() {
    let sandbox = sandbox();
    let client = client_with(
        &sandbox,
        &[("timeout.idle_ms", "300"), ("retry.max_attempts", "1")],
    );
    let pause_once = || {
        let paused = AtomicU32::new(0);
        move || {
            if paused.fetch_add(1, Ordering::SeqCst) == 0 {
                thread::sleep(Duration::from_millis(600));
            }
            ControlFlow::Continue(())
        }
    };
    let sent = sandbox.send(Outgoing::image("user1", vec![7; 8 << 20]));
    let pause = pause_once();
    let call = Call::new().on_progress(move |_| pause());
    client.download(&sent.url, &call).expect("content");
    let pause = pause_once();
    let call = Call::new().on_progress(move |_| pause());
    client
        .push("user1", Format::Xml, &[7; 8 << 20], None, &call)
        .expect("a push");
}

#[test]
fn the_time_in_a_waiting_callback_is_not_the_servers() {
    let sandbox = sandbox();
    let client = client_with(
        &sandbox,
        &[("timeout.idle_ms", "1000"), ("retry.max_attempts", "1")],
    );
    let looks = Arc::new(AtomicU32::new(0));
    let call = Call::new().on_waiting({
        let looks = looks.clone();
        move || {
            if looks.fetch_add(1, Ordering::SeqCst) == 0 {
                thread::sleep(Duration::from_millis(1000));
            }
            ControlFlow::Continue(())
        }
    });
    // The server takes half of the idle time, the callback all of it.
    sandbox.fault(Fault::on_portal().delay(Duration::from_millis(1500)));
    client.check(&call).expect("an answer");
    assert!(looks.load(Ordering::SeqCst) > 1);
    // The idle time passes all the same where nothing comes.
    sandbox.fault(Fault::on_portal().hang());
    fails(client.check(&call), Status::TimedOut, "timeout.idle_ms");
}

#[test]
fn a_slow_log_changes_no_outcome() {
    let sandbox = sandbox();
    let mut config = config(&sandbox);
    config.set("timeout.idle_ms", "150").expect("a number");
    config.set("timeout.connect_ms", "150").expect("a number");
    let lines = Arc::new(AtomicU32::new(0));
    config.log_to(Level::Debug, {
        let lines = lines.clone();
        move |_| {
            lines.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(200));
        }
    });
    let client = Client::new(&config).expect("a client");
    let sent = sandbox.send_packet("user1", b"<sent/>");
    sandbox.fault(Fault::on_storage().status(503));
    push(&client, b"<pushed/>").expect("a push at the second try");
    let content = client.download(&sent.url, None);
    assert_eq!(content.expect("content"), b"<sent/>");
    assert!(lines.load(Ordering::SeqCst) > 10);
}

#[test]
fn an_async_task_is_told_to_use_a_thread_that_may_wait() {
    let sandbox = sandbox();
    let client = Arc::new(client(&sandbox));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for result in [
            client.check(None),
            pull(&client).map(drop),
            push(&client, b"<p/>").map(drop),
            client.download("x", None).map(drop),
        ] {
            let error = fails(result, Status::InvalidArgument, "spawn_blocking");
            assert_eq!(error.attempts(), 0);
        }
        assert!(sandbox.requests().is_empty());
        // In a task of its own it is the same.
        let inner = client.clone();
        let spawned = tokio::spawn(async move { inner.check(None) }).await;
        let result = spawned.expect("no panic");
        fails(result, Status::InvalidArgument, "spawn_blocking");

        let inner = client.clone();
        let blocking = tokio::task::spawn_blocking(move || push(&inner, b"<p/>")).await;
        blocking.expect("no panic").expect("a push");
        // The last one that holds a client may be a task.
        drop(client);
    });
    assert_eq!(sandbox.pushed("user1").len(), 1);
}

#[test]
fn a_progress_callback_can_end_the_call() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let sent = sandbox.send(Outgoing::image("user1", vec![7; 1_000_000]));
    let call = Call::new().on_progress(|_| ControlFlow::Break(()));
    fails(
        client.download(&sent.url, &call),
        Status::Cancelled,
        "callback",
    );
    let result = client.push("user1", Format::Xml, &[7; 1_000_000], None, &call);
    fails(result, Status::Cancelled, "callback");
    assert!(
        sandbox
            .pushed("user1")
            .iter()
            .all(|packet| packet.content.is_none())
    );
}

#[test]
fn a_callback_may_call_the_library() {
    let sandbox = sandbox();
    let sent = sandbox.send(Outgoing::image("user1", vec![7; 500_000]));
    let client = Arc::new(client(&sandbox));
    let inner = client.clone();
    let checks = Arc::new(AtomicU32::new(0));
    let counted = checks.clone();
    let call = Call::new().on_progress(move |_| {
        inner
            .check(&Call::new())
            .expect("a check inside a download");
        counted.fetch_add(1, Ordering::SeqCst);
        ControlFlow::Continue(())
    });
    client.download(&sent.url, &call).expect("content");
    assert!(checks.load(Ordering::SeqCst) > 0);
}

#[test]
fn a_waiting_call_lets_its_caller_look_around_at_every_stage() {
    for (stage, verb, fault) in STAGES {
        let sandbox = sandbox();
        sandbox.fault(fault());
        let caller = thread::current().id();
        let looks = Arc::new(AtomicU32::new(0));
        let call = Call::new().on_waiting({
            let looks = looks.clone();
            move || {
                assert_eq!(thread::current().id(), caller);
                match looks.fetch_add(1, Ordering::SeqCst) {
                    0 => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                }
            }
        });
        let result = verb(&client(&sandbox), &sandbox, &call);
        fails(result, Status::Cancelled, "callback");
        assert_eq!(looks.load(Ordering::SeqCst), 2, "{stage}");
    }
}

#[test]
fn a_transfer_that_never_waits_long_lets_its_caller_look_around() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", &[7; 1000]);
    sandbox.fault(Fault::on_storage().trickle(1, Duration::from_millis(5)));
    let call = Call::new().on_waiting(|| ControlFlow::Break(()));
    let result = client(&sandbox).download(&sent.url, &call);
    fails(result, Status::Cancelled, "callback");
}

#[test]
fn a_caller_that_looks_around_may_call_the_library_and_hears_nothing_when_turned_off() {
    let sandbox = sandbox();
    let client = Arc::new(client(&sandbox));
    let delay = || sandbox.fault(Fault::on_portal().delay(Duration::from_millis(300)));
    let pulls = Arc::new(AtomicU32::new(0));
    let call = Call::new().on_waiting({
        let (client, pulls) = (client.clone(), pulls.clone());
        move || {
            pull(&client).expect("a list");
            pulls.fetch_add(1, Ordering::SeqCst);
            ControlFlow::Continue(())
        }
    });
    delay();
    client.check(&call).expect("a check");
    let heard = pulls.load(Ordering::SeqCst);
    assert!(heard > 0);
    delay();
    client.check(&call.waiting_off()).expect("a check");
    assert_eq!(pulls.load(Ordering::SeqCst), heard);
}

#[test]
fn records_tell_what_happened_without_secrets_on_the_calling_thread() {
    let sandbox = sandbox();
    let records = Arc::new(Mutex::new(Vec::new()));
    let mut config = config(&sandbox);
    config.log_to(Level::Debug, {
        let records = records.clone();
        move |record| {
            assert_eq!(thread::current().name(), Some("the caller"));
            let mut records = records.lock().expect("no panic");
            records.push((record.level, record.message.to_string()));
        }
    });
    let client = Client::new(&config).expect("a client");
    sandbox.fault(Fault::on_storage().status(503));
    thread::scope(|scope| {
        thread::Builder::new()
            .name("the caller".into())
            .spawn_scoped(scope, || {
                push(&client, b"<p/>").expect("a push");
                client
                    .download("nothing/here", &Call::new())
                    .expect_err("no such packet");
            })
            .expect("a thread");
    });
    let records = records.lock().expect("no panic");
    let has = |level, text: &str| {
        assert!(
            records
                .iter()
                .any(|(l, message)| *l == level && message.contains(text)),
            "no {level:?} record with {text:?} in {records:#?}"
        );
    };
    has(Level::Debug, "PUT http://127.0.0.1");
    has(Level::Debug, "-> 503 after");
    has(Level::Warning, "trying again in");
    has(Level::Info, "push of packet");
    has(Level::Error, "download of nothing/here");
    for (_, message) in records.iter() {
        assert!(!message.contains(sandbox.api_key()), "{message}");
        assert!(!message.contains("X-Amz"), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn nothing_from_outside_begins_a_line_or_fills_a_log() {
    let sandbox = sandbox();
    let records = Arc::new(Mutex::new(Vec::new()));
    let mut config = config(&sandbox);
    config.log_to(Level::Debug, {
        let records = records.clone();
        move |record| {
            let mut records = records.lock().expect("no panic");
            records.push(record.message.to_string());
        }
    });
    let client = Client::new(&config).expect("a client");
    let forged = "anna\nERROR forged\u{1b}[31m".to_string();
    for name in [forged, "n".repeat(1_000_000)] {
        let push = client.push(&name, Format::Xml, b"<p/>", None, &Call::new());
        let mut told = vec![fails(push, Status::InvalidArgument, "mobile user").to_string()];
        let download = client.download(&name, None);
        told.push(download.expect_err("nothing is there").to_string());
        told.append(&mut records.lock().expect("no panic"));
        assert!(told.len() >= 4);
        for text in told {
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert!(text.len() < 10_000, "{} bytes", text.len());
        }
    }
}

#[test]
fn a_log_sink_that_panics_changes_no_outcome() {
    let sandbox = sandbox();
    let mut config = config(&sandbox);
    let heard = Arc::new(AtomicU32::new(0));
    config.log_to(Level::Debug, {
        let heard = heard.clone();
        move |_| {
            heard.fetch_add(1, Ordering::SeqCst);
            panic!("a defect of the host's");
        }
    });
    let client = Client::new(&config).expect("a client");
    push(&client, b"<p/>").expect("a push that is stored");
    assert!(heard.load(Ordering::SeqCst) > 1);
}

#[test]
fn a_level_keeps_lesser_records_out() {
    let sandbox = sandbox();
    let mut config = config(&sandbox);
    let heard = Arc::new(AtomicU32::new(0));
    config.log_to(Level::Warning, {
        let heard = heard.clone();
        move |_| {
            heard.fetch_add(1, Ordering::SeqCst);
        }
    });
    let client = Client::new(&config).expect("a client");
    pull(&client).expect("a list");
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    sandbox.fault(Fault::on_portal().status(503));
    pull(&client).expect("a list at the second try");
    assert_eq!(heard.load(Ordering::SeqCst), 1);
}

#[test]
fn thirty_two_threads_share_a_client() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    thread::scope(|scope| {
        for number in 0..32 {
            let (client, sandbox) = (&client, &sandbox);
            scope.spawn(move || {
                for round in 0..5 {
                    let user = format!("user{number}");
                    let content = format!("<p n='{number}' r='{round}'/>").into_bytes();
                    client
                        .push(&user, Format::Xml, &content, None, &Call::new())
                        .expect("a push");
                    let sent = sandbox.send_packet(&user, &content);
                    let same = client.download(&sent.url, &Call::new());
                    assert_eq!(same.expect("content"), content);
                    client.check(&Call::new()).expect("good settings");
                }
            });
        }
    });
    for number in 0..32 {
        let stored = sandbox.pushed(&format!("user{number}"));
        let contents: Vec<_> = stored.iter().filter_map(|p| p.content.as_deref()).collect();
        assert_eq!(contents.len(), 5);
        for (round, content) in contents.iter().enumerate() {
            let expected = format!("<p n='{number}' r='{round}'/>");
            assert_eq!(*content, expected.as_bytes());
        }
    }
}

#[test]
fn a_hanging_call_does_not_hold_up_the_others() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let rule = sandbox.fault(Fault::on_portal().path("/push/").hang());
    let call = Call::new();
    thread::scope(|scope| {
        let hanging = scope.spawn(|| do_push(&client, &sandbox, &call));
        sandbox
            .wait_for_request(|request| request.fault == Some(rule), SOON)
            .expect("the push hangs");
        for _ in 0..20 {
            pull(&client).expect("a list meanwhile");
        }
        assert!(!hanging.is_finished());
        call.cancel();
        fails(hanging.join().expect("no panic"), Status::Cancelled, "");
    });
    assert_eq!(at(&sandbox, Listener::Storage).len(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_has_no_thread_of_its_own() {
    let sandbox = sandbox();
    let run = child(&sandbox, "control::child_counts_its_threads").output();
    passed(&run.expect("the child ran"));
}

/// Run by the test above in a process of its own, in which only the client could add threads.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by a_client_has_no_thread_of_its_own"]
fn child_counts_its_threads() {
    let threads = || std::fs::read_dir("/proc/self/task").expect("/proc").count();
    let before = threads();
    let mut config = child_config();
    let client = Client::new(&config).expect("a client");
    push(&client, b"<p/>").expect("a push");
    config
        .set("base_url", "http://portal.invalid")
        .expect("a URL");
    let lost = Client::new(&config).expect("a client");
    fails(lost.check(&Call::new()), Status::HostNotFound, "");
    // The system's name resolution runs on a thread that is gone soon after.
    let began = Instant::now();
    while threads() > before && began.elapsed() < SOON {
        thread::yield_now();
    }
    assert_eq!(threads(), before);
}
