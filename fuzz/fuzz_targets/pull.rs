//! A list is read whole or not at all, and each packet has what can be relied on.
#![no_main]

use dmerp::fuzzing::{Packet, parse_pull};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Ok(packets) = parse_pull(body) else {
        return;
    };
    packets.iter().for_each(check);
    if packets.is_empty() {
        return;
    }
    let step = body.len().div_ceil(64);
    for end in (1..body.len()).step_by(step) {
        if let Ok(read) = parse_pull(&body[..end]) {
            // An empty body is an empty queue; only the transport can know that it was cut.
            assert!(read == packets || is_blank(&body[..end]), "cut at {end}");
        }
    }
});

fn check(packet: &Packet) {
    for text in [&packet.id, &packet.receipt_handle, &packet.url] {
        assert!(!text.trim().is_empty() && !text.contains('\0'));
    }
    for (name, value) in &packet.other {
        assert!(!name.contains('\0') && !value.contains('\0'));
    }
}

fn is_blank(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        text.trim().is_empty()
    })
}
