//! Streams are read to their end before anything is sent, and written to only when everything has arrived.

use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use dmerp::{Call, Client, Format, Status};
use dmerp_sandbox::{Fault, Outgoing, Sandbox};

use crate::support::*;

/// More than is kept in memory.
fn content() -> Vec<u8> {
    (0..3_000_001u32).map(|at| (at / 7) as u8).collect()
}

/// Gives its bytes in uneven pieces, with interruptions, as a pipe may.
struct Pipe<'a> {
    rest: &'a [u8],
    reads: usize,
}

impl Read for Pipe<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        if self.reads.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = room.len().min(self.reads * 997 % 20_000 + 1);
        self.rest.read(&mut room[..most])
    }
}

/// Gives zeros for as long as it is asked.
struct Endless<F: FnMut()>(F);

impl<F: FnMut()> Read for Endless<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        (self.0)();
        room.fill(0);
        Ok(room.len())
    }
}

/// Fails, also after it gave or took something.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the tape is torn"))
    }
}

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("the tape is torn"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stream_is_pushed_whole_also_by_a_retry() {
    for content in [content(), vec![7; 1000]] {
        let sandbox = sandbox();
        sandbox.fault(Fault::on_storage().status(503));
        let stream = Pipe {
            rest: &content,
            reads: 0,
        };
        let pushed = client(&sandbox)
            .push_stream("user1", Format::Xml, stream, Some("id-1"), &Call::new())
            .expect("a push");
        assert_eq!(pushed.size, content.len() as u64);
        assert!(sandbox.pushed("user1")[0].content == Some(content));
    }
}

#[test]
fn a_stream_that_cannot_be_read_or_is_empty_sends_nothing() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let push = |stream: &mut dyn Read| {
        client.push_stream("user1", Format::Xml, stream, Some("id-1"), &Call::new())
    };
    let torn = push(&mut [1u8; 100].as_slice().chain(Broken));
    let error = fails(torn, Status::FileError, "the tape is torn");
    assert_eq!(error.packet_id(), Some("id-1"));
    fails(
        push(&mut io::empty()),
        Status::InvalidArgument,
        "the packet is empty",
    );
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_wrong_argument_is_told_before_the_stream_is_read() {
    let sandbox = sandbox();
    let stream = Endless(|| panic!("it was read"));
    let result = client(&sandbox).push_stream("..", Format::Xml, stream, None, &Call::new());
    fails(result, Status::InvalidArgument, "mobile user");
}

#[test]
fn reading_a_stream_ends_at_a_cancel_or_the_deadline() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let call = Call::new();
    let cancelling = Endless(|| call.cancel());
    let result = client.push_stream("user1", Format::Xml, cancelling, None, &call);
    fails(result, Status::Cancelled, "cancelled");

    let call = Call::new().timeout(Duration::from_millis(50));
    let slow = Endless(|| thread::sleep(Duration::from_millis(10)));
    let result = client.push_stream("user1", Format::Xml, slow, None, &call);
    fails(result, Status::TimedOut, "50 ms");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_stream_gets_the_download_once_and_whole() {
    let content = content();
    let sandbox = sandbox();
    let sent = sandbox.send(Outgoing::image("user1", content.clone()));
    sandbox.fault(Fault::on_storage().truncate(2_000_000));
    let mut received = Vec::new();
    let size = client(&sandbox)
        .download_stream(&sent.url, &mut received, &Call::new())
        .expect("a download");
    assert_eq!(size, content.len() as u64);
    assert!(received == content);
}

#[test]
fn a_failed_download_gives_a_stream_nothing() {
    let sandbox = sandbox();
    let sent = sandbox.send(Outgoing::image("user1", content()));
    sandbox.fault(Fault::on_storage().forever().truncate(2_000_000));
    let mut received = Vec::new();
    let result = client(&sandbox).download_stream(&sent.url, &mut received, &Call::new());
    fails(result, Status::Truncated, "to a stream");
    assert!(received.is_empty());

    sandbox.clear_faults();
    let client = client_with(&sandbox, &[("max_download_bytes", "3000000")]);
    let result = client.download_stream(&sent.url, &mut received, &Call::new());
    fails(result, Status::TooLarge, "max_download_bytes");
    assert!(received.is_empty());
}

#[test]
fn a_stream_that_takes_nothing_fails_the_download() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    let result = client(&sandbox).download_stream(&sent.url, Broken, &Call::new());
    fails(result, Status::FileError, "the tape is torn");
}

fn with_temp_dir(sandbox: &Sandbox, folder: &Path) -> Client {
    client_with(sandbox, &[("temp_dir", folder.to_str().expect("UTF-8"))])
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_too_large_for_memory_is_in_the_configured_folder() {
    use std::ops::ControlFlow;

    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    let client = with_temp_dir(&sandbox, folder.path());
    let here = folder.path().to_path_buf();
    let seen = Seen::new();
    let call = Call::new().on_progress({
        let seen = seen.clone();
        move |_| {
            let open = std::fs::read_dir("/proc/self/fd").expect("/proc");
            let files = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
            seen.add(files.filter(|file| file.starts_with(&here)).count());
            ControlFlow::Continue(())
        }
    });
    for (content, files) in [(content(), 1), (vec![7; 1 << 20], 0)] {
        client
            .push_stream("user1", Format::Xml, &content[..], None, &call)
            .expect("a push");
        let counts = seen.take();
        assert!(counts.iter().all(|count| *count == files), "{counts:?}");
        let sent = sandbox.send(Outgoing::image("user1", content.clone()));
        let size = client.download_stream(&sent.url, io::sink(), &call);
        assert_eq!(size.expect("a download"), content.len() as u64);
        let counts = seen.take();
        assert_eq!(counts.last(), Some(&files), "{counts:?}");
    }
    let left = std::fs::read_dir(folder.path()).expect("the folder");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_folder_for_temporary_files_that_is_gone_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("spool");
    std::fs::create_dir(&gone).expect("a folder");
    let sandbox = sandbox();
    let client = with_temp_dir(&sandbox, &gone);
    std::fs::remove_dir(&gone).expect("removed");
    let says = format!("could not write a temporary file in {}", gone.display());

    let large = content();
    let result = client.push_stream("user1", Format::Xml, &large[..], None, None);
    fails(result, Status::FileError, &says);
    assert!(sandbox.requests().is_empty());
    let sent = sandbox.send(Outgoing::image("user1", large));
    let mut received = Vec::new();
    let result = client.download_stream(&sent.url, &mut received, None);
    let error = fails(result, Status::FileError, &says);
    assert_eq!(error.attempts(), 2, "a full disk is not tried again");
    assert!(received.is_empty());

    // What fits into memory needs no folder.
    client
        .push_stream("user1", Format::Xml, &b"<p/>"[..], None, None)
        .expect("a push");
}
