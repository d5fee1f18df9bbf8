//! `dmerp_call`: control of one blocking call.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::config::{UserData, answer};
use super::handle::{self, Object};
use super::sigpipe::as_the_host_has_it;
use super::{dmerp_error, dmerp_status, entry, invalid, out, plain};

/// Controls one blocking call: its time-out, its progress, and its end before time. Make one, set it up, pass it to a call,
/// and cancel it from any other thread. It may be used for several calls in turn until it is cancelled.
pub struct dmerp_call {
    _private: [u8; 0],
}

struct CallObject(Mutex<crate::Call>);

impl Object for CallObject {
    type Handle = dmerp_call;
    const NAME: &'static str = "dmerp_call";
}

impl CallObject {
    /// The control as it is now; a clone is cancelled along with it.
    fn now(&self) -> crate::Call {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, change: impl FnOnce(crate::Call) -> crate::Call) {
        let mut call = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *call = change(call.clone());
    }
}

/// The control a verb was given, in use until the verb returns; NULL is one that sets no limit.
pub(super) struct Control {
    call: crate::Call,
    _in_use: Option<handle::InUse<CallObject>>,
}

impl std::ops::Deref for Control {
    type Target = crate::Call;

    fn deref(&self) -> &crate::Call {
        &self.call
    }
}

pub(super) fn control(call: *const dmerp_call) -> crate::Result<Control> {
    if call.is_null() {
        return Ok(Control {
            call: crate::Call::new(),
            _in_use: None,
        });
    }
    let in_use = handle::get::<CallObject>(call)?;
    Ok(Control {
        call: in_use.now(),
        _in_use: Some(in_use),
    })
}

/// Takes the progress of a transfer: `done` content bytes of `total`, which is 0 where it is not known. `done` starts again
/// at 0 when a try is repeated. It runs on the thread that made the call, at most about 20 times a second, and always at the
/// transfer's end. It may call any function of this library. Return 0 to go on; anything else ends the call with DMERP_CANCELLED. It must not throw
/// or longjmp.
pub type dmerp_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64) -> i32>;

/// Called about every 100 milliseconds while a call waits, on the thread that made the call, so that a host can look for
/// what would otherwise go unseen until the call ends: a signal, an interrupt. It may call any function of this library.
/// Return 0 to go on; anything else ends the call with DMERP_CANCELLED. It must not throw or longjmp.
pub type dmerp_waiting_callback = Option<unsafe extern "C" fn(user_data: *mut c_void) -> i32>;

/// Makes a control that sets no limit yet, and puts it into `*call`, to be freed with dmerp_call_free().
///
/// Statuses: DMERP_INVALID_ARGUMENT (`call` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_call_new(
    call: *mut *mut dmerp_call,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let call = out("call", call, std::ptr::null_mut())?;
        handle::put_into(call, CallObject(Mutex::new(crate::Call::new())))
    })
}

/// Sets the time that a whole call may take, its retries included, in milliseconds from when the call is made; it cannot
/// extend timeout.overall_ms. Counts for calls made afterwards. A call that runs out of time ends with DMERP_TIMED_OUT.
///
/// Statuses: DMERP_INVALID_ARGUMENT (0), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_call_set_timeout_ms(
    call: *mut dmerp_call,
    timeout_ms: u64,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let call = handle::get::<CallObject>(call)?;
        if timeout_ms == 0 {
            return Err(invalid("timeout_ms", "is 0, which no call could keep"));
        }
        call.change(|call| call.timeout(Duration::from_millis(timeout_ms)));
        Ok(())
    })
}

/// Sets who is told the progress of a transfer; NULL for nobody, as it is at first. Counts for calls made afterwards.
/// `user_data` is handed to the callback unseen; it must stay valid until the last such call has returned.
///
/// Statuses: DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_call_set_progress(
    call: *mut dmerp_call,
    callback: dmerp_progress_callback,
    user_data: *mut c_void,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let user_data = UserData(user_data);
        handle::get::<CallObject>(call)?.change(|call| match callback {
            Some(callback) => call.on_progress(move |progress| {
                let total = progress.total.unwrap_or(0);
                // SAFETY: a callback of this type, by contract callable during the call.
                answer(as_the_host_has_it(|| unsafe {
                    callback(user_data.pointer(), progress.done, total)
                }))
            }),
            None => call.progress_off(),
        });
        Ok(())
    })
}

/// Sets who is called while a call waits; NULL for nobody, as it is at first. Counts for calls made afterwards. `user_data`
/// is handed to the callback unseen; it must stay valid until the last such call has returned.
///
/// Statuses: DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_call_set_waiting(
    call: *mut dmerp_call,
    callback: dmerp_waiting_callback,
    user_data: *mut c_void,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let user_data = UserData(user_data);
        handle::get::<CallObject>(call)?.change(|call| match callback {
            Some(callback) => call.on_waiting(move || {
                // SAFETY: a callback of this type, by contract callable during the call.
                answer(as_the_host_has_it(|| unsafe {
                    callback(user_data.pointer())
                }))
            }),
            None => call.waiting_off(),
        });
        Ok(())
    })
}

/// Ends every call that was given this control, within 250 milliseconds, with DMERP_CANCELLED; and at once every one that
/// is given it later. Any thread, also a callback.
///
/// Statuses: DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_call_cancel(
    call: *mut dmerp_call,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        handle::get::<CallObject>(call)?.now().cancel();
        Ok(())
    })
}

/// 1 when dmerp_call_cancel() was called, 0 when not, or when `call` is not a live control. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_call_is_cancelled(call: *const dmerp_call) -> i32 {
    plain(0, || {
        Ok(handle::get::<CallObject>(call)?.now().is_cancelled().into())
    })
}

/// Frees a control. NULL and a control freed before are left alone. Any thread; calls that were given it end first, so
/// cancel it before where that should not take long.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_call_free(call: *mut dmerp_call) {
    plain((), || {
        handle::free::<CallObject>(call);
        Ok(())
    });
}
