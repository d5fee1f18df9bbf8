//! Any bytes are read alike record by record, as rows and byte by byte, a part of a packet is never taken for the whole, and what a check
//! finds no mistake in is read to its end.
#![no_main]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/integration/packets/c.rs"]
mod c;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/integration/packets/row.rs"]
mod row;

use libfuzzer_sys::fuzz_target;
use row::{Outcome, read, read_drops};

const OPTIONS: [&[(&str, &str)]; 4] = [
    &[],
    &[("system_tables", "true")],
    &[("unknown_elements", "keep")],
    &[("max_record_bytes", "100")],
];

fuzz_target!(|packet: &[u8]| {
    let mistakes = dmerp::check_packet(packet).expect("a check finds mistakes, and does not fail");
    for options in OPTIONS {
        let Outcome { rows, end, skipped } = read(packet, options);
        let (by_rows, end_by_rows, _) = c::read_by_rows(packet, options);
        assert_eq!(by_rows, rows);
        let end = end.map_err(|error| error.to_string());
        assert_eq!(end_by_rows.map_err(|failure| failure.message), end);
        let drops = read_drops(packet, options);
        assert_eq!(drops.rows, rows);
        let is_limited = options == OPTIONS[3];
        match is_limited {
            // The limit may come before another mistake is reached.
            true => assert_eq!(drops.end.is_err(), end.is_err()),
            false => assert_eq!(drops.end.map_err(|error| error.to_string()), end),
        }
        if mistakes.is_empty() && !is_limited {
            assert_eq!((end.as_ref(), skipped), (Ok(&()), 0));
        }
        if options == OPTIONS[1] {
            assert!(end.is_ok() || !mistakes.is_empty());
        }
        for row in &rows {
            assert!(row.fields.iter().all(|field| !field.name.is_empty()));
        }
    }
    let whole = read(packet, &[]);
    if whole.end.is_err() {
        return;
    }
    let root_ends = packet
        .iter()
        .rposition(|byte| *byte == b'>')
        .expect("a tag");
    let step = root_ends.div_ceil(16);
    for end in (0..=root_ends).step_by(step) {
        let part = read(&packet[..end], &[]);
        // What follows the root may be cut.
        assert!(part.end.is_err() || part.rows == whole.rows, "cut at {end}");
        assert!(whole.rows.starts_with(&part.rows), "cut at {end}");
    }
});
