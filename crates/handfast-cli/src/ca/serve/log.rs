//! One line a request on standard output, as `serve` writes them.

use crate::serve::answer::Answer;
use crate::serve::delivery::Told;
use crate::serve::log::{Asked, length, now, sent};
use crate::talk::{Talk, print_line};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// The log.
#[derive(Clone, Copy)]
pub(super) struct Log {
    json: bool,
    quiet: bool,
}

/// What was asked for, in words that a log keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    /// `ocsp`, `crl` …
    pub(super) what: &'static str,
    /// Of an OCSP request: the certificates that it asks about, and what was said of each.
    pub(super) answers: Answers,
    /// Of an OCSP request: whether the answer was made for it alone.
    pub(super) has_nonce: bool,
}

/// Serial numbers, each with what was said of it.
pub(super) type Answers = Arc<[(String, String)]>;

/// A line to come.
pub(super) struct Line {
    log: Log,
    peer: SocketAddr,
    asked: Asked,
    about: About,
    status: StatusCode,
    length: Option<u64>,
}

impl Log {
    pub(super) fn new(talk: &Talk) -> Self {
        Self {
            json: talk.json,
            quiet: talk.quiet,
        }
    }

    /// One that nobody reads.
    pub(super) fn silent() -> Self {
        Self {
            json: false,
            quiet: true,
        }
    }

    /// Whether nothing is logged.
    pub(super) fn is_silent(self) -> bool {
        self.quiet && !self.json
    }

    /// A line about a request and how its answer begins.
    pub(super) fn line(
        self,
        peer: SocketAddr,
        asked: Asked,
        about: About,
        answer: &Answer,
    ) -> Line {
        Line {
            log: self,
            peer,
            asked,
            about,
            status: answer.status(),
            length: length(answer),
        }
    }

    /// Something that the server did by itself: an object for programs, words for people.
    pub(super) fn event(self, schema: &str, mut object: Value, sentence: &str) {
        let time = now();
        if self.json {
            if let Some(fields) = object.as_object_mut() {
                fields.insert("schema".to_owned(), format!("handfast.{schema}/1").into());
                fields.insert("time".to_owned(), time.into());
            }
            print_line(&object.to_string());
        } else if !self.quiet {
            print_line(&format!("{time} {sentence}"));
        }
    }
}

impl Told for Line {
    fn is_bare(&self) -> bool {
        self.asked.method == Method::HEAD
    }

    fn told(&self, cut_at: Option<u64>) {
        let (asked, about) = (&self.asked, &self.about);
        let path = asked.uri.path_and_query().map_or("/", |path| path.as_str());
        let ms = asked.at.elapsed().as_secs_f64() * 1e3;
        if self.log.json {
            let answers = about.answers.iter();
            let answers =
                answers.map(|(serial, status)| json!({ "serial": serial, "status": status }));
            let document = json!({
                "schema": "handfast.ca.request/1",
                "time": now(),
                "peer": self.peer.to_string(),
                "host": asked.host,
                "method": asked.method.as_str(),
                "path": path,
                "http": format!("{:?}", asked.version),
                "what": about.what,
                "answers": answers.collect::<Vec<_>>(),
                "nonce": about.has_nonce,
                "status": self.status.as_u16(),
                "bytes": cut_at.or(self.length),
                "cut_off": cut_at.is_some(),
                "ms": ms,
            });
            print_line(&document.to_string());
        } else if !self.log.quiet {
            let answers = about.answers.iter();
            let answers: String = answers
                .map(|(serial, status)| format!(" {serial} {status}"))
                .collect();
            print_line(&format!(
                "{} {} {} {} {} {:?} {} {} {ms:.1}ms{answers}",
                now(),
                self.peer,
                asked.host.escape_debug(),
                asked.method,
                shortened(path),
                asked.version,
                self.status.as_u16(),
                sent(self.length, cut_at),
            ));
        }
    }
}

/// A request in a path tells a person nothing: its begin is enough.
fn shortened(path: &str) -> String {
    match path.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", path.get(..end).unwrap_or_default()),
        None => path.to_owned(),
    }
}

const LONGEST: usize = 40;
