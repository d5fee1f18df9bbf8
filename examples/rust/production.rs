//! A night job: pushes one packet of an ERP's master data to several mobile users, and receives what mobile users sent.
//!
//!     DMERP_APP_AREA=... DMERP_API_KEY=... cargo run --example production -- examples/data SOFIA01,SOFIA02 received
//! `received` is an existing folder. `DMERP_BASE_URL` names another portal, `DMERP_CA_FILE` a CA to trust. Exit code: 0 when all
//! was done and nothing was left in the queue, 1 when not, 2 for wrong arguments. After Ctrl-C and SIGTERM it still marks.

use std::{collections::BTreeMap, env, error::Error, path::Path, process, time::UNIX_EPOCH};

use dmerp::{
    Call, Client, Config, Format, Level, PacketKind, PacketWriter, Received, RecordStatus, Status,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [data, users, folder] = arguments.as_slice() else {
        eprintln!("usage: production DATA_FOLDER MOBILE_USERS FOLDER");
        process::exit(2);
    };
    let good = run(data.as_ref(), users, folder.as_ref()).unwrap_or_else(tell);
    println!("{}", if good { "all done" } else { "not all done" });
    process::exit(i32::from(!good));
}

fn tell(error: Box<dyn Error>) -> bool {
    let status = error.downcast_ref().map(dmerp::Error::status);
    let name = status.map_or("ERROR", |status| status.row().name);
    eprintln!("failed: {name}: {error}");
    false
}

fn run(data: &Path, users: &str, folder: &Path) -> Outcome<bool> {
    let mut config = Config::new();
    for option in ["app_area", "api_key", "base_url", "tls.ca_file"] {
        let variable = option.replace("tls.", "").to_uppercase();
        if let Ok(value) = env::var(format!("DMERP_{variable}")) {
            config.set(option, &value)?;
        }
    }
    config.log_to(Level::Info, |log| eprintln!("dmerp: {}", log.message)); // tells the progress, too
    let erp = Client::new(&config)?;
    let call = Call::new();
    let running = call.clone();
    ctrlc::set_handler(move || running.cancel())?; // ends what runs, and refuses what would follow
    erp.check(&call)?;
    let pushed = push(&erp, &call, data, users).unwrap_or_else(tell); // and goes on
    let packets = receive(&erp, &call, PacketKind::Packet, folder).unwrap_or_else(tell);
    let files = receive(&erp, &call, PacketKind::File, folder).unwrap_or_else(tell);
    Ok(pushed && packets && files)
}

fn push(erp: &Client, call: &Call, data: &Path, users: &str) -> Outcome<bool> {
    let packet = make_packet(data)?;
    let mistakes = dmerp::check_packet(&packet)?;
    for mistake in &mistakes {
        eprintln!("mistake: {mistake}");
    }
    if !mistakes.is_empty() {
        return Ok(false);
    }
    let mut batch = erp.batch();
    let content = batch.content(packet.as_slice());
    let day = UNIX_EPOCH.elapsed()?.as_secs() / 86_400;
    for user in users.split(',') {
        // FNV-1a. A job that runs again the same day pushes the same packet under the same id. The portal knows it for the same.
        let hash = user
            .bytes()
            .chain(packet.iter().copied())
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let id = format!("masterdata-{day}-{hash:016x}");
        println!("push: packet {id} of {} bytes to {user}", packet.len());
        batch.add(user, Format::Xml, content, Some(&id))?;
    }
    let all_stored = batch.run(call).is_ok(); // its error is the first of the results
    for result in batch.results().into_iter().flatten() {
        match result {
            Ok(pushed) => println!("push: stored {}", pushed.packet_id),
            Err(error) => _ = tell(error.clone().into()),
        }
    }
    Ok(all_stored)
}

fn receive(erp: &Client, call: &Call, kind: PacketKind, folder: &Path) -> Outcome<bool> {
    let run = UNIX_EPOCH.elapsed()?.as_micros();
    let receiver = erp.receive(kind, Some(Format::Xml))?; // also chooses the form of the packets themselves
    let mut number = 0;
    let mut receive = || {
        while let Some(packet) = receiver.next(call)? {
            let counts = match kind {
                PacketKind::Packet => read(&packet),
                PacketKind::File => Ok(BTreeMap::new()),
            };
            let counts = match counts {
                Ok(counts) => counts,
                Err(error) => {
                    packet.keep(Some(&error.to_string()))?; // it stays in the queue, and the summary tells it
                    continue;
                }
            };
            number += 1;
            let path = folder.join(format!("{}-{run}-{number:04}", kind.as_str()));
            packet.save_as(&path)?;
            packet.done()?; // only now that it is on the disk
            let (size, path, listed) = (packet.size(), path.display(), packet.packet());
            let (id, user) = (&listed.id, listed.mobile_user.as_deref().unwrap_or("?"));
            println!("receive: packet {id} of {user}: {size} bytes in {path}");
            for (table, count) in counts {
                println!("receive: {count} records of {table}");
            }
        }
        Ok(true)
    };
    let good = receive().unwrap_or_else(tell);
    let summary = receiver.close()?; // marks at the portal what is done, also after a failure
    for left in &summary.left {
        let id = left.id.as_deref().unwrap_or("?");
        match left.status {
            Status::Ok => eprintln!("left: {id}: {}", left.reason), // no error is behind it if it was kept
            status => eprintln!("left: {id}: {}: {}", status.row().name, left.reason),
        }
    }
    Ok(good && summary.left_count == 0)
}

/// How many records each table of a packet has; an error if it cannot be read, or not all of it.
fn read(packet: &Received) -> Outcome<BTreeMap<String, u64>> {
    let mut records = BTreeMap::<String, u64>::new();
    let mut reader = packet.read()?;
    while let Some(record) = reader.next()? {
        *records.entry(record.table().to_owned()).or_default() += 1; // your ERP takes the record over here
    }
    match reader.skipped() {
        0 => Ok(records),
        skipped => Err(format!("unknown elements were skipped: {skipped}").into()),
    }
}

fn make_packet(data: &Path) -> Outcome<Vec<u8>> {
    let mut packet = PacketWriter::new(None); // for several mobile users, so it names none
    packet.set("state", "true")?.set("empty_texts", "omit")?;
    for table in ["customers", "items", "prices", "visits"] {
        packet.table(&table.to_uppercase(), None)?;
        packet.csv_file(
            RecordStatus::Insert,
            data.join(table).with_extension("csv"),
            b',',
        )?;
    }
    let content = packet.content()?;
    println!(
        "push: packet of {} records, {} bytes",
        packet.count(),
        content.len()
    );
    Ok(content)
}
