//! Files go out as they are, and come in whole or not at all.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use dmerp::{Call, Client, Format, Status};
use dmerp_sandbox::{Fault, Outgoing};

use crate::support::*;

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_pushed_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packet ü.xml");
    let content: Vec<u8> = (0..3_000_000u32).map(|at| (at / 7) as u8).collect();
    fs::write(&path, &content).expect("written");
    let sandbox = sandbox();
    sandbox.fault(Fault::on_storage().status(503));
    let pushed = client(&sandbox)
        .push_file("user1", Format::Xml, &path, Some("id-1"), &Call::new())
        .expect("a push");
    assert_eq!(pushed.size, 3_000_000);
    assert!(sandbox.pushed("user1")[0].content == Some(content));
}

#[test]
fn files_that_cannot_be_pushed() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.xml");
    fs::write(&empty, "").expect("written");
    let sandbox = sandbox();
    let client = client(&sandbox);
    for (path, status, says) in [
        (
            folder.path().join("none.xml"),
            Status::FileError,
            "none.xml",
        ),
        (
            folder.path().to_path_buf(),
            Status::FileError,
            "not a regular file",
        ),
        (empty, Status::InvalidArgument, "the packet is empty"),
    ] {
        let result = client.push_file("user1", Format::Xml, &path, None, &Call::new());
        let error = fails(result, status, says);
        assert!(error.packet_id().is_some());
    }
    assert!(sandbox.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_no_file_and_nobody_waits_for_its_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let sandbox = sandbox();
    let result = client(&sandbox).push_file("user1", Format::Xml, &pipe, None, &Call::new());
    fails(result, Status::FileError, "not a regular file");
    let mut config = config(&sandbox);
    config
        .set("tls.ca_file", &pipe.to_string_lossy())
        .expect("a path");
    let result = dmerp::Client::new(&config).map(drop);
    fails(result, Status::InvalidConfig, "not a regular file");
}

#[test]
fn a_file_that_changes_its_size_is_not_sent() {
    use std::io::Write as _;

    for grow in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("packet.xml");
        fs::write(&path, vec![7; 4_000_000]).expect("written");
        let sandbox = sandbox();
        let changed = path.clone();
        let call = Call::new().on_progress(move |_| {
            let file = fs::OpenOptions::new().append(true).open(&changed);
            let mut file = file.expect("the file");
            if grow {
                file.write_all(b"more").expect("written");
            } else {
                file.set_len(10).expect("cut");
            }
            ControlFlow::Continue(())
        });
        let result = client(&sandbox).push_file("user1", Format::Xml, &path, None, &call);
        fails(result, Status::FileError, "changed while it was being sent");
        assert!(
            sandbox.pushed("user1")[0].content.is_none(),
            "half a file counts as sent"
        );
    }
}

/// Writes other content of the same size, at another time.
fn rewrite(path: &Path) {
    let len = fs::metadata(path).expect("a file").len() as usize;
    let before = fs::metadata(path).and_then(|about| about.modified());
    fs::write(path, vec![8; len]).expect("written");
    let file = fs::File::options().write(true).open(path);
    let later = before.expect("a time of change") + Duration::from_secs(10);
    file.and_then(|file| file.set_modified(later))
        .expect("a time of change");
}

#[test]
fn a_file_that_is_rewritten_at_the_same_size_is_not_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packet.xml");
    // Amid the only try, and between two of them.
    for (size, faults) in [(4_000_000, 0), (10, 1)] {
        fs::write(&path, vec![7; size]).expect("written");
        let sandbox = sandbox();
        for _ in 0..faults {
            sandbox.fault(Fault::on_storage().status(503));
        }
        let rewritten = path.clone();
        let call = Call::new().on_progress(move |progress| {
            if progress.done == 0 {
                rewrite(&rewritten);
            }
            ControlFlow::Continue(())
        });
        let result = client(&sandbox).push_file("user1", Format::Xml, &path, None, &call);
        let error = fails(result, Status::FileError, "changed while it was being sent");
        assert!(error.to_string().contains("packet.xml"), "{error}");
        assert!(!error.is_outcome_unknown());
        assert!(sandbox.pushed("user1")[0].content.is_none());
    }
}

#[test]
fn a_download_replaces_the_file_when_it_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("photo.jpg");
    fs::write(&path, "old").expect("written");
    let sandbox = sandbox();
    let content: Vec<u8> = (0..40_000_000u32).map(|at| (at / 3) as u8).collect();
    let sent = sandbox.send(Outgoing::image("user1", content.clone()));
    let size = client(&sandbox)
        .download_file(&sent.url, &path, &Call::new())
        .expect("a file");
    assert_eq!(size, 40_000_000);
    assert!(fs::read(&path).expect("the file") == content);
    assert_eq!(names(folder.path()), ["photo.jpg"]);
}

#[test]
fn a_failed_download_leaves_everything_as_it_was() {
    let faults: [(fn() -> Fault, Status); 3] = [
        (
            || Fault::on_storage().forever().truncate(500_000),
            Status::Truncated,
        ),
        (
            || Fault::on_storage().forever().status(500),
            Status::ServerError,
        ),
        (
            || Fault::on_portal().forever().status(503),
            Status::ServerError,
        ),
    ];
    for (fault, status) in faults {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("photo.jpg");
        fs::write(&path, "old").expect("written");
        let sandbox = sandbox();
        let sent = sandbox.send(Outgoing::image("user1", vec![7; 1_000_000]));
        sandbox.fault(fault());
        let result = client(&sandbox).download_file(&sent.url, &path, &Call::new());
        fails(result, status, "photo.jpg");
        assert_eq!(names(folder.path()), ["photo.jpg"]);
        assert_eq!(fs::read(&path).expect("the file"), b"old");
    }
}

#[test]
fn a_download_too_large_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    let sent = sandbox.send(Outgoing::image("user1", vec![7; 100_000]));
    let client = client_with(&sandbox, &[("max_download_bytes", "99999")]);
    let path = folder.path().join("photo.jpg");
    let result = client.download_file(&sent.url, &path, &Call::new());
    fails(result, Status::TooLarge, "max_download_bytes");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn places_where_no_file_can_be_are_told_before_any_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    let client = client(&sandbox);
    for path in [
        folder.path().to_path_buf(),
        folder.path().join("a-folder-that-is-not-there/"),
        folder.path().join("no/such/folder/x"),
        folder.path().join(".."),
    ] {
        let result = client.download_file(&sent.url, &path, &Call::new());
        fails(result, Status::FileError, "");
    }
    assert!(sandbox.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn a_download_takes_the_place_of_no_pipe_or_device() {
    use std::os::unix::fs::FileTypeExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    let result = client(&sandbox).download_file(&sent.url, &pipe, &Call::new());
    fails(result, Status::FileError, "not a regular file");
    let about = fs::symlink_metadata(&pipe).expect("it is still there");
    assert!(about.file_type().is_fifo());
    assert!(sandbox.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn a_downloaded_file_has_an_ordinary_files_permissions() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let ordinary = folder.path().join("ordinary");
    fs::write(&ordinary, "").expect("written");
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    let path = folder.path().join("packet.xml");
    client(&sandbox)
        .download_file(&sent.url, &path, &Call::new())
        .expect("a file");
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode();
    assert_eq!(mode(&path), mode(&ordinary));
}

#[cfg(unix)]
#[test]
fn a_download_follows_no_link_to_a_device_and_replaces_one_to_nothing() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    let client = client(&sandbox);
    let device = folder.path().join("device");
    symlink("/dev/null", &device).expect("a link");
    let result = client.download_file(&sent.url, &device, None);
    fails(result, Status::FileError, "not a regular file");
    assert_eq!(
        fs::read_link(&device).expect("still a link"),
        Path::new("/dev/null")
    );
    assert!(sandbox.requests().is_empty());

    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("nothing"), &dangling).expect("a link");
    let size = client.download_file(&sent.url, &dangling, None);
    assert_eq!(size.expect("a file"), 4);
    let about = fs::symlink_metadata(&dangling).expect("it is there");
    assert!(about.is_file());
    assert_eq!(fs::read(&dangling).expect("the file"), b"<p/>");
    assert_eq!(names(folder.path()), ["dangling", "device"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_be_written_but_not_listed_takes_a_download() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    let folder = tempfile::tempdir().expect("a folder");
    let drop_box = folder.path().join("drop");
    fs::create_dir(&drop_box).expect("a folder");
    let allow = |mode| fs::set_permissions(&drop_box, fs::Permissions::from_mode(mode));
    allow(0o300).expect("permissions");
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    let mut run = child(&sandbox, "files::child_downloads_to_a_drop_box");
    if fs::read_dir(&drop_box).is_ok() {
        // The superuser may list it all the same, without these two powers not.
        let mut bound = Command::new("setpriv");
        bound
            .arg("--bounding-set=-dac_override,-dac_read_search")
            .arg(run.get_program())
            .args(run.get_args());
        for (name, value) in run.get_envs() {
            bound.env(name, value.expect("a value"));
        }
        run = bound;
    }
    let run = run
        .env("DMERP_TEST_FOLDER", &drop_box)
        .env("DMERP_TEST_URL", &sent.url)
        .output();
    allow(0o700).expect("permissions");
    passed(&run.expect("the child ran"));
    assert_eq!(names(&drop_box), ["packet.xml"]);
    let content = fs::read(drop_box.join("packet.xml"));
    assert_eq!(content.expect("the file"), b"<p/>");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by a_folder_that_may_be_written_but_not_listed_takes_a_download"]
fn child_downloads_to_a_drop_box() {
    let folder = from_parent("DMERP_TEST_FOLDER");
    fs::read_dir(&folder).expect_err("this folder can be listed");
    let client = Client::new(&child_config()).expect("a client");
    let to = Path::new(&folder).join("packet.xml");
    for _ in 0..2 {
        let size = client.download_file(&from_parent("DMERP_TEST_URL"), &to, None);
        assert_eq!(size.expect("a file"), 4);
    }
}
