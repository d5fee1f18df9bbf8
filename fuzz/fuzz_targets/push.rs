//! An answer to push names an absolute URL, whatever the body.
#![no_main]

use dmerp::fuzzing::parse_push;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(answer) = parse_push(body) {
        let url = answer.upload_path.to_ascii_lowercase();
        assert!(url.starts_with("http://") || url.starts_with("https://"));
        assert!(!url.contains(char::is_control));
        assert!(!answer.sync_log_id.unwrap_or_default().contains('\0'));
    }
});
