//! `dmerp_results`: the outcome of each receipt of a done, or of each entry of a batch.

use super::handle::{self, Object};
use super::pushed::PushedObject;
use super::{ErrorObject, dmerp_error, dmerp_pushed, dmerp_status, plain};
use crate::{Batch, Pushed, Status};

/// The outcome of each receipt that dmerp_client_done() was given, or of each entry of a batch, in the same order. Free
/// it with dmerp_results_free(). Any number of threads may read it at the same time.
pub struct dmerp_results {
    _private: [u8; 0],
}

pub(super) struct ResultsObject(Vec<crate::Result<Option<Pushed>>>);

impl Object for ResultsObject {
    type Handle = dmerp_results;
    const NAME: &'static str = "dmerp_results";
}

impl ResultsObject {
    /// The results of a done with `count` receipts. `None` if the arguments were refused.
    pub fn of_done(outcome: &crate::Result<()>, count: usize) -> Option<Self> {
        match outcome {
            Ok(()) => Some(ResultsObject(vec![Ok(None); count])),
            Err(error) if error.results().is_empty() => None,
            Err(error) => {
                let results = error.results().iter().cloned();
                let results = results.map(|error| error.map_or(Ok(None), Err));
                Some(ResultsObject(results.collect()))
            }
        }
    }

    /// The results of a batch, whose last run ended with `outcome`.
    pub fn of_batch(batch: &Batch, outcome: &crate::Result<()>) -> Self {
        let results = batch.results().into_iter().map(|result| match result {
            Some(result) => result.clone().map(Some),
            // The run ended before it began, as in an async task.
            None => outcome.clone().map(|()| None),
        });
        ResultsObject(results.collect())
    }
}

/// Returns the number of results; 0 if `results` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_len(results: *const dmerp_results) -> usize {
    plain(0, || Ok(handle::get::<ResultsObject>(results)?.0.len()))
}

/// Returns the status at `index`, counted from 0: DMERP_OK if the packet is marked done, or stored.
/// DMERP_INVALID_ARGUMENT if there is no such result, DMERP_INVALID_HANDLE if `results` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_status(
    results: *const dmerp_results,
    index: usize,
) -> dmerp_status {
    plain(Status::InvalidHandle as dmerp_status, || {
        let results = handle::get::<ResultsObject>(results)?;
        let status = match results.0.get(index) {
            Some(Ok(_)) => Status::Ok,
            Some(Err(error)) => error.status(),
            None => Status::InvalidArgument,
        };
        Ok(status as dmerp_status)
    })
}

/// Returns why the packet at `index`, counted from 0, is not marked or not stored, as an error of its own. Free it with
/// dmerp_error_free(). NULL if the status is DMERP_OK, if there is no such result, or if `results` is not a live
/// handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_error(
    results: *const dmerp_results,
    index: usize,
) -> *mut dmerp_error {
    plain(std::ptr::null_mut(), || {
        let results = handle::get::<ResultsObject>(results)?;
        Ok(match results.0.get(index) {
            Some(Err(error)) => handle::put(ErrorObject::new(error.clone())),
            _ => std::ptr::null_mut(),
        })
    })
}

/// Returns the outcome of the batch's entry at `index`, counted from 0, if it is stored. Free it with
/// dmerp_pushed_free(). NULL if the entry is not stored, if there is no such entry, if these are results of a done, or
/// if `results` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_pushed(
    results: *const dmerp_results,
    index: usize,
) -> *mut dmerp_pushed {
    plain(std::ptr::null_mut(), || {
        let results = handle::get::<ResultsObject>(results)?;
        Ok(match results.0.get(index) {
            Some(Ok(Some(pushed))) => handle::put(PushedObject::new(pushed)),
            _ => std::ptr::null_mut(),
        })
    })
}

/// Frees results. NULL, and results that were freed before, are ignored. Any thread may call this. What was
/// taken from the results stays valid.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_results_free(results: *mut dmerp_results) {
    plain((), || {
        handle::free::<ResultsObject>(results);
        Ok(())
    });
}
