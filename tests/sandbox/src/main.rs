//! The sandbox as a program, for tests in other languages and for users without a key.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use dmerp_sandbox::{Dialects, Options, Outgoing, Sandbox, Stopper};
use serde_json::{Map, Value, json};

/// The Dynamics Mobile portal and its S3 storage on 127.0.0.1.
///
/// Prints one line of JSON (base_url, storage_url, control_url, web_url, app_area, api_key, ca_file, pid) when it is
/// ready, and serves until it is told to stop.
#[derive(Parser)]
#[command(name = "dmerp-sandbox", version)]
struct Arguments {
    /// The portal's port; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// The storage's port; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    storage_port: u16,

    /// The host written into URLs
    #[arg(long, default_value = "127.0.0.1", value_parser = ["127.0.0.1", "localhost"])]
    host: String,

    /// Serve HTTPS, with a certificate from a CA made for this run (see ca_file)
    #[arg(long)]
    tls: bool,

    /// The application area the key is good for
    #[arg(long, value_name = "AREA", default_value_t = Options::default().app_area)]
    app_area: String,

    /// The API key
    #[arg(long, value_name = "KEY", default_value_t = Options::default().api_key)]
    api_key: String,

    /// How long upload and download URLs are good for
    #[arg(long, value_name = "SECONDS", default_value_t = Options::default().link_ttl.as_secs())]
    link_ttl: u64,

    /// How long a listed packet stays hidden from the next pull
    #[arg(long, value_name = "SECONDS", default_value_t = Options::default().visibility_timeout.as_secs())]
    visibility_timeout: u64,

    /// The most packets one pull lists [default: all]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_per_pull: Option<u32>,

    /// A mobile user that push knows; may be repeated [default: any name is known]
    #[arg(long = "mobile-user", value_name = "USER")]
    mobile_users: Vec<String>,

    /// Where stored objects go and stay [default: a temporary directory]
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,

    /// Send this file as a synchronization packet of that mobile user; may be repeated
    #[arg(long = "packet", value_name = "USER=FILE", value_parser = pair)]
    packets: Vec<(String, String)>,

    /// Send this file through the queue for images and files; may be repeated
    #[arg(long = "file", value_name = "USER=FILE", value_parser = pair)]
    files: Vec<(String, String)>,

    /// How the portal words its answers, link=json for one; may be repeated
    #[arg(long = "dialect", value_name = "KEY=VALUE", value_parser = pair)]
    dialects: Vec<(String, String)>,

    /// Stop when standard input closes, so that a test run that dies leaves no sandbox behind
    #[arg(long)]
    stdin_lifeline: bool,
}

/// Parted at the first `=`, so that a file's name may hold another.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it needs a `=`")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("dmerp-sandbox: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let packets = outgoing(&arguments)?;
    let stdin_lifeline = arguments.stdin_lifeline;
    let sandbox = Sandbox::start(options(arguments)?)?;
    for packet in packets {
        sandbox.send(packet);
    }
    let stopper = sandbox.stopper();
    ctrlc::set_handler(move || stopper.stop())?;
    if stdin_lifeline {
        let stopper = sandbox.stopper();
        std::thread::spawn(move || stop_with_stdin(&stopper));
    }
    announce(&sandbox)?;
    sandbox.wait();
    Ok(())
}

fn options(arguments: Arguments) -> Result<Options, String> {
    let mut dialects = Map::new();
    for (key, value) in arguments.dialects {
        let value = match value.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(value),
        };
        dialects.insert(key, value);
    }
    Ok(Options {
        port: arguments.port,
        storage_port: arguments.storage_port,
        host: arguments.host,
        tls: arguments.tls,
        app_area: arguments.app_area,
        api_key: arguments.api_key,
        link_ttl: Duration::from_secs(arguments.link_ttl),
        visibility_timeout: Duration::from_secs(arguments.visibility_timeout),
        mobile_users: (!arguments.mobile_users.is_empty()).then_some(arguments.mobile_users),
        max_per_pull: arguments.max_per_pull.map(|count| count as usize),
        dialects: Dialects::default()
            .with(dialects)
            .map_err(|problem| format!("--dialect: {problem}"))?,
        data_dir: arguments.data_dir,
    })
}

fn outgoing(arguments: &Arguments) -> Result<Vec<Outgoing>, String> {
    let mut outgoing = Vec::new();
    for (user, file) in &arguments.packets {
        outgoing.push(Outgoing::packet(user, readable(file)?));
    }
    for (user, file) in &arguments.files {
        let path = readable(file)?;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        outgoing.push(Outgoing {
            name,
            ..Outgoing::image(user, path)
        });
    }
    Ok(outgoing)
}

fn readable(file: &str) -> Result<PathBuf, String> {
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.is_file() => Ok(PathBuf::from(file)),
        Ok(_) => Err(format!("{file} is not a file")),
        Err(error) => Err(format!("{file}: {error}")),
    }
}

fn announce(sandbox: &Sandbox) -> io::Result<()> {
    let ready = json!({
        "base_url": sandbox.base_url(),
        "storage_url": sandbox.storage_url(),
        "control_url": sandbox.control_url(),
        "web_url": sandbox.web_url(),
        "app_area": sandbox.app_area(),
        "api_key": sandbox.api_key(),
        "ca_file": sandbox.ca_file(),
        "pid": std::process::id(),
    });
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{ready}")?;
    stdout.flush()
}

fn stop_with_stdin(stopper: &Stopper) {
    let mut ignored = [0; 512];
    while matches!(io::stdin().lock().read(&mut ignored), Ok(1..)) {}
    stopper.stop();
}
