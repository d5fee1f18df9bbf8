//! The shortest useful program: makes a packet, sends it to a mobile user, then receives and reads what mobile users sent.
//!
//! ```sh
//! DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... cargo run --example quickstart -- SOFIA01 received
//! ```
//!
//! The last argument is an existing folder. `DMERP_BASE_URL` names the portal, if it is not the public one.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use dmerp::{Client, Config, Decimal, Format, PacketKind, PacketWriter, RecordStatus, Value};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [mobile_user, folder] = arguments.as_slice() else {
        eprintln!("usage: quickstart MOBILE_USER FOLDER");
        return ExitCode::from(2);
    };
    match run(mobile_user, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mobile_user: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut config = Config::new();
    config.set("app_area", &env::var("DMERP_APP_AREA")?)?;
    config.set("api_key", &env::var("DMERP_API_KEY")?)?;
    if let Ok(base_url) = env::var("DMERP_BASE_URL") {
        config.set("base_url", &base_url)?;
    }
    let erp = Client::new(&config)?;

    let mut packet = PacketWriter::new(Some(mobile_user));
    packet.table("ITEMS", Some("CODE"))?; // CODE is the primary key
    for (code, description, cents) in [
        ("I00001", "Sunflower oil, 1 l", 349),
        ("I00002", "Кисело мляко 2 %, 400 g", 99),
        ("I00003", "Salt & pepper set", 210),
    ] {
        let price = Decimal::new(cents, 2)?;
        packet.record(
            RecordStatus::Insert,
            [
                ("CODE", Value::from(code)),
                ("DESCRIPTION", description.into()),
                ("UNITPRICE", price.into()),
            ],
        )?;
    }
    let pushed = erp.push_packet(None, &mut packet, None, None)?;
    println!("pushed {}", pushed.packet_id);

    let receiver = erp.receive(PacketKind::Packet, Some(Format::Xml))?; // a drop closes it, too
    for (number, packet) in receiver.into_iter().enumerate() {
        let packet = packet?;
        let mut records = 0;
        let mut reader = packet.read()?;
        while reader.next()?.is_some() {
            records += 1; // your ERP takes over the record here: its table, its status, its fields
        }
        let now = UNIX_EPOCH.elapsed()?.as_secs();
        let path = folder.join(format!("received-{now}-{}.xml", number + 1));
        packet.save_as(&path)?;
        packet.done()?; // only now that it is read and on the disk; without this it stays in the queue
        println!("received {}: {records} records", path.display());
    }
    let summary = receiver.close()?; // tells the portal which packets are done
    match summary.left_count {
        0 => Ok(()),
        left => Err(format!("{left} packets are left in the queue").into()),
    }
}
