//! `dmerp_value` and `dmerp_field`: what the fields of a record hold, written or read.

use std::ffi::{CStr, c_char};

use time::{Date, Duration, OffsetDateTime, Time};

use super::{
    array, dmerp_attribute, dmerp_buffer, dmerp_error, dmerp_status, entry, invalid, out, text,
};
use crate::error::Result;
use crate::packet::parse;
use crate::{Decimal, Value};

/// What kind of value a dmerp_value is: one of the DMERP_VALUE_* constants. The forms in which values are written and
/// read are those of the vendor's own ERP extension.
pub type dmerp_value_kind = i32;

/// No value: the field is left out.
pub const DMERP_VALUE_NULL: dmerp_value_kind = 0;
/// A text: `text`, `len` (UTF-8). A text that ends with a NUL can have the `len` DMERP_NUL_TERMINATED.
pub const DMERP_VALUE_TEXT: dmerp_value_kind = 1;
/// `integer` is 0 or 1. Written `false` or `true`.
pub const DMERP_VALUE_BOOL: dmerp_value_kind = 2;
/// `integer`, such as `-12`.
pub const DMERP_VALUE_INTEGER: dmerp_value_kind = 3;
/// `integer` has all digits, and `scale` says how many of them stand after the point: 0 to 28. 1250 with the scale 2 is
/// `12.50`.
pub const DMERP_VALUE_DECIMAL: dmerp_value_kind = 4;
/// `real`. Written as the shortest decimal number that reads back the same, without an exponent. Infinity and NaN are
/// refused.
pub const DMERP_VALUE_REAL: dmerp_value_kind = 5;
/// `integer` is the number of days since 1970-01-01. Written `2026-11-24`.
pub const DMERP_VALUE_DATE: dmerp_value_kind = 6;
/// `integer` is the number of milliseconds since midnight. Written `09:42:19Z`, or with milliseconds `09:42:19.382`.
pub const DMERP_VALUE_TIME: dmerp_value_kind = 7;
/// `integer` is the number of milliseconds since 1970-01-01, 00:00 UTC. Written `2026-11-24T09:42:19Z`, or with
/// milliseconds `2026-11-24T09:42:19.382Z`.
pub const DMERP_VALUE_INSTANT: dmerp_value_kind = 8;
/// Bytes: `text`, `len`. Written as base64.
pub const DMERP_VALUE_BYTES: dmerp_value_kind = 9;

/// The `len` of a text that ends with a NUL.
pub const DMERP_NUL_TERMINATED: usize = usize::MAX;

/// The value of a field. `kind` says which of the other members hold it; the rest is not looked at.
/// `dmerp_value null = {0};` is a null.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct dmerp_value {
    /// One of the DMERP_VALUE_* constants.
    pub kind: dmerp_value_kind,
    /// How many digits of a decimal stand after the point.
    pub scale: i32,
    /// The number, for all kinds but texts, bytes and reals.
    pub integer: i64,
    /// The number of a DMERP_VALUE_REAL.
    pub real: f64,
    /// The text or the bytes.
    pub text: *const c_char,
    /// The number of bytes of `text`, or DMERP_NUL_TERMINATED. For an empty text, `len` is 0 and `text` points to a NUL.
    /// Another byte there is refused, because the `len` was probably forgotten.
    pub len: usize,
}

impl dmerp_value {
    const NULL: dmerp_value = dmerp_value {
        kind: DMERP_VALUE_NULL,
        scale: 0,
        integer: 0,
        real: 0.0,
        text: std::ptr::null(),
        len: 0,
    };

    /// A text. In memory, a NUL follows it.
    pub(super) fn of_text(text: &[u8]) -> Self {
        dmerp_value {
            kind: DMERP_VALUE_TEXT,
            text: text.as_ptr().cast(),
            len: text.len(),
            ..Self::NULL
        }
    }

    fn of(kind: dmerp_value_kind, integer: i64) -> Self {
        dmerp_value {
            kind,
            integer,
            ..Self::NULL
        }
    }

    fn text(&self) -> Result<&str> {
        match self.kind {
            DMERP_VALUE_TEXT => {
                str::from_utf8(self.bytes()?).map_err(|_| invalid("the text", "is not UTF-8"))
            }
            _ => Err(invalid("the value", "is not a DMERP_VALUE_TEXT")),
        }
    }

    /// The bytes of a text or of bytes.
    pub(super) fn bytes(&self) -> Result<&[u8]> {
        if self.kind == DMERP_VALUE_TEXT && self.text.is_null() {
            return Err(invalid("a text", "is NULL; a null is a DMERP_VALUE_NULL"));
        }
        if self.kind == DMERP_VALUE_TEXT && self.len == DMERP_NUL_TERMINATED {
            // SAFETY: not NULL, and by contract NUL-terminated and unchanged during the call.
            return Ok(unsafe { CStr::from_ptr(self.text) }.to_bytes());
        }
        // SAFETY: not NULL, and by contract an empty text points to a NUL, too.
        if self.kind == DMERP_VALUE_TEXT && self.len == 0 && unsafe { *self.text } != 0 {
            return Err(invalid(
                "a text",
                "has the len 0, but is not empty: give its len, or DMERP_NUL_TERMINATED",
            ));
        }
        array("a text", self.text.cast::<u8>(), self.len)
    }

    /// The value, to write it. `Err` says what is wrong with it.
    pub(super) fn read(&self) -> Result<Value<'_>> {
        let out_of_range = |what: &str| invalid(what, "is out of range");
        Ok(match self.kind {
            DMERP_VALUE_NULL => Value::Null,
            DMERP_VALUE_TEXT => self.text()?.into(),
            DMERP_VALUE_BOOL => match self.integer {
                0 | 1 => Value::Bool(self.integer == 1),
                _ => return Err(invalid("a truth value", "is neither 0 nor 1")),
            },
            DMERP_VALUE_INTEGER => Value::Integer(self.integer),
            DMERP_VALUE_DECIMAL => u32::try_from(self.scale)
                .ok()
                .and_then(|scale| Decimal::new(self.integer.into(), scale).ok())
                .ok_or_else(|| invalid("the scale of a decimal", "is not between 0 and 28"))?
                .into(),
            DMERP_VALUE_REAL => Value::Real(self.real),
            DMERP_VALUE_DATE => i32::try_from(self.integer)
                .ok()
                .and_then(|days| {
                    Date::from_julian_day(EPOCH.to_julian_day().checked_add(days)?).ok()
                })
                .ok_or_else(|| out_of_range("a date"))?
                .into(),
            DMERP_VALUE_TIME => {
                let in_a_day = (0..24 * 60 * 60 * 1000).contains(&self.integer);
                let time = in_a_day.then(|| Time::MIDNIGHT + Duration::milliseconds(self.integer));
                time.ok_or_else(|| out_of_range("a time"))?.into()
            }
            DMERP_VALUE_INSTANT => OffsetDateTime::UNIX_EPOCH
                .checked_add(Duration::milliseconds(self.integer))
                .ok_or_else(|| out_of_range("an instant"))?
                .into(),
            DMERP_VALUE_BYTES => self.bytes()?.into(),
            _ => {
                return Err(invalid(
                    "the kind of a value",
                    "is not a DMERP_VALUE_* constant",
                ));
            }
        })
    }
}

const EPOCH: Date = OffsetDateTime::UNIX_EPOCH.date();

/// Reads a text as a value of another kind, and stores it in `*value`. White space around the text is ignored. An empty
/// text gives a DMERP_VALUE_NULL.
///
/// | kind | what is read |
/// | --- | --- |
/// | DMERP_VALUE_BOOL | `true`, `false`, `1`, `0`, in any case |
/// | DMERP_VALUE_INTEGER | a whole number of 64 bits |
/// | DMERP_VALUE_DECIMAL | digits with a point, such as `-1234.50`; no exponent, no thousands separators |
/// | DMERP_VALUE_REAL | a number, which may have an exponent |
/// | DMERP_VALUE_DATE | `2026-11-24` |
/// | DMERP_VALUE_TIME | `09:42:19` or `09:42:19.382`, with or without a `Z` |
/// | DMERP_VALUE_INSTANT | `2026-11-24T09:42:19Z` or `2026-11-24T09:42:19.382Z` |
///
/// A decimal also has its digits in `text` and `len`, which are borrowed from the text that was read, for languages with
/// a decimal type of their own. Its `scale` is -1 if `integer` cannot hold it. For bytes use dmerp_value_bytes().
///
/// Statuses: DMERP_INVALID_ARGUMENT (the text is not such a value; `text` is not a text; the kind is not in the table).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_value_read(
    text: *const dmerp_value,
    kind: dmerp_value_kind,
    value: *mut dmerp_value,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        // Copied, since the host may pass the same place twice.
        let text = one("text", text).copied();
        let value = out("value", value, dmerp_value::NULL)?;
        let text = text?;
        if let Some(read) = read(text.text()?, kind)? {
            *value = read;
        }
        Ok(())
    })
}

fn read(text: &str, kind: dmerp_value_kind) -> Result<Option<dmerp_value>> {
    let of = |integer| dmerp_value::of(kind, integer);
    Ok(match kind {
        DMERP_VALUE_BOOL => parse::boolean(text)?.map(|value| of(value.into())),
        DMERP_VALUE_INTEGER => parse::integer(text)?.map(of),
        DMERP_VALUE_DECIMAL => parse::decimal_text(text)?.map(|digits| {
            let small = parse::decimal(digits).ok().flatten();
            let small = small.and_then(|small| {
                Some((
                    i64::try_from(small.digits()).ok()?,
                    i32::try_from(small.scale()).ok()?,
                ))
            });
            let (integer, scale) = small.unwrap_or((0, -1));
            dmerp_value {
                kind,
                integer,
                scale,
                ..dmerp_value::of_text(digits.as_bytes())
            }
        }),
        DMERP_VALUE_REAL => parse::real(text)?.map(|real| dmerp_value { real, ..of(0) }),
        DMERP_VALUE_DATE => parse::date(text)?.map(|date| of((date - EPOCH).whole_days())),
        DMERP_VALUE_TIME => {
            parse::time(text)?.map(|time| of(clamped((time - Time::MIDNIGHT).whole_milliseconds())))
        }
        DMERP_VALUE_INSTANT => parse::instant(text)?.map(|instant| {
            of(clamped(
                (instant - OffsetDateTime::UNIX_EPOCH).whole_milliseconds(),
            ))
        }),
        _ => return Err(invalid("kind", "is not in the table of dmerp_value_read()")),
    })
}

/// All times that can be read are within 64 bits.
fn clamped(milliseconds: i128) -> i64 {
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

/// Reads a text as bytes: base64, or what stands after the comma of a data URL. White space in it is ignored. Stores
/// the bytes in `*bytes`; free them with dmerp_buffer_free(). An empty text gives an empty buffer.
///
/// Statuses: DMERP_INVALID_ARGUMENT (the text is not base64, or `text` is not a text).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_value_bytes(
    text: *const dmerp_value,
    bytes: *mut dmerp_buffer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let bytes = out("bytes", bytes, dmerp_buffer::EMPTY)?;
        match parse::bytes(one("text", text)?.text()?)? {
            Some(read) => bytes.fill(read),
            None => Ok(()),
        }
    })
}

/// A field of a record.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct dmerp_field {
    /// The name: NUL-terminated UTF-8.
    pub name: *const c_char,
    /// The value. A reader gives texts, each followed by a NUL in memory.
    pub value: dmerp_value,
    /// The field's attributes, such as `validate`. NULL if `attributes_len` is 0.
    pub attributes: *const dmerp_attribute,
    /// The number of attributes.
    pub attributes_len: usize,
}

/// A thing that is borrowed for the call.
pub(super) fn one<'a, T>(what: &str, thing: *const T) -> Result<&'a T> {
    array(what, thing, 1).map(|things| &things[0])
}

pub(super) fn attributes<'a>(
    attributes: *const dmerp_attribute,
    len: usize,
) -> Result<Vec<(&'a str, &'a str)>> {
    if len == 0 {
        return Ok(Vec::new());
    }
    array("attributes", attributes, len)?
        .iter()
        .map(|attribute| {
            Ok((
                text("an attribute's name", attribute.name)?,
                text("an attribute's value", attribute.value)?,
            ))
        })
        .collect()
}
