//! `dmerp_config`: options by key and value.

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use super::handle::{self, Object};
use super::sigpipe::as_the_host_has_it;
use super::{c_text, dmerp_buffer, dmerp_error, dmerp_status, entry, invalid, out, plain, text};
use crate::log::Level;

/// The options of a client, before it is made. Any number of threads may use one at once. dmerp_client_new() copies it, so
/// it can be freed or changed at once afterwards.
pub struct dmerp_config {
    _private: [u8; 0],
}

pub(super) struct ConfigObject(pub Mutex<crate::Config>);

impl Object for ConfigObject {
    type Handle = dmerp_config;
    const NAME: &'static str = "dmerp_config";
}

impl ConfigObject {
    pub fn lock(&self) -> std::sync::MutexGuard<'_, crate::Config> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much a log record matters: a DMERP_LOG_* value.
pub type dmerp_log_level = i32;

/// A call failed.
pub const DMERP_LOG_ERROR: dmerp_log_level = 1;
/// Something failed and is tried again.
pub const DMERP_LOG_WARNING: dmerp_log_level = 2;
/// A call succeeded.
pub const DMERP_LOG_INFO: dmerp_log_level = 3;
/// Every request and its answer.
pub const DMERP_LOG_DEBUG: dmerp_log_level = 4;

/// Takes one log record: a line without a line end, borrowed for the time of the callback, that never holds the API key or
/// a temporary link's signature. It runs on the thread that made the call the record is about, possibly on several
/// threads at once when several make calls. It may call any function of this library. Nothing it does changes the call's
/// outcome. It must not throw or longjmp.
pub type dmerp_log_callback = Option<
    unsafe extern "C" fn(user_data: *mut c_void, level: dmerp_log_level, message: *const c_char),
>;

/// What a host gives along with a callback. It goes back to the host alone, who by contract can take it on any thread
/// that makes a call.
#[derive(Clone, Copy)]
pub(super) struct UserData(pub *mut c_void);

// SAFETY: see above; this library never looks at what it points to.
unsafe impl Send for UserData {}
// SAFETY: likewise.
unsafe impl Sync for UserData {}

impl UserData {
    pub fn pointer(&self) -> *mut c_void {
        self.0
    }
}

/// What a callback's answer means.
pub(super) fn answer(code: i32) -> ControlFlow<()> {
    match code {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}

/// Makes a configuration in which every option has its default, and puts it into `*config`, to be freed with
/// dmerp_config_free().
///
/// Statuses: DMERP_INVALID_ARGUMENT (`config` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_config_new(
    config: *mut *mut dmerp_config,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let config = out("config", config, std::ptr::null_mut())?;
        handle::put_into(config, ConfigObject(Mutex::new(crate::Config::new())))
    })
}

/// Sets one option of the table above. The value is checked at once and copied; on an error the option keeps what it had.
///
/// Statuses: DMERP_INVALID_CONFIG (no such option, or not a value for it), DMERP_INVALID_ARGUMENT (NULL or not UTF-8),
/// DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_config_set(
    config: *mut dmerp_config,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let config = handle::get::<ConfigObject>(config)?;
        config
            .lock()
            .set(text("key", key)?, text("value", value)?)
            .map(|_| ())
    })
}

/// Puts the value in force for one option into `*value`, which the caller frees with dmerp_buffer_free(). An option without
/// value and default leaves it empty, with `data` NULL. A secret reads as "(set)".
///
/// Statuses: DMERP_INVALID_CONFIG (no such option), DMERP_INVALID_ARGUMENT (NULL or not UTF-8), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_config_get(
    config: *const dmerp_config,
    key: *const c_char,
    value: *mut dmerp_buffer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let value = out("value", value, dmerp_buffer::EMPTY)?;
        let config = handle::get::<ConfigObject>(config)?;
        match config.lock().get(text("key", key)?)? {
            Some(set) => value.fill(set.as_bytes().to_vec()),
            None => Ok(()),
        }
    })
}

/// Gives the log records of every client made of this configuration, at least as important as `level`, to `callback`.
/// `user_data` is handed to the callback unseen; it must stay valid until the last such client is freed. A NULL callback
/// turns logging off, as it is at first.
///
/// Statuses: DMERP_INVALID_ARGUMENT (no such level), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_config_set_log(
    config: *mut dmerp_config,
    level: dmerp_log_level,
    callback: dmerp_log_callback,
    user_data: *mut c_void,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let config = handle::get::<ConfigObject>(config)?;
        let level = Level::ALL
            .into_iter()
            .find(|known| *known as dmerp_log_level == level)
            .ok_or_else(|| invalid("level", "is not a DMERP_LOG_* value"))?;
        let user_data = UserData(user_data);
        let mut config = config.lock();
        match callback {
            Some(callback) => config.log_to(level, move |record| {
                let message = c_text(record.message);
                // SAFETY: a callback of this type, by contract callable until the client is freed.
                as_the_host_has_it(|| unsafe {
                    callback(
                        user_data.pointer(),
                        record.level as dmerp_log_level,
                        message.as_ptr(),
                    );
                });
            }),
            None => config.log_off(),
        };
        Ok(())
    })
}

/// Frees a configuration and wipes the API key in it. NULL and a configuration freed before are left alone. Any thread;
/// calls that use it end first.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_config_free(config: *mut dmerp_config) {
    plain((), || {
        handle::free::<ConfigObject>(config);
        Ok(())
    });
}
