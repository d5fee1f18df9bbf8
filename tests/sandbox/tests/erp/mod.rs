//! An ERP as the tests play it: bare requests, nothing clever.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::time::Duration;

use dmerp_sandbox::Sandbox;
use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

pub struct Erp {
    pub http: Client,
    pub base: String,
    pub key: String,
    pub area: String,
}

pub fn client() -> ClientBuilder {
    // The first test to come installs it; the others find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
}

impl Erp {
    pub fn of(sandbox: &Sandbox) -> Self {
        Self {
            http: client().build().unwrap(),
            base: sandbox.base_url(),
            key: sandbox.api_key().to_owned(),
            area: sandbox.app_area().to_owned(),
        }
    }

    pub fn get(&self, path: &str) -> reqwest::Result<Response> {
        let request = self.http.get(format!("{}/erp/{path}", self.base));
        request
            .header("x-api-key", &self.key)
            .header(CONTENT_TYPE, "application/json")
            .send()
    }

    pub fn push(&self, user: &str, id: &str, size: usize) -> reqwest::Result<Response> {
        self.get(&format!(
            "push/{}/{user}?packetUniqueId={id}&size={size}&packetType=xml",
            self.area
        ))
    }

    pub fn push_and_upload(&self, user: &str, id: &str, content: &'static [u8]) {
        let answer = json(self.push(user, id, content.len()).unwrap());
        assert_eq!(answer["success"], true);
        let url = answer["uploadPath"].as_str().unwrap();
        let put = self
            .http
            .put(url)
            .header(CONTENT_TYPE, "application/xml")
            .body(content)
            .send()
            .unwrap();
        assert_eq!(put.status(), 200);
    }

    pub fn pull_with(&self, query: &str) -> reqwest::Result<Response> {
        self.get(&format!("pull/{}{query}", self.area))
    }

    pub fn pull(&self) -> Vec<Value> {
        json(self.pull_with("?packetType=packet&format=json").unwrap())
            .as_array()
            .unwrap()
            .clone()
    }

    pub fn link(&self, path: &str) -> reqwest::Result<Response> {
        let path: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        self.get(&format!("pull/{}/link?path={path}", self.area))
    }

    pub fn done_with(
        &self,
        query: &str,
        content_type: &str,
        body: String,
    ) -> reqwest::Result<Response> {
        let request = self
            .http
            .post(format!("{}/erp/pull/{}/done?{query}", self.base, self.area));
        request
            .header("x-api-key", &self.key)
            .header(CONTENT_TYPE, content_type)
            .body(body)
            .send()
    }

    pub fn done(&self, receipts: &[(&str, &str)]) -> Value {
        let receipt =
            |(id, handle): &(&str, &str)| serde_json::json!({ "id": id, "receiptHandle": handle });
        let body = Value::from(receipts.iter().map(receipt).collect::<Vec<_>>()).to_string();
        json(
            self.done_with("format=json", "application/json", body)
                .unwrap(),
        )
    }
}

pub fn json(response: Response) -> Value {
    let text = response.text().unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub fn text<'a>(packet: &'a Value, field: &str) -> &'a str {
    packet[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field} in {packet}"))
}
