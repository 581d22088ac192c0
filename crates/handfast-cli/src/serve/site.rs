//! What is answered to a request.

use crate::file_body::FileBody;
use crate::serve::allowed::Identity;
use crate::serve::conditions::{Part, Version, part};
use crate::serve::hosts::Hosts;
use crate::serve::listing;
use crate::serve::paths::find;
use handfast::connection::Resumption;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncSeekExt;

/// Who asks.
pub(super) struct Client {
    pub(super) peer: SocketAddr,
    /// The host that the handshake was for.
    pub(super) server_name: Option<String>,
    /// Whom the client's certificate names.
    pub(super) identity: Option<Identity>,
    /// Whether that is one of those who are allowed, where not everyone is.
    pub(super) is_allowed: Option<bool>,
    /// By what it came back, if it did.
    pub(super) resumption: Option<Resumption>,
}

/// What is sent back.
pub(super) type Answer = Response<BoxBody<Bytes, io::Error>>;

/// All hosts' folders.
pub(super) struct Sites {
    sites: Vec<(Option<String>, PathBuf)>,
    hidden: bool,
    secrets: Vec<PathBuf>,
}

impl Sites {
    pub(super) fn new(hosts: &Hosts, hidden: bool) -> Self {
        let sites = hosts
            .served()
            .iter()
            .map(|one| (one.name.clone(), one.dir.clone()))
            .collect();
        Self {
            sites,
            hidden,
            secrets: hosts.secrets.clone(),
        }
    }

    /// The answer to a request.
    pub(super) async fn answer(&self, client: &Client, request: Request<Incoming>) -> Answer {
        if client.is_allowed == Some(false) {
            let whom = client.identity.as_ref().map(Identity::words);
            let whom = whom.unwrap_or_else(|| "nobody".to_owned());
            return words(
                StatusCode::FORBIDDEN,
                &format!(
                    "Your certificate names {whom}. It is genuine, but whoever runs this server\n\
                     lets in others alone.\nWhat would let you in: {}.",
                    client
                        .identity
                        .as_ref()
                        .map(Identity::remedy)
                        .unwrap_or_default()
                ),
            );
        }
        let Some(host) = host(&request) else {
            return words(
                StatusCode::BAD_REQUEST,
                "The request does not name one host.",
            );
        };
        let Some(root) = self.root(client.server_name.as_deref(), &host) else {
            let text =
                format!("This connection was made for another host than {host}: connect anew.");
            return words(StatusCode::MISDIRECTED_REQUEST, &text);
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let answer = words(
                StatusCode::METHOD_NOT_ALLOWED,
                "Only GET and HEAD are served here.",
            );
            return with(answer, header::ALLOW, "GET, HEAD");
        }
        let is_head = request.method() == Method::HEAD;
        let answer = match find(root, request.uri().path(), self.hidden, &self.secrets) {
            None => words(StatusCode::NOT_FOUND, "There is no such file here."),
            Some(found) => match self.entry(&found, &request).await {
                Ok(answer) => answer,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    words(StatusCode::FORBIDDEN, "This file may not be read.")
                }
                Err(_) => words(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "This file cannot be read.",
                ),
            },
        };
        let answer = with(answer, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        // The length stays that of the body which GET would give.
        if is_head {
            answer.map(|_| empty())
        } else {
            answer
        }
    }

    /// The folder of a host. Whoever asks for another host than the handshake
    /// was for is sent back (RFC 9110 section 15.5.20).
    fn root(&self, server_name: Option<&str>, host: &str) -> Option<&Path> {
        let named = |name: &str| {
            self.sites
                .iter()
                .find(|(own, _)| own.as_deref() == Some(name))
        };
        let site = match server_name {
            Some(name) if name != host => None,
            Some(name) => named(name).or_else(|| self.default()),
            // Without a name the first certificate was shown, which speaks for its own host alone.
            None => match named(host) {
                Some(site) => self.sites.first().filter(|first| first.0 == site.0),
                None => self.sites.first(),
            },
        };
        site.map(|(_, root)| root.as_path())
    }

    fn default(&self) -> Option<&(Option<String>, PathBuf)> {
        self.sites.iter().find(|(name, _)| name.is_none())
    }

    async fn entry(&self, found: &Path, request: &Request<Incoming>) -> io::Result<Answer> {
        let data = tokio::fs::metadata(found).await?;
        if data.is_file() {
            return file(found, request).await;
        }
        let path = request.uri().path();
        if !data.is_dir() {
            return Ok(words(StatusCode::NOT_FOUND, "There is no such file here."));
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
        if let Some(index) = index
            .canonicalize()
            .ok()
            .filter(|index| index.parent() == Some(found) && index.is_file())
        {
            return file(&index, request).await;
        }
        let shown = percent_encoding::percent_decode_str(path)
            .decode_utf8_lossy()
            .into_owned();
        let (dir, hidden) = (found.to_owned(), self.hidden);
        let page = tokio::task::spawn_blocking(move || listing::page(&dir, &shown, hidden)).await;
        let page = page.map_err(io::Error::other)??;
        Ok(with(
            text(StatusCode::OK, page),
            header::CONTENT_TYPE,
            "text/html; charset=utf-8",
        ))
    }
}

/// A file, or the part of it that is wanted.
async fn file(path: &Path, request: &Request<Incoming>) -> io::Result<Answer> {
    let mut file = File::open(path).await?;
    let data = file.metadata().await?;
    let bytes = data.len();
    let version = Version::of(&data);
    let (first, length, status) = match part(request.headers(), &version, bytes) {
        Part::All => (0, bytes, StatusCode::OK),
        Part::Some { first, length } => (first, length, StatusCode::PARTIAL_CONTENT),
        Part::NotModified => (0, 0, StatusCode::NOT_MODIFIED),
        Part::Beyond => {
            let answer = words(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "The file has no such bytes.",
            );
            return Ok(with(
                answer,
                header::CONTENT_RANGE,
                &format!("bytes */{bytes}"),
            ));
        }
    };
    if first > 0 {
        file.seek(io::SeekFrom::Start(first)).await?;
    }
    let mut answer = Response::new(FileBody::new(file, Some(length)).boxed());
    *answer.status_mut() = status;
    let mut answer = with(
        with(answer, header::ETAG, &version.etag),
        header::LAST_MODIFIED,
        &version.date(),
    );
    if status == StatusCode::NOT_MODIFIED {
        return Ok(answer);
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{bytes}", first + length - 1);
        answer = with(answer, header::CONTENT_RANGE, &range);
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    answer = with(answer, header::CONTENT_LENGTH, &length.to_string());
    Ok(with(
        with(answer, header::ACCEPT_RANGES, "bytes"),
        header::CONTENT_TYPE,
        &kind,
    ))
}

/// The host that a request is for, without its port, in lower case.
fn host(request: &Request<Incoming>) -> Option<String> {
    // RFC 9112 s3.2: a request that names two is answered 400.
    if request
        .headers()
        .get_all(header::HOST)
        .iter()
        .nth(1)
        .is_some()
    {
        return None;
    }
    let named = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(header::HOST)?.to_str().ok()?,
    };
    let end = match named.rfind(']') {
        Some(bracket) => bracket + 1,
        None => named.find(':').unwrap_or(named.len()),
    };
    let host = named.get(..end)?.trim_end_matches('.');
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

fn words(status: StatusCode, sentence: &str) -> Answer {
    with(
        text(status, format!("{status}\n{sentence}\n")),
        header::CONTENT_TYPE,
        "text/plain; charset=utf-8",
    )
}

fn empty() -> BoxBody<Bytes, io::Error> {
    Empty::new()
        .map_err(|never: Infallible| match never {})
        .boxed()
}

fn text(status: StatusCode, text: String) -> Answer {
    let length = text.len().to_string();
    let body = Full::new(Bytes::from(text))
        .map_err(|never: Infallible| match never {})
        .boxed();
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    with(answer, header::CONTENT_LENGTH, &length)
}

fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    // A value that no header can carry is left out; only a file's path could be one.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}
