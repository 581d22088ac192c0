//! One line a request, on standard output; what never became a request, too.

use crate::exceptions;
use crate::failure::Failure;
use crate::refusal;
use crate::serve::allowed::Identity;
use crate::serve::answer::Answer;
use crate::serve::client::Client;
use crate::serve::delivery::Told;
use crate::summary::resumption;
use crate::talk::{Talk, print_line};
use hyper::header;
use hyper::{Method, Request, StatusCode, Uri, Version};
use jiff::Timestamp;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// The log.
#[derive(Clone, Copy)]
pub(super) struct Log {
    json: bool,
    quiet: bool,
}

/// What was asked.
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) host: String,
    /// It came before the handshake was done, here or before somebody who passed it on.
    pub(crate) is_early: bool,
}

/// A line to come: a request, and how its answer begins.
pub(super) struct Line {
    log: Log,
    client: Arc<Client>,
    asked: Asked,
    status: StatusCode,
    length: Option<u64>,
}

impl Asked {
    /// What is kept of a request until it is answered.
    pub(crate) fn new<B>(request: &Request<B>) -> Self {
        let named = request
            .headers()
            .get(header::HOST)
            .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
        Self {
            at: Instant::now(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            host: request
                .uri()
                .authority()
                .map(ToString::to_string)
                .or(named)
                .unwrap_or_else(|| "-".to_owned()),
            is_early: false,
        }
    }
}

impl Line {
    pub(super) fn new(log: Log, client: Arc<Client>, asked: Asked, answer: &Answer) -> Self {
        Self {
            log,
            client,
            asked,
            status: answer.status(),
            length: length(answer),
        }
    }
}

impl Told for Line {
    fn is_bare(&self) -> bool {
        self.asked.method == Method::HEAD
    }

    fn told(&self, cut_at: Option<u64>) {
        self.log.answered(self, cut_at);
    }
}

impl Log {
    pub(super) fn new(talk: &Talk) -> Self {
        Self {
            json: talk.json,
            quiet: talk.quiet,
        }
    }

    /// Whether nothing is logged.
    pub(super) fn is_silent(&self) -> bool {
        self.quiet && !self.json
    }

    fn answered(&self, line: &Line, cut_at: Option<u64>) {
        let (client, asked) = (&line.client, &line.asked);
        let path = asked.uri.path_and_query().map_or("/", |path| path.as_str());
        let (time, status) = (now(), line.status.as_u16());
        let ms = asked.at.elapsed().as_secs_f64() * 1e3;
        if self.json {
            let document = json!({
                "schema": "handfast.serve.request/1",
                "time": time,
                "peer": client.peer.to_string(),
                "client": client.identity.as_ref().map(|identity| &identity.subject),
                "client_by": client.shown.word(),
                "client_names": client.identity.as_ref().map(Identity::names),
                "psk_identity": client.psk_identity,
                "allowed": client.is_allowed,
                "allow_by": client.identity.as_ref().map(Identity::allows),
                "sni": client.server_name,
                "resumption": client.resumption.map(resumption),
                "host": asked.host,
                "method": asked.method.as_str(),
                "path": path,
                "http": format!("{:?}", asked.version),
                "status": status,
                "not_shown": client.shown.why_not(),
                "exceptions": exceptions::json(&client.exceptions),
                "bytes": cut_at.or(line.length),
                "cut_off": cut_at.is_some(),
                "early_data": asked.is_early,
                "ms": ms,
            });
            print_line(&document.to_string());
        } else if !self.quiet {
            let not = if client.is_allowed == Some(false) && line.status == StatusCode::FORBIDDEN {
                let remedy = client.identity.as_ref().map(Identity::remedy);
                format!(": not allowed: {}", remedy.unwrap_or_default())
            } else {
                String::new()
            };
            let shown = client.shown.words();
            let excepted = match client.exceptions.as_slice() {
                [] => "",
                _ => ", by an exception",
            };
            let whom = match &client.identity {
                Some(identity) => {
                    format!(" ({}{shown}{excepted}{not})", identity.words())
                }
                None if line.status == StatusCode::FORBIDDEN && !shown.is_empty() => {
                    format!(" ({shown})")
                }
                None => String::new(),
            };
            let by_key = client.psk_identity.as_ref();
            let by_key = by_key.map_or_else(String::new, |name| {
                format!(" (by the key {})", name.escape_debug())
            });
            let bytes = sent(line.length, cut_at);
            let early = if asked.is_early { " early" } else { "" };
            print_line(&format!(
                "{time} {}{whom}{by_key} {} {} {path} {:?} {status} {bytes} {ms:.1}ms{early}",
                client.peer,
                asked.host.escape_debug(),
                asked.method,
                asked.version,
            ));
        }
    }

    /// The authority that looked for the answer to its challenge.
    pub(super) fn challenge(&self, peer: SocketAddr, name: &str) {
        let time = now();
        if self.json {
            let line = json!({ "schema": "handfast.serve.challenge/1", "time": time, "peer": peer.to_string(), "kind": "tls-alpn-01", "name": name });
            print_line(&line.to_string());
        } else if !self.quiet {
            print_line(&format!(
                "{time} {peer} got the answer to the challenge tls-alpn-01 for {}",
                name.escape_debug()
            ));
        }
    }

    /// A client whose certificate is let through by exceptions, before it asks for anything.
    pub(super) fn excepted(&self, client: &Client) {
        if client.exceptions.is_empty() {
            return;
        }
        let (time, peer) = (now(), client.peer);
        if self.json {
            let line = json!({
                "schema": "handfast.serve.excepted/1",
                "time": time,
                "peer": peer.to_string(),
                "client": client.identity.as_ref().map(|identity| &identity.subject),
                "exceptions": exceptions::json(&client.exceptions),
            });
            print_line(&line.to_string());
        } else if !self.quiet {
            let whom = client.identity.as_ref().map(Identity::words);
            for exception in &client.exceptions {
                print_line(&format!(
                    "{time} {peer} ({}) let through by an exception: {}",
                    whom.as_deref().unwrap_or_default(),
                    exceptions::line(exception)
                ));
            }
        }
    }

    /// A client with which no handshake came to its end: why, and what would mend it.
    pub(super) fn failed(&self, peer: SocketAddr, failure: &Failure) {
        if !self.json {
            let advice = failure.advice();
            let advice = advice.map_or_else(String::new, |words| format!("; try: {words}"));
            return self.refused(peer, &format!("{}{advice}", failure.message));
        }
        let report = failure.report.as_ref();
        let line = json!({
            "schema": "handfast.serve.refused/1",
            "time": now(),
            "peer": peer.to_string(),
            "why": failure.message,
            "try": failure.advice(),
            "report": report.map(|report| refusal::to_json(report, &failure.given)),
        });
        print_line(&line.to_string());
    }

    /// A client that never came to ask.
    pub(super) fn refused(&self, peer: SocketAddr, why: &str) {
        let time = now();
        if self.json {
            let line = json!({ "schema": "handfast.serve.refused/1", "time": time, "peer": peer.to_string(), "why": why });
            print_line(&line.to_string());
        } else if !self.quiet {
            print_line(&format!(
                "{time} {peer} refused: {}",
                why.replace(char::is_control, "\u{fffd}")
            ));
        }
    }
}

/// The length that an answer says it has.
pub(crate) fn length(answer: &Answer) -> Option<u64> {
    let length = answer.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// What has been sent of an answer of this length.
pub(crate) fn sent(length: Option<u64>, cut_at: Option<u64>) -> String {
    let length = length.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
    match cut_at {
        None => length,
        Some(bytes) => format!("{bytes} of {length}, cut off,"),
    }
}

/// To the millisecond.
pub(crate) fn now() -> String {
    format!("{:.3}", Timestamp::now())
}
