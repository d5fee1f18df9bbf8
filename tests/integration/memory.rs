//! Memory that cannot be had is told as an error; tests/c/memory.c makes it short. Here: what is within its limits comes whole.

use dmerp::tables::OPTIONS;
use dmerp::{Call, Status};
use dmerp_sandbox::Outgoing;

use crate::support::*;

#[test]
fn what_is_as_large_as_its_limit_comes_whole() {
    let sandbox = sandbox();
    let content: Vec<u8> = (0..300_000u32).map(|at| (at / 3) as u8).collect();
    let sent = sandbox.send(Outgoing::image("user1", content.clone()));
    for (limit, fits) in [("300000", true), ("299999", false)] {
        let client = client_with(&sandbox, &[("max_memory_bytes", limit)]);
        let result = client.download(&sent.url, &Call::new());
        match fits {
            true => assert!(result.expect("content") == content),
            false => drop(fails(result, Status::TooLarge, "max_memory_bytes")),
        }
    }
}

#[test]
fn a_list_as_large_as_its_limit_comes_whole() {
    let sandbox = sandbox();
    let entry = r#"{"id":"1","receiptHandle":"h","url":"u"}"#;
    let list = format!("[{}{entry}]", format!("{entry},").repeat(99));
    for (limit, fits) in [(list.len(), true), (list.len() - 1, false)] {
        sandbox.fault(dmerp_sandbox::Fault::on_portal().answer(
            200,
            "application/json",
            list.clone(),
        ));
        let client = client_with(&sandbox, &[("max_list_bytes", &limit.to_string())]);
        let result = pull(&client);
        match fits {
            true => assert_eq!(result.expect("a list").packets.len(), 100),
            false => drop(fails(result, Status::TooLarge, "max_list_bytes")),
        }
    }
}

#[test]
fn the_limit_in_memory_is_smaller_where_addresses_are() {
    let row = OPTIONS.iter().find(|row| row.key == "max_memory_bytes");
    let row = row.expect("the option");
    let expected = match cfg!(target_pointer_width = "32") {
        true => "67108864",
        false => "268435456",
    };
    assert_eq!(row.default, Some(expected));
    assert!(
        row.meaning
            .contains("In a 32-bit process the default is 67108864.")
    );
}
