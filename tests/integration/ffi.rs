//! The guard of the C ABI, through the hook that panics. Everything else of the ABI is tested from C.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::ptr::null_mut;

use dmerp::ffi::*;

use crate::support::*;

#[test]
fn a_panic_becomes_a_status_and_the_client_works_on() {
    let sandbox = sandbox();
    let c = |text: &str| CString::new(text).expect("no NUL");
    let mut config = null_mut();
    let mut client = null_mut();
    let mut error = null_mut();
    // SAFETY: every pointer is a live local or a handle.
    unsafe {
        assert_eq!(dmerp_config_new(&mut config, &mut error), 0);
        for (key, value) in [
            ("app_area", sandbox.app_area()),
            ("api_key", sandbox.api_key()),
            ("base_url", &sandbox.base_url()),
            ("proxy", "none"),
        ] {
            let set = dmerp_config_set(config, c(key).as_ptr(), c(value).as_ptr(), &mut error);
            assert_eq!(set, 0);
        }
        assert_eq!(dmerp_client_new(config, &mut client, &mut error), 0);
        for _ in 0..3 {
            let status = dmerp_test_panic(client, &mut error);
            assert_eq!(status, dmerp::Status::Internal as i32);
            assert_eq!(dmerp_error_status(error), status);
            let message = CStr::from_ptr(dmerp_error_message(error));
            assert!(message.to_string_lossy().contains("dmerp_test_panic"));
            dmerp_error_free(error);
            assert_eq!(dmerp_client_check(client, null_mut(), &mut error), 0);
            assert!(error.is_null());
        }
        assert_eq!(
            dmerp_test_panic(client, null_mut()),
            dmerp::Status::Internal as i32
        );
    }
    dmerp_client_free(client);
    dmerp_config_free(config);
}
