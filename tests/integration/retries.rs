//! What is tried again, what is not, and that nothing is lost or doubled by it.

use std::time::{Duration, Instant};

use dmerp::{Call, Format, PacketKind, Receipt, Status};
use dmerp_sandbox::{Fault, Listener, Outgoing};

use crate::support::*;

#[track_caller]
fn unseen<T>(fault: usize, result: dmerp::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("fault {fault} was seen: {error}"))
}

#[test]
fn passing_faults_are_not_seen_by_the_caller() {
    let faults: [fn() -> Fault; 6] = [
        || Fault::anywhere().status(503),
        || Fault::anywhere().throttle(None),
        || Fault::anywhere().drop_before_headers(),
        || Fault::anywhere().drop_after_headers(),
        || Fault::anywhere().truncate(1),
        || Fault::anywhere().lose_answer(),
    ];
    for (at, fault) in faults.iter().enumerate() {
        let sandbox = sandbox();
        let client = client(&sandbox);
        let sent = sandbox.send_packet("user1", b"<sent/>");

        sandbox.fault(fault());
        unseen(at, push(&client, b"<pushed/>"));
        let stored = sandbox.pushed("user1");
        assert_eq!(stored.len(), 1, "fault {at}: pushed under two ids");
        assert_eq!(stored[0].content.as_deref(), Some(&b"<pushed/>"[..]));

        sandbox.fault(fault());
        unseen(at, pull(&client));
        sandbox.fault(fault());
        let content = unseen(at, client.download(&sent.url, &Call::new()));
        assert_eq!(content, b"<sent/>");

        sandbox.show_hidden();
        let receipt = Receipt::from(&pull_one(&client));
        sandbox.fault(fault());
        unseen(
            at,
            client.done(&[receipt], PacketKind::Packet, None, &Call::new()),
        );
        assert!(sandbox.waiting().is_empty());
    }
}

#[test]
fn a_push_whose_answer_was_lost_is_not_doubled() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().path("/push/").lose_answer());
    sandbox.fault(Fault::on_storage().method("PUT").lose_answer());
    let pushed = push(&client(&sandbox), b"<p/>").expect("a push");
    let stored = sandbox.pushed("user1");
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].packet_unique_id, pushed.packet_id);
    assert_eq!(stored[0].pushes, 2, "asked twice, under one id");
    assert_eq!(stored[0].content.as_deref(), Some(&b"<p/>"[..]));
}

#[test]
fn a_done_whose_answer_was_lost_is_done() {
    let sandbox = sandbox();
    sandbox.send_packet("user1", b"<p/>");
    let client = client(&sandbox);
    let receipt = Receipt::from(&pull_one(&client));
    sandbox.fault(Fault::on_portal().path("/done").lose_answer());
    client
        .done(&[receipt], PacketKind::Packet, None, &Call::new())
        .expect("done");
    assert!(sandbox.waiting().is_empty());
}

#[test]
fn a_failed_upload_is_never_a_success() {
    for fault in [
        Fault::on_storage().forever().status(500),
        Fault::on_storage().forever().status(400),
        Fault::on_storage().forever().status(304),
        Fault::on_storage().forever().drop_before_headers(),
    ] {
        let sandbox = sandbox();
        sandbox.fault(fault);
        push(&client(&sandbox), b"<p/>").expect_err("the storage has nothing");
    }
}

#[test]
fn what_cannot_help_is_not_tried_again() {
    for code in [400, 401, 403, 404, 409, 413, 501, 505] {
        let sandbox = sandbox();
        sandbox.fault(Fault::on_portal().forever().status(code));
        let error = pull(&client(&sandbox)).expect_err("a refusal");
        assert_eq!(error.attempts(), 1, "{error}");
        assert_eq!(sandbox.requests().len(), 1);
    }
}

#[test]
fn the_number_of_tries_is_the_configured_one() {
    for tries in [1, 2, 4] {
        let sandbox = sandbox();
        sandbox.fault(Fault::on_portal().forever().status(503));
        let client = client_with(&sandbox, &[("retry.max_attempts", &tries.to_string())]);
        let error = fails(pull(&client), Status::ServerError, "");
        assert_eq!(error.attempts(), tries);
        assert_eq!(sandbox.requests().len(), tries as usize);
    }
}

#[test]
fn retry_after_is_obeyed_in_both_its_forms() {
    for fault in [
        Fault::on_portal().throttle(Some(1)),
        // Whole seconds on the wire: two from now are more than one.
        Fault::on_portal().throttle_until(Duration::from_secs(2)),
    ] {
        let sandbox = sandbox();
        sandbox.fault(fault);
        let began = Instant::now();
        pull(&client(&sandbox)).expect("a list, in the end");
        assert!(began.elapsed() >= Duration::from_millis(900));
    }
}

#[test]
fn a_retry_after_beyond_the_deadline_is_told_at_once() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().throttle(Some(3600)));
    sandbox.fault(Fault::on_portal().throttle(Some(u64::MAX)));
    let began = Instant::now();
    let call = Call::new().timeout(Duration::from_secs(30));
    let result = client(&sandbox).pull(PacketKind::Packet, None, &call);
    fails(result, Status::Throttled, "wait 3600 s");
    fails(pull(&client(&sandbox)), Status::Throttled, "asking to wait");
    assert!(began.elapsed() < SOON);
}

#[test]
fn an_idle_connection_that_the_server_closed_is_not_used() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("retry.max_attempts", "1")]);
    for _ in 0..3 {
        // Answers, and then closes the connection without having announced it.
        sandbox.fault(Fault::on_portal().path("/link").lose_answer());
        client.check(&Call::new()).expect_err("the answer is lost");
        pull(&client).expect("a list over a fresh connection");
    }
}

#[test]
fn an_expired_link_is_fetched_anew_once() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<sent/>");
    let client = client(&sandbox);

    sandbox.fault(Fault::on_portal().path("/link").expire_links());
    let content = client.download(&sent.url, &Call::new());
    assert_eq!(content.expect("content"), b"<sent/>");
    sandbox.fault(Fault::on_portal().path("/push/").expire_links());
    push(&client, b"<pushed/>").expect("a push");
    assert_eq!(sandbox.pushed("user1").len(), 1);

    sandbox.clear_requests();
    sandbox.fault(Fault::on_portal().forever().expire_links());
    let result = client.download(&sent.url, &Call::new());
    let error = fails(result, Status::StorageRefused, "expired");
    assert_eq!(error.http_status(), Some(403));
    assert_eq!(
        at(&sandbox, Listener::Storage).len(),
        2,
        "the link and one fresh one"
    );
    fails(push(&client, b"<p/>"), Status::StorageRefused, "expired");
}

#[test]
fn a_download_that_broke_off_starts_clean() {
    let sandbox = sandbox();
    let content: Vec<u8> = (0..200_000u32).map(|at| at as u8).collect();
    let sent = sandbox.send(Outgoing::image("user1", content.clone()));
    sandbox.fault(Fault::on_storage().times(2).truncate(150_000));
    let same = client(&sandbox).download(&sent.url, &Call::new());
    assert!(same.expect("content") == content);
}

#[test]
fn a_repeated_push_under_the_same_id_is_the_same_packet() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for _ in 0..2 {
        client
            .push("user1", Format::Xml, b"<p/>", Some("erp-1"), &Call::new())
            .expect("a push");
    }
    assert_eq!(sandbox.pushed("user1").len(), 1);
}
