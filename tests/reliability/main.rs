//! Every fault that the sandbox can inject, at every step of push, push_many and receive. The run makes the page
//! `docs/reliability.md`. The soak is here, too.

#![cfg(target_os = "linux")]

mod case;
mod faults;
mod job;
mod kill;
mod outside;
mod page;
mod soak;
mod step;
#[path = "../integration/support.rs"]
#[allow(dead_code, reason = "the integration tests use all of it")]
mod support;

use std::sync::Mutex;

/// What measures or counts runs alone.
static ALONE: Mutex<()> = Mutex::new(());
