//! What a field holds, and the form in which it is written. The forms are those of the vendor's own ERP extension.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::{Date, OffsetDateTime, Time};

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

/// A decimal number: an integer and how many of its digits stand after the point. `Decimal::new(1250, 2)` is 12.50.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// The most digits after the point.
    pub const LARGEST_SCALE: u32 = 28;

    /// Makes a decimal number; `None` if more than 28 digits stand after the point.
    pub fn new(digits: i128, scale: u32) -> Option<Self> {
        (scale <= Self::LARGEST_SCALE).then_some(Decimal { digits, scale })
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

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u128.pow(self.scale);
        let (whole, rest) = (
            self.digits.unsigned_abs() / unit,
            self.digits.unsigned_abs() % unit,
        );
        let sign = if self.digits < 0 { "-" } else { "" };
        match self.scale {
            0 => write!(f, "{sign}{whole}"),
            scale => write!(f, "{sign}{whole}.{rest:0width$}", width = scale as usize),
        }
    }
}

/// Why a value has no written form.
pub(super) struct Unwritable(pub &'static str);

impl Value<'_> {
    /// Writes the form of any value but a text. None of these forms needs an escape.
    pub(super) fn write_to(&self, out: &mut String) -> Result<(), Unwritable> {
        let written = match self {
            Value::Null | Value::Text(_) => Ok(()),
            Value::Bool(value) => write!(out, "{value}"),
            Value::Integer(value) => write!(out, "{value}"),
            Value::Decimal(value) => write!(out, "{value}"),
            Value::Real(value) if value.is_finite() => write!(out, "{value}"),
            Value::Real(_) => {
                return Err(Unwritable("infinity and NaN are no numbers of the format"));
            }
            Value::Date(value) => write_date(out, *value)?,
            Value::Time(value) => {
                write_time(out, *value).and_then(|()| match value.millisecond() {
                    0 => out.write_str("Z"),
                    _ => Ok(()),
                })
            }
            Value::Instant(value) => {
                let utc = value
                    .checked_to_offset(time::UtcOffset::UTC)
                    .ok_or(Unwritable("the year is not between 1 and 9999"))?;
                write_date(out, utc.date())?
                    .and_then(|()| out.write_str("T"))
                    .and_then(|()| write_time(out, utc.time()))
                    .and_then(|()| out.write_str("Z"))
            }
            Value::Bytes(value) => {
                STANDARD.encode_string(value, out);
                Ok(())
            }
        };
        // A String takes every text.
        written.map_err(|fmt::Error| Unwritable("it has no written form"))
    }
}

fn write_date(out: &mut String, date: Date) -> Result<fmt::Result, Unwritable> {
    match date.year() {
        1..=9999 => {
            let (year, month, day) = date.to_calendar_date();
            Ok(write!(out, "{year:04}-{:02}-{day:02}", u8::from(month)))
        }
        _ => Err(Unwritable("the year is not between 1 and 9999")),
    }
}

fn write_time(out: &mut String, time: Time) -> fmt::Result {
    let (hour, minute, second, milli) = time.as_hms_milli();
    write!(out, "{hour:02}:{minute:02}:{second:02}")?;
    match milli {
        0 => Ok(()),
        milli => write!(out, ".{milli:03}"),
    }
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

impl From<SystemTime> for Value<'_> {
    fn from(instant: SystemTime) -> Self {
        Value::Instant(instant.into())
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
