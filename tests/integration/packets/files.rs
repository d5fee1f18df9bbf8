//! Packets in files, pushed, and received.

use std::fs;
use std::path::Path;

use dmerp::{Call, PacketKind, Status};
use dmerp_sandbox::{Fault, Outgoing};

use super::*;
use crate::files::names;
use crate::support::*;

/// Writes a table with so many records, of about 100 bytes each.
fn fill(packet: &mut PacketWriter, records: usize) -> dmerp::Result<()> {
    packet.table("ITEMS", None)?;
    for at in 0..records {
        packet.record(
            RecordStatus::Insert,
            [("NO", at.to_string()), ("NAME", format!("{at:0>60}"))],
        )?;
    }
    Ok(())
}

/// More than a writer keeps in memory, and more than it writes at once.
const MANY: usize = 30_000;

#[track_caller]
fn holds(mut reader: PacketReader<'_>, records: usize) {
    let mut read = 0;
    while let Some(record) = reader.next().expect("a packet") {
        assert_eq!(record.get("NO").expect("a field").text, read.to_string());
        read += 1;
    }
    assert_eq!(read, records);
}

#[test]
fn a_file_has_its_name_only_when_it_is_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("päckchen.xml");
    for records in [10, MANY] {
        let before = fs::read(&path).ok();
        let mut packet = PacketWriter::to_file(&path, Some("A")).expect("a writer");
        fill(&mut packet, records).expect("written");
        assert_eq!(fs::read(&path).ok(), before, "the older file stays");
        assert_eq!(
            names(folder.path())
                .iter()
                .filter(|name| name.ends_with(".part"))
                .count(),
            1
        );
        packet.finish().expect("finished");
        packet.finish().expect("a second call does nothing");
        assert_eq!(names(folder.path()), ["päckchen.xml"]);
        holds(PacketReader::open(&path).expect("a reader"), records);
        fails(
            packet.content(),
            Status::InvalidArgument,
            "päckchen.xml: read it there",
        );
        assert_eq!(packet.count(), records as u64);
    }
    let older = fs::read(&path).expect("readable");
    let mut packet = PacketWriter::to_file(&path, None).expect("a writer");
    fill(&mut packet, MANY).expect("written");
    drop(packet);
    assert_eq!(
        names(folder.path()),
        ["päckchen.xml"],
        "what was given up leaves nothing"
    );
    assert!(fs::read(&path).expect("readable") == older);
}

#[test]
fn a_file_has_the_bytes_that_memory_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packet.xml");
    let mut to_file = PacketWriter::to_file(&path, Some("SOFIA01")).expect("a writer");
    fill(&mut to_file, MANY).expect("written");
    to_file.finish().expect("finished");
    assert!(fs::read_to_string(&path).expect("readable") == written(|packet| fill(packet, MANY)));
}

#[test]
fn where_no_file_can_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("no/such/packet.xml");
    fails(
        PacketWriter::to_file(&nowhere, None).map(drop),
        Status::FileError,
        "no/such",
    );
    let taken = folder.path().join("folder");
    fs::create_dir_all(taken.join("not empty")).expect("a folder");
    let finished = PacketWriter::to_file(&taken, None).and_then(|mut packet| packet.finish());
    fails(finished, Status::FileError, "folder");
    assert_eq!(names(folder.path()), ["folder"]);
    for path in [nowhere, taken] {
        fails(
            PacketReader::open(&path).map(drop),
            Status::FileError,
            path.to_str().expect("UTF-8"),
        );
    }

    let mut packet =
        PacketWriter::to_file(folder.path().join("packet.xml"), None).expect("a writer");
    fails(
        packet.set("temp_dir", "/tmp").map(drop),
        Status::InvalidArgument,
        "has no temp_dir",
    );
}

#[test]
fn a_large_packet_is_in_a_temporary_file_without_a_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let temp_dir = folder.path().to_str().expect("UTF-8");
    let mut packet = PacketWriter::new(None);
    packet.set("temp_dir", temp_dir).expect("an option");
    fill(&mut packet, MANY).expect("written");
    assert_eq!(names(folder.path()), [""; 0]);
    holds(PacketReader::new(content(&mut packet).as_bytes()), MANY);

    let mut packet = PacketWriter::new(None);
    let nowhere = folder.path().join("no");
    packet
        .set("temp_dir", nowhere.to_str().expect("UTF-8"))
        .expect("an option");
    fails(
        fill(&mut packet, MANY),
        Status::FileError,
        nowhere.to_str().expect("UTF-8"),
    );
    // A part of it is lost.
    for refused in [
        fill(&mut packet, 1),
        packet.table("T", None).map(drop),
        packet.finish(),
        packet.content().map(drop),
    ] {
        fails(refused, Status::InvalidArgument, "write it anew");
    }
}

/// No file of the process that follows can be larger than 32 KiB; without the signal, a write beyond that fails as on a
/// full disk.
#[cfg(unix)]
const LIMITED: &str = r#"trap "" XFSZ; ulimit -S -f 64; exec "$@""#;

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing() {
    let inner = child(&sandbox(), "packets::files::child_has_a_full_disk");
    let run = std::process::Command::new("sh")
        .args(["-c", LIMITED, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .output()
        .expect("the child ran");
    passed(&run);
}

#[cfg(unix)]
#[test]
#[ignore = "a_full_disk_leaves_nothing runs it in a process of its own"]
fn child_has_a_full_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packet.xml");
    fs::write(&path, "old").expect("written");
    let mut packet = PacketWriter::to_file(&path, None).expect("a writer");
    let error = fails(fill(&mut packet, MANY), Status::FileError, "packet.xml");
    assert!(error.to_string().contains("write"), "{error}");
    fails(packet.finish(), Status::InvalidArgument, "write it anew");
    drop(packet);
    assert_eq!(names(folder.path()), ["packet.xml"]);
    assert_eq!(fs::read(&path).expect("readable"), b"old");

    let mut packet = PacketWriter::new(None);
    packet
        .set("temp_dir", folder.path().to_str().expect("UTF-8"))
        .expect("an option");
    fails(fill(&mut packet, MANY), Status::FileError, "temporary file");
    fails(
        packet.content().map(drop),
        Status::InvalidArgument,
        "write it anew",
    );
}

/// A writer to memory, or to a file in the folder.
fn writer(folder: Option<&Path>) -> PacketWriter {
    match folder {
        Some(folder) => {
            PacketWriter::to_file(folder.join("packet.xml"), Some("user1")).expect("a writer")
        }
        None => PacketWriter::new(Some("user1")),
    }
}

#[test]
fn a_packet_is_pushed_whole_also_after_a_failed_push() {
    let folder = tempfile::tempdir().expect("a folder");
    for (records, folder) in [
        (10, None),
        (MANY, None),
        (10, Some(folder.path())),
        (MANY, Some(folder.path())),
    ] {
        let sandbox = sandbox();
        let client = client_with(&sandbox, &[("retry.max_attempts", "1")]);
        sandbox.fault(Fault::on_storage().times(1).status(503));
        let mut packet = writer(folder);
        fill(&mut packet, records).expect("written");
        let mut push = || client.push_packet(None, &mut packet, Some("id-1"), &Call::new());
        let error = fails(push(), Status::ServerError, "503");
        assert_eq!(error.packet_id(), Some("id-1"));
        let pushed = push().expect("the same writer, again");
        push().expect("and again");
        let stored = sandbox.pushed("user1");
        assert_eq!(stored.len(), 1, "one id is one packet");
        let content = stored[0].content.clone().expect("content");
        assert_eq!(content.len() as u64, pushed.size);
        holds(PacketReader::new(&content), records);
        let mut reader = PacketReader::new(&content);
        assert_eq!(reader.mobile_user().expect("a root"), Some("user1"));
        fails(
            packet.table("MORE", None).map(drop),
            Status::InvalidArgument,
            "finished",
        );
        match folder {
            Some(folder) => {
                assert!(fs::read(folder.join("packet.xml")).expect("readable") == content)
            }
            None => assert!(packet.content().expect("in memory") == content),
        }
    }
}

#[test]
fn a_push_that_is_repeated_makes_no_second_packet() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("retry.max_attempts", "1")]);
    let mut packet = PacketWriter::new(None);
    fill(&mut packet, 3).expect("written");
    // No answer comes: the packet may be there, or not.
    sandbox.fault(Fault::on_storage().times(1).drop_before_headers());
    let mut push = |user| client.push_packet(Some(user), &mut packet, None, None);
    let lost = push("user1").expect_err("no answer");
    let pushed = push("user1").expect("the same writer, again");
    assert_eq!(lost.packet_id(), Some(pushed.packet_id.as_str()));
    let other = push("user2").expect("another mobile user");
    assert_ne!(other.packet_id, pushed.packet_id);
    assert_eq!(
        push("user1").expect("once more").packet_id,
        pushed.packet_id
    );
    assert_eq!(sandbox.pushed("user1").len(), 1);
}

#[test]
fn a_push_retries_by_itself() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_storage().times(2).drop_while_reading(1_000_000));
    let mut packet = writer(None);
    fill(&mut packet, MANY).expect("written");
    client(&sandbox)
        .push_packet(None, &mut packet, None, None)
        .expect("a push");
    let stored = sandbox.pushed("user1")[0].content.clone().expect("content");
    assert!(stored == packet.content().expect("in memory"));
}

#[test]
fn whom_a_packet_goes_to() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let mut for_all = PacketWriter::new(None);
    fill(&mut for_all, 3).expect("written");
    let push = client.push_packet(None, &mut for_all, None, None);
    fails(push, Status::InvalidArgument, "no mobile user");
    for_all
        .record(RecordStatus::Insert, [("NO", "3")])
        .expect("it is not finished");
    for user in ["user2", "user3"] {
        client
            .push_packet(Some(user), &mut for_all, None, None)
            .expect("a push");
        let content = sandbox.pushed(user)[0].content.clone().expect("content");
        holds(PacketReader::new(&content), 4);
    }
    // The push's own user comes first.
    client
        .push_packet(Some("user4"), &mut writer(None), None, None)
        .expect("a push");
    assert_eq!(sandbox.pushed("user4").len(), 1);
    assert!(sandbox.pushed("user1").is_empty());
}

#[test]
fn a_packet_whose_file_is_gone_is_not_pushed() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    let mut packet = writer(Some(folder.path()));
    packet.finish().expect("finished");
    fs::remove_file(folder.path().join("packet.xml")).expect("removed");
    let push = client(&sandbox).push_packet(None, &mut packet, None, None);
    fails(push, Status::FileError, "packet.xml");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn what_was_received_is_read_wherever_it_is() {
    let temp = tempfile::tempdir().expect("a folder");
    let packet = written(|packet| fill(packet, MANY));
    for in_memory in ["0", "100000000"] {
        let sandbox = sandbox();
        for _ in 0..4 {
            sandbox.send(Outgoing::packet("user1", packet.clone().into_bytes()));
        }
        let client = client_with(
            &sandbox,
            &[
                ("receive.memory_bytes", in_memory),
                ("temp_dir", temp.path().to_str().expect("UTF-8")),
            ],
        );
        let receiver = client
            .receive(PacketKind::Packet, None)
            .expect("a receiver");
        let next = || receiver.next(None).expect("no error").expect("not the end");
        let reader_of = |received: &dmerp::Received| received.read().expect("a reader");

        let first = next();
        assert_eq!(first.path().is_some(), in_memory == "0");
        // Two at once, and each from the beginning.
        let mut begun = reader_of(&first);
        begun.next().expect("a packet");
        holds(reader_of(&first), MANY);
        first.done().expect("done");
        holds(reader_of(&first), MANY);

        let second = next();
        let saved = temp.path().join("saved.xml");
        let before = reader_of(&second);
        second.save_as(&saved).expect("saved");
        assert!(second.path().is_none());
        holds(before, MANY);
        holds(reader_of(&second), MANY);
        fs::remove_file(&saved).expect("removed");
        match in_memory {
            "0" => drop(fails(
                second.read().map(drop),
                Status::FileError,
                "saved.xml",
            )),
            _ => holds(reader_of(&second), MANY),
        }

        let (third, last) = (next(), next());
        let (of_third, of_last) = (reader_of(&third), reader_of(&last));
        last.keep(None).expect("kept");
        drop((first, second, third, last));
        holds(of_third, MANY);
        drop((receiver, client, sandbox));
        holds(of_last, MANY);
        assert_eq!(names(temp.path()), [""; 0]);
    }
}

#[test]
fn what_was_received_and_is_no_packet_says_so_when_it_is_read() {
    let sandbox = sandbox();
    sandbox.send_packet("user1", b"{\"NavMobileSync\": {}}");
    let client = client(&sandbox);
    let receiver = client
        .receive(PacketKind::Packet, None)
        .expect("a receiver");
    let received = receiver.next(None).expect("no error").expect("a packet");
    let outcome = read_all(received.read().expect("a reader"));
    fails(outcome.end, Status::BadPacket, "it is JSON");
    received.keep(Some("no packet")).expect("kept");
}

#[test]
fn errors_of_a_file_name_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packet.xml");
    fs::write(&path, in_table("<r/>\n<r><A/><A/></r>")).expect("written");
    let Outcome { rows, end, .. } = read_all(PacketReader::open(&path).expect("a reader"));
    assert_eq!(rows.len(), 1);
    let error = fails(
        end,
        Status::BadPacket,
        "line 2, table T, record 2, field A: the field stands there twice",
    );
    assert!(error.to_string().contains("packet.xml"), "{error}");
}
