//! `dmerp_results`: what became of each of several packets.

use super::handle::{self, Object};
use super::{ErrorObject, dmerp_error, dmerp_status, plain};
use crate::Status;

/// What became of each receipt that a call was given, in the order in which it was given them; freed with
/// dmerp_results_free(). Any number of threads may read one at once.
pub struct dmerp_results {
    _private: [u8; 0],
}

pub(super) struct ResultsObject(Vec<Option<crate::Error>>);

impl Object for ResultsObject {
    type Handle = dmerp_results;
    const NAME: &'static str = "dmerp_results";
}

impl ResultsObject {
    /// Of a call that was given `count` receipts. `None` where its arguments were refused.
    pub fn of(outcome: &crate::Result<()>, count: usize) -> Option<Self> {
        match outcome {
            Ok(()) => Some(ResultsObject(vec![None; count])),
            Err(error) if error.results().is_empty() => None,
            Err(error) => Some(ResultsObject(error.results().to_vec())),
        }
    }
}

/// How many results there are: one for each receipt. 0 when `results` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_len(results: *const dmerp_results) -> usize {
    plain(0, || Ok(handle::get::<ResultsObject>(results)?.0.len()))
}

/// The status of result number `index`, counted from 0: DMERP_OK where the packet is marked done. DMERP_INVALID_ARGUMENT when
/// there is no such result, DMERP_INVALID_HANDLE when `results` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_status(
    results: *const dmerp_results,
    index: usize,
) -> dmerp_status {
    plain(Status::InvalidHandle as dmerp_status, || {
        let results = handle::get::<ResultsObject>(results)?;
        let status = match results.0.get(index) {
            Some(None) => Status::Ok,
            Some(Some(error)) => error.status(),
            None => Status::InvalidArgument,
        };
        Ok(status as dmerp_status)
    })
}

/// Why result number `index` is not DMERP_OK: an error that the caller frees with dmerp_error_free(). NULL where the status is
/// DMERP_OK, there is no such result, or `results` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_error(
    results: *const dmerp_results,
    index: usize,
) -> *mut dmerp_error {
    plain(std::ptr::null_mut(), || {
        let results = handle::get::<ResultsObject>(results)?;
        Ok(match results.0.get(index) {
            Some(Some(error)) => handle::put(ErrorObject::new(error.clone())),
            _ => std::ptr::null_mut(),
        })
    })
}

/// Frees results. NULL and a handle freed before are left alone. Any thread. Errors taken from them stay valid.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_free(results: *mut dmerp_results) {
    plain((), || {
        handle::free::<ResultsObject>(results);
        Ok(())
    });
}
