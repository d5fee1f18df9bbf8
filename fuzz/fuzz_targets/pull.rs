//! A list is read to its end or not at all, each packet has what can be relied on, and each entry is told of.
#![no_main]

use dmerp::fuzzing::{Packet, Packets, parse_pull};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Ok(list) = parse_pull(body) else {
        return;
    };
    list.packets.iter().for_each(check_packet);
    check_unreadable(&list);
    if list.packets.is_empty() {
        return;
    }
    let step = body.len().div_ceil(64);
    for end in (1..body.len()).step_by(step) {
        if let Ok(read) = parse_pull(&body[..end]) {
            // An empty body is an empty queue; only the transport can know that it was cut.
            assert!(read == list || is_blank(&body[..end]), "cut at {end}");
        }
    }
});

fn check_packet(packet: &Packet) {
    for text in [&packet.id, &packet.receipt_handle, &packet.url] {
        assert!(!text.trim().is_empty() && !text.contains('\0'));
    }
    for (name, value) in &packet.other {
        assert!(!name.contains('\0') && !value.contains('\0'));
    }
}

fn check_unreadable(list: &Packets) {
    assert!(list.unreadable.is_empty() || !list.packets.is_empty());
    let mut last = 0;
    for entry in &list.unreadable {
        assert!(entry.place > last);
        last = entry.place;
        assert!(!entry.reason.contains(char::is_control));
        for text in [&entry.id, &entry.receipt_handle, &entry.url] {
            let text = text.as_deref().unwrap_or("text");
            assert!(!text.trim().is_empty() && !text.contains('\0'));
        }
    }
    assert!(last <= list.packets.len() + list.unreadable.len());
}

fn is_blank(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        text.trim().is_empty()
    })
}
