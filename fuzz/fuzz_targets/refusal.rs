//! What is taken from the body of an error fits one line of a log, and the body is of one kind only.
#![no_main]

use dmerp::fuzzing::{
    is_html, is_portal_refusal, is_transient_storage_error, server_message, storage_error_code,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    for line in [server_message(body), storage_error_code(body)]
        .into_iter()
        .flatten()
    {
        assert!(!line.is_empty() && line.chars().count() <= 300);
        assert!(!line.contains(char::is_control));
    }
    assert!(!is_transient_storage_error(body) || storage_error_code(body).is_some());
    assert!(!is_portal_refusal(body) || !is_html(body));
});
