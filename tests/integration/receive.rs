//! The loop that empties a queue.

use std::collections::BTreeSet;
use std::time::Duration;

use dmerp::{Call, LeftWhy, PacketKind, Received, Receiver, Status};
use dmerp_sandbox::{Fault, Outgoing, Sandbox};

use crate::support::{client, client_with, fails, sandbox};

fn send(sandbox: &Sandbox, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| {
            let content = format!("<NavMobileSync salesmancode=\"{number}\"/>");
            sandbox
                .send(Outgoing::packet("user1", content.into_bytes()))
                .id
        })
        .collect()
}

fn id(packet: &Received) -> String {
    packet.packet().id.clone()
}

fn all(receiver: &Receiver) -> Vec<String> {
    receiver
        .into_iter()
        .map(|packet| {
            let packet = packet.expect("a packet");
            packet.done().expect("an open receiver");
            id(&packet)
        })
        .collect()
}

#[test]
fn a_queue_is_emptied_in_the_order_of_the_list() {
    let sandbox = sandbox();
    let sent = send(&sandbox, 100);
    let client = client(&sandbox);
    let receiver = client
        .receive(PacketKind::Packet, None)
        .expect("a receiver");
    assert_eq!(all(&receiver), sent);
    let summary = receiver.close().expect("a summary");
    assert_eq!(
        (
            summary.handed_over,
            summary.done,
            summary.marked,
            summary.left_count
        ),
        (100, 100, 100, 0)
    );
}
