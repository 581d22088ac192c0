//! One question over HTTP/1.1, and its answer, within limits.
//!
//! ```text
//! URL --resolve--> addresses --public?--> connect to that very address --> request --> answer
//!  ^                                                                                     |
//!  +------------------------------- redirect, a few times -------------------------------+
//! ```

use crate::failed::Failed;
use crate::kind::Kind;
use crate::limits::{Limits, Reach};
use crate::resolve::Resolve;
use crate::target::{host, port, redirect, target};
use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Position, Url};

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    /// What is sent by POST; without it, it is a GET.
    pub(crate) body: Option<Vec<u8>>,
    /// Whether the answer is good for others who ask the same.
    pub(crate) keep: bool,
    /// What may be asked where this is not answered.
    pub(crate) otherwise: Option<Box<Ask>>,
}

impl Ask {
    /// A GET, whose answer is good for everybody.
    pub(crate) fn by_get(kind: Kind, url: impl Into<String>) -> Self {
        Self {
            kind,
            url: url.into(),
            body: None,
            keep: true,
            otherwise: None,
        }
    }
}

/// Who asks.
pub(crate) struct Http {
    pub(crate) limits: Limits,
    pub(crate) reach: Reach,
    pub(crate) resolver: Arc<dyn Resolve>,
}

/// A response, and the connection that its body comes over.
struct Answered {
    response: Response<Incoming>,
    /// Dropped, it ends the connection.
    _connection: JoinSet<()>,
}

impl Http {
    /// Asks, and reads the answer whole.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Vec<u8>, Failed> {
        let limit = self.limits.request;
        match timeout(limit, self.follow(ask)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failed::Timeout { limit }),
        }
    }

    async fn follow(&self, ask: &Ask) -> Result<Vec<u8>, Failed> {
        let mut url = target(&ask.url, &self.reach)?;
        for _ in 0..=self.limits.redirects {
            let answered = self.once(&url, ask).await?;
            let status = answered.response.status();
            match redirected(&answered.response, ask) {
                Some(location) => url = redirect(&url, &location, &self.reach)?,
                None if status == StatusCode::OK => {
                    return read(answered, ask.kind.limit(&self.limits)).await;
                }
                None => return Err(Failed::Status(status.as_u16())),
            }
        }
        let limit = self.limits.redirects;
        Err(Failed::Redirects { limit })
    }

    async fn once(&self, url: &Url, ask: &Ask) -> Result<Answered, Failed> {
        let tcp = self.connect(url).await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEADERS)
            .handshake(TokioIo::new(tcp))
            .await
            .map_err(|error| broken(&error))?;
        let mut running = JoinSet::new();
        running.spawn(async {
            // What breaks it breaks the answer too, and is told there.
            let _ = connection.await;
        });
        let response = sender
            .send_request(request(url, ask)?)
            .await
            .map_err(|error| broken(&error))?;
        Ok(Answered {
            response,
            _connection: running,
        })
    }

    /// Connects to an address that may be asked, and that was looked up only once.
    async fn connect(&self, url: &Url) -> Result<TcpStream, Failed> {
        let found = self.resolver.resolve(&host(url)).await;
        let found = found.map_err(|error| Failed::Resolve { why: words(&error) })?;
        let allowed = |address: &&IpAddr| self.reach.allows_address(**address);
        let mut failed = match found.iter().find(|address| !allowed(address)) {
            Some(address) => Failed::Address { address: *address },
            None => Failed::Resolve {
                why: "it has none".to_owned(),
            },
        };
        for address in found.iter().filter(allowed).take(ADDRESSES) {
            match TcpStream::connect(SocketAddr::new(*address, port(url))).await {
                Ok(tcp) => return Ok(tcp),
                Err(error) => {
                    failed = Failed::Connect { why: words(&error) };
                }
            }
        }
        Err(failed)
    }
}

/// No cookies, no names, no compression: nothing but the question.
fn request(url: &Url, ask: &Ask) -> Result<Request<Full<Bytes>>, Failed> {
    let wrong = |why: &dyn core::fmt::Display| Failed::Url {
        why: why.to_string(),
    };
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    // The host with its port, an IPv6 address in brackets.
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let body = ask.body.clone().unwrap_or_default();
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.uri_mut() = path
        .parse()
        .map_err(|why: hyper::http::uri::InvalidUri| wrong(&why))?;
    let headers = request.headers_mut();
    let host = HeaderValue::from_str(host).map_err(|why| wrong(&why))?;
    headers.insert(header::HOST, host);
    headers.insert(header::ACCEPT, HeaderValue::from_static(ask.kind.accept()));
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    if ask.body.is_some() {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/ocsp-request"),
        );
        *request.method_mut() = Method::POST;
    }
    Ok(request)
}

/// Where the answer sends us. A POST is repeated only where that is what was said (RFC 9110
/// s15.4): as a GET it would be another question.
fn redirected(response: &Response<Incoming>, ask: &Ask) -> Option<String> {
    let follow = match response.status().as_u16() {
        307 | 308 => true,
        301..=303 => ask.body.is_none(),
        _ => false,
    };
    let location = response.headers().get(header::LOCATION)?;
    let location = location.to_str().ok().filter(|_| follow)?;
    Some(location.to_owned())
}

/// Reads a body, by its own count and not by what it says of itself alone.
async fn read(answered: Answered, limit: usize) -> Result<Vec<u8>, Failed> {
    let Answered {
        response,
        _connection,
    } = answered;
    let coded = response.headers().get_all(header::CONTENT_ENCODING);
    if coded.iter().any(|coding| coding != "identity") {
        return Err(Failed::Compressed);
    }
    let mut body = response.into_body();
    let announced = body.size_hint().lower();
    if announced > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(Failed::TooLarge { limit });
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if bytes.len().saturating_add(data.len()) > limit {
            return Err(Failed::TooLarge { limit });
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

fn broken(error: &hyper::Error) -> Failed {
    let mut why = error.to_string();
    if let Some(source) = core::error::Error::source(error) {
        why = format!("{why}: {source}");
    }
    Failed::Broken { why }
}

/// What the system says, without its number.
fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_owned()
}

const AGENT: &str = concat!("handfast/", env!("CARGO_PKG_VERSION"));
/// The longest head of an answer, and the most lines in it.
const HEAD_BYTES: usize = 64 * 1024;
const HEADERS: usize = 64;
/// Of a host's addresses, so many are tried.
const ADDRESSES: usize = 4;
