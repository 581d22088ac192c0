//! What is answered to a request.

use crate::demo::wrap::wrap;
use crate::serve::allowed::Identity;
use crate::serve::answer::{Answer, text, with, words};
use crate::serve::body::Body;
use crate::serve::client::{Client, Shown, Why};
use crate::serve::conditions::{Part, part};
use crate::serve::early::too_early;
use crate::serve::files::{Files, Opened};
use crate::serve::hosts::Hosts;
use crate::serve::listing;
use crate::serve::paths::find;
use crate::serve::protected::Protected;
use hyper::header;
use hyper::{Method, Request, Response, StatusCode};
use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All hosts' folders.
pub(super) struct Sites {
    sites: Vec<Site>,
    protected: Protected,
    hidden: bool,
    secrets: Vec<PathBuf>,
}

/// Why a request is not answered with a file.
enum Denied {
    /// The client is none of those whom `--allow` names.
    NotAllowed,
    /// The client has not said who it is.
    Unknown,
    NoHost,
    OtherHost(String),
    OtherMethod,
}

/// The folder of one host.
struct Site {
    name: Option<String>,
    root: PathBuf,
    files: Arc<Files>,
}

impl Sites {
    pub(super) fn new(hosts: &Hosts, hidden: bool, protected: Protected) -> Self {
        let sites = hosts
            .served()
            .iter()
            .map(|one| Site {
                name: one.name.clone(),
                root: one.dir.clone(),
                files: Arc::default(),
            })
            .collect();
        Self {
            sites,
            protected,
            hidden,
            secrets: hosts.secrets.clone(),
        }
    }

    /// The answer to a request, which may be a replay, or not.
    pub(super) async fn answer(
        &self,
        client: &Client,
        request: &Request<()>,
        is_replayable: bool,
    ) -> Answer {
        let answer = match self.admitted(client, request) {
            Ok(site) => self.found(site, request).await,
            Err(Denied::OtherMethod) if is_replayable => return too_early(),
            // Who has not been asked yet cannot be before the handshake is done.
            Err(Denied::Unknown) if is_replayable && client.is_unasked() => {
                return words(
                    StatusCode::TOO_EARLY,
                    "This request came before the handshake was done, when nobody can be asked \
                     who they are: send it again.",
                );
            }
            Err(denied) => return self.denied(denied, client),
        };
        // The length stays that of the body which GET would give.
        if request.method() == Method::HEAD {
            answer.map(|_| Body::empty())
        } else {
            answer
        }
    }

    /// Whether anything is protected.
    pub(super) fn protects(&self) -> bool {
        !self.protected.is_empty()
    }

    /// Whether the client must say who it is before this request is answered.
    pub(super) fn must_ask(&self, client: &Client, request: &Request<()>) -> bool {
        self.protects()
            && client.is_unasked()
            && self
                .meant(client, request)
                .is_ok_and(|site| self.protected.covers(&site.root, request.uri().path()))
    }

    /// The folder that a request is for, if it is one that is answered to this client.
    fn admitted(&self, client: &Client, request: &Request<()>) -> Result<&Site, Denied> {
        let is_other = client.is_allowed == Some(false);
        if is_other && !self.protects() {
            return Err(Denied::NotAllowed);
        }
        let site = self.meant(client, request)?;
        if self.protected.covers(&site.root, request.uri().path()) {
            if client.identity.is_none() {
                return Err(Denied::Unknown);
            }
            if is_other {
                return Err(Denied::NotAllowed);
            }
        }
        Ok(site)
    }

    /// The folder that a request is for.
    fn meant(&self, client: &Client, request: &Request<()>) -> Result<&Site, Denied> {
        let host = host(request).ok_or(Denied::NoHost)?;
        let Some(site) = self.site(client.server_name.as_deref(), &host) else {
            return Err(Denied::OtherHost(host.into_owned()));
        };
        match *request.method() {
            Method::GET | Method::HEAD => Ok(site),
            _ => Err(Denied::OtherMethod),
        }
    }

    fn denied(&self, denied: Denied, client: &Client) -> Answer {
        match denied {
            Denied::NotAllowed => not_allowed(client),
            Denied::Unknown => self.unknown(client),
            Denied::NoHost => words(
                StatusCode::BAD_REQUEST,
                "The request does not name one host.",
            ),
            Denied::OtherHost(host) => {
                let text =
                    format!("This connection was made for another host than {host}: connect anew.");
                words(StatusCode::MISDIRECTED_REQUEST, &text)
            }
            Denied::OtherMethod => {
                let answer = words(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "Only GET and HEAD are served here.",
                );
                with(answer, header::ALLOW, "GET, HEAD")
            }
        }
    }

    /// What is answered to a client that has not said who it is.
    fn unknown(&self, client: &Client) -> Answer {
        let why = match client.shown {
            Shown::Nothing(why) => why,
            _ => Why::Declined,
        };
        let names = self.protected.authorities().join("; ");
        let names = names.replace(char::is_control, "\u{fffd}");
        let text = format!(
            "This page is only for clients with a certificate by {names}. {}",
            why.sentences()
        );
        let answer = words(StatusCode::FORBIDDEN, &wrap(&text, COLUMNS).join("\n"));
        match why {
            // Its answer may still come, and nobody would know to what.
            Why::Silent => with(answer, header::CONNECTION, "close"),
            _ => answer,
        }
    }

    async fn found(&self, site: &Site, request: &Request<()>) -> Answer {
        let path = request.uri().path();
        match site.files.recent(path) {
            Some(opened) => file(&opened, request),
            None => with(
                self.looked_up(site, path, request).await,
                header::X_CONTENT_TYPE_OPTIONS,
                "nosniff",
            ),
        }
    }

    async fn looked_up(&self, site: &Site, path: &str, request: &Request<()>) -> Answer {
        let Some(found) = find(&site.root, path, self.hidden, &self.secrets) else {
            return words(StatusCode::NOT_FOUND, "There is no such file here.");
        };
        match self.entry(site, &found, request).await {
            Ok(answer) => answer,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                words(StatusCode::FORBIDDEN, "This file may not be read.")
            }
            Err(_) => words(
                StatusCode::INTERNAL_SERVER_ERROR,
                "This file cannot be read.",
            ),
        }
    }

    /// The folder of a host. Whoever asks for another host than the handshake
    /// was for is sent back (RFC 9110 section 15.5.20).
    fn site(&self, server_name: Option<&str>, host: &str) -> Option<&Site> {
        let named = |name: &str| {
            self.sites
                .iter()
                .find(|site| site.name.as_deref() == Some(name))
        };
        match server_name {
            Some(name) if name != host => None,
            Some(name) => named(name).or_else(|| self.default()),
            // Without a name the first certificate was shown, which speaks for its own host alone.
            None => match named(host) {
                Some(site) => self.sites.first().filter(|first| first.name == site.name),
                None => self.sites.first(),
            },
        }
    }

    fn default(&self) -> Option<&Site> {
        self.sites.iter().find(|site| site.name.is_none())
    }

    async fn entry(&self, site: &Site, found: &Path, request: &Request<()>) -> io::Result<Answer> {
        let path = request.uri().path();
        let data = fs::metadata(found)?;
        if !data.is_dir() {
            let opened = if data.is_file() {
                Opened::new(found)?
            } else {
                None
            };
            return Ok(match opened {
                Some(opened) => site.keep(path, opened, request),
                None => words(StatusCode::NOT_FOUND, "There is no such file here."),
            });
        }
        if !path.ends_with('/') {
            // One slash at the start: two would name another host.
            let query = request
                .uri()
                .query()
                .map_or_else(String::new, |query| format!("?{query}"));
            let to = format!("/{}/{query}", path.trim_start_matches('/'));
            return Ok(with(
                words(StatusCode::MOVED_PERMANENTLY, "The folder is below."),
                header::LOCATION,
                &to,
            ));
        }
        let index = found.join("index.html");
        let index = index
            .canonicalize()
            .ok()
            .filter(|index| index.parent() == Some(found) && index.is_file());
        if let Some(index) = index
            && let Some(opened) = Opened::new(&index)?
        {
            return Ok(site.keep(path, opened, request));
        }
        let shown = percent_encoding::percent_decode_str(path)
            .decode_utf8_lossy()
            .into_owned();
        let (root, dir, hidden) = (site.root.clone(), found.to_owned(), self.hidden);
        let page = move || listing::page(&root, &dir, &shown, hidden);
        let page = tokio::task::spawn_blocking(page).await;
        let page = page.map_err(io::Error::other)??;
        Ok(with(
            text(StatusCode::OK, page),
            header::CONTENT_TYPE,
            "text/html; charset=utf-8",
        ))
    }
}

impl Site {
    /// Answers with a file, which is kept open for a while.
    fn keep(&self, path: &str, opened: Opened, request: &Request<()>) -> Answer {
        let opened = Arc::new(opened);
        self.files.keep(path, &opened);
        file(&opened, request)
    }
}

/// What is answered to a client that `--allow` does not name.
fn not_allowed(client: &Client) -> Answer {
    let whom = client.identity.as_ref().map(Identity::words);
    let whom = whom.unwrap_or_else(|| "nobody".to_owned());
    let remedy = client.identity.as_ref().map(Identity::remedy);
    let sentence = format!(
        "Your certificate names {whom}. It is genuine, but whoever runs this server lets in \
         others alone."
    );
    // What is to be typed stays in one line.
    let sentence = wrap(&sentence, COLUMNS).join("\n");
    let remedy = remedy.unwrap_or_default();
    let text = format!("{sentence}\nWhat would let you in: {remedy}.");
    words(StatusCode::FORBIDDEN, &text)
}

/// A file, or the part of it that is wanted.
fn file(opened: &Opened, request: &Request<()>) -> Answer {
    let bytes = opened.bytes;
    let (first, length, status) = match part(request.headers(), &opened.version, bytes) {
        Part::All => (0, bytes, StatusCode::OK),
        Part::Some { first, length } => (first, length, StatusCode::PARTIAL_CONTENT),
        Part::NotModified => (0, 0, StatusCode::NOT_MODIFIED),
        Part::Beyond => {
            let answer = words(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "The file has no such bytes.",
            );
            return with(answer, header::CONTENT_RANGE, &format!("bytes */{bytes}"));
        }
    };
    let body = if request.method() == Method::HEAD {
        Body::empty()
    } else {
        Body::file(&opened.file, first, length)
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = opened.headers.clone();
    let headers = answer.headers_mut();
    if status == StatusCode::NOT_MODIFIED {
        for name in [
            header::CONTENT_LENGTH,
            header::ACCEPT_RANGES,
            header::CONTENT_TYPE,
        ] {
            headers.remove(name);
        }
    }
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(header::CONTENT_LENGTH, length.into());
        let range = format!("bytes {first}-{}/{bytes}", first + length - 1);
        answer = with(answer, header::CONTENT_RANGE, &range);
    }
    answer
}

/// The host that a request is for, without its port, in lower case.
fn host(request: &Request<()>) -> Option<Cow<'_, str>> {
    let mut all = request.headers().get_all(header::HOST).iter();
    let header = all.next();
    // RFC 9112 s3.2: a request that names two is answered 400.
    if all.next().is_some() {
        return None;
    }
    let named = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => header?.to_str().ok()?,
    };
    let end = match named.rfind(']') {
        Some(bracket) => bracket + 1,
        None => named.find(':').unwrap_or(named.len()),
    };
    let host = named.get(..end)?.trim_end_matches('.');
    if host.is_empty() {
        return None;
    }
    Some(if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        host.to_ascii_lowercase().into()
    } else {
        host.into()
    })
}

/// What a terminal has at least.
const COLUMNS: usize = 80;
