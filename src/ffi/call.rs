//! `dmerp_call`: the caller's control over blocking calls.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::config::{UserData, answer};
use super::handle::{self, Object};
use super::sigpipe::as_the_host_has_it;
use super::{dmerp_error, dmerp_status, entry, invalid, out, plain};

/// Options and a cancel switch for calls. Make one, set its time-out and its callbacks, and pass it to a call. To end
/// the call early, cancel it from any other thread. Several calls may use one control, in turn or at the same time,
/// until it is cancelled.
pub struct dmerp_call {
    _private: [u8; 0],
}

struct CallObject(Mutex<crate::Call>);

impl Object for CallObject {
    type Handle = dmerp_call;
    const NAME: &'static str = "dmerp_call";
}

impl CallObject {
    /// The current settings. A clone shares the cancel state.
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

/// The control that was passed to a verb, kept in use until the verb returns. NULL stands for a control without limits.
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

/// The progress of a call that transfers content.
#[repr(C)]
pub struct dmerp_progress {
    /// Content bytes sent or received so far. What a failed try has moved is taken back.
    pub done: u64,
    /// All content bytes of the call; 0 if they are not known. A receiver does not know them.
    pub total: u64,
    /// Packets sent or received completely.
    pub packets: u64,
    /// All packets of the call: 1, or those that a batch sends in this run; 0 for a receiver, which does not know them.
    pub packets_total: u64,
}

/// Receives the progress of a call. `progress` is borrowed until the callback returns.
///
/// The callback runs on the thread that made the call, at most about 20 times a second, and once when all of the
/// content has been transferred; a receiver knows no such end. It may call any function of this library. Return 0 to go
/// on; any other value ends the call with DMERP_CANCELLED, unless the content is already stored. It must not throw or
/// longjmp.
pub type dmerp_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const dmerp_progress) -> i32>;

/// Called about every 100 milliseconds during a call, on the thread that made the call. Use it to notice what the
/// blocked thread would otherwise see only after the call, such as a signal or an interrupt. It may call any function
/// of this library. Return 0 to go on; any other value ends the call with DMERP_CANCELLED. It must not throw or
/// longjmp.
pub type dmerp_waiting_callback = Option<unsafe extern "C" fn(user_data: *mut c_void) -> i32>;

/// Makes a control without a time-out and without callbacks, and stores it in `*call`. Free it with dmerp_call_free().
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

/// Sets the longest time that a whole call may take, its retries included, in milliseconds from the start of the call.
/// It cannot exceed the option timeout.overall_ms, except for dmerp_receiver_next(). It applies to calls that are made later. A call that takes longer
/// ends with DMERP_TIMED_OUT.
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
            return Err(invalid("timeout_ms", "is 0; it must be at least 1"));
        }
        call.change(|call| call.timeout(Duration::from_millis(timeout_ms)));
        Ok(())
    })
}

/// Sets the callback for the progress of a transfer; NULL for none, which is the default. It applies to calls that are
/// made later. `user_data` is passed to the callback unchanged; it must stay valid until the last such call has
/// returned.
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
                let progress = dmerp_progress {
                    done: progress.done,
                    total: progress.total.unwrap_or(0),
                    packets: progress.packets,
                    packets_total: progress.packets_total.unwrap_or(0),
                };
                // SAFETY: a callback of this type; by contract it may be called during the call.
                answer(as_the_host_has_it(|| unsafe {
                    callback(user_data.pointer(), &progress)
                }))
            }),
            None => call.progress_off(),
        });
        Ok(())
    })
}

/// Sets the callback that runs about every 100 milliseconds during a call; NULL for none, which is the default. It
/// applies to calls that are made later. `user_data` is passed to the callback unchanged; it must stay valid until the
/// last such call has returned.
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
                // SAFETY: a callback of this type; by contract it may be called during the call.
                answer(as_the_host_has_it(|| unsafe {
                    callback(user_data.pointer())
                }))
            }),
            None => call.waiting_off(),
        });
        Ok(())
    })
}

/// Cancels every call that has this control: it ends with DMERP_CANCELLED within 250 milliseconds, unless its thread is
/// blocked in a callback or a file operation. Later calls with this control fail at once. Any thread may call this,
/// also in a callback.
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

/// Returns 1 if dmerp_call_cancel() was called; 0 if not, or if `call` is not a live control. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_call_is_cancelled(call: *const dmerp_call) -> i32 {
    plain(0, || {
        Ok(handle::get::<CallObject>(call)?.now().is_cancelled().into())
    })
}

/// Frees a control. NULL, and a control that was freed before, are ignored. Any thread may call this. It waits for the
/// calls of other threads that use the control; cancel them first if you cannot wait. In a callback it does not wait:
/// the last of those calls frees the control when it ends.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_call_free(call: *mut dmerp_call) {
    plain((), || {
        handle::free::<CallObject>(call);
        Ok(())
    });
}
