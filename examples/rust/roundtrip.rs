//! A full round trip with dmerp in Rust: makes a synchronization packet of an ERP's master data, pushes it to a mobile
//! user, then pulls what mobile users sent, keeps it safely, and only then marks it done.
//!
//! ```sh
//! DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... cargo run --example roundtrip -- examples/data SOFIA01 received
//! ```
//!
//! `DMERP_BASE_URL` names a portal that is not the public one, `DMERP_CA_FILE` a CA to trust beside the platform's. The last
//! argument is an existing folder for what is received. Exit code: 0 when everything was done, 1 when not, 2 for wrong
//! arguments.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dmerp::{Call, Client, Config, Format, Level, Packet, PacketKind, Receipt, Status};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

const TABLES: [(&str, &str); 4] = [
    ("customers.csv", "CUSTOMERS"),
    ("items.csv", "ITEMS"),
    ("prices.csv", "PRICES"),
    ("visits.csv", "VISITS"),
];

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [data, mobile_user, received] = arguments.as_slice() else {
        eprintln!("usage: roundtrip DATA_FOLDER MOBILE_USER FOLDER_FOR_WHAT_IS_RECEIVED");
        return ExitCode::from(2);
    };
    match run(Path::new(data), mobile_user, Path::new(received)) {
        Ok(()) => {
            println!("all done");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&*error);
            println!("not all done");
            ExitCode::FAILURE
        }
    }
}

fn run(data: &Path, mobile_user: &str, received: &Path) -> Outcome {
    let client = client()?;
    let call = Call::new().timeout(Duration::from_secs(600));
    client.check(&call)?;
    println!("check: the settings are good");
    push(&client, &call, data, mobile_user)?;
    let packets = receive(&client, &call, PacketKind::Packet, received);
    let files = receive(&client, &call, PacketKind::File, received);
    packets.and(files)
}

fn client() -> Outcome<Client> {
    let mut config = Config::new();
    for (key, variable, required) in [
        ("base_url", "DMERP_BASE_URL", false),
        ("app_area", "DMERP_APP_AREA", true),
        ("api_key", "DMERP_API_KEY", true),
        ("tls.ca_file", "DMERP_CA_FILE", false),
    ] {
        match std::env::var(variable) {
            Ok(value) if !value.is_empty() => drop(config.set(key, &value)?),
            _ if required => return Err(format!("{variable} is not set").into()),
            _ => {}
        }
    }
    config.log_to(Level::Warning, |record| {
        eprintln!("dmerp {:?}: {}", record.level, record.message);
    });
    Ok(Client::new(&config)?)
}

fn push(client: &Client, call: &Call, data: &Path, mobile_user: &str) -> Outcome {
    let packet = packet(data, mobile_user)?;
    // An ERP gives the number of its own document, so that a job that runs again pushes the same packet under the same id.
    let id = format!("masterdata-rust-{}", seconds());
    println!(
        "push: packet {id} of {} bytes to {mobile_user}",
        packet.len()
    );
    let pushed = client.push(mobile_user, Format::Xml, &packet, Some(&id), call)?;
    let log_id = pushed.sync_log_id.as_deref().unwrap_or("(nothing)");
    println!("push: acknowledged; the portal calls it {log_id}");
    Ok(())
}

/// Receives what a list holds at the moment. The same packet can be listed again later, so an ERP must be able to take one
/// twice. One that cannot be had does not hold up the others; it comes again. What was kept is marked done, whatever failed.
fn receive(client: &Client, call: &Call, kind: PacketKind, received: &Path) -> Outcome {
    let packets = client.pull(kind, None, call)?;
    println!("pull: {} in the {} list", packets.len(), kind.as_str());
    let mut kept: Vec<Receipt> = Vec::new();
    let mut outcome = Ok(());
    for (at, packet) in packets.iter().enumerate() {
        // Nothing that came from outside becomes part of the path.
        let run = format!("{}-{}", seconds(), std::process::id());
        let name = format!("{}-{run}-{:04}", kind.as_str(), at + 1);
        match keep(client, call, kind, packet, received.join(name)) {
            Ok(()) => kept.push(packet.into()),
            Err(error) => {
                tell(&*error);
                let stop = concerns_all(&*error);
                outcome = Err(error);
                if stop {
                    break;
                }
            }
        }
    }
    if !kept.is_empty() {
        // With a control of its own: what was kept is marked whatever became of the other, so that it does not come again.
        let last = Call::new().timeout(Duration::from_secs(60));
        client.done(&kept, kind, None, &last)?;
        println!("done: {} marked in the {} list", kept.len(), kind.as_str());
    }
    outcome
}

/// Whether what failed for one packet would fail for the others as well; else it is about that packet alone.
fn concerns_all(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<dmerp::Error>().is_none_or(|error| {
        error.is_retryable() || matches!(error.status(), Status::Cancelled | Status::FileError)
    })
}

fn keep(client: &Client, call: &Call, kind: PacketKind, packet: &Packet, path: PathBuf) -> Outcome {
    let size = match kind {
        // Of any size: it never is in memory as a whole.
        PacketKind::File => client.download_file(packet, &path, call)?,
        PacketKind::Packet => {
            let content = client.download(packet, call)?;
            // For good. An ERP would book it in one transaction of its database instead.
            let written = File::create(&path)
                .and_then(|mut file| file.write_all(&content).and_then(|()| file.sync_all()));
            if let Err(why) = written {
                // A part must not be taken for the whole.
                let _ = std::fs::remove_file(&path);
                return Err(why.into());
            }
            content.len() as u64
        }
    };
    let user = packet.mobile_user.as_deref().unwrap_or("(nobody)");
    println!(
        "    packet {} of {user}: {size} bytes in {}",
        packet.id,
        path.display()
    );
    Ok(())
}

/// Makes the packet: a table a file, a record a row, an element a field; a null is left out.
fn packet(data: &Path, mobile_user: &str) -> Outcome<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("NavMobileSync")
        .with_attribute(("salesmancode", mobile_user))
        .write_inner_content(|xml| {
            for (file, table) in TABLES {
                xml.create_element("table")
                    .with_attribute(("tablename", table))
                    .write_inner_content(|xml| records(xml, &data.join(file)))?;
            }
            Ok(())
        })?;
    Ok(xml.into_inner())
}

fn records(xml: &mut Writer<Vec<u8>>, path: &Path) -> std::io::Result<()> {
    let mut rows = csv::Reader::from_path(path)?;
    let names = rows.headers()?.clone();
    for row in rows.records() {
        let row = row?;
        xml.create_element("r")
            .with_attribute(("status", "insert"))
            .write_inner_content(|xml| {
                for (name, value) in names
                    .iter()
                    .zip(&row)
                    .filter(|(_, value)| !value.is_empty())
                {
                    xml.create_element(name)
                        .write_text_content(BytesText::new(value))?;
                }
                xml.create_element("state")
                    .write_text_content(BytesText::new("1"))?;
                Ok(())
            })?;
    }
    Ok(())
}

fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// All there is to know about a failure.
fn tell(error: &(dyn Error + 'static)) {
    eprintln!("failed: {error}");
    if let Some(error) = error.downcast_ref::<dmerp::Error>() {
        let row = error.status().row();
        eprintln!("    status:         {} ({})", row.name, row.status as i32);
        eprintln!("    to do:          {}", row.action);
        eprintln!(
            "    server said:    {}",
            error.server_message().unwrap_or("(nothing)")
        );
        eprintln!("    HTTP status:    {}", error.http_status().unwrap_or(0));
        eprintln!(
            "    packet:         {}",
            error.packet_id().unwrap_or("(none)")
        );
        eprintln!("    requests made:  {}", error.attempts());
        eprintln!(
            "    retry can help: {}",
            if error.is_retryable() { "yes" } else { "no" }
        );
    }
}
