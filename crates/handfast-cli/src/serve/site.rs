//! What is answered to a request.

use crate::demo::wrap::wrap;
use crate::serve::allowed::Identity;
use crate::serve::answer::{Answer, text, with, words};
use crate::serve::body::Body;
use crate::serve::conditions::{Part, part};
use crate::serve::early::too_early;
use crate::serve::files::{Files, Opened};
use crate::serve::hosts::Hosts;
use crate::serve::listing;
use crate::serve::paths::find;
use handfast::connection::Resumption;
use hyper::header;
use hyper::{Method, Request, Response, StatusCode};
use std::borrow::Cow;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who asks.
pub(super) struct Client {
    pub(super) peer: SocketAddr,
    /// The host that the handshake was for.
    pub(super) server_name: Option<String>,
    /// Whom the client's certificate names.
    pub(super) identity: Option<Identity>,
    /// The shared key that the client knows.
    pub(super) psk_identity: Option<String>,
    /// Whether that is one of those who are allowed, where not everyone is.
    pub(super) is_allowed: Option<bool>,
    /// By what it came back, if it did.
    pub(super) resumption: Option<Resumption>,
}

/// All hosts' folders.
pub(super) struct Sites {
    sites: Vec<Site>,
    hidden: bool,
    secrets: Vec<PathBuf>,
}

/// The folder of one host.
struct Site {
    name: Option<String>,
    root: PathBuf,
    files: Arc<Files>,
}

impl Sites {
    pub(super) fn new(hosts: &Hosts, hidden: bool) -> Self {
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
            hidden,
            secrets: hosts.secrets.clone(),
        }
    }

    /// The answer to a request, which may be a replay, or not.
    pub(super) async fn answer(
        &self,
        client: &Client,
        request: Request<()>,
        is_replayable: bool,
    ) -> Answer {
        if client.is_allowed == Some(false) {
            let whom = client.identity.as_ref().map(Identity::words);
            let whom = whom.unwrap_or_else(|| "nobody".to_owned());
            let remedy = client.identity.as_ref().map(Identity::remedy);
            let sentence = format!(
                "Your certificate names {whom}. It is genuine, but whoever runs this server lets \
                 in others alone."
            );
            // What is to be typed stays in one line.
            let sentence = wrap(&sentence, COLUMNS).join("\n");
            let remedy = remedy.unwrap_or_default();
            let text = format!("{sentence}\nWhat would let you in: {remedy}.");
            return words(StatusCode::FORBIDDEN, &text);
        }
        let Some(host) = host(&request) else {
            return words(
                StatusCode::BAD_REQUEST,
                "The request does not name one host.",
            );
        };
        let Some(site) = self.site(client.server_name.as_deref(), &host) else {
            let text =
                format!("This connection was made for another host than {host}: connect anew.");
            return words(StatusCode::MISDIRECTED_REQUEST, &text);
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            if is_replayable {
                return too_early();
            }
            let answer = words(
                StatusCode::METHOD_NOT_ALLOWED,
                "Only GET and HEAD are served here.",
            );
            return with(answer, header::ALLOW, "GET, HEAD");
        }
        let path = request.uri().path();
        let answer = match site.files.recent(path) {
            Some(opened) => file(&opened, &request),
            None => with(
                self.looked_up(site, path, &request).await,
                header::X_CONTENT_TYPE_OPTIONS,
                "nosniff",
            ),
        };
        // The length stays that of the body which GET would give.
        if request.method() == Method::HEAD {
            answer.map(|_| Body::empty())
        } else {
            answer
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
