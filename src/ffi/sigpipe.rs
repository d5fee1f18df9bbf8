//! Keeps SIGPIPE from the host. A write to a closed connection raises SIGPIPE, which by default ends the program. std
//! prevents this for plain writes, but not for writes of several buffers at once. So SIGPIPE is blocked on the thread
//! while a verb runs. While a callback runs, the thread has the host's own signal mask.

#[cfg(not(unix))]
pub(super) use other::{as_the_host_has_it, blocked};
#[cfg(unix)]
pub(super) use unix::{as_the_host_has_it, blocked};

#[cfg(not(unix))]
mod other {
    pub(crate) fn blocked<T>(verb: impl FnOnce() -> T) -> T {
        verb()
    }

    pub(crate) fn as_the_host_has_it<T>(callback: impl FnOnce() -> T) -> T {
        callback()
    }
}

#[cfg(unix)]
mod unix {
    use std::cell::Cell;
    use std::mem::MaybeUninit;
    use std::ptr::null_mut;

    /// The host's state of SIGPIPE on this thread.
    #[derive(Clone, Copy)]
    struct Before {
        blocked: bool,
        pending: bool,
    }

    thread_local! {
        /// Set while a verb runs on this thread, except while it runs a callback.
        static BEFORE: Cell<Option<Before>> = const { Cell::new(None) };
    }

    struct Entered;

    impl Drop for Entered {
        fn drop(&mut self) {
            leave();
        }
    }

    /// Runs a verb with SIGPIPE blocked.
    pub(crate) fn blocked<T>(verb: impl FnOnce() -> T) -> T {
        enter();
        let _entered = Entered;
        verb()
    }

    /// Runs a callback of the host with the host's signal mask.
    pub(crate) fn as_the_host_has_it<T>(callback: impl FnOnce() -> T) -> T {
        let in_a_verb = BEFORE.get().is_some();
        leave();
        let answer = callback();
        if in_a_verb {
            enter();
        }
        answer
    }

    fn enter() {
        BEFORE.set(Some(Before {
            pending: is_pending(),
            blocked: !block(),
        }));
    }

    fn leave() {
        let Some(before) = BEFORE.take() else {
            return;
        };
        let taken = take_pending();
        // A SIGPIPE that was pending before is the host's own. If it was pending for the whole process, a second one
        // may have come for this thread, and that one was taken.
        if before.pending && taken && !is_pending() {
            put_back();
        }
        if !before.blocked {
            unblock();
        }
    }

    fn sigpipe() -> libc::sigset_t {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigemptyset initializes the set; both calls get a valid one and a valid signal.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
            set.assume_init()
        }
    }

    /// Whether a SIGPIPE is pending for this thread. That is possible only while it is blocked.
    fn is_pending() -> bool {
        let mut pending = MaybeUninit::uninit();
        // SAFETY: sigpending initializes the set if it returns 0, and the set is read only then.
        unsafe {
            libc::sigpending(pending.as_mut_ptr()) == 0
                && libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1
        }
    }

    /// Blocks SIGPIPE for this thread. False if it was blocked before.
    fn block() -> bool {
        let mut before = MaybeUninit::uninit();
        // SAFETY: the set is valid; `before` is written if the call returns 0, and read only then.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, &sigpipe(), before.as_mut_ptr()) == 0
                && libc::sigismember(before.as_ptr(), libc::SIGPIPE) == 0
        }
    }

    fn unblock() {
        // SAFETY: the set is valid, and the old mask is not requested.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &sigpipe(), null_mut()) };
    }

    /// Makes a SIGPIPE pending for this thread, which has it blocked.
    fn put_back() {
        // SAFETY: the thread is this one, and the signal is valid.
        unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGPIPE) };
    }

    /// Removes a pending SIGPIPE, so that it is not delivered when the signal is unblocked. Returns whether there was
    /// one.
    #[cfg(not(target_vendor = "apple"))]
    fn take_pending() -> bool {
        let at_once = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the set and the time are valid; the sender of the signal is not requested.
        unsafe { libc::sigtimedwait(&sigpipe(), null_mut(), &at_once) == libc::SIGPIPE }
    }

    /// Apple's systems have no sigtimedwait. sigwait returns at once if a signal is pending.
    #[cfg(target_vendor = "apple")]
    fn take_pending() -> bool {
        let mut signal = 0;
        // SAFETY: the set and the place for the signal are valid.
        is_pending() && unsafe { libc::sigwait(&sigpipe(), &mut signal) == 0 }
    }
}
