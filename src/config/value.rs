//! Checks values against what their option accepts.

use url::Url;

use super::options::{Accepted, OptionRow};

/// What reading a secret returns.
pub(super) const SET: &str = "(set)";

/// Checks a value against its row. The error completes the sentence "{key} ..." and never repeats a secret.
pub(super) fn check(row: &OptionRow, value: &str) -> Result<(), String> {
    match row.accepted {
        Accepted::Text(max) => check_text(value, max),
        Accepted::Secret(max) => {
            check_text(value, max)?;
            if value == SET {
                return Err(format!(
                    "is {SET}: that is what reading the key returns, not the key"
                ));
            }
            if value.bytes().any(|byte| !byte.is_ascii_graphic()) {
                return Err("holds a character that no API key has (a space, or not ASCII)".into());
            }
            Ok(())
        }
        Accepted::File | Accepted::Folder => check_text(value, 4096),
        Accepted::Pem(max) => check_pem(value, max),
        Accepted::Url => check_url(value),
        Accepted::Proxy => match value {
            "system" | "none" => Ok(()),
            url => check_proxy(url),
        },
        Accepted::Choice(words) if words.contains(&value) => Ok(()),
        Accepted::Choice(words) => Err(format!(
            "must be one of {}, not {value:?}",
            words.join(", ")
        )),
        Accepted::Number(min, max) => match value.parse::<u64>() {
            Ok(number) if (min..=max).contains(&number) => Ok(()),
            _ => Err(format!(
                "must be a whole number from {min} to {max}, not {value:?}"
            )),
        },
    }
}

fn check_text(value: &str, max: usize) -> Result<(), String> {
    if value.is_empty() {
        return Err("is empty".into());
    }
    if value.len() > max {
        return Err(format!(
            "is {} bytes long; at most {max} are accepted",
            value.len()
        ));
    }
    if value.chars().any(char::is_control) {
        return Err("holds a control character, such as a line end".into());
    }
    if value.trim() != value {
        return Err("begins or ends with white space".into());
    }
    Ok(())
}

/// Unlike other values, PEM text has line ends.
fn check_pem(value: &str, max: usize) -> Result<(), String> {
    if value.trim().is_empty() {
        return Err("is empty".into());
    }
    if value.len() > max {
        return Err(format!(
            "is {} bytes long; at most {max} are accepted",
            value.len()
        ));
    }
    if value.contains('\0') {
        return Err("holds a NUL character".into());
    }
    Ok(())
}

fn check_url(value: &str) -> Result<(), String> {
    check_text(value, 2048)?;
    // Text with an @ may hold a password, even if it is not a URL.
    let shown = match value.contains('@') {
        true => String::new(),
        false => format!(": {value:?}"),
    };
    let url = Url::parse(value).map_err(|why| format!("is not a URL ({why}){shown}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("must begin with https:// or http://{shown}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("must not hold a ? or #{shown}"));
    }
    Ok(())
}

/// The error does not repeat the value: it may hold a password.
fn check_proxy(value: &str) -> Result<(), String> {
    check_text(value, 2048)?;
    match Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err("must be system, none, or http://[user:password@]host:port".into()),
    }
}
