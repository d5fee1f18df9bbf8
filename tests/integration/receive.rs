//! The loop that empties a queue.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use dmerp::{Call, Client, Left, LeftWhy, Level, PacketKind, Received, Receiver, Status};
use dmerp_sandbox::{Fault, Listener, Options, Outgoing, Sandbox};

use crate::support::{SOON, Seen, client, client_with, config, fails, sandbox, start};

fn send(sandbox: &Sandbox, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| {
            let content = format!("<NavMobileSync salesmancode=\"{number}\"/>");
            let outgoing = Outgoing::packet("user1", content.into_bytes());
            sandbox.send(outgoing).id
        })
        .collect()
}

/// A sandbox that lists packets again after this time.
fn forgetful(visibility: Duration) -> Sandbox {
    start(Options {
        visibility_timeout: visibility,
        ..Options::default()
    })
}

fn receive(client: &Client) -> Receiver {
    client
        .receive(PacketKind::Packet, None)
        .expect("a receiver")
}

fn next(receiver: &Receiver) -> Received {
    let next = receiver.next(None).expect("no error");
    next.expect("not the end")
}

fn id(packet: &Received) -> String {
    packet.packet().id.clone()
}

/// Handles all packets, and returns their ids.
fn handle_all(receiver: &Receiver) -> Vec<String> {
    let packets = receiver.into_iter().map(|packet| {
        let packet = packet.expect("a packet");
        packet.done().expect("an open receiver");
        id(&packet)
    });
    packets.collect()
}

/// The ids that a run left behind for this reason.
fn left(receiver: &Receiver, why: LeftWhy) -> Vec<String> {
    let summary = receiver.close().expect("a summary");
    let left = summary.left.into_iter().filter(|left| left.why == why);
    left.filter_map(|left: Left| left.id).collect()
}

fn requests(sandbox: &Sandbox, part: &str) -> usize {
    let requests = sandbox.requests();
    requests
        .iter()
        .filter(|request| request.path().contains(part))
        .count()
}

#[test]
fn a_queue_is_emptied_in_the_order_of_the_list() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 100);
    let client = client(&sandbox);
    let receiver = receive(&client);
    assert_eq!(handle_all(&receiver), sent);
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.listed, summary.handed_over), (100, 100));
    assert_eq!((summary.done, summary.marked), (100, 100));
    assert_eq!((summary.left_count, summary.left.len()), (0, 0));
    assert_eq!(sandbox.waiting().len(), 0);
    // 100 packets, 50 in a request.
    assert_eq!(requests(&sandbox, "/done"), 2);
    let stats = client.stats();
    assert_eq!((stats.packets_received, stats.packets_done), (100, 100));
    assert_eq!((stats.unmarked, stats.oldest_unmarked), (0, None));
    assert_eq!(stats.bytes_received, summary.bytes);
    assert!(stats.last_done.is_some() && stats.last_push.is_none());
    assert_eq!(stats.requests, sandbox.requests().len() as u64);
    assert!((1..=40).contains(&stats.connections_opened), "{stats:?}");
}

#[test]
fn downloads_run_at_the_same_time() {
    let sandbox = sandbox();
    send(&sandbox, 32);
    let delay = Duration::from_millis(200);
    sandbox.fault(Fault::on_storage().forever().delay(delay));
    let client = client(&sandbox);
    let began = Instant::now();
    assert_eq!(handle_all(&receive(&client)).len(), 32);
    // One after the other they would take 6.4 s.
    assert!(began.elapsed() < delay * 16, "{:?}", began.elapsed());
}

#[test]
fn a_receiver_says_whether_next_would_wait() {
    let sandbox = sandbox();
    send(&sandbox, 3);
    let client = client(&sandbox);
    let receiver = receive(&client);
    assert!(!receiver.is_ready());
    let mut packets = vec![next(&receiver)];
    let call = Call::new().timeout(SOON);
    while packets.len() < 3 {
        packets.extend(receiver.next(&call).expect("no error"));
    }
    assert!(
        !receiver.is_ready(),
        "the portal says whether there are more"
    );
    assert!(receiver.next(None).expect("no error").is_none());
    assert!(receiver.is_ready());
}

#[test]
fn what_is_not_done_stays_in_the_queue() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 6);
    let client = client(&sandbox);
    let receiver = receive(&client);
    next(&receiver).done().expect("done");
    next(&receiver)
        .keep(Some("the database\nis locked"))
        .expect("kept");
    drop(next(&receiver));
    let in_hand = next(&receiver);
    let summary = receiver.close().expect("a summary");
    let told: Vec<_> = summary
        .left
        .iter()
        .map(|left| {
            (
                left.id.clone().expect("an id"),
                left.why,
                left.reason.as_str(),
            )
        })
        .collect();
    let ended = "the run ended before it was handed over";
    for expected in [
        (sent[1].clone(), LeftWhy::Kept, "the database\\nis locked"),
        (
            sent[2].clone(),
            LeftWhy::Unsettled,
            "the host said neither done nor keep",
        ),
        (sent[4].clone(), LeftWhy::NotHandedOver, ended),
        (sent[5].clone(), LeftWhy::NotHandedOver, ended),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    assert!(
        told.iter()
            .any(|(id, why, _)| *id == sent[3] && *why == LeftWhy::Unsettled)
    );
    assert_eq!(summary.left_count, 5);
    for late in [in_hand.done(), in_hand.keep(None)] {
        fails(late, Status::InvalidArgument, "the receiver is closed");
    }
    assert_eq!(in_hand.content().expect("still there").len(), 33);
    assert_eq!(sandbox.waiting().len(), 5);
    // A later run receives them; those that failed come last.
    sandbox.show_hidden();
    let order = [&sent[4..], &sent[1..4]].concat();
    assert_eq!(handle_all(&receive(&client)), order);
}

#[test]
fn a_packet_is_settled_once() {
    let sandbox = sandbox();
    send(&sandbox, 2);
    let client = client(&sandbox);
    let receiver = receive(&client);
    let done = next(&receiver);
    done.done().expect("done");
    done.done().expect("done again");
    fails(done.keep(None), Status::InvalidArgument, "said done before");
    let kept = next(&receiver);
    kept.keep(None).expect("kept");
    kept.keep(None).expect("kept again");
    fails(kept.done(), Status::InvalidArgument, "was kept");
    assert_eq!(left(&receiver, LeftWhy::Kept), [id(&kept)]);
}

#[test]
fn a_kept_packet_comes_again_only_in_a_run_that_polls() {
    let sandbox = forgetful(Duration::from_millis(50));
    let sent = send(&sandbox, 1);
    let drain = client(&sandbox);
    let receiver = receive(&drain);
    next(&receiver).keep(None).expect("kept");
    thread::sleep(Duration::from_millis(100));
    assert!(receiver.next(None).expect("no error").is_none());
    drop(receiver);

    let poll = client_with(
        &sandbox,
        &[("receive.poll_ms", "20"), ("receive.lease_ms", "1000")],
    );
    let receiver = receive(&poll);
    let packet = next(&receiver);
    packet.keep(None).expect("kept");
    let again = next(&receiver);
    assert_eq!(
        (id(&packet), id(&again)),
        (sent[0].clone(), sent[0].clone())
    );
    again.done().expect("done");
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.marked, summary.left_count), (1, 0));
    let hidden = summary.hidden.expect("it was listed twice");
    // The client may learn late of the first list, so less than the portal's 50 ms is possible.
    assert!(hidden > Duration::ZERO && hidden < SOON, "{hidden:?}");
}

#[test]
fn a_forgotten_packet_is_not_handed_over_twice_in_one_run() {
    let sandbox = forgetful(Duration::from_millis(50));
    send(&sandbox, 1);
    let client = client_with(
        &sandbox,
        &[("receive.poll_ms", "20"), ("receive.poll_max_ms", "20")],
    );
    let receiver = receive(&client);
    drop(next(&receiver));
    let call = Call::new().timeout(Duration::from_millis(400));
    fails(receiver.next(&call), Status::TimedOut, "");
    assert!(requests(&sandbox, "/pull/") > 3);
    let summary = receiver.close().expect("a summary");
    assert_eq!(summary.handed_over, 1);
    assert!(summary.repeated > 0, "{summary:?}");
}

#[test]
fn what_is_listed_twice_is_handed_over_once() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 10);
    sandbox.fault(
        Fault::on_portal()
            .path("/pull/")
            .method("GET")
            .forever()
            .duplicate_delivery(),
    );
    let client = client(&sandbox);
    let receiver = receive(&client);
    assert_eq!(handle_all(&receiver), sent);
    assert_eq!(receiver.close().expect("a summary").left_count, 0);
    assert_eq!(sandbox.waiting().len(), 0);
}

#[test]
fn a_handled_packet_whose_mark_failed_is_marked_later_and_not_handed_over_again() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 3);
    let client = client(&sandbox);
    let receiver = receive(&client);
    let packet = next(&receiver);
    sandbox.expire_handles();
    packet.done().expect("done");
    assert_eq!(left(&receiver, LeftWhy::NotMarked), [id(&packet)]);
    let stats = client.stats();
    assert_eq!(stats.unmarked, 1);
    assert!(stats.oldest_unmarked.is_some());

    sandbox.show_hidden();
    let receiver = receive(&client);
    assert_eq!(handle_all(&receiver), sent[1..]);
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.done, summary.marked, summary.repeated), (2, 3, 1));
    assert_eq!((sandbox.waiting().len(), client.stats().unmarked), (0, 0));
}

#[test]
fn a_mark_without_an_answer_is_told_as_unknown() {
    let sandbox = sandbox();
    send(&sandbox, 1);
    let client = client(&sandbox);
    let receiver = receive(&client);
    let packet = next(&receiver);
    packet.done().expect("done");
    sandbox.fault(Fault::on_portal().path("/done").forever().lose_answer());
    assert_eq!(left(&receiver, LeftWhy::MarkUnknown), [id(&packet)]);
}

#[test]
fn marks_are_sent_while_the_host_works_and_before_it_waits() {
    let sandbox = sandbox();
    send(&sandbox, 10);
    let client = client_with(
        &sandbox,
        &[("receive.done_count", "3"), ("receive.poll_ms", "60000")],
    );
    let receiver = receive(&client);
    for _ in 0..4 {
        next(&receiver).done().expect("done");
    }
    drop(next(&receiver));
    sandbox
        .wait_for_request(|request| request.path().contains("/done"), SOON)
        .expect("three are marked");
    for _ in 0..5 {
        next(&receiver).done().expect("done");
    }
    // The queue is empty: the rest is marked before the wait.
    let call = Call::new().timeout(Duration::from_millis(500));
    fails(receiver.next(&call), Status::TimedOut, "");
    assert_eq!(sandbox.waiting().len(), 1);
    drop(receiver);
}

#[test]
fn a_packet_that_cannot_be_had_holds_up_no_other() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 20);
    sandbox.fault(Fault::on_storage().skip(2).times(1).status(404));
    let log = Seen::new();
    let mut config = config(&sandbox);
    config.log_to(Level::Error, {
        let log = log.clone();
        move |record| log.add(record.message.to_string())
    });
    let client = Client::new(&config).expect("a client");
    let receiver = receive(&client);
    let handled: BTreeSet<String> = handle_all(&receiver).into_iter().collect();
    assert_eq!(handled.len(), 19);
    let summary = receiver.close().expect("a summary");
    let [left] = &summary.left[..] else {
        panic!("{summary:?}");
    };
    assert_eq!(
        (left.why, left.status),
        (LeftWhy::NotDownloaded, Status::NotFound)
    );
    let id = left.id.clone().expect("an id");
    assert!(sent.contains(&id) && !handled.contains(&id));
    assert!(log.take()[0].contains("the packet stays in the queue"));
    sandbox.show_hidden();
    assert_eq!(handle_all(&receive(&client)), [id]);
}

#[test]
fn an_entry_that_cannot_be_read_is_in_the_summary() {
    use dmerp_sandbox::Spoilt;
    let sandbox = sandbox();
    let sent = send(&sandbox, 3);
    sandbox.fault(
        Fault::on_portal()
            .path("/pull/")
            .spoil_entries(&[(2, Spoilt::NoUrl)]),
    );
    let client = client(&sandbox);
    let receiver = receive(&client);
    assert_eq!(handle_all(&receiver), [sent[0].clone(), sent[2].clone()]);
    assert_eq!(left(&receiver, LeftWhy::Unreadable), [sent[1].clone()]);
}

#[test]
fn a_slow_packet_holds_up_the_others_for_a_while_only() {
    let sandbox = sandbox();
    let slow = sandbox.send(Outgoing::packet("user1", b"<slow/>".to_vec()).name("slow.xml"));
    let sent = send(&sandbox, 5);
    sandbox.fault(
        Fault::on_storage()
            .path("slow")
            .forever()
            .delay(Duration::from_millis(1500)),
    );
    let client = client_with(&sandbox, &[("receive.lease_ms", "5000")]);
    let began = Instant::now();
    let receiver = receive(&client);
    assert_eq!(id(&next(&receiver)), sent[0]);
    assert!(
        began.elapsed() < Duration::from_millis(1400),
        "{:?}",
        began.elapsed()
    );
    let rest: Vec<String> = (0..5).map(|_| id(&next(&receiver))).collect();
    assert_eq!(rest, [&sent[1..], &[slow.id]].concat());
}

#[test]
fn a_packet_that_lapsed_is_received_from_a_later_list() {
    let sandbox = forgetful(Duration::from_millis(900));
    let sent = send(&sandbox, 4);
    let client = client_with(
        &sandbox,
        &[("receive.lease_ms", "500"), ("receive.ahead_packets", "2")],
    );
    let receiver = receive(&client);
    let first = next(&receiver);
    // The lease of the others ends while the host works on this one.
    thread::sleep(Duration::from_millis(550));
    first.done().expect("a late done");
    let mut rest = handle_all(&receiver);
    rest.sort_unstable();
    let mut expected = sent[1..].to_vec();
    expected.sort_unstable();
    assert_eq!(rest, expected);
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.marked, summary.left_count), (4, 0));
    assert!(summary.lists >= 3, "{summary:?}");
    assert_eq!(sandbox.waiting().len(), 0);
}

#[test]
fn a_download_that_outlasts_the_lease_is_handed_over_with_a_fresh_receipt() {
    let sandbox = forgetful(Duration::from_millis(600));
    let content = vec![7; 3000];
    sandbox.send(Outgoing::packet("user1", content.clone()));
    sandbox.fault(Fault::on_storage().trickle(100, Duration::from_millis(30)));
    let client = client_with(&sandbox, &[("receive.lease_ms", "300")]);
    let receiver = receive(&client);
    let packet = next(&receiver);
    assert_eq!(packet.content().expect("content"), content);
    packet.done().expect("done");
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.marked, summary.left_count), (1, 0));
    // Downloaded once, and listed again.
    assert_eq!(client.stats().packets_received, 1);
    assert!(summary.lists >= 2);
}

#[test]
fn what_lapsed_and_does_not_come_back_is_left_behind() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 2);
    let client = client_with(&sandbox, &[("receive.lease_ms", "500")]);
    let receiver = receive(&client);
    next(&receiver).done().expect("done");
    thread::sleep(Duration::from_millis(550));
    assert!(receiver.next(None).expect("no error").is_none());
    assert_eq!(left(&receiver, LeftWhy::Lapsed), sent[1..]);
}

#[test]
fn big_content_is_in_a_file_of_the_receivers_and_can_be_moved() {
    let temp = tempfile::tempdir().expect("a folder");
    let files = || fs::read_dir(temp.path()).expect("a folder").count();
    let sandbox = sandbox();
    let content: Vec<u8> = (0..300_000u32).map(|at| (at / 7) as u8).collect();
    for _ in 0..3 {
        sandbox.send(Outgoing::image("user1", content.clone()));
    }
    let client = client_with(
        &sandbox,
        &[
            ("temp_dir", temp.path().to_str().expect("UTF-8")),
            ("receive.memory_bytes", "1000"),
        ],
    );
    let receiver = client.receive(PacketKind::File, None).expect("a receiver");
    let saved = temp.path().join("photo.jpg");
    fs::write(&saved, "old").expect("written");
    let first = next(&receiver);
    let own = first.path().expect("a file").to_path_buf();
    assert_eq!(fs::read(&own).expect("readable"), content);
    assert_eq!(first.content().expect("content"), content);
    first.save_as(&saved).expect("saved");
    assert_eq!(fs::read(&saved).expect("saved"), content);
    assert!(!own.exists() && first.path().is_none());
    // It can be saved again, and where it cannot, it is still there.
    let nowhere = temp.path().join("no/such/folder");
    fails(first.save_as(nowhere), Status::FileError, "no/such");
    first
        .save_as(temp.path().join("copy.jpg"))
        .expect("saved again");
    assert_eq!(
        fs::read(temp.path().join("copy.jpg")).expect("saved"),
        content
    );
    // What the host has made of the file is not the packet's content.
    let later = std::time::SystemTime::now() + Duration::from_secs(60);
    let file = fs::File::options().write(true).open(&saved);
    file.and_then(|file| file.set_modified(later))
        .expect("a time of change");
    let elsewhere = first.save_as(temp.path().join("changed.jpg"));
    fails(elsewhere, Status::FileError, "somebody has changed it");
    first.done().expect("done");
    let second = next(&receiver);
    let other = second.path().expect("a file").to_path_buf();
    drop(second);
    assert!(!other.exists());
    drop((first, receiver));
    assert_eq!(files(), 2, "the two that were saved");
}

#[test]
fn small_content_is_saved_whole() {
    let temp = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    sandbox.send_packet("user1", b"<NavMobileSync/>");
    let client = client(&sandbox);
    let receiver = receive(&client);
    let packet = next(&receiver);
    assert_eq!((packet.path(), packet.size()), (None, 16));
    let to = temp.path().join("packet.xml");
    packet.save_as(&to).expect("saved");
    assert_eq!(fs::read(&to).expect("saved"), b"<NavMobileSync/>");
}

#[test]
fn content_larger_than_memory_allows_is_refused_in_memory_only() {
    let sandbox = sandbox();
    sandbox.send_packet("user1", &[7; 5000]);
    let client = client_with(
        &sandbox,
        &[("receive.memory_bytes", "0"), ("max_memory_bytes", "1024")],
    );
    let receiver = receive(&client);
    let packet = next(&receiver);
    fails(packet.content(), Status::TooLarge, "max_memory_bytes");
    assert!(packet.path().is_some());
}

#[test]
fn several_threads_share_a_receiver() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 200);
    let client = client(&sandbox);
    let receiver = receive(&client);
    let handled = Seen::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(packet) = receiver.next(None).expect("no error") {
                    handled.add(id(&packet));
                    packet.done().expect("done");
                }
            });
        }
    });
    let mut handled = handled.take();
    handled.sort_unstable();
    let mut sent = sent;
    sent.sort_unstable();
    assert_eq!(handled, sent);
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.marked, summary.left_count), (200, 0));
}

#[test]
fn threads_that_wait_are_ended_by_stop_and_by_close() {
    for by_close in [false, true] {
        let sandbox = sandbox();
        let client = client_with(&sandbox, &[("receive.poll_ms", "60000")]);
        let receiver = receive(&client);
        thread::scope(|scope| {
            let waiting: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| receiver.next(None)))
                .collect();
            sandbox.wait_for_request(|_| true, SOON).expect("a list");
            if by_close {
                receiver.close().expect("a summary");
            } else {
                receiver.stop();
            }
            for thread in waiting {
                let next = thread.join().expect("no panic");
                assert!(next.expect("no error").is_none());
            }
        });
    }
}

#[test]
fn a_thread_that_waits_takes_over_from_one_that_leaves() {
    for _ in 0..20 {
        let sandbox = sandbox();
        let client = client_with(
            &sandbox,
            &[("receive.poll_ms", "5"), ("receive.poll_max_ms", "5")],
        );
        let receiver = receive(&client);
        let (leaves, stays) = (Call::new(), Call::new().timeout(SOON));
        thread::scope(|scope| {
            let leader = scope.spawn(|| receiver.next(&leaves));
            sandbox.wait_for_request(|_| true, SOON).expect("a list");
            let follower = scope.spawn(|| receiver.next(&stays));
            thread::yield_now();
            leaves.cancel();
            fails(leader.join().expect("no panic"), Status::Cancelled, "");
            send(&sandbox, 1);
            let packet = follower.join().expect("no panic").expect("in time");
            packet.expect("the packet").done().expect("done");
        });
    }
}

#[test]
fn stop_hands_over_nothing_new_and_marks_what_was_done() {
    let sandbox = sandbox();
    send(&sandbox, 5);
    let client = client(&sandbox);
    let receiver = receive(&client);
    let (first, second) = (next(&receiver), next(&receiver));
    first.done().expect("done");
    receiver.stop();
    assert!(receiver.next(None).expect("no error").is_none());
    assert_eq!(sandbox.waiting().len(), 4);
    second.done().expect("still open");
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.marked, summary.left_count), (2, 3));
}

#[test]
fn a_cancel_ends_next_and_close_still_marks() {
    let sandbox = sandbox();
    send(&sandbox, 3);
    let client = client_with(&sandbox, &[("receive.poll_ms", "60000")]);
    let receiver = receive(&client);
    for _ in 0..3 {
        next(&receiver).done().expect("done");
    }
    sandbox.fault(Fault::on_portal().path("/done").times(1).hang());
    let call = Call::new();
    let took = thread::scope(|scope| {
        let waiting = scope.spawn(|| receiver.next(&call));
        sandbox
            .wait_for_request(|request| request.path().contains("/done"), SOON)
            .expect("a mark");
        let at = Instant::now();
        call.cancel();
        fails(waiting.join().expect("no panic"), Status::Cancelled, "");
        at.elapsed()
    });
    assert!(took < Duration::from_secs(2), "{took:?}");
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.marked, summary.left_count), (3, 0));
    assert_eq!(sandbox.waiting().len(), 0);
}

#[test]
fn close_ends_in_time_though_the_portal_is_silent() {
    let sandbox = sandbox();
    send(&sandbox, 1);
    let client = client_with(&sandbox, &[("receive.close_ms", "300")]);
    let receiver = receive(&client);
    next(&receiver).done().expect("done");
    sandbox.fault(Fault::on_portal().path("/done").forever().hang());
    let began = Instant::now();
    let summary = receiver.close().expect("a summary");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(summary.left[0].why, LeftWhy::MarkUnknown);
    assert_eq!(summary.left[0].status, Status::TimedOut);
}

#[test]
fn the_limits_on_packets_and_time_end_a_run() {
    let sandbox = sandbox();
    send(&sandbox, 10);
    let few = client_with(&sandbox, &[("receive.max_packets", "3")]);
    let receiver = receive(&few);
    assert_eq!(handle_all(&receiver).len(), 3);
    drop(receiver);
    assert_eq!(
        requests(&sandbox, "/link"),
        3,
        "none is downloaded for nothing"
    );
    let brief = client_with(
        &sandbox,
        &[("receive.max_ms", "300"), ("receive.poll_ms", "50")],
    );
    let began = Instant::now();
    assert!(receive(&brief).into_iter().next().is_none());
    let took = began.elapsed();
    assert!(
        (Duration::from_millis(300)..SOON).contains(&took),
        "{took:?}"
    );
}

#[test]
fn a_wrong_key_ends_a_run_that_polls_and_does_not_hammer() {
    let sandbox = sandbox();
    let client = client_with(
        &sandbox,
        &[
            ("api_key", "wrong"),
            ("receive.poll_ms", "1"),
            ("receive.poll_max_ms", "1"),
        ],
    );
    let receiver = receive(&client);
    for _ in 0..5 {
        fails(
            receiver.next(None),
            Status::AuthenticationFailed,
            "refused the API key",
        );
    }
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn polling_goes_on_after_an_outage_and_waits_longer_while_the_queue_is_empty() {
    let sandbox = sandbox();
    let client = client_with(
        &sandbox,
        &[
            ("receive.poll_ms", "10"),
            ("receive.poll_max_ms", "80"),
            ("retry.max_attempts", "1"),
        ],
    );
    sandbox.fault(Fault::on_portal().times(3).status(503));
    let receiver = receive(&client);
    let call = Call::new().timeout(Duration::from_millis(800));
    fails(receiver.next(&call), Status::TimedOut, "");
    let lists = sandbox.requests().len();
    // At least 800 / 80, far from 800 / 10.
    assert!((6..=40).contains(&lists), "{lists}");
    send(&sandbox, 1);
    next(&receiver).done().expect("done");
}

#[test]
fn an_outage_ends_a_run_that_does_not_poll_with_the_error_of_the_list() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 1);
    let client = client(&sandbox);
    sandbox.fault(Fault::on_portal().times(3).status(503));
    let receiver = receive(&client);
    let error = fails(
        receiver.next(None),
        Status::ServerError,
        "pull of the packet list",
    );
    assert_eq!(error.attempts(), 3);
    // The next call asks again.
    assert_eq!(handle_all(&receiver), sent);
}

fn letters(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_packet_that_fails_again_and_again_becomes_a_dead_letter() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    sandbox.send(Outgoing::packet("user1", b"<poison/>".to_vec()).id("../a/1"));
    sandbox.send(Outgoing::packet("user2", b"<whole/>".to_vec()).id("b"));
    sandbox.fault(Fault::on_storage().path("user2").forever().truncate(4));
    let dead = [
        (
            "receive.dead_letter_dir",
            folder.path().to_str().expect("UTF-8"),
        ),
        ("receive.max_deliveries", "2"),
    ];
    let client = client_with(&sandbox, &dead);
    for run in 1..=2 {
        let receiver = receive(&client);
        let packet = next(&receiver);
        packet.keep(Some("no such customer")).expect("kept");
        let summary = receiver.close().expect("a summary");
        // The other one may still be in flight; its failure counts when it is known.
        assert_eq!(summary.dead_lettered > 0, run == 2, "{summary:?}");
        sandbox.show_hidden();
    }
    // Its download counts as a failure only beside one that succeeds.
    for _ in 0..100 {
        if sandbox.waiting().is_empty() {
            break;
        }
        send(&sandbox, 1);
        sandbox.show_hidden();
        handle_all(&receive(&client));
    }
    assert_eq!(
        letters(folder.path()),
        [
            "packet-%2E%2E%2Fa%2F1.content",
            "packet-%2E%2E%2Fa%2F1.json",
            "packet-b.content",
            "packet-b.json"
        ]
    );
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!(text("packet-%2E%2E%2Fa%2F1.content"), "<poison/>");
    let why = text("packet-%2E%2E%2Fa%2F1.json");
    assert!(
        why.contains("no such customer") && why.contains("\"failures\": 2"),
        "{why}"
    );
    assert_eq!(
        text("packet-b.content"),
        "<who",
        "as far as it could be had"
    );
    assert!(text("packet-b.json").contains("\"content_is_complete\": false"));
}

#[test]
fn dead_letters_whose_ids_differ_in_case_are_two_on_every_file_system() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8");
    let sandbox = sandbox();
    for id in ["Order-1", "order-1"] {
        sandbox.send(Outgoing::packet("user1", &b"<x/>"[..]).id(id));
    }
    let dead = [
        ("receive.dead_letter_dir", path),
        ("receive.max_deliveries", "1"),
    ];
    let receiver = receive(&client_with(&sandbox, &dead));
    for _ in 0..2 {
        next(&receiver).keep(Some("unknown")).expect("kept");
    }
    assert_eq!(receiver.close().expect("a summary").dead_lettered, 2);
    let names = letters(folder.path());
    let names: std::collections::BTreeSet<_> =
        names.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn a_packet_in_hand_at_each_close_becomes_a_dead_letter() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    send(&sandbox, 1);
    let dead = [
        (
            "receive.dead_letter_dir",
            folder.path().to_str().expect("UTF-8"),
        ),
        ("receive.max_deliveries", "2"),
    ];
    let client = client_with(&sandbox, &dead);
    for _ in 0..2 {
        let receiver = receive(&client);
        let packet = next(&receiver);
        receiver.close().expect("a summary");
        drop(packet);
        assert_eq!(letters(folder.path()).len(), 0);
        sandbox.show_hidden();
    }
    let receiver = receive(&client);
    assert!(receiver.next(None).expect("no error").is_none());
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.handed_over, summary.dead_lettered), (0, 1));
    assert_eq!((summary.marked, summary.left_count), (1, 0));
    assert_eq!(letters(folder.path()).len(), 2);
    assert_eq!(sandbox.waiting().len(), 0);
}

#[test]
fn without_room_for_dead_letters_packets_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).expect("a folder");
    let sandbox = sandbox();
    send(&sandbox, 1);
    let dead = [
        ("receive.dead_letter_dir", gone.to_str().expect("UTF-8")),
        ("receive.max_deliveries", "1"),
    ];
    let client = client_with(&sandbox, &dead);
    fs::remove_dir(&gone).expect("removed");
    let receiver = receive(&client);
    next(&receiver).keep(None).expect("kept");
    assert_eq!(left(&receiver, LeftWhy::Kept).len(), 1);
    assert_eq!(sandbox.waiting().len(), 1);
}

#[test]
fn one_list_has_one_receiver() {
    let sandbox = sandbox();
    send(&sandbox, 2);
    let client = client(&sandbox);
    let receiver = receive(&client);
    fails(
        client.receive(PacketKind::Packet, None),
        Status::InvalidArgument,
        "already has an open receiver",
    );
    client
        .receive(PacketKind::File, None)
        .expect("the other list");
    handle_all(&receiver);
    // At its end it is no longer in the way, closed or not.
    receive(&client);
}

#[test]
fn a_callback_of_next_can_stop_but_not_wait_for_itself() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("receive.poll_ms", "60000")]);
    let receiver = Arc::new(receive(&client));
    let told = Seen::new();
    let call = Call::new().on_waiting({
        let (receiver, told) = (receiver.clone(), told.clone());
        move || {
            told.add((receiver.next(None).err(), receiver.close().err()));
            receiver.stop();
            ControlFlow::Continue(())
        }
    });
    assert!(receiver.next(&call).expect("no error").is_none());
    let (next, close) = told.take().remove(0);
    for error in [next, close] {
        fails(
            Err::<(), _>(error.expect("refused")),
            Status::InvalidArgument,
            "use stop there",
        );
    }
}

#[test]
fn what_is_ahead_of_the_host_is_limited() {
    for (options, most) in [
        (
            [
                ("receive.ahead_packets", "4"),
                ("receive.ahead_bytes", "1000000"),
            ],
            4,
        ),
        (
            [
                ("receive.ahead_packets", "16"),
                ("receive.ahead_bytes", "25000"),
            ],
            2,
        ),
    ] {
        let sandbox = sandbox();
        for _ in 0..20 {
            sandbox.send_packet("user1", &[7; 10_000]);
        }
        let client = client_with(&sandbox, &options);
        let receiver = receive(&client);
        let packet = next(&receiver);
        let on_storage = |request: &&dmerp_sandbox::Request| request.listener == Listener::Storage;
        let downloads = sandbox.requests().iter().filter(on_storage).count();
        assert!(downloads <= most + 1, "{downloads} of {most}");
        packet.keep(None).expect("kept");
    }
}

#[test]
fn a_receiver_that_ended_does_not_let_two_others_in() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let ended = receive(&client);
    assert!(ended.next(None).expect("no error").is_none());
    let _open = receive(&client);
    assert!(ended.next(None).expect("no error").is_none());
    ended.close().expect("a summary");
    drop(ended);
    fails(
        client.receive(PacketKind::Packet, None),
        Status::InvalidArgument,
        "already has an open receiver",
    );
}

#[test]
fn an_outage_of_the_storage_makes_no_dead_letters() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    send(&sandbox, 3);
    let dead = [
        (
            "receive.dead_letter_dir",
            folder.path().to_str().expect("UTF-8"),
        ),
        ("receive.max_deliveries", "2"),
    ];
    let client = client_with(&sandbox, &dead);
    sandbox.fault(Fault::on_storage().forever().status(503));
    for _ in 0..3 {
        assert_eq!(handle_all(&receive(&client)).len(), 0);
        sandbox.show_hidden();
    }
    assert_eq!(sandbox.waiting().len(), 3, "{:?}", letters(folder.path()));
}

#[test]
fn stop_marks_within_one_deadline() {
    let sandbox = sandbox();
    send(&sandbox, 20);
    let client = client_with(
        &sandbox,
        &[
            ("receive.close_ms", "500"),
            ("receive.done_ms", "60000"),
            ("done_batch", "2"),
        ],
    );
    let receiver = receive(&client);
    for _ in 0..20 {
        next(&receiver).done().expect("done");
    }
    sandbox.fault(Fault::on_portal().path("/done").forever().hang());
    receiver.stop();
    let began = Instant::now();
    assert!(receiver.next(None).expect("no error").is_none());
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn stop_does_not_wait_for_a_mark_that_began_before() {
    let sandbox = sandbox();
    send(&sandbox, 1);
    let client = client_with(
        &sandbox,
        &[("receive.close_ms", "500"), ("receive.poll_ms", "60000")],
    );
    let receiver = receive(&client);
    next(&receiver).done().expect("done");
    sandbox.fault(Fault::on_portal().path("/done").forever().hang());
    let call = Call::new().timeout(Duration::from_secs(5));
    let (ended, took) = thread::scope(|scope| {
        let waiting = scope.spawn(|| receiver.next(&call));
        sandbox
            .wait_for_request(|request| request.path().contains("/done"), SOON)
            .expect("a mark");
        receiver.stop();
        let began = Instant::now();
        (waiting.join().expect("no panic"), began.elapsed())
    });
    assert!(ended.expect("in time").is_none());
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn the_callback_of_the_log_cannot_close_a_receiver_that_closes() {
    use std::sync::OnceLock;
    let sandbox = sandbox();
    send(&sandbox, 1);
    let held: Arc<OnceLock<Receiver>> = Arc::default();
    let told = Seen::new();
    let mut config = config(&sandbox);
    config.log_to(Level::Info, {
        let (held, told) = (held.clone(), told.clone());
        move |_| {
            if let Some(receiver) = held.get() {
                told.add(receiver.close().err());
            }
        }
    });
    let client = Client::new(&config).expect("a client");
    let receiver = receive(&client);
    next(&receiver).done().expect("done");
    let receiver = held.get_or_init(|| receiver);
    thread::scope(|scope| {
        let closing = scope.spawn(|| receiver.close());
        let began = Instant::now();
        while !closing.is_finished() {
            if began.elapsed() > SOON {
                eprintln!("close waits for itself");
                std::process::abort();
            }
            thread::sleep(Duration::from_millis(10));
        }
        closing.join().expect("no panic").expect("a summary");
    });
    let first = told.take().remove(0).expect("refused");
    fails(
        Err::<(), _>(first),
        Status::InvalidArgument,
        "use stop there",
    );
}

#[test]
fn the_leading_thread_learns_that_another_took_the_last_packet() {
    let sandbox = sandbox();
    send(&sandbox, 1);
    let client = client_with(&sandbox, &[("receive.max_packets", "1")]);
    let receiver = Arc::new(receive(&client));
    let taken = Seen::new();
    let call = Call::new()
        .timeout(Duration::from_secs(5))
        // With these pauses the waiting callback is due between the moment when the packet is ready and the moment when
        // the leading thread would take it.
        .on_progress(|_| {
            thread::sleep(Duration::from_millis(150));
            ControlFlow::Continue(())
        })
        .on_waiting({
            let (receiver, taken) = (receiver.clone(), taken.clone());
            move || {
                if receiver.is_ready() {
                    thread::scope(|scope| {
                        scope.spawn(|| taken.add(next(&receiver)));
                    });
                } else {
                    thread::sleep(Duration::from_millis(60));
                }
                ControlFlow::Continue(())
            }
        });
    let ended = receiver.next(&call);
    let other = taken.take();
    assert!(ended.expect("in time").is_none(), "the other got none");
    assert_eq!(other.len(), 1);
}

#[test]
fn what_lapsed_and_came_again_is_not_left_behind() {
    let sandbox = forgetful(Duration::from_millis(1500));
    send(&sandbox, 2);
    let client = client_with(
        &sandbox,
        &[
            ("receive.lease_ms", "200"),
            ("receive.poll_ms", "50"),
            ("receive.poll_max_ms", "50"),
        ],
    );
    let receiver = receive(&client);
    next(&receiver).done().expect("done");
    thread::sleep(Duration::from_millis(250));
    next(&receiver).done().expect("done");
    let summary = receiver.close().expect("a summary");
    assert_eq!((summary.done, summary.marked), (2, 2));
    assert_eq!(summary.left_count, 0, "{:?}", summary.left);
}

#[test]
fn an_entry_without_an_id_is_left_once_in_a_run_that_polls() {
    use dmerp_sandbox::Spoilt;
    let sandbox = forgetful(Duration::ZERO);
    send(&sandbox, 2);
    sandbox.fault(
        Fault::on_portal()
            .path("/pull/")
            .forever()
            .spoil_entries(&[(1, Spoilt::NoId)]),
    );
    let client = client_with(
        &sandbox,
        &[("receive.poll_ms", "10"), ("receive.poll_max_ms", "10")],
    );
    let receiver = receive(&client);
    drop(next(&receiver));
    let call = Call::new().timeout(Duration::from_millis(500));
    fails(receiver.next(&call), Status::TimedOut, "");
    let summary = receiver.close().expect("a summary");
    assert!(summary.lists > 5, "{summary:?}");
    // That entry, and the packet that was forgotten.
    assert_eq!(summary.left_count, 2);
}

#[test]
fn a_callback_that_panics_leaves_a_receiver_that_can_be_used() {
    let sandbox = sandbox();
    send(&sandbox, 1);
    sandbox.fault(
        Fault::on_portal()
            .times(1)
            .delay(Duration::from_millis(300)),
    );
    let client = client(&sandbox);
    let receiver = receive(&client);
    let call = Call::new().on_waiting(|| panic!("on purpose"));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| receiver.next(&call)));
    assert!(panicked.is_err());
    next(&receiver).done().expect("done");
    assert_eq!(receiver.close().expect("a summary").marked, 1);
}
