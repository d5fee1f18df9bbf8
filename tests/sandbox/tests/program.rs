//! The program: its line of JSON, its arguments, its end; and the control API it is used through.

mod erp;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use erp::{Erp, client, json, text};
use reqwest::blocking::Client;
use serde_json::{Value, json};

struct Program {
    child: Child,
    ready: Value,
    http: Client,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dmerp-sandbox"));
        command
            .arg("--stdin-lifeline")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            ready: serde_json::from_str(&line).unwrap(),
            http: client().build().unwrap(),
        }
    }

    fn control(&self, path: &str) -> String {
        format!("{}/{path}", text(&self.ready, "control_url"))
    }

    fn get(&self, path: &str) -> Value {
        json(self.http.get(self.control(path)).send().unwrap())
    }

    fn post(&self, path: &str, body: impl Into<String>) -> u16 {
        self.http
            .post(self.control(path))
            .body(body.into())
            .send()
            .unwrap()
            .status()
            .as_u16()
    }

    fn erp(&self) -> Erp {
        Erp {
            http: self.http.clone(),
            base: text(&self.ready, "base_url").to_owned(),
            key: text(&self.ready, "api_key").to_owned(),
            area: text(&self.ready, "app_area").to_owned(),
        }
    }

    /// Ends the lifeline; the program must end well.
    fn stop(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Only after a failure: `stop` has waited for it otherwise, and then neither call does anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fails(arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stderr,
        stdout,
    } = Command::new(env!("CARGO_BIN_EXE_dmerp-sandbox"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(stdout.is_empty());
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn it_says_where_it_is_and_ends_with_its_stdin() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("photo.jpg");
    std::fs::write(&file, b"\xff\xd8").unwrap();
    let file = format!("user2={}", file.display());
    let packet = format!(
        "user1={}",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")
    );
    let program = Program::start(&[
        "--app-area",
        "A1",
        "--api-key",
        "K1",
        "--packet",
        &packet,
        "--file",
        &file,
        "--dialect",
        "link=json",
        "--dialect",
        "unknown_fields=true",
        "--mobile-user",
        "user1",
    ]);
    assert_eq!(
        (&program.ready["app_area"], &program.ready["api_key"]),
        (&json!("A1"), &json!("K1"))
    );
    assert_eq!(program.ready["pid"], program.child.id());
    assert_eq!(program.ready["ca_file"], Value::Null);
    let erp = program.erp();
    let pulled = erp.pull();
    assert_eq!(
        (text(&pulled[0], "userName"), &pulled[0]["priority"]),
        ("user1", &json!(5))
    );
    assert!(json(erp.link(text(&pulled[0], "url")).unwrap())["url"].is_string());
    assert_eq!(json(erp.push("user2", "p", 1).unwrap())["success"], false);
    let waiting = program.get("packets");
    assert!(text(&waiting[1], "url").ends_with("/user2/photo.jpg"));
    program.stop();
}

#[test]
fn it_tells_what_is_wrong_with_its_arguments() {
    let (code, message) = fails(&["--dialect", "link=yaml"]);
    assert_eq!(code, Some(1));
    assert!(
        message.contains("--dialect: unknown variant `yaml`, expected one of `bare`"),
        "{message}"
    );
    assert!(
        fails(&["--dialect", "lnk=bare"])
            .1
            .contains("unknown field `lnk`")
    );
    assert_eq!(fails(&["--dialect", "link"]).0, Some(2));
    assert!(fails(&["--link-ttl", "0"]).1.contains("1 second to 7 days"));
    assert!(
        fails(&["--visibility-timeout", "43201"])
            .1
            .contains("up to 12 hours")
    );
    assert!(
        fails(&["--packet", "user1=/no/such/file"])
            .1
            .contains("/no/such/file")
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, message) = fails(&["--storage-port", &port]);
    assert_eq!(code, Some(1));
    assert!(
        message.contains(&format!("the storage can't listen on 127.0.0.1:{port}")),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn a_signal_stops_it() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::start(&[]);
        Command::new("kill")
            .args([signal, &program.child.id().to_string()])
            .status()
            .unwrap();
        assert!(program.child.wait().unwrap().success());
    }
}

#[test]
fn the_control_api_sends_and_reads() {
    let program = Program::start(&[]);
    let sent = program
        .http
        .post(program.control("packets?mobileUser=user1&id=a&companyId=C&appCode=7"))
        .body("<x/>");
    let sent = &json(sent.send().unwrap())["sent"][0];
    assert_eq!(
        (&sent["id"], &sent["queue"], &sent["size"]),
        (&json!("a"), &json!("packet"), &json!(4))
    );
    let image = program
        .http
        .post(program.control("packets?mobileUser=user1&queue=file&name=p.png&count=2"));
    let image = json(
        image
            .header("content-type", "image/png")
            .body("png")
            .send()
            .unwrap(),
    );
    assert_eq!(image["sent"].as_array().unwrap().len(), 2);
    let waiting = program.get("packets");
    assert_eq!(
        (&waiting[0]["companyId"], &waiting[0]["hidden"]),
        (&json!("C"), &json!(false))
    );
    assert_eq!(
        (&waiting[1]["packetType"], &waiting[1]["queue"]),
        (&json!("image"), &json!("file"))
    );
    assert_eq!(
        program.post("packets?mobileUser=user1&colour=red", "x"),
        400
    );
    assert_eq!(program.post("packets", "x"), 400);
    assert_eq!(program.post("packets?mobileUser=a%00b", "x"), 400);

    let erp = program.erp();
    let put = |url: &str| {
        let put = program.control(&format!("packets/content?url={url}"));
        program.http.put(put).body("<y/>").send().unwrap().status()
    };
    assert_eq!(put(text(sent, "url")), 204);
    assert_eq!(put("push_done/other"), 404);
    let link = erp.link(text(sent, "url")).unwrap().text().unwrap();
    assert_eq!(erp.http.get(link).send().unwrap().text().unwrap(), "<y/>");

    erp.push_and_upload("user1", "p%2F1", b"\xff\x00");
    let pushed = program.get("pushed?mobileUser=user1");
    assert_eq!(
        (&pushed[0]["packetUniqueId"], &pushed[0]["uploadedSize"]),
        (&json!("p/1"), &json!(2))
    );
    assert_eq!(program.get("pushed"), pushed);
    let content = program
        .http
        .get(program.control("pushed/content?mobileUser=user1&packetUniqueId=p%2F1"));
    let content = content.send().unwrap();
    assert_eq!(content.headers()["content-type"], "application/xml");
    assert_eq!(content.bytes().unwrap(), b"\xff\x00".as_slice());
    let missing = program
        .http
        .get(program.control("pushed/content?mobileUser=user1&packetUniqueId=p"));
    assert_eq!(missing.send().unwrap().status(), 404);
    program.stop();
}

#[test]
fn the_control_api_rules() {
    let program = Program::start(&[]);
    let erp = program.erp();
    program.post("packets?mobileUser=user1", "x");
    let fault = json!({"on": "portal", "path": "/pull/", "action": {"throttle": {"retry_after": {"seconds": 3}}}});
    let add = |fault: Value| {
        program
            .http
            .post(program.control("faults"))
            .header("content-type", "application/json")
            .body(fault.to_string())
            .send()
            .unwrap()
    };
    assert_eq!(json(add(fault))["id"], 1);
    assert_eq!(erp.pull_with("").unwrap().status(), 429);
    assert_eq!(program.get("faults")[0]["applied"], 1);
    for wrong in [
        json!({"action": "explode"}),
        json!({"action": {"status": {"code": 99}}}),
        json!({"action": {"redirect": {"code": 302, "location": "a\nb"}}}),
        json!({"colour": 1, "action": "hang"}),
        json!({"action": {"trickle": {"bytes_per_chunk": 0, "ms": 1}}}),
    ] {
        let status = add(wrong.clone()).status().as_u16();
        assert!(matches!(status, 400 | 422), "{wrong}: {status}");
    }
    let request = &program.get("requests")[0];
    assert_eq!(
        (&request["outcome"], &request["fault"]),
        (&json!({"status": 429}), &json!(1))
    );
    assert_eq!(
        (&request["body"], &request["listener"]),
        (&json!(""), &json!("portal"))
    );

    let dialects = program
        .http
        .patch(program.control("dialects"))
        .header("content-type", "application/json");
    let dialects = json(
        dialects
            .body(r#"{"empty_queue":"empty_body"}"#)
            .send()
            .unwrap(),
    );
    assert_eq!(dialects["empty_queue"], "empty_body");
    assert_eq!(program.get("dialects"), dialects);
    let listed = erp.pull();
    assert_eq!(erp.pull_with("").unwrap().text().unwrap(), "");
    for command in ["storage-down", "storage-up", "restore-certificate"] {
        assert_eq!(program.post(command, ""), 204);
    }
    assert_eq!(program.post("change-certificate", ""), 400);
    assert_eq!(program.post("show-hidden", ""), 204);
    assert_eq!(program.get("packets")[0]["hidden"], false);
    assert_eq!(program.post("expire-handles", ""), 204);
    assert_eq!(
        erp.done(&[(text(&listed[0], "id"), text(&listed[0], "receiptHandle"))])["success"],
        false
    );
    for path in ["faults", "requests"] {
        assert_eq!(
            program
                .http
                .delete(program.control(path))
                .send()
                .unwrap()
                .status(),
            204
        );
        assert_eq!(program.get(path), json!([]));
    }
    assert_eq!(program.post("reset", ""), 204);
    assert_eq!(program.get("packets"), json!([]));
    assert_eq!(program.post("nothing", ""), 404);
    assert_eq!(program.get("")["base_url"], program.ready["base_url"]);
    let mut program = program;
    assert_eq!(program.post("shutdown", ""), 204);
    assert!(program.child.wait().unwrap().success());
}
