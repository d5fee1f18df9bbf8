//! The sandbox as a Rust value: started, used and stopped from plain blocking code.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinSet;
use url::Url;

use crate::connection;
use crate::dialects::Dialects;
use crate::fault::{Fault, FaultState};
use crate::log::Request;
use crate::options::Options;
use crate::outgoing::{Content, Outgoing, SentPacket};
use crate::pushes::Pushed;
use crate::queue::Waiting;
use crate::site::Site;
use crate::storage::Storage;
use crate::tls::Certificates;
use crate::world::{Address, World};

/// A running portal with its storage. It stops when dropped.
///
/// Any thread may use it. A method that fails because the sandbox itself can't do its work (a full disk, a rule that
/// makes no sense) panics, as a test can't go on then.
#[derive(Debug)]
pub struct Sandbox {
    world: Arc<World>,
    runtime: Handle,
    thread: Option<JoinHandle<()>>,
    /// Removed after the thread has ended.
    _temporary: Option<TempDir>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.address.fmt(formatter)
    }
}

impl Sandbox {
    /// Starts both listeners; they answer as soon as this returns.
    ///
    /// # Errors
    /// If a port is taken, an option makes no sense, or the data directory can't be used.
    pub fn start(options: Options) -> io::Result<Self> {
        options
            .check()
            .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
        let temporary = options.data_dir.is_none().then(TempDir::new).transpose()?;
        let directory = match (&temporary, &options.data_dir) {
            (Some(temporary), _) => temporary.path().to_owned(),
            // A caller may change its working directory, or hand the CA's path to another program.
            (None, Some(given)) => std::path::absolute(given)?,
            (None, None) => unreachable!("one of the two is there"),
        };
        let objects = directory.join("objects");
        std::fs::create_dir_all(&objects)?;
        let ca_file = options.tls.then(|| directory.join("ca.pem"));
        let certificates = ca_file.as_deref().map(Certificates::new).transpose()?;
        let portal = bind("portal", options.port)?;
        let storage = bind("storage", options.storage_port)?;
        let address = address(&options, &portal, &storage, ca_file)?;
        let endpoint = Url::parse(&address.storage_url).map_err(io::Error::other)?;
        let pushes = Arc::default();
        let storage_site = Storage::new(&objects, endpoint, options.link_ttl, Arc::clone(&pushes))?;
        let certificates = certificates.map(Arc::new);
        let world = World::new(options, address, storage_site, pushes, certificates);
        let world = Arc::new(world);
        let (runtime, thread) = run(Arc::clone(&world), portal, storage)?;
        Ok(Self {
            world,
            runtime,
            thread: Some(thread),
            _temporary: temporary,
        })
    }

    /// What the ERP is configured with: `http://127.0.0.1:…/mobile`.
    pub fn base_url(&self) -> String {
        self.world.address.base_url.clone()
    }

    /// The storage's address.
    pub fn storage_url(&self) -> String {
        self.world.address.storage_url.clone()
    }

    /// The control API's address.
    pub fn control_url(&self) -> String {
        self.world.address.control_url.clone()
    }

    /// The web page's address.
    pub fn web_url(&self) -> String {
        self.world.address.web_url.clone()
    }

    /// The API key.
    pub fn api_key(&self) -> &str {
        &self.world.address.api_key
    }

    /// The application area.
    pub fn app_area(&self) -> &str {
        &self.world.address.app_area
    }

    /// The file with the CA's certificate (PEM), with `tls` on.
    pub fn ca_file(&self) -> Option<&Path> {
        self.world.address.ca_file.as_deref()
    }

    /// Sends a synchronization packet as a mobile user.
    pub fn send_packet(&self, mobile_user: &str, content: &[u8]) -> SentPacket {
        self.send(Outgoing::packet(mobile_user, content))
    }

    /// Sends a packet as a mobile user.
    pub fn send(&self, outgoing: Outgoing) -> SentPacket {
        let world = Arc::clone(&self.world);
        self.wait_for(async move { world.send(outgoing).await })
            .expect("the sandbox can store a packet")
    }

    /// Sends the same content `count` times; a given id or name is numbered (`ID-1`, `1-NAME`, …).
    pub fn send_many(&self, outgoing: Outgoing, count: usize) -> Vec<SentPacket> {
        let world = Arc::clone(&self.world);
        self.wait_for(async move { world.send_many(outgoing, count).await })
            .expect("the sandbox can store packets")
    }

    /// Puts another content at the storage path of a packet that waits: with the dialect `forms` the content of the form
    /// in which it was not sent. The first of the packets that `send_many` sent shares its content with the others.
    pub fn replace(&self, url: &str, content_type: &str, content: impl Into<Content>) {
        let (world, content) = (Arc::clone(&self.world), content.into());
        let (path, content_type) = (url.to_owned(), content_type.to_owned());
        let replaced = self
            .wait_for(async move { world.replace(&path, &content_type, content).await })
            .expect("the sandbox can store a packet");
        assert!(replaced, "no packet waits at {url}");
    }

    /// The packets that are not marked done, oldest first.
    pub fn waiting(&self) -> Vec<Waiting> {
        self.world.state().queues.waiting()
    }

    /// The packets the ERP pushed to a mobile user, in the order of their first push, with their contents.
    pub fn pushed(&self, mobile_user: &str) -> Vec<Pushed> {
        let (world, mobile_user) = (Arc::clone(&self.world), mobile_user.to_owned());
        self.wait_for(async move { world.pushed(&mobile_user).await })
            .expect("the sandbox can read what it stored")
    }

    /// The mobile users the ERP pushed to.
    pub fn mobile_users(&self) -> Vec<String> {
        let mut users = Vec::new();
        for packet in self.world.pushed_without_content(None) {
            if !users.contains(&packet.mobile_user) {
                users.push(packet.mobile_user);
            }
        }
        users
    }

    /// Adds a fault and answers its number. Rules are tried in the order they were added.
    pub fn fault(&self, fault: Fault) -> u64 {
        self.world
            .add_fault(fault)
            .expect("the fault can be carried out")
    }

    /// The faults in force.
    pub fn faults(&self) -> Vec<FaultState> {
        self.world.faults.list()
    }

    /// Removes all faults. A request that hangs already goes on hanging.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// The requests received, in order; those to the control API and the web page are not among them.
    pub fn requests(&self) -> Vec<Request> {
        self.world.log.requests()
    }

    /// Empties the log.
    pub fn clear_requests(&self) {
        self.world.log.clear();
    }

    /// Waits until the log holds a request that `matches` (which sees a request again whenever it changes) and answers
    /// the first such one; `None` if the time is over. It runs under the log's lock, so it must not ask the sandbox
    /// for anything.
    pub fn wait_for_request(
        &self,
        matches: impl Fn(&Request) -> bool,
        timeout: Duration,
    ) -> Option<Request> {
        self.world.log.wait_for(matches, timeout)
    }

    /// How the portal words its answers now.
    pub fn dialects(&self) -> Dialects {
        self.world.dialects()
    }

    /// Changes how the portal words its answers.
    pub fn set_dialects(&self, dialects: Dialects) {
        self.world.state().dialects = dialects;
    }

    /// Ends every visibility time-out. A packet's last handle stays good until the packet is listed again.
    pub fn show_hidden(&self) {
        self.world.state().queues.show_hidden();
    }

    /// Makes every handle given out stale. Hidden packets stay hidden.
    pub fn expire_handles(&self) {
        self.world.state().queues.expire_handles();
    }

    /// Closes the storage's connections, and refuses new ones.
    pub fn storage_down(&self) {
        self.set_storage_down(true);
    }

    /// Takes connections to the storage again.
    pub fn storage_up(&self) {
        self.set_storage_down(false);
    }

    fn set_storage_down(&self, down: bool) {
        let world = Arc::clone(&self.world);
        self.wait_for(async move { world.storage_down.set(down).await });
    }

    /// Serves new connections with a certificate of another authority, which is in no file. Needs `tls`.
    pub fn change_certificate(&self) {
        let changed = self.world.change_certificate();
        assert!(
            changed.expect("the sandbox can make certificates"),
            "only a sandbox with tls has a certificate"
        );
    }

    /// Serves new connections with the first certificate again.
    pub fn restore_certificate(&self) {
        self.world.restore_certificate();
    }

    /// Back to the start: no packets, pushes, faults or requests, and the dialects of the options. The storage is up, and
    /// the certificate is the first one.
    pub fn reset(&self) {
        let world = Arc::clone(&self.world);
        self.wait_for(async move { world.reset().await });
    }

    /// Stops both listeners, hanging requests included.
    pub fn stop(self) {}

    /// Waits until someone stops the sandbox: a [`Stopper`], or the control API.
    pub fn wait(mut self) {
        self.join();
    }

    /// What stops this sandbox from elsewhere.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.world))
    }

    /// Runs work on the sandbox's own runtime, so that the calling thread may belong to another one.
    fn wait_for<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (send, receive) = mpsc::channel();
        self.runtime.spawn(async move {
            // The receiver is gone only if its thread is.
            let _ = send.send(work.await);
        });
        receive.recv().expect("the sandbox runs")
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // It panics only if the runtime itself did, and this may be a drop during a panic.
            let _ = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stopper().stop();
        self.join();
    }
}

/// Stops a sandbox from elsewhere, a signal handler for one.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<World>);

impl Stopper {
    /// Stops it.
    pub fn stop(&self) {
        self.0.shutdown.notify_one();
    }
}

/// Serves the storage while it is up. While it is down its port stays taken, but nobody listens there.
async fn serve_storage(
    world: Arc<World>,
    mut listener: tokio::net::TcpListener,
    ids: Arc<AtomicU64>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let site = Arc::new(Site::storage(Arc::clone(&world)));
    loop {
        let mut connections = JoinSet::new();
        tokio::select! {
            () = world.storage_down.wanted(true) => {}
            () = connection::accept(
                listener,
                world.certificates.clone(),
                Arc::clone(&ids),
                Arc::clone(&site),
                &mut connections,
            ) => {}
        }
        let held = TcpSocket::new_v4()?;
        held.set_reuseaddr(true)?;
        held.bind(address)?;
        connections.shutdown().await;
        world.storage_down.done(true);
        world.storage_down.wanted(false).await;
        listener = held.listen(1024)?;
        world.storage_down.done(false);
    }
}

fn bind(name: &str, port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("the {name} can't listen on 127.0.0.1:{port}: {error}"),
        )
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn address(
    options: &Options,
    portal: &TcpListener,
    storage: &TcpListener,
    ca_file: Option<PathBuf>,
) -> io::Result<Address> {
    let scheme = if options.tls { "https" } else { "http" };
    let origin = |listener: &TcpListener| -> io::Result<String> {
        Ok(format!(
            "{scheme}://{}:{}",
            options.host,
            listener.local_addr()?.port()
        ))
    };
    let portal = origin(portal)?;
    Ok(Address {
        base_url: format!("{portal}/mobile"),
        storage_url: origin(storage)?,
        control_url: format!("{portal}/_sandbox"),
        web_url: format!("{portal}/"),
        app_area: options.app_area.clone(),
        api_key: options.api_key.clone(),
        ca_file,
    })
}

/// Serves on a thread of its own, which owns the runtime: a runtime must not be dropped inside another one, and a
/// sandbox may be.
fn run(
    world: Arc<World>,
    portal: TcpListener,
    storage: TcpListener,
) -> io::Result<(Handle, JoinHandle<()>)> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("dmerp-sandbox")
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    let (portal, storage) = {
        let _inside = runtime.enter();
        (
            tokio::net::TcpListener::from_std(portal)?,
            tokio::net::TcpListener::from_std(storage)?,
        )
    };
    let ids = Arc::new(AtomicU64::new(0));
    let serve = async move {
        let (of_portal, of_storage) = (Arc::clone(&world), Arc::clone(&world));
        let storage_ids = Arc::clone(&ids);
        tokio::spawn(async move {
            let site = Arc::new(Site::portal(Arc::clone(&of_portal)));
            let tls = of_portal.certificates.clone();
            connection::accept(portal, tls, ids, site, &mut JoinSet::new()).await;
        });
        tokio::spawn(serve_storage(of_storage, storage, storage_ids));
        world.shutdown.notified().await;
    };
    let thread = std::thread::Builder::new()
        .name("dmerp-sandbox".to_owned())
        .spawn(move || {
            runtime.block_on(serve);
            // Drops every task where it stands; only file operations under way are waited for.
            runtime.shutdown_timeout(Duration::from_secs(2));
        })?;
    Ok((handle, thread))
}
