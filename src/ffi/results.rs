//! `dmerp_results`: the outcome of each receipt of a done.

use super::handle::{self, Object};
use super::{ErrorObject, dmerp_error, dmerp_status, plain};
use crate::Status;

/// The outcome of each receipt that dmerp_client_done() was given, in the same order. Free it with
/// dmerp_results_free(). Any number of threads may read it at the same time.
pub struct dmerp_results {
    _private: [u8; 0],
}

pub(super) struct ResultsObject(Vec<Option<crate::Error>>);

impl Object for ResultsObject {
    type Handle = dmerp_results;
    const NAME: &'static str = "dmerp_results";
}

impl ResultsObject {
    /// The results of a call with `count` receipts. `None` if the arguments were refused.
    pub fn of(outcome: &crate::Result<()>, count: usize) -> Option<Self> {
        match outcome {
            Ok(()) => Some(ResultsObject(vec![None; count])),
            Err(error) if error.results().is_empty() => None,
            Err(error) => Some(ResultsObject(error.results().to_vec())),
        }
    }
}

/// Returns the number of results, one for each receipt; 0 if `results` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_len(results: *const dmerp_results) -> usize {
    plain(0, || Ok(handle::get::<ResultsObject>(results)?.0.len()))
}

/// Returns the status of the receipt at `index`, counted from 0: DMERP_OK if its packet is marked done.
/// DMERP_INVALID_ARGUMENT if there is no such receipt, DMERP_INVALID_HANDLE if `results` is not a live handle.
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

/// Returns why the receipt at `index`, counted from 0, is not marked, as an error of its own. Free it with
/// dmerp_error_free(). NULL if the status is DMERP_OK, if there is no such receipt, or if `results` is not a live
/// handle.
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

/// Frees results. NULL, and results that were freed before, are ignored. Any thread may call this. Errors taken from
/// the results stay valid.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_free(results: *mut dmerp_results) {
    plain((), || {
        handle::free::<ResultsObject>(results);
        Ok(())
    });
}
