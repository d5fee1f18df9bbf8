//! The forms in which values are read. They are those that the vendor's own ERP extension reads. White space around a
//! value is ignored, and an empty value is none.

use base64::Engine;
use base64::alphabet::STANDARD as LETTERS;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use time::{Date, Month, OffsetDateTime, Time};

use super::value::Decimal;
use crate::error::{ErrorKind, Result};
use crate::text::one_line;

/// The `=` at the end are left out by some writers.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &LETTERS,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `true`, `false`, `1` or `0`, in any case.
pub(crate) fn boolean(text: &str) -> Result<Option<bool>> {
    read(text, "true or false", |text| {
        if text == "1" || text.eq_ignore_ascii_case("true") {
            Some(true)
        } else if text == "0" || text.eq_ignore_ascii_case("false") {
            Some(false)
        } else {
            None
        }
    })
}

/// A whole number with or without a sign, of 64 bits.
pub(crate) fn integer(text: &str) -> Result<Option<i64>> {
    read(text, "a whole number of 64 bits", |text| text.parse().ok())
}

/// A number with a point, without thousands separators and without an exponent.
pub(crate) fn decimal(text: &str) -> Result<Option<Decimal>> {
    let what = "a decimal number such as -1234.50 of at most 38 digits, 28 of them after the point";
    let Some(number) = decimal_text(text)? else {
        return Ok(None);
    };
    read(number, what, |number| {
        let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{rest}").parse().ok()?;
        Decimal::new(digits, u32::try_from(rest.len()).ok()?).ok()
    })
}

/// The text of a decimal number of any length, without white space and a leading `+`.
pub(crate) fn decimal_text(text: &str) -> Result<Option<&str>> {
    read(text, "a decimal number such as -1234.50", |text| {
        let (text, digits) = match text.strip_prefix('+') {
            Some(digits) => (digits, digits),
            None => (text, text.strip_prefix('-').unwrap_or(text)),
        };
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_decimal = are_digits(whole) && are_digits(rest) && whole.len() + rest.len() > 0;
        is_decimal.then_some(text)
    })
}

/// A number, which may have an exponent.
pub(crate) fn real(text: &str) -> Result<Option<f64>> {
    read(text, "a number", |text| {
        let number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let value: f64 = text.bytes().all(number).then(|| text.parse().ok())??;
        let digits = text.split(['e', 'E']).next()?;
        // 1e-400 is not 0.
        let is_too_small = value == 0.0 && digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
        (value.is_finite() && !is_too_small).then_some(value)
    })
}

/// `2026-11-24`.
pub(crate) fn date(text: &str) -> Result<Option<Date>> {
    read(text, "a date such as 2026-11-24", date_of)
}

/// `09:42:19` or `09:42:19.382`, with or without a `Z`.
pub(crate) fn time(text: &str) -> Result<Option<Time>> {
    read(text, "a time such as 09:42:19Z or 09:42:19.382", |text| {
        time_of(text.strip_suffix('Z').unwrap_or(text))
    })
}

/// `2026-11-24T09:42:19Z` or `2026-11-24T09:42:19.382Z`.
pub(crate) fn instant(text: &str) -> Result<Option<OffsetDateTime>> {
    let what = "an instant such as 2026-11-24T09:42:19Z or 2026-11-24T09:42:19.382Z";
    read(text, what, |text| {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        Some(OffsetDateTime::new_utc(date_of(date)?, time_of(time)?))
    })
}

/// Base64, or what stands after the comma of a data URL.
pub(crate) fn bytes(text: &str) -> Result<Option<Vec<u8>>> {
    let size = text.len();
    let missing = |_| ErrorKind::OutOfMemory {
        what: "the bytes of a field",
        bytes: size as u64,
    };
    let (mut letters, mut bytes) = (Vec::new(), Vec::new());
    letters.try_reserve_exact(size).map_err(missing)?;
    bytes.try_reserve_exact(size).map_err(missing)?;
    let read = read(text, "base64", |text| {
        let text = match text.strip_prefix("data:") {
            Some(url) => {
                let (about, content) = url.split_once(',')?;
                about.ends_with(";base64").then_some(content)?
            }
            None => text,
        };
        letters.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
        BASE64.decode_vec(letters, &mut bytes).ok()
    })?;
    Ok(read.map(|()| bytes))
}

fn date_of(text: &str) -> Option<Date> {
    let [year, month, day] = numbers(text, "dddd-dd-dd", '-')?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?);
    date.ok().filter(|date| date.year() > 0)
}

fn time_of(text: &str) -> Option<Time> {
    let (text, milli) = match text.split_once('.') {
        Some((text, milli)) => (text, numbers::<1>(milli, "ddd", '.')?[0]),
        None => (text, 0),
    };
    let [hour, minute, second] = numbers(text, "dd:dd:dd", ':')?.map(|number| number as u8);
    Time::from_hms_milli(hour, minute, second, milli).ok()
}

/// The numbers in a text of that shape, in which `d` is a digit.
fn numbers<const N: usize>(text: &str, shape: &str, separator: char) -> Option<[u16; N]> {
    let fits = text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, shape)| match shape {
                b'd' => byte.is_ascii_digit(),
                shape => byte == shape,
            });
    let mut numbers = [0; N];
    if fits {
        for (number, digits) in numbers.iter_mut().zip(text.split(separator)) {
            *number = digits.parse().ok()?;
        }
    }
    fits.then_some(numbers)
}

fn read<'a, T>(
    text: &'a str,
    what: &str,
    parse: impl FnOnce(&'a str) -> Option<T>,
) -> Result<Option<T>> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| {
        let problem = format!("\u{201c}{}\u{201d} is not {what}", one_line(text, 80));
        ErrorKind::InvalidArgument(problem).into()
    })
}
