//! What a field holds, and the form in which it is written. The forms are those of the vendor's own ERP extension.

use std::borrow::Cow;
use std::fmt::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::{Date, OffsetDateTime, Time};

use crate::error::{ErrorKind, Result};

/// The value of a field. Most values come from a type of the language by `into()`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value: the field is left out.
    Null,
    /// A text, as it is.
    Text(Cow<'a, str>),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number, with a point and no thousands separators.
    Decimal(Decimal),
    /// The shortest decimal number that reads back the same. Infinity and NaN are refused.
    Real(f64),
    /// `2026-11-24`.
    Date(Date),
    /// `09:42:19Z`; with milliseconds `09:42:19.382`.
    Time(Time),
    /// `2026-11-24T09:42:19Z`; with milliseconds `2026-11-24T09:42:19.382Z`. It is written in UTC.
    Instant(OffsetDateTime),
    /// Base64.
    Bytes(Cow<'a, [u8]>),
}

/// A decimal number: an integer and how many of its digits stand after the point. `Decimal::new(1250, 2)?` is 12.50.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// The most digits after the point.
    pub const LARGEST_SCALE: u32 = 28;

    /// Makes a decimal number.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) if more than 28 digits stand after the point.
    pub fn new(digits: i128, scale: u32) -> Result<Self> {
        match scale {
            ..=Self::LARGEST_SCALE => Ok(Decimal { digits, scale }),
            _ => Err(ErrorKind::InvalidArgument(format!(
                "{scale} digits cannot stand after the point of a decimal number, but {} at most",
                Self::LARGEST_SCALE
            ))
            .into()),
        }
    }

    /// All digits, as an integer.
    pub fn digits(self) -> i128 {
        self.digits
    }

    /// How many of the digits stand after the point.
    pub fn scale(self) -> u32 {
        self.scale
    }
}

impl Decimal {
    fn write_to(self, out: &mut impl Write) -> fmt::Result {
        let mut room = itoa::Buffer::new();
        let digits = match u64::try_from(self.digits.unsigned_abs()) {
            Ok(digits) => room.format(digits),
            Err(_) => room.format(self.digits.unsigned_abs()),
        };
        if self.digits < 0 {
            out.write_str("-")?;
        }
        let scale = self.scale as usize;
        match digits.len().checked_sub(scale) {
            _ if scale == 0 => out.write_str(digits),
            None | Some(0) => {
                out.write_str("0.")?;
                out.write_str(&"0000000000000000000000000000"[..scale - digits.len()])?;
                out.write_str(digits)
            }
            Some(whole) => {
                out.write_str(&digits[..whole])?;
                out.write_str(".")?;
                out.write_str(&digits[whole..])
            }
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

/// Why a value has no written form.
pub(super) struct Unwritable(pub &'static str);

impl Value<'_> {
    /// Writes the form of any value but a text. None of these forms needs an escape.
    pub(super) fn write_to(&self, out: &mut String) -> std::result::Result<(), Unwritable> {
        // A String takes every text, so `write!` does not fail.
        match self {
            Value::Null | Value::Text(_) => {}
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Integer(value) => out.push_str(itoa::Buffer::new().format(*value)),
            Value::Decimal(value) => _ = value.write_to(out),
            Value::Real(value) if value.is_finite() => _ = write!(out, "{value}"),
            Value::Real(_) => {
                return Err(Unwritable("infinity and NaN are no numbers of the format"));
            }
            Value::Date(value) => write_date(out, *value)?,
            Value::Time(value) => {
                write_time(out, *value);
                if value.millisecond() == 0 {
                    out.push('Z');
                }
            }
            Value::Instant(value) => {
                let utc = value
                    .checked_to_offset(time::UtcOffset::UTC)
                    .ok_or(BAD_YEAR)?;
                write_date(out, utc.date())?;
                out.push('T');
                write_time(out, utc.time());
                out.push('Z');
            }
            Value::Bytes(value) => STANDARD.encode_string(value, out),
        }
        Ok(())
    }
}

const BAD_YEAR: Unwritable = Unwritable("the year is not between 1 and 9999");

fn write_date(out: &mut String, date: Date) -> std::result::Result<(), Unwritable> {
    let (year, month, day) = date.to_calendar_date();
    let year = u16::try_from(year)
        .ok()
        .filter(|year| (1..=9999).contains(year))
        .ok_or(BAD_YEAR)?;
    write_two(out, (year / 100) as u8);
    write_two(out, (year % 100) as u8);
    out.push('-');
    write_two(out, month.into());
    out.push('-');
    write_two(out, day);
    Ok(())
}

fn write_time(out: &mut String, time: Time) {
    let (hour, minute, second, milli) = time.as_hms_milli();
    write_two(out, hour);
    out.push(':');
    write_two(out, minute);
    out.push(':');
    write_two(out, second);
    if milli > 0 {
        out.push('.');
        out.push((b'0' + (milli / 100) as u8) as char);
        write_two(out, (milli % 100) as u8);
    }
}

/// Writes a number below 100, with two digits.
fn write_two(out: &mut String, number: u8) {
    out.push((b'0' + number / 10) as char);
    out.push((b'0' + number % 10) as char);
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Value::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Bytes(Cow::Owned(bytes))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! from {
    ($($type:ty => $kind:ident),*) => {
        $(impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Value::$kind(value.into())
            }
        })*
    };
}

from!(bool => Bool, i64 => Integer, i32 => Integer, i16 => Integer, u32 => Integer, u16 => Integer, u8 => Integer, f64 => Real,
    Decimal => Decimal, Date => Date, Time => Time, OffsetDateTime => Instant);
