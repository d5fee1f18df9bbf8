//! Many packets to many mobile users.

use std::fs;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use dmerp::{Batch, Call, Format, Status};
use dmerp_sandbox::{Fault, Options, Sandbox};

use crate::support::{SOON, Seen, client, client_with, fails, sandbox, start};

/// A batch with one content for these mobile users.
fn batch_for(client: &dmerp::Client, mobile_users: &[&str]) -> Batch {
    let mut batch = client.batch();
    let content = batch.content(b"<NavMobileSync/>".to_vec());
    for mobile_user in mobile_users {
        batch
            .add(mobile_user, Format::Xml, content, None)
            .expect("an entry");
    }
    batch
}

fn statuses(batch: &Batch) -> Vec<Status> {
    let results = batch.results().into_iter();
    results
        .map(|result| match result {
            Some(Ok(_)) => Status::Ok,
            Some(Err(error)) => error.status(),
            None => panic!("not tried"),
        })
        .collect()
}

fn contents(sandbox: &Sandbox, mobile_user: &str) -> Vec<Vec<u8>> {
    let pushed = sandbox.pushed(mobile_user);
    let contents = pushed.into_iter().map(|packet| packet.content);
    contents
        .map(|content| content.expect("stored").to_vec())
        .collect()
}

#[test]
fn one_content_goes_to_many_mobile_users() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let names: Vec<String> = (0..40).map(|number| format!("user{number}")).collect();
    let mobile_users: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut batch = batch_for(&client, &mobile_users);
    batch.run(None).expect("all stored");
    for (name, result) in names.iter().zip(batch.results()) {
        let pushed = result.expect("tried").as_ref().expect("stored");
        let stored = sandbox.pushed(name);
        assert_eq!(stored[0].packet_unique_id, pushed.packet_id);
        assert_eq!(contents(&sandbox, name), [b"<NavMobileSync/>".to_vec()]);
        assert!(pushed.sync_log_id.is_some() && pushed.size == 16);
    }
    assert_eq!(client.stats().packets_pushed, 40);
    // What is stored is not sent again.
    sandbox.clear_requests();
    batch.run(None).expect("nothing to do");
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn mobile_users_are_served_at_the_same_time_and_each_in_order() {
    let sandbox = sandbox();
    let delay = Duration::from_millis(100);
    sandbox.fault(Fault::on_storage().forever().delay(delay));
    let client = client(&sandbox);
    let mut batch = client.batch();
    for number in 0..4 {
        for mobile_user in 0..10 {
            let content = batch.content(format!("<packet number=\"{number}\"/>"));
            let name = format!("user{mobile_user}");
            batch
                .add(&name, Format::Xml, content, None)
                .expect("an entry");
        }
    }
    let began = Instant::now();
    batch.run(None).expect("all stored");
    assert!(began.elapsed() < delay * 20, "one after the other: 4 s");
    let expected: Vec<Vec<u8>> = (0..4)
        .map(|number| format!("<packet number=\"{number}\"/>").into_bytes())
        .collect();
    for mobile_user in 0..10 {
        assert_eq!(contents(&sandbox, &format!("user{mobile_user}")), expected);
    }
}

#[test]
fn a_failure_concerns_its_entry_only_and_a_second_run_sends_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let late = folder.path().join("late.xml");
    let sandbox = start(Options {
        mobile_users: Some(vec!["user1".into(), "user2".into()]),
        ..Options::default()
    });
    let client = client(&sandbox);
    let mut batch = batch_for(&client, &["user1", "stranger", "user2"]);
    let file = batch.content_file(&late);
    let empty = batch.content(Vec::new());
    batch
        .add("user1", Format::Json, file, Some("order-7"))
        .expect("an entry");
    batch
        .add("user2", Format::Json, empty, None)
        .expect("an entry");
    let error = fails(batch.run(None), Status::Rejected, "to mobile user stranger");
    assert_eq!(error.attempts(), 1);
    let rejected = [
        Status::Ok,
        Status::Rejected,
        Status::Ok,
        Status::FileError,
        Status::InvalidArgument,
    ];
    assert_eq!(statuses(&batch), rejected);
    let results = batch.results();
    let failed = results[3].expect("tried").as_ref().expect_err("no file");
    assert_eq!(failed.packet_id(), Some("order-7"));
    assert!(failed.to_string().contains("late.xml"), "{failed}");

    fs::write(&late, "{}").expect("written");
    sandbox.clear_requests();
    fails(batch.run(None), Status::Rejected, "stranger");
    assert_eq!(statuses(&batch)[3], Status::Ok);
    assert_eq!(contents(&sandbox, "user1").len(), 2);
    assert_eq!(sandbox.pushed("user1")[1].packet_unique_id, "order-7");
    // The stranger again, and the file.
    assert_eq!(sandbox.requests().len(), 3);
}

#[test]
fn what_concerns_all_is_told_once_and_the_rest_is_not_tried() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("api_key", "wrong"), ("push.concurrency", "4")]);
    let names: Vec<String> = (0..50).map(|number| format!("user{number}")).collect();
    let mobile_users: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut batch = batch_for(&client, &mobile_users);
    fails(
        batch.run(None),
        Status::AuthenticationFailed,
        "refused the API key",
    );
    assert_eq!(statuses(&batch), vec![Status::AuthenticationFailed; 50]);
    assert!(sandbox.requests().len() <= 4);
    let results = batch.results();
    let last = results[49]
        .expect("an outcome")
        .as_ref()
        .expect_err("refused");
    assert_eq!((last.attempts(), last.is_outcome_unknown()), (0, false));
    assert!(last.to_string().contains("user49"), "{last}");
}

#[test]
fn arguments_are_checked_when_they_are_given() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let mut batch = client.batch();
    let content = batch.content("<a/>");
    batch
        .add("user1", Format::Xml, content, Some("order-1"))
        .expect("an entry");
    let again = batch.add("user2", Format::Xml, content, Some("order-1"));
    fails(
        again,
        Status::InvalidArgument,
        "order-1 is in the batch already",
    );
    let nobody = batch.add("", Format::Xml, content, None);
    fails(nobody, Status::InvalidArgument, "mobile user");
    let other = batch.add("user1", Format::Xml, dmerp::ContentId::from_number(7), None);
    fails(other, Status::InvalidArgument, "no content 7");
    batch.run(None).expect("the one entry");
    assert_eq!(batch.results().len(), 1);
}

#[test]
fn a_cancel_ends_all_and_what_is_stored_counts() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("push.concurrency", "2")]);
    let names: Vec<String> = (0..20).map(|number| format!("user{number}")).collect();
    let mobile_users: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut batch = batch_for(&client, &mobile_users);
    // Of the first two only one comes to its end.
    sandbox.fault(Fault::on_storage().skip(1).forever().hang());
    let call = Call::new();
    let batch = thread::scope(|scope| {
        let running = scope.spawn(|| {
            let outcome = batch.run(&call);
            (batch, outcome)
        });
        // The one that hangs, and another one after the one that was stored.
        let third = |request: &dmerp_sandbox::Request| {
            request.method == "PUT" && request.path().contains("user2")
        };
        sandbox
            .wait_for_request(third, SOON)
            .expect("the third upload");
        call.cancel();
        let (batch, outcome) = running.join().expect("no panic");
        fails(outcome, Status::Cancelled, "");
        batch
    });
    let statuses = statuses(&batch);
    assert_eq!(
        statuses
            .iter()
            .filter(|status| **status == Status::Ok)
            .count(),
        1
    );
    let results = batch.results();
    let unknown = results
        .iter()
        .filter(|result| matches!(result, Some(Err(error)) if error.is_outcome_unknown()));
    assert_eq!(unknown.count(), 2, "those that were on their way");
}

#[test]
fn the_time_out_covers_the_whole_run() {
    let sandbox = sandbox();
    sandbox.fault(
        Fault::on_storage()
            .forever()
            .delay(Duration::from_millis(150)),
    );
    let client = client(&sandbox);
    let mut batch = batch_for(&client, &["user1"; 1]);
    let content = batch.content("<b/>");
    for _ in 0..20 {
        batch
            .add("user1", Format::Xml, content, None)
            .expect("an entry");
    }
    let call = Call::new().timeout(Duration::from_millis(500));
    let error = fails(batch.run(&call), Status::TimedOut, "500 ms");
    assert!(!error.to_string().is_empty());
    let stored = sandbox
        .pushed("user1")
        .iter()
        .filter(|packet| packet.content.is_some())
        .count();
    let said = statuses(&batch)
        .iter()
        .filter(|status| **status == Status::Ok)
        .count();
    assert!(
        (1..=4).contains(&said) && stored >= said,
        "{said} of {stored}"
    );
    batch.run(None).expect("the rest");
    let mut ids: Vec<String> = sandbox
        .pushed("user1")
        .into_iter()
        .map(|packet| packet.packet_unique_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 21, "a repeated push has its first id");
}

#[test]
fn the_progress_counts_packets_and_bytes() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_storage().status(503));
    let client = client(&sandbox);
    let mut batch = client.batch();
    for number in 0..10 {
        let content = batch.content(vec![b'7'; 300_000]);
        batch
            .add(&format!("user{number}"), Format::Xml, content, None)
            .expect("an entry");
    }
    let seen = Seen::new();
    let call = Call::new().on_progress({
        let seen = seen.clone();
        move |progress| {
            seen.add(progress);
            ControlFlow::Continue(())
        }
    });
    batch.run(&call).expect("all stored");
    let seen = seen.take();
    let all = |progress: &dmerp::Progress| (progress.total, progress.packets_total);
    assert!(
        seen.iter()
            .all(|progress| all(progress) == (Some(3_000_000), Some(10)))
    );
    assert!(seen.is_sorted_by_key(|progress| progress.packets));
    let last = seen.last().expect("a last one");
    assert_eq!((last.done, last.packets), (3_000_000, 10));
    assert!(seen.iter().all(|progress| progress.done <= 3_000_000));
}
