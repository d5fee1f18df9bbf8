//! `dmerp_mistakes`: what is wrong in a packet.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{
    array, c_text, dmerp_error, dmerp_status, entry, invalid, out, plain, text, text_or_null,
};
use crate::error::Result;
use crate::{Mistake, check_packet, check_packet_file};

/// The mistakes in a packet. Free it with dmerp_mistakes_free(). Any thread may use it.
pub struct dmerp_mistakes {
    _private: [u8; 0],
}

struct MistakeTexts {
    line: u64,
    table: Option<CString>,
    record: u64,
    field: Option<CString>,
    what: CString,
}

struct MistakesObject(Vec<MistakeTexts>);

impl Object for MistakesObject {
    type Handle = dmerp_mistakes;
    const NAME: &'static str = "dmerp_mistakes";
}

impl MistakesObject {
    fn new(mistakes: Vec<Mistake>) -> Self {
        let texts = |mistake: Mistake| MistakeTexts {
            line: mistake.line,
            table: mistake.table.as_deref().map(c_text),
            record: mistake.record,
            field: mistake.field.as_deref().map(c_text),
            what: c_text(&mistake.what),
        };
        MistakesObject(mistakes.into_iter().map(texts).collect())
    }
}

/// A mistake in a packet. Its texts are borrowed from the dmerp_mistakes.
#[repr(C)]
pub struct dmerp_mistake {
    /// The line, from 1.
    pub line: u64,
    /// The table; NULL if it is in none.
    pub table: *const c_char,
    /// The number of the record in its table, from 1; 0 if it is in none.
    pub record: u64,
    /// The field; NULL if it is in none.
    pub field: *const c_char,
    /// What is wrong.
    pub what: *const c_char,
}

impl dmerp_mistake {
    const EMPTY: dmerp_mistake = dmerp_mistake {
        line: 0,
        table: std::ptr::null(),
        record: 0,
        field: std::ptr::null(),
        what: std::ptr::null(),
    };
}

/// Reads a packet of `len` bytes to its end, and stores its mistakes in `*mistakes`: what a dmerp_packet_reader
/// refuses, and what it takes but another program may refuse, such as a record without a status. A good packet has 0
/// mistakes. At most 1,000 are listed; then one more says how many others there are. What cannot be read on from, such
/// as broken XML, is the last mistake. `data` is borrowed for the call.
///
/// Statuses: DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT. A packet with mistakes is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_check(
    data: *const u8,
    len: usize,
    mistakes: *mut *mut dmerp_mistakes,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("mistakes", mistakes, std::ptr::null_mut())?;
        store(place, check_packet(array("data", data, len)?))
    })
}

/// Like dmerp_packet_check(), but for the file `path` (UTF-8).
///
/// Statuses: DMERP_FILE_ERROR, DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_check_file(
    path: *const c_char,
    mistakes: *mut *mut dmerp_mistakes,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("mistakes", mistakes, std::ptr::null_mut())?;
        store(place, check_packet_file(text("path", path)?))
    })
}

fn store(place: &mut *mut dmerp_mistakes, mistakes: Result<Vec<Mistake>>) -> Result<()> {
    handle::put_into(place, MistakesObject::new(mistakes?))
}

/// Returns the number of mistakes; 0 if `mistakes` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_mistakes_len(mistakes: *const dmerp_mistakes) -> usize {
    plain(0, || Ok(handle::get::<MistakesObject>(mistakes)?.0.len()))
}

/// Stores a mistake in `*mistake`. Its texts are borrowed from `mistakes`.
///
/// Statuses: DMERP_INVALID_ARGUMENT (`index` is not less than dmerp_mistakes_len()), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_mistakes_get(
    mistakes: *const dmerp_mistakes,
    index: usize,
    mistake: *mut dmerp_mistake,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("mistake", mistake, dmerp_mistake::EMPTY)?;
        let mistakes = handle::get::<MistakesObject>(mistakes)?;
        let found = mistakes.0.get(index);
        let found = found.ok_or_else(|| invalid("index", "is not that of a mistake"))?;
        *place = dmerp_mistake {
            line: found.line,
            table: text_or_null(&found.table),
            record: found.record,
            field: text_or_null(&found.field),
            what: found.what.as_ptr(),
        };
        Ok(())
    })
}

/// Frees the mistakes and their texts. NULL, and what was freed before, are ignored. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_mistakes_free(mistakes: *mut dmerp_mistakes) {
    plain((), || {
        handle::free::<MistakesObject>(mistakes);
        Ok(())
    });
}
