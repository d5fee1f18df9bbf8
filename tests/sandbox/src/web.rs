//! The web page: the sandbox at a glance, for people.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::control::{Problem, PushedPacket, Query};
use crate::log::{Listener, Outcome, Request};
use crate::outgoing::Outgoing;
use crate::pushes::Pushed;
use crate::queue::{Queue, Waiting};
use crate::world::World;

/// So many requests, packets and pushes are shown, the latest ones.
const SHOWN: usize = 200;

/// So much of a packet is shown; the rest is a download away.
const SHOWN_CONTENT: usize = 256 * 1024;

const STYLE: &str = include_str!("web.css");

pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(overview))
        .route(
            "/_sandbox/web/send",
            post(send).layer(DefaultBodyLimit::disable()),
        )
        .route("/_sandbox/web/pushed", get(pushed))
        .with_state(world)
}

/// A page in the common frame.
fn page(title: &str, content: Markup) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                // An empty icon, or browsers ask the portal for one and the log shows it.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body { (content) }
        }
    };
    let mut response = Html(document.into_string()).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; \
                  frame-ancestors 'none'; base-uri 'none'";
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

async fn overview(State(world): State<Arc<World>>) -> Response {
    let waiting = world.state().queues.waiting();
    let pushed = world.pushed_without_content(None);
    let requests = world.log.requests();
    let mut faults = world.faults.list();
    faults.retain(|rule| rule.fault.times == 0 || rule.applied < rule.fault.times);
    let address = &world.address;
    let content = html! {
        header {
            div {
                h1 { "dmerp sandbox" }
                p { "The Dynamics Mobile portal on this machine. Nothing here leaves it." }
            }
            a.button href="/" { "Refresh" }
        }
        dl.facts {
            div { dt { "Base URL" } dd { code { (address.base_url) } } }
            div { dt { "Application area" } dd { code { (address.app_area) } } }
            div { dt { "API key" } dd { code { (masked(&address.api_key)) } } }
            div { dt { "Storage" } dd { code { (address.storage_url) } } }
            @if let Some(ca_file) = &address.ca_file {
                div { dt { "CA certificate" } dd { code { (ca_file.display()) } } }
            }
            div { dt { "Faults in force" } dd { (faults.len()) } }
        }
        main {
            section {
                h2 { "Waiting for the ERP" (count(waiting.len())) }
                p.hint { "Sent by mobile users, and not marked done yet." }
                (queue("Packets", &waiting, Queue::Packet))
                (queue("Images and files", &waiting, Queue::File))
            }
            section {
                h2 { "Send as a mobile user" }
                (sending_form())
            }
            section.wide {
                h2 { "Pushed by the ERP" (count(pushed.len())) }
                (pushed_packets(&pushed))
            }
            section.wide {
                h2 { "Requests" (count(requests.len())) }
                p.hint { "The latest first." }
                (request_list(&requests))
            }
        }
    };
    page("dmerp sandbox", content)
}

fn count(count: usize) -> Markup {
    html! { " " span.count { (count) } }
}

fn queue(title: &str, waiting: &[Waiting], queue: Queue) -> Markup {
    let waiting: Vec<&Waiting> = waiting
        .iter()
        .filter(|packet| packet.queue == queue)
        .collect();
    html! {
        h3 { (title) }
        @if waiting.is_empty() {
            p.empty { "None." }
        } @else {
            table {
                thead { tr { th { "Id" } th { "Mobile user" } th { "Sent (UTC)" } th.number { "Size" } th { "State" } } }
                tbody {
                    @for packet in waiting.iter().rev().take(SHOWN) {
                        tr {
                            td { code title=(packet.url) { (packet.id) } }
                            td { (packet.mobile_user) }
                            td.when { (readable_time(&packet.on_date)) }
                            td.number { (readable_size(packet.size)) }
                            td {
                                @if packet.hidden {
                                    span.tag.held title="A pull listed it; it comes back if it is not marked done" { "hidden" }
                                } @else {
                                    span.tag.good { "visible" }
                                }
                                @if packet.deliveries > 0 { " listed " (packet.deliveries) "×" }
                            }
                        }
                    }
                }
            }
            (left_out(waiting.len()))
        }
    }
}

fn sending_form() -> Markup {
    html! {
        form method="post" action="/_sandbox/web/send" enctype="multipart/form-data" {
            label { "Mobile user" input name="mobileUser" required autocomplete="off" value="user1"; }
            fieldset {
                legend { "Queue" }
                label { input type="radio" name="queue" value="packet" checked; " Packet" }
                label { input type="radio" name="queue" value="file"; " Image or file" }
            }
            label {
                "Content"
                textarea name="text" rows="7" spellcheck="false" {
                    "<NavMobileSync salesmancode=\"user1\">\n  <table tablename=\"Order\">\n    \
                     <r status=\"insert\"><DMS_ROWID>1</DMS_ROWID></r>\n  </table>\n</NavMobileSync>\n"
                }
            }
            label { "or a file, which then takes the content's place" input type="file" name="file"; }
            button { "Send" }
        }
    }
}

fn pushed_packets(pushed: &[Pushed]) -> Markup {
    let mut users: Vec<&str> = pushed
        .iter()
        .map(|packet| packet.mobile_user.as_str())
        .collect();
    users.sort_unstable();
    users.dedup();
    html! {
        @if users.is_empty() { p.empty { "None." } }
        @for user in users {
            @let packets: Vec<&Pushed> = pushed.iter().filter(|packet| packet.mobile_user == user).collect();
            h3 { "To " (user) (count(packets.len())) }
            table {
                thead {
                    tr { th { "Packet" } th { "Sync log id" } th { "Type" } th.number { "Announced" } th.number { "Uploaded" } th.number { "Pushes" } th { } }
                }
                tbody {
                    @for packet in packets.iter().rev().take(SHOWN) {
                        tr {
                            td { code { (packet.packet_unique_id) } }
                            td { code.faint { (packet.sync_log_id) } }
                            td { (packet.packet_type) }
                            td.number { (readable_size(packet.size)) }
                            td.number {
                                @match packet.uploaded_size {
                                    Some(size) if size == packet.size => (readable_size(size)),
                                    Some(size) => span.tag.bad title="Not the size that was announced" { (readable_size(size)) },
                                    None => span.tag.held { "not yet" },
                                }
                            }
                            td.number { (packet.pushes) }
                            td {
                                @if packet.uploads > 0 { a href=(pushed_url("web/pushed", packet)) { "View" } }
                            }
                        }
                    }
                }
            }
            (left_out(packets.len()))
        }
    }
}

fn pushed_url(page: &str, packet: &Pushed) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("mobileUser", &packet.mobile_user)
        .append_pair("packetUniqueId", &packet.packet_unique_id)
        .finish();
    format!("/_sandbox/{page}?{query}")
}

fn request_list(requests: &[Request]) -> Markup {
    html! {
        @if requests.is_empty() {
            p.empty { "None." }
        } @else {
            table.requests {
                thead { tr { th.number { "#" } th { "To" } th { "Request" } th.number { "Body" } th { "Answer" } } }
                tbody {
                    @for request in requests.iter().rev().take(SHOWN) {
                        tr {
                            td.number { (request.seq) }
                            td { (match request.listener { Listener::Portal => "portal", Listener::Storage => "storage" }) }
                            td {
                                details {
                                    summary { code { b { (request.method) } " " (request.path()) } }
                                    (request_details(request))
                                }
                            }
                            td.number { (readable_size(request.body_length)) }
                            td { (outcome(request)) }
                        }
                    }
                }
            }
            (left_out(requests.len()))
        }
    }
}

fn request_details(request: &Request) -> Markup {
    html! {
        dl.headers {
            @if let Some((_, query)) = request.target.split_once('?') {
                dt { "query" } dd { code { (query) } }
            }
            @for (name, value) in &request.headers {
                dt { (name) }
                dd { code { @if name == "x-api-key" { (masked(value)) } @else { (value) } } }
            }
            dt { "connection" } dd { (request.connection) }
        }
        @if let Some(body) = request.body.as_deref().filter(|body| !body.is_empty()) {
            pre { (String::from_utf8_lossy(body)) }
        }
    }
}

fn outcome(request: &Request) -> Markup {
    html! {
        @match request.outcome {
            Outcome::Pending => span.tag.held { "waiting" },
            Outcome::Dropped => span.tag.bad { "dropped" },
            Outcome::Status(status) if status < 400 => span.tag.good { (status) },
            Outcome::Status(status) => span.tag.bad { (status) },
        }
        @if let Some(fault) = request.fault { span.faint { " fault " (fault) } }
    }
}

fn left_out(total: usize) -> Markup {
    html! {
        @if total > SHOWN { p.hint { "and " (total - SHOWN) " older ones" } }
    }
}

/// Enough to tell two keys apart, too little to use one.
fn masked(key: &str) -> String {
    let shown: String = key.chars().take(2).collect();
    format!("{shown}••••••")
}

fn readable_size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// `2021-07-14T09:42:19.382Z` as people write it.
fn readable_time(date: &str) -> String {
    date.get(..19).unwrap_or(date).replace('T', " ")
}

async fn send(State(world): State<Arc<World>>, mut form: Multipart) -> Result<Redirect, Problem> {
    let (mut mobile_user, mut queue, mut text, mut file) =
        (String::new(), Queue::Packet, Vec::new(), None);
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        Problem::new(error.status(), error.body_text())
    };
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().unwrap_or_default().to_owned();
        let content_type = field.content_type().map(str::to_owned);
        let value = field.bytes().await.map_err(unreadable)?;
        match name.as_str() {
            "mobileUser" => mobile_user = String::from_utf8_lossy(&value).into_owned(),
            "queue" if &*value == b"file" => queue = Queue::File,
            "text" => text = value.to_vec(),
            // A browser sends the field without a name when no file is chosen.
            "file" if !file_name.is_empty() => {
                file = Some((file_name, content_type, value.to_vec()))
            }
            _ => {}
        }
    }
    if mobile_user.trim().is_empty() {
        return Err(Problem::new(
            axum::http::StatusCode::BAD_REQUEST,
            "a mobile user is needed",
        ));
    }
    let make = match queue {
        Queue::Packet => |user: &str, content: Vec<u8>| Outgoing::packet(user, content),
        Queue::File => |user: &str, content: Vec<u8>| Outgoing::image(user, content),
    };
    let outgoing = match file {
        None => make(&mobile_user, text),
        Some((file_name, content_type, content)) => {
            let outgoing = make(&mobile_user, content).name(&file_name);
            match content_type {
                Some(content_type) => outgoing.content_type(&content_type),
                None => outgoing,
            }
        }
    };
    world.send(outgoing).await?;
    Ok(Redirect::to("/"))
}

async fn pushed(
    State(world): State<Arc<World>>,
    Query(wanted): Query<PushedPacket>,
) -> Result<Response, Problem> {
    let not_there = || {
        Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            "no such packet was pushed and uploaded",
        )
    };
    let of_this = |packet: &Pushed| packet.packet_unique_id == wanted.packet_unique_id;
    let packets = world.pushed_without_content(Some(&wanted.mobile_user));
    let packet = packets.into_iter().find(of_this).ok_or_else(not_there)?;
    let content = world
        .pushed_content(&wanted.mobile_user, &wanted.packet_unique_id)
        .ok_or_else(not_there)?;
    let content = tokio::fs::read(content).await?;
    let shown = &content[..content.len().min(SHOWN_CONTENT)];
    let body = html! {
        header {
            div {
                h1 { (packet.packet_unique_id) }
                p { "Pushed to " (packet.mobile_user) ", " (readable_size(content.len() as u64)) }
            }
            a.button href="/" { "Back" }
        }
        main {
            section.wide {
                @match std::str::from_utf8(shown) {
                    Ok(text) => pre.content { (text) },
                    // Cut in the middle of a character, or binary; either way the text that there is helps.
                    Err(_) => pre.content { (String::from_utf8_lossy(shown)) },
                }
                @if shown.len() < content.len() { p.hint { "The first " (readable_size(shown.len() as u64)) "." } }
                p { a href=(pushed_url("pushed/content", &packet)) download { "Download" } }
            }
        }
    };
    Ok(page(&packet.packet_unique_id, body))
}
