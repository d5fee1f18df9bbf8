//! A link is an absolute URL, whatever the body.
#![no_main]

use dmerp::fuzzing::parse_link;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(url) = parse_link(body) {
        let start = url.to_ascii_lowercase();
        assert!(start.starts_with("http://") || start.starts_with("https://"));
        assert!(!url.contains(char::is_whitespace) && !url.contains(char::is_control));
    }
});
