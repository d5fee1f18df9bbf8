//! SIGPIPE, which a write to a closed connection raises, and which ends a program that has not thought of it. std keeps it from
//! its plain writes, but not from those of several buffers at once. So a thread has it blocked while a verb runs, and as the
//! host set it while a callback runs.

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

    /// How the host had SIGPIPE on this thread.
    #[derive(Clone, Copy)]
    struct Before {
        blocked: bool,
        pending: bool,
    }

    thread_local! {
        /// Set while a verb runs on this thread, and no callback in it.
        static BEFORE: Cell<Option<Before>> = const { Cell::new(None) };
    }

    struct Entered;

    impl Drop for Entered {
        fn drop(&mut self) {
            leave();
        }
    }

    /// Runs a verb, which writes to connections.
    pub(crate) fn blocked<T>(verb: impl FnOnce() -> T) -> T {
        enter();
        let _entered = Entered;
        verb()
    }

    /// Runs a callback of the host's.
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
        // One that waited before is the host's own. Where it waited for the whole process, a second one can have come for
        // this thread, and that is the one which was taken.
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

    /// Whether one waits for this thread, which it can only where it is blocked.
    fn is_pending() -> bool {
        let mut pending = MaybeUninit::uninit();
        // SAFETY: sigpending initializes the set when it returns 0, and only then is it read.
        unsafe {
            libc::sigpending(pending.as_mut_ptr()) == 0
                && libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1
        }
    }

    /// Blocks it for this thread; false where it was blocked before.
    fn block() -> bool {
        let mut before = MaybeUninit::uninit();
        // SAFETY: the set is valid; `before` is written when the call returns 0, and only then read.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, &sigpipe(), before.as_mut_ptr()) == 0
                && libc::sigismember(before.as_ptr(), libc::SIGPIPE) == 0
        }
    }

    fn unblock() {
        // SAFETY: the set is valid, and the old mask is not asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &sigpipe(), null_mut()) };
    }

    /// Lets one wait for this thread, which has it blocked.
    fn put_back() {
        // SAFETY: the thread is this one, and the signal is valid.
        unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGPIPE) };
    }

    /// Takes away one that waits, so that it is not delivered when the signal is unblocked. Whether there was one.
    #[cfg(not(target_vendor = "apple"))]
    fn take_pending() -> bool {
        let at_once = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the set and the time are valid; who sent the signal is not asked for.
        unsafe { libc::sigtimedwait(&sigpipe(), null_mut(), &at_once) == libc::SIGPIPE }
    }

    /// Apple's systems have no sigtimedwait; sigwait returns at once where a signal waits.
    #[cfg(target_vendor = "apple")]
    fn take_pending() -> bool {
        let mut signal = 0;
        // SAFETY: the set and the place for the signal are valid.
        is_pending() && unsafe { libc::sigwait(&sigpipe(), &mut signal) == 0 }
    }
}
