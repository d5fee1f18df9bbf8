//! The shortest useful program: sends a packet to a mobile user, then receives what mobile users sent.
//!
//! ```sh
//! DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... cargo run --example quickstart -- examples/data/packet.xml SOFIA01 received
//! ```
//!
//! The last argument is an existing folder. `DMERP_BASE_URL` names the portal, if it is not the public one.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use dmerp::{Client, Config, Format, PacketKind};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [packet_file, mobile_user, folder] = arguments.as_slice() else {
        eprintln!("usage: quickstart PACKET_FILE MOBILE_USER FOLDER");
        return ExitCode::from(2);
    };
    match run(packet_file, mobile_user, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(packet_file: &str, mobile_user: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut config = Config::new();
    config.set("app_area", &env::var("DMERP_APP_AREA")?)?;
    config.set("api_key", &env::var("DMERP_API_KEY")?)?;
    if let Ok(base_url) = env::var("DMERP_BASE_URL") {
        config.set("base_url", &base_url)?;
    }
    let erp = Client::new(&config)?;

    let pushed = erp.push_file(mobile_user, Format::Xml, packet_file, None, None)?;
    println!("pushed {}", pushed.packet_id);

    let receiver = erp.receive(PacketKind::Packet, None)?; // a drop closes it, too
    for (number, packet) in receiver.into_iter().enumerate() {
        let packet = packet?;
        let now = UNIX_EPOCH.elapsed()?.as_secs();
        let path = folder.join(format!("received-{now}-{}.xml", number + 1));
        packet.save_as(&path)?;
        packet.done()?; // only now that it is on the disk; without this it stays in the queue
        println!("received {}", path.display());
    }
    let summary = receiver.close()?; // tells the portal which packets are done
    match summary.left_count {
        0 => Ok(()),
        left => Err(format!("{left} packets are left in the queue").into()),
    }
}
