//! The limit: what the same requests cost without a client library. Connections are kept and nothing is checked but the status codes
//! and the byte counts; the list is searched for its fields' names instead of being parsed.
//!
//!     hyper-client receive COUNT | push COUNT SIZE | list COUNT TIMES

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::rc::Rc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::LocalSet;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const IN_FLIGHT: usize = 16;
/// Packets that one done request marks.
const BATCH: usize = 50;
/// Bigger contents go to a file.
const IN_MEMORY: u64 = 1 << 20;

struct Portal {
    base: String,
    area: String,
    key: String,
}

/// One connection to the portal and one to the storage, opened when they are needed.
#[derive(Default)]
struct Connections {
    open: Vec<(String, SendRequest<Full<Bytes>>)>,
}

impl Connections {
    async fn send(&mut self, method: Method, url: &str, headers: &[(&str, &str)], body: Bytes) -> Result<Response<Incoming>> {
        let uri: Uri = url.parse()?;
        let authority = uri.authority().ok_or("a URL without a host")?.as_str();
        let place = match self.open.iter().position(|(of, _)| of == authority) {
            Some(place) => place,
            None => {
                let stream = TcpStream::connect(authority).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::task::spawn_local(connection);
                self.open.push((authority.to_owned(), sender));
                self.open.len() - 1
            }
        };
        let mut request = Request::builder().method(method).header("host", authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let path = uri.path_and_query().ok_or("a URL without a path")?.as_str();
        let request = request.uri(path).body(Full::new(body))?;
        let sender = &mut self.open[place].1;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(format!("{status} from {}", uri.path()).into()),
        }
    }

    async fn portal(&mut self, portal: &Portal, method: Method, path: &str, body: Bytes) -> Result<Bytes> {
        let url = format!("{}/erp/{path}", portal.base);
        let headers = [("x-api-key", portal.key.as_str()), ("content-type", "application/json")];
        let response = self.send(method, &url, &headers, body).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// The content's size; the content itself is held in memory or in a file until it is whole.
    async fn download(&mut self, url: &str) -> Result<u64> {
        let response = self.send(Method::GET, url, &[], Bytes::new()).await?;
        let length = response.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        let length: u64 = length.ok_or("a download without a length")?;
        let mut body = response.into_body();
        if length <= IN_MEMORY {
            let mut content = Vec::with_capacity(length as usize);
            while let Some(frame) = body.frame().await {
                content.extend_from_slice(frame?.data_ref().map_or(&[], |data| data));
            }
            return Ok(content.len() as u64);
        }
        let path = std::env::temp_dir().join(format!("hyper-client-{}", std::process::id()));
        let mut file = File::create(&path)?;
        while let Some(frame) = body.frame().await {
            file.write_all(frame?.data_ref().map_or(&[], |data| data))?;
        }
        let size = file.metadata()?.len();
        std::fs::remove_file(&path)?;
        Ok(size)
    }
}

/// What stands between the field's name and the next quotation mark or comma.
fn field<'a>(entry: &'a str, name: &str) -> Result<&'a str> {
    let start = entry.find(name).ok_or("an entry without one of its fields")? + name.len();
    let value = entry[start..].trim_start_matches('"');
    Ok(&value[..value.find(['"', ',', '}']).ok_or("an entry that does not end")?])
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split('{').skip(1)
}

struct Wanted {
    receipt: String,
    url: String,
    size: u64,
}

async fn pull(connections: &mut Connections, portal: &Portal) -> Result<Bytes> {
    let path = format!("pull/{}?packetType=packet&format=json", portal.area);
    connections.portal(portal, Method::GET, &path, Bytes::new()).await
}

async fn list(portal: &Portal, times: usize) -> Result<(usize, u64)> {
    let mut connections = Connections::default();
    let (mut count, mut bytes) = (0, 0);
    for _ in 0..times {
        let list = pull(&mut connections, portal).await?;
        let list = std::str::from_utf8(&list)?;
        for entry in entries(list) {
            field(entry, r#""id":"#)?;
            field(entry, r#""receiptHandle":"#)?;
            field(entry, r#""url":"#)?;
            count += 1;
        }
        bytes += list.len() as u64;
    }
    Ok((count, bytes))
}

async fn receive(portal: Rc<Portal>) -> Result<(usize, u64)> {
    let mut connections = Connections::default();
    let list = pull(&mut connections, &portal).await?;
    let mut wanted = VecDeque::new();
    for entry in entries(std::str::from_utf8(&list)?) {
        let (id, handle) = (field(entry, r#""id":"#)?, field(entry, r#""receiptHandle":"#)?);
        wanted.push_back(Wanted {
            receipt: format!(r#"{{"id":"{id}","receiptHandle":"{handle}"}}"#),
            url: field(entry, r#""url":"#)?.replace('/', "%2F"),
            size: field(entry, r#""size":"#)?.parse()?,
        });
    }
    let count = wanted.len();
    let wanted = Rc::new(RefCell::new(wanted));
    let downloaded = Rc::new(RefCell::new(Vec::new()));
    let totals = Rc::new(Cell::new((0, 0)));
    let mut connections = Some(connections);
    let mut tasks = Vec::new();
    for _ in 0..IN_FLIGHT {
        let (portal, wanted, downloaded, totals) = (portal.clone(), wanted.clone(), downloaded.clone(), totals.clone());
        let mut connections = connections.take().unwrap_or_default();
        tasks.push(tokio::task::spawn_local(async move {
            loop {
                let Some(packet) = wanted.borrow_mut().pop_front() else { return Ok(()) };
                let path = format!("pull/{}/link?path={}", portal.area, packet.url);
                let link = connections.portal(&portal, Method::GET, &path, Bytes::new()).await?;
                let size = connections.download(std::str::from_utf8(&link)?).await?;
                if size != packet.size {
                    return Err(format!("{size} bytes instead of {}", packet.size).into());
                }
                totals.set((totals.get().0 + 1, totals.get().1 + size));
                downloaded.borrow_mut().push(packet.receipt);
                let full = downloaded.borrow().len() == BATCH || totals.get().0 == count;
                if full {
                    let batch = std::mem::take(&mut *downloaded.borrow_mut());
                    done(&mut connections, &portal, &batch).await?;
                }
            }
        }));
    }
    join(tasks).await?;
    Ok(totals.get())
}

async fn done(connections: &mut Connections, portal: &Portal, receipts: &[String]) -> Result<()> {
    let body = format!("[{}]", receipts.join(","));
    let path = format!("pull/{}/done?format=json", portal.area);
    let answer = connections.portal(portal, Method::POST, &path, body.into()).await?;
    match &answer[..] {
        br#"{"success":true}"# => Ok(()),
        refused => Err(String::from_utf8_lossy(refused).into()),
    }
}

async fn push(portal: Rc<Portal>, count: usize, size: usize) -> Result<(usize, u64)> {
    let content = Bytes::from(vec![b'x'; size]);
    let next = Rc::new(Cell::new(0));
    let mut tasks = Vec::new();
    for _ in 0..IN_FLIGHT {
        let (portal, content, next) = (portal.clone(), content.clone(), next.clone());
        tasks.push(tokio::task::spawn_local(async move {
            let mut connections = Connections::default();
            while next.get() < count {
                let number = next.replace(next.get() + 1);
                let (area, process) = (&portal.area, std::process::id());
                let path = format!("push/{area}/user{number}?packetUniqueId=hyper-{process}-{number}&size={size}&packetType=xml");
                let answer = connections.portal(&portal, Method::GET, &path, Bytes::new()).await?;
                let url = field(std::str::from_utf8(&answer)?, r#""uploadPath":"#)?;
                let headers = [("content-type", "application/xml")];
                let uploaded = connections.send(Method::PUT, url, &headers, content.clone()).await?;
                uploaded.into_body().collect().await?;
            }
            Ok(())
        }));
    }
    join(tasks).await?;
    Ok((count, (count * size) as u64))
}

async fn join(tasks: Vec<tokio::task::JoinHandle<Result<()>>>) -> Result<()> {
    for task in tasks {
        task.await??;
    }
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let setting = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let portal = Rc::new(Portal {
        base: setting("DMERP_BASE_URL")?,
        area: setting("DMERP_APP_AREA")?,
        key: setting("DMERP_API_KEY")?,
    });
    let number = |place: usize| -> Result<usize> { Ok(arguments.get(place).ok_or("an argument is missing")?.parse()?) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (expected, (packets, bytes)) = LocalSet::new().block_on(&runtime, async {
        Ok::<_, Box<dyn Error>>(match arguments.first().map(String::as_str) {
            Some("receive") => (number(1)?, receive(portal).await?),
            Some("push") => (number(1)?, push(portal, number(1)?, number(2)?).await?),
            Some("list") => (number(1)? * number(2)?, list(&portal, number(2)?).await?),
            _ => return Err("receive COUNT | push COUNT SIZE | list COUNT TIMES".into()),
        })
    })?;
    if packets != expected {
        return Err(format!("{packets} packets instead of {expected}").into());
    }
    println!(r#"{{"packets": {packets}, "bytes": {bytes}}}"#);
    Ok(())
}
