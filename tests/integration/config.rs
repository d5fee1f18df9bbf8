//! Options are checked when they are set, and as a whole when a client is made of them.

use dmerp::tables::{Accepted, OPTIONS};
use dmerp::{Client, Config, Status};

use crate::support::*;

#[test]
fn every_default_is_a_value_its_option_accepts() {
    for row in OPTIONS {
        if let Some(default) = row.default {
            Config::new().set(row.key, default).expect(row.key);
            assert_eq!(Config::new().get(row.key).expect(row.key), Some(default));
        }
    }
}

#[test]
fn every_number_has_its_range_checked() {
    for row in OPTIONS {
        let Accepted::Number(min, max) = row.accepted else {
            continue;
        };
        let mut config = Config::new();
        for good in [min, max] {
            config.set(row.key, &good.to_string()).expect(row.key);
        }
        for bad in [
            (max + 1).to_string(),
            "-1".into(),
            "".into(),
            "1.5".into(),
            "10 s".into(),
            "0x10".into(),
            "99999999999999999999999".into(),
        ] {
            fails(
                config.set(row.key, &bad).map(drop),
                Status::InvalidConfig,
                row.key,
            );
        }
        let kept = max.to_string();
        assert_eq!(config.get(row.key).expect(row.key), Some(kept.as_str()));
    }
}

#[test]
fn values_that_would_fail_later_are_refused_at_once() {
    for (key, value, says) in [
        ("app_area", "", "is empty"),
        ("app_area", " DMDEV01", "white space"),
        ("app_area", "DM\nDEV", "control character"),
        ("api_key", "key\n", "control character"),
        ("api_key", "two words", "no API key has"),
        ("api_key", "schlüssel", "no API key has"),
        ("api_key", "(set)", "what reading the key returns"),
        ("tls.ca_pem", " \n", "is empty"),
        ("tls.ca_pem", "a\0b", "NUL"),
        ("base_url", "portal.example", "not a URL"),
        ("base_url", "ftp://portal.example", "https://"),
        ("base_url", "https://user:pw@portal.example", "password"),
        ("base_url", "https://portal.example/?x=1", "?"),
        ("format", "yaml", "xml, json"),
        ("tls.roots", "none", "platform, file, both"),
        ("proxy", "socks5://127.0.0.1", "system, none"),
        ("user_agent", "a\r\nx-api-key: b", "control character"),
    ] {
        fails(
            Config::new().set(key, value).map(drop),
            Status::InvalidConfig,
            says,
        );
    }
}

#[test]
fn a_base_url_that_may_hold_a_password_is_not_repeated() {
    for value in [
        "http://joe:hidden@host:x/",
        "ftp://joe:hidden@host/",
        "http://joe:hidden@host/",
        "joe:hidden@host",
    ] {
        let error = fails(
            Config::new().set("base_url", value).map(drop),
            Status::InvalidConfig,
            "base_url",
        );
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[test]
fn an_unknown_option_is_answered_with_the_known_ones() {
    let error = fails(
        Config::new().set("appArea", "X").map(drop),
        Status::InvalidConfig,
        "appArea",
    );
    for row in OPTIONS {
        assert!(error.to_string().contains(row.key));
    }
    fails(
        Config::new().get("appArea").map(drop),
        Status::InvalidConfig,
        "",
    );
}

#[test]
fn what_is_missing_or_contradicts_is_told_when_a_client_is_made() {
    let sandbox = sandbox();
    let cases: [(&[(&str, &str)], &str); 5] = [
        (
            &[("tls.roots", "file")],
            "neither tls.ca_file nor tls.ca_pem is set",
        ),
        (
            &[("tls.roots", "platform"), ("tls.ca_file", "/ca.pem")],
            "would ignore it",
        ),
        (
            &[("retry.base_ms", "1000"), ("retry.max_ms", "999")],
            "retry.base_ms",
        ),
        (&[("app_area", "..")], "app_area"),
        (
            &[("temp_dir", "/no/such/folder")],
            "temp_dir /no/such/folder is not an existing folder",
        ),
    ];
    for (options, says) in cases {
        let mut config = config(&sandbox);
        for (key, value) in options {
            config.set(key, value).expect(key);
        }
        fails(Client::new(&config).map(drop), Status::InvalidConfig, says);
    }
    let nothing = Client::new(&Config::new()).map(drop);
    fails(nothing, Status::InvalidConfig, "app_area is not set");
    let mut keyless = Config::new();
    keyless.set("app_area", "X").expect("an area");
    fails(
        Client::new(&keyless).map(drop),
        Status::InvalidConfig,
        "api_key is not set",
    );
}

#[test]
fn secrets_are_never_shown() {
    let mut config = Config::new();
    config.set("api_key", "top-secret").expect("a key");
    config
        .set("proxy", "http://user:hidden@127.0.0.1:3128")
        .expect("a proxy");
    assert_eq!(config.get("api_key").expect("known"), Some("(set)"));
    let shown = format!("{config:?} {:?}", config.get("proxy"));
    assert!(
        !shown.contains("top-secret") && !shown.contains("hidden"),
        "{shown}"
    );
    let result = config.set("api_key", "top secret").map(drop);
    let error = fails(result, Status::InvalidConfig, "api_key");
    assert!(!error.to_string().contains("top"), "{error}");
}
