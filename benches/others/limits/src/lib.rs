//! The requests of a client, hand-made, on one thread and with 16 packets in flight. Nothing is checked but the status codes and the
//! byte counts; the list is searched for its fields' names instead of being parsed. The two programs differ in what sends a request.
//!
//!     PROGRAM receive COUNT | push COUNT SIZE | list COUNT TIMES

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::rc::Rc;

use bytes::Bytes;
pub use hyper::Method;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;
pub type Headers<'a> = &'a [(&'a str, &'a str)];

const IN_FLIGHT: usize = 16;
/// Packets that one done request marks.
const BATCH: usize = 50;
/// Bigger contents go to a file.
const IN_MEMORY: u64 = 1 << 20;

/// What sends requests; each task has one.
#[allow(async_fn_in_trait)]
pub trait Sender: 'static {
    type Answer: Answer;

    async fn send(&mut self, method: Method, url: &str, headers: Headers<'_>, body: Bytes) -> Result<Self::Answer>;
}

/// An answer whose head has arrived.
#[allow(async_fn_in_trait)]
pub trait Answer {
    fn status(&self) -> u16;

    fn length(&self) -> Option<u64>;

    async fn piece(&mut self) -> Result<Option<Bytes>>;
}

struct Portal {
    base: String,
    area: String,
    key: String,
}

struct Client<S> {
    sender: S,
    portal: Rc<Portal>,
}

impl<S: Sender> Client<S> {
    async fn send(&mut self, method: Method, url: &str, headers: Headers<'_>, body: Bytes) -> Result<S::Answer> {
        let answer = self.sender.send(method, url, headers, body).await?;
        match answer.status() {
            200 => Ok(answer),
            status => Err(format!("{status} from {url}").into()),
        }
    }

    async fn portal(&mut self, method: Method, path: &str, body: Bytes) -> Result<Vec<u8>> {
        let url = format!("{}/erp/{path}", self.portal.base);
        let key = Rc::clone(&self.portal);
        let headers = [("x-api-key", key.key.as_str()), ("content-type", "application/json")];
        whole(self.send(method, &url, &headers, body).await?).await
    }

    /// The content's size; the content itself is held in memory or in a file until it is whole.
    async fn download(&mut self, url: &str) -> Result<u64> {
        let mut answer = self.send(Method::GET, url, &[], Bytes::new()).await?;
        if answer.length().ok_or("a download without a length")? <= IN_MEMORY {
            return Ok(whole(answer).await?.len() as u64);
        }
        let path = std::env::temp_dir().join(format!("limits-{}", std::process::id()));
        let mut file = File::options().read(true).write(true).create_new(true).open(&path)?;
        // The name is free again for the next; the file goes when it is closed.
        std::fs::remove_file(&path)?;
        while let Some(piece) = answer.piece().await? {
            file.write_all(&piece)?;
        }
        Ok(file.metadata()?.len())
    }

    async fn pull(&mut self) -> Result<String> {
        let path = format!("pull/{}?packetType=packet&format=json", self.portal.area);
        Ok(String::from_utf8(self.portal(Method::GET, &path, Bytes::new()).await?)?)
    }

    async fn done(&mut self, receipts: &[String]) -> Result<()> {
        let body = format!("[{}]", receipts.join(","));
        let path = format!("pull/{}/done?format=json", self.portal.area);
        let answer = self.portal(Method::POST, &path, body.into()).await?;
        match &answer[..] {
            br#"{"success":true}"# => Ok(()),
            refused => Err(String::from_utf8_lossy(refused).into()),
        }
    }
}

async fn whole(mut answer: impl Answer) -> Result<Vec<u8>> {
    let mut content = Vec::with_capacity(answer.length().unwrap_or(0) as usize);
    while let Some(piece) = answer.piece().await? {
        content.extend_from_slice(&piece);
    }
    Ok(content)
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

async fn list(mut client: Client<impl Sender>, times: usize) -> Result<(usize, u64)> {
    let (mut count, mut bytes) = (0, 0);
    for _ in 0..times {
        let list = client.pull().await?;
        for entry in entries(&list) {
            field(entry, r#""id":"#)?;
            field(entry, r#""receiptHandle":"#)?;
            field(entry, r#""url":"#)?;
            count += 1;
        }
        bytes += list.len() as u64;
    }
    Ok((count, bytes))
}

struct Wanted {
    receipt: String,
    url: String,
    size: u64,
}

async fn receive<S: Sender>(mut clients: Vec<Client<S>>) -> Result<(usize, u64)> {
    let list = clients[0].pull().await?;
    let mut wanted = VecDeque::new();
    for entry in entries(&list) {
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
    let mut tasks = Vec::new();
    for mut client in clients {
        let (wanted, downloaded, totals) = (wanted.clone(), downloaded.clone(), totals.clone());
        tasks.push(spawn_local(async move {
            loop {
                let Some(packet) = wanted.borrow_mut().pop_front() else { return Ok(()) };
                let path = format!("pull/{}/link?path={}", client.portal.area, packet.url);
                let link = client.portal(Method::GET, &path, Bytes::new()).await?;
                let size = client.download(std::str::from_utf8(&link)?).await?;
                if size != packet.size {
                    return Err(format!("{size} bytes instead of {}", packet.size).into());
                }
                totals.set((totals.get().0 + 1, totals.get().1 + size));
                downloaded.borrow_mut().push(packet.receipt);
                let full = downloaded.borrow().len() == BATCH || totals.get().0 == count;
                if full {
                    let batch = std::mem::take(&mut *downloaded.borrow_mut());
                    client.done(&batch).await?;
                }
            }
        }));
    }
    join(tasks).await?;
    Ok(totals.get())
}

async fn push<S: Sender>(clients: Vec<Client<S>>, count: usize, size: usize) -> Result<(usize, u64)> {
    let content = Bytes::from(vec![b'x'; size]);
    let next = Rc::new(Cell::new(0));
    let mut tasks = Vec::new();
    for mut client in clients {
        let (content, next) = (content.clone(), next.clone());
        tasks.push(spawn_local(async move {
            while next.get() < count {
                let number = next.replace(next.get() + 1);
                let (area, process) = (&client.portal.area, std::process::id());
                let about = format!("packetUniqueId=limits-{process}-{number}&size={size}&packetType=xml");
                let path = format!("push/{area}/user{number}?{about}");
                let answer = client.portal(Method::GET, &path, Bytes::new()).await?;
                let url = field(std::str::from_utf8(&answer)?, r#""uploadPath":"#)?;
                let headers = [("content-type", "application/xml")];
                whole(client.send(Method::PUT, url, &headers, content.clone()).await?).await?;
            }
            Ok(())
        }));
    }
    join(tasks).await?;
    Ok((count, (count * size) as u64))
}

async fn join(tasks: Vec<JoinHandle<Result<()>>>) -> Result<()> {
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// The program, with what sends its requests.
pub fn run<S: Sender>(sender: impl Fn() -> S) -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let setting = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let portal = Rc::new(Portal {
        base: setting("DMERP_BASE_URL")?,
        area: setting("DMERP_APP_AREA")?,
        key: setting("DMERP_API_KEY")?,
    });
    let client = || Client { sender: sender(), portal: portal.clone() };
    let clients = || (0..IN_FLIGHT).map(|_| client()).collect();
    let number = |place: usize| -> Result<usize> { Ok(arguments.get(place).ok_or("an argument is missing")?.parse()?) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (expected, (packets, bytes)) = LocalSet::new().block_on(&runtime, async {
        Ok::<_, Box<dyn Error>>(match arguments.first().map(String::as_str) {
            Some("receive") => (number(1)?, receive(clients()).await?),
            Some("push") => (number(1)?, push(clients(), number(1)?, number(2)?).await?),
            Some("list") => (number(1)? * number(2)?, list(client(), number(2)?).await?),
            _ => return Err("receive COUNT | push COUNT SIZE | list COUNT TIMES".into()),
        })
    })?;
    if packets != expected {
        return Err(format!("{packets} packets instead of {expected}").into());
    }
    println!(r#"{{"packets": {packets}, "bytes": {bytes}}}"#);
    Ok(())
}
