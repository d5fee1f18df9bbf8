//! Each verb does its work, in each form and dialect.

use dmerp::{Call, Format, PacketKind, Receipt, Status};
use dmerp_sandbox::{
    Dialects, DoneAnswer, EmptyQueue, Fault, LinkAnswer, Listener, Numbers, Options, Outgoing,
    PushAnswer, StaleReceipt,
};

use crate::support::*;

/// Every byte value, NUL included.
fn binary(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 % 256) as u8).collect()
}

#[test]
fn a_push_arrives_whole_and_says_under_which_ids() {
    for format in [Format::Xml, Format::Json] {
        for dialect in [PushAnswer::Json, PushAnswer::Xml] {
            let sandbox = sandbox();
            sandbox.set_dialects(Dialects {
                push: dialect,
                ..Dialects::default()
            });
            let content = binary(300_000);
            let pushed = client(&sandbox)
                .push("user1", format, &content, Some("erp-4711"), &Call::new())
                .expect("a push");
            let stored = sandbox.pushed("user1").remove(0);
            assert_eq!(pushed.packet_id, "erp-4711");
            assert_eq!(pushed.size, 300_000);
            assert_eq!(pushed.sync_log_id, Some(stored.sync_log_id));
            assert_eq!(stored.packet_unique_id, "erp-4711");
            assert_eq!(stored.packet_type, format.as_str());
            assert_eq!(stored.content_type.as_deref(), Some(format.content_type()));
            assert_eq!(stored.size, 300_000);
            assert!(stored.content == Some(content), "the content differs");
        }
    }
}

#[test]
fn packets_without_an_id_get_uuids_that_differ_and_ascend() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let ids: Vec<_> = (0..3)
        .map(|_| push(&client, b"<p/>").expect("a push").packet_id)
        .collect();
    for id in &ids {
        let id = uuid::Uuid::parse_str(id).expect("a UUID");
        assert_eq!(id.get_version_num(), 7);
    }
    assert_eq!(sandbox.pushed("user1").len(), 3);
}

#[test]
fn a_pull_lists_what_mobile_users_sent_with_every_field() {
    for format in [Format::Xml, Format::Json] {
        for dialects in [
            Dialects::default(),
            Dialects {
                numbers: Numbers::Strings,
                unknown_fields: true,
                ..Dialects::default()
            },
        ] {
            let sandbox = sandbox();
            sandbox.set_dialects(dialects);
            let sent = sandbox.send(
                Outgoing::packet("ü ser <&>", &b"<p/>"[..])
                    .company_id("CRONUS & Co")
                    .app_code("DMS"),
            );
            let packets = client(&sandbox)
                .pull(PacketKind::Packet, Some(format), &Call::new())
                .expect("a list");
            let packet = &packets[0];
            assert_eq!(packets.len(), 1);
            assert_eq!(packet.id, sent.id);
            assert_eq!(packet.url, sent.url);
            assert!(!packet.receipt_handle.is_empty());
            assert_eq!(packet.mobile_user.as_deref(), Some("ü ser <&>"));
            assert_eq!(packet.company_id.as_deref(), Some("CRONUS & Co"));
            assert_eq!(packet.app_code.as_deref(), Some("DMS"));
            assert_eq!(packet.packet_type.as_deref(), Some("data"));
            assert_eq!(packet.size, Some(4));
            assert!(
                packet
                    .on_date
                    .as_deref()
                    .is_some_and(|date| date.ends_with('Z'))
            );
            assert_eq!(packet.other.is_empty(), !dialects.unknown_fields);
        }
    }
}

#[test]
fn only_id_handle_and_url_are_needed() {
    for format in [Format::Xml, Format::Json] {
        let sandbox = sandbox();
        sandbox.set_dialects(Dialects {
            omit_optional: true,
            ..Dialects::default()
        });
        sandbox.send_packet("user1", b"<p/>");
        let packets = client(&sandbox)
            .pull(PacketKind::Packet, Some(format), &Call::new())
            .expect("a list");
        assert_eq!(packets[0].mobile_user, None);
        assert_eq!(packets[0].size, None);
    }
}

#[test]
fn an_empty_queue_is_an_empty_list_however_it_is_said() {
    for format in [Format::Xml, Format::Json] {
        for empty_queue in [EmptyQueue::List, EmptyQueue::EmptyBody] {
            let sandbox = sandbox();
            sandbox.set_dialects(Dialects {
                empty_queue,
                ..Dialects::default()
            });
            let packets = client(&sandbox).pull(PacketKind::Packet, Some(format), &Call::new());
            assert_eq!(*packets.expect("a list"), []);
        }
    }
}

#[test]
fn ten_thousand_packets_are_listed_and_marked() {
    let sandbox = sandbox();
    sandbox.send_many(Outgoing::packet("user1", &b"<p/>"[..]), 10_000);
    let client = client(&sandbox);
    for format in [Format::Xml, Format::Json] {
        let packets = client
            .pull(PacketKind::Packet, Some(format), &Call::new())
            .expect("a list");
        assert_eq!(packets.len(), 10_000);
        let receipts: Vec<_> = packets.iter().take(5_000).map(Receipt::from).collect();
        client
            .done(&receipts, PacketKind::Packet, Some(format), &Call::new())
            .expect("done");
        sandbox.show_hidden();
        if format == Format::Xml {
            sandbox.send_many(Outgoing::packet("user1", &b"<p/>"[..]), 5_000);
        }
    }
    assert_eq!(sandbox.waiting().len(), 5_000);
}

#[test]
fn links_come_in_many_dresses() {
    for link in [
        LinkAnswer::Bare,
        LinkAnswer::BareSpaced,
        LinkAnswer::Quoted,
        LinkAnswer::Json,
        LinkAnswer::Xml,
    ] {
        let sandbox = sandbox();
        sandbox.set_dialects(Dialects {
            link,
            ..Dialects::default()
        });
        let sent = sandbox.send_packet("user1", b"<p/>");
        let client = client(&sandbox);
        let url = client.link(&sent.url, &Call::new()).expect("a link");
        // Any program can use the link.
        let content = browser()
            .get(&url)
            .send()
            .and_then(|answer| answer.error_for_status())
            .and_then(|answer| answer.bytes())
            .expect("the content behind the link");
        assert_eq!(&content[..], b"<p/>");
        let same = client.download(&sent.url, &Call::new()).expect("content");
        assert_eq!(same, b"<p/>");
    }
}

#[test]
fn content_comes_back_byte_for_byte() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for content in [binary(0), binary(1), binary(65_536), binary(1_234_567)] {
        let sent = sandbox.send(Outgoing::image("user1", content.clone()));
        let same = client.download(&sent.url, &Call::new()).expect("content");
        assert!(same == content, "{} bytes differ", content.len());
    }
}

#[test]
fn done_packets_are_listed_no_more_and_others_are() {
    for format in [Format::Xml, Format::Json] {
        for done in [DoneAnswer::ByFormat, DoneAnswer::Json, DoneAnswer::Xml] {
            let sandbox = sandbox();
            sandbox.set_dialects(Dialects {
                done,
                ..Dialects::default()
            });
            let kept = sandbox.send_packet("user1", b"<kept/>");
            sandbox.send(Outgoing::packet("user1", &b"<done/>"[..]).id("a<b>&\"ü"));
            let client = client(&sandbox);
            let packets = pull(&client).expect("a list");
            let receipts: Vec<_> = packets
                .iter()
                .filter(|packet| packet.id != kept.id)
                .map(Receipt::from)
                .collect();
            client
                .done(&receipts, PacketKind::Packet, Some(format), &Call::new())
                .expect("done");
            sandbox.show_hidden();
            assert_eq!(pull_one(&client).id, kept.id);
        }
    }
}

#[test]
fn files_have_a_list_of_their_own() {
    let sandbox = sandbox();
    let photo = sandbox.send(Outgoing::image("user1", binary(1000)));
    let client = client(&sandbox);
    assert_eq!(*pull(&client).expect("a list"), []);
    for format in [Format::Xml, Format::Json] {
        let files = client
            .pull(PacketKind::File, Some(format), &Call::new())
            .expect("a list");
        assert_eq!(files[0].id, photo.id);
        assert_eq!(files[0].packet_type.as_deref(), Some("image"));
        sandbox.show_hidden();
    }
    let files = client
        .pull(PacketKind::File, None, &Call::new())
        .expect("a list");
    client
        .done(
            &[Receipt::from(&files[0])],
            PacketKind::File,
            None,
            &Call::new(),
        )
        .expect("done");
    assert!(sandbox.waiting().is_empty());
}

#[test]
fn a_stale_receipt_handle_is_told_and_loses_nothing() {
    let sandbox = sandbox();
    sandbox.send_packet("user1", b"<p/>");
    let client = client(&sandbox);
    let first = pull_one(&client);
    sandbox.show_hidden();
    let second = pull_one(&client);
    assert_eq!(first.id, second.id);
    assert_ne!(first.receipt_handle, second.receipt_handle);
    let stale = client.done(
        &[Receipt::from(&first)],
        PacketKind::Packet,
        None,
        &Call::new(),
    );
    let error = fails(stale, Status::Rejected, "receipt handle");
    assert!(error.server_message().is_some());
    assert_eq!(sandbox.waiting().len(), 1);
}

#[test]
fn a_refused_receipt_does_not_hold_up_the_others() {
    for stale_receipt in [
        StaleReceipt::OthersRemoved,
        StaleReceipt::NoneRemoved,
        StaleReceipt::BadRequest,
    ] {
        for format in [Format::Xml, Format::Json] {
            let sandbox = sandbox();
            sandbox.set_dialects(Dialects {
                stale_receipt,
                ..Dialects::default()
            });
            for number in 1..=11 {
                sandbox.send_packet("user1", format!("<p>{number}</p>").as_bytes());
            }
            let client = client_with(&sandbox, &[("done_batch", "8")]);
            let list = pull(&client).expect("a list");
            let mut receipts: Vec<_> = list.iter().map(Receipt::from).collect();
            for at in [2, 9] {
                receipts[at].receipt_handle = "stale".into();
            }
            let done = client.done(&receipts, PacketKind::Packet, Some(format), None);
            let says = "done for 11 receipts: 9 are marked, receipt 3 is not";
            let error = fails(done, Status::Rejected, says);
            assert_eq!(error.results().len(), 11);
            for (at, result) in error.results().iter().enumerate() {
                match result {
                    None => assert!(![2, 9].contains(&at), "{at}"),
                    Some(error) => {
                        assert!([2, 9].contains(&at), "{at}: {error}");
                        assert_eq!(error.status(), Status::Rejected);
                        assert!(
                            error
                                .to_string()
                                .contains(&format!("receipt {} of 11", at + 1))
                        );
                    }
                }
            }
            assert_eq!(sandbox.waiting().len(), 2);
        }
    }
}

#[test]
fn a_refusal_that_is_not_about_receipts_is_not_repeated_in_halves() {
    let sandbox = sandbox();
    for number in 1..=4 {
        sandbox.send_packet("user1", format!("<p>{number}</p>").as_bytes());
    }
    let client = client(&sandbox);
    let list = pull(&client).expect("a list");
    let receipts: Vec<_> = list.iter().map(Receipt::from).collect();
    let refusal = r#"{"message":"no done for this key"}"#;
    sandbox.fault(
        Fault::on_portal()
            .forever()
            .answer(403, "application/json", refusal),
    );
    let done = client.done(&receipts, PacketKind::Packet, None, None);
    let error = fails(done, Status::Rejected, "no done for this key");
    assert_eq!(error.attempts(), 1);
    assert!(error.results().iter().all(Option::is_some));
}

#[test]
fn a_failure_that_is_not_about_the_receipts_ends_a_done() {
    let sandbox = sandbox();
    for number in 1..=6 {
        sandbox.send_packet("user1", format!("<p>{number}</p>").as_bytes());
    }
    let client = client_with(&sandbox, &[("done_batch", "2")]);
    let list = pull(&client).expect("a list");
    let receipts: Vec<_> = list.iter().map(Receipt::from).collect();
    sandbox.fault(Fault::on_portal().skip(1).forever().status(501));
    let done = client.done(&receipts, PacketKind::Packet, None, None);
    let says = "done for 6 receipts: 2 are marked, receipt 3 is not";
    let error = fails(done, Status::ServerError, says);
    assert_eq!(error.attempts(), 2);
    let statuses: Vec<_> = error
        .results()
        .iter()
        .map(|result| result.as_ref().map(dmerp::Error::status))
        .collect();
    let failed = Some(Status::ServerError);
    assert_eq!(statuses, [None, None, failed, failed, failed, failed]);
    assert_eq!(sandbox.waiting().len(), 4);
}

#[test]
fn marking_nothing_makes_no_request() {
    let sandbox = sandbox();
    client(&sandbox)
        .done(&[], PacketKind::Packet, None, &Call::new())
        .expect("nothing to do");
    assert_eq!(at(&sandbox, Listener::Portal).len(), 0);
}

#[test]
fn a_check_touches_no_packet() {
    let sandbox = sandbox();
    sandbox.send_packet("user1", b"<p/>");
    let client = client(&sandbox);
    client.check(&Call::new()).expect("good settings");
    assert!(!sandbox.waiting()[0].hidden);
    assert_eq!(pull(&client).expect("a list").len(), 1);
}

#[test]
fn any_base_url_will_do() {
    let sandbox = start(Options {
        host: "localhost".into(),
        ..Options::default()
    });
    let bare = sandbox.base_url().replace("/mobile", "");
    for base_url in [
        sandbox.base_url(),
        format!("{}/", sandbox.base_url()),
        bare.clone(),
        format!("{bare}/"),
    ] {
        client_with(&sandbox, &[("base_url", &base_url)])
            .check(&Call::new())
            .unwrap_or_else(|error| panic!("{base_url}: {error}"));
    }
}
