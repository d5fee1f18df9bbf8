//! `dmerp_config`: the options of a client, by key and value.

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use super::handle::{self, Object};
use super::sigpipe::as_the_host_has_it;
use super::{c_text, dmerp_buffer, dmerp_error, dmerp_status, entry, invalid, out, plain, text};
use crate::log::Level;

/// The options for making a client. Any number of threads may use one configuration at the same time.
/// dmerp_client_new() copies it, so it can then be freed or changed.
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

/// The importance of a log record: a DMERP_LOG_* value.
pub type dmerp_log_level = i32;

/// A call failed.
pub const DMERP_LOG_ERROR: dmerp_log_level = 1;
/// Something failed and is tried again, or an entry of the list cannot be read.
pub const DMERP_LOG_WARNING: dmerp_log_level = 2;
/// A call succeeded.
pub const DMERP_LOG_INFO: dmerp_log_level = 3;
/// Every request and its answer.
pub const DMERP_LOG_DEBUG: dmerp_log_level = 4;

/// Receives one log record: one line of text without a line end. `message` is borrowed until the callback returns. It
/// never holds the API key or a temporary link's signature.
///
/// The callback runs on the thread that made the call. If several threads make calls, it may run on several threads at
/// the same time. It may call any function of this library. Nothing that it does changes the outcome of the call. It
/// must not throw or longjmp.
pub type dmerp_log_callback = Option<
    unsafe extern "C" fn(user_data: *mut c_void, level: dmerp_log_level, message: *const c_char),
>;

/// The host's pointer for its callback. Only the host uses it; by contract it may be used on any thread that makes a
/// call.
#[derive(Clone, Copy)]
pub(super) struct UserData(pub *mut c_void);

// SAFETY: see above; this library never dereferences it.
unsafe impl Send for UserData {}
// SAFETY: likewise.
unsafe impl Sync for UserData {}

impl UserData {
    pub fn pointer(&self) -> *mut c_void {
        self.0
    }
}

/// Whether a callback's result means to go on.
pub(super) fn answer(code: i32) -> ControlFlow<()> {
    match code {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}

/// Makes a configuration in which every option has its default, and stores it in `*config`. Free it with
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

/// Sets one option of the table above. `key` and `value` are copied. The value is checked at once; after an error the
/// option keeps its previous value.
///
/// Statuses: DMERP_INVALID_CONFIG (unknown option, or not a valid value), DMERP_INVALID_ARGUMENT (NULL or not UTF-8),
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

/// Stores the current value of an option in `*value`: the value that was set, or else the default. Free it with
/// dmerp_buffer_free(). An option with neither leaves `*value` empty, with `data` NULL. The API key, and a proxy URL
/// with a password, read as "(set)".
///
/// Statuses: DMERP_INVALID_CONFIG (unknown option), DMERP_INVALID_ARGUMENT (NULL or not UTF-8), DMERP_INVALID_HANDLE.
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

/// Sets the callback for the log records of every client that is made from this configuration later. It gets records of
/// `level` and of more important levels. NULL turns logging off, which is the default.
///
/// `user_data` is passed to the callback unchanged; it must stay valid until the last such client is freed.
///
/// Statuses: DMERP_INVALID_ARGUMENT (unknown level), DMERP_INVALID_HANDLE.
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
                // SAFETY: a callback of this type; by contract it may be called until the client is freed.
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

/// Frees a configuration and wipes its copy of the API key. NULL, and a configuration that was freed before, are
/// ignored. Any thread may call this. It waits for calls of other threads that use the configuration.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_config_free(config: *mut dmerp_config) {
    plain((), || {
        handle::free::<ConfigObject>(config);
        Ok(())
    });
}
