//! Sends what the client wants sent: HTTP/1.1, over TLS with the server verified.

use crate::failure::{Failure, words};
use handfast::config::Trust;
use handfast::session::MemoryStore;
use handfast::{ClientConfig, Roots, ServerName};
use handfast_acme::client::{HttpMethod, HttpRequest, HttpResponse};
use handfast_tokio::Connector;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Position, Url};

/// Who asks.
#[derive(Debug)]
pub(super) struct Sender {
    connector: Connector,
}

impl Sender {
    /// Trusts these roots, or the system's.
    pub(super) fn new(roots: Option<Roots>) -> Result<Self, Failure> {
        let trust = roots.map_or(Trust::System, Trust::Roots);
        let mut config = ClientConfig::new(trust);
        config.common.alpn = vec![b"http/1.1".to_vec()];
        config.sessions = Some(Arc::<MemoryStore>::default() as _);
        let client = config
            .check()
            .map_err(|fault| Failure::usage(fault.to_string()))?;
        let connector = Connector::new(client).map_err(|missing| {
            Failure::usage(missing.to_string())
                .hint("name the authority's root with --acme-ca FILE")
        })?;
        Ok(Self { connector })
    }

    /// The answer, or why there is none.
    pub(super) async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        match timeout(PATIENCE, self.ask(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
        }
    }

    async fn ask(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        let url = Url::parse(&request.url).map_err(|error| error.to_string())?;
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default().unwrap_or(443);
        let tcp = TcpStream::connect((bare, port)).await;
        let tcp =
            tcp.map_err(|error| format!("cannot connect to {host}:{port}: {}", words(&error)))?;
        // Small writes must not wait for acknowledgements.
        let _ = tcp.set_nodelay(true);
        if url.scheme() != "https" {
            return over(tcp, &url, request).await;
        }
        let name = ServerName::parse(bare).map_err(|fault| fault.to_string())?;
        match self.connector.connect(name, tcp).await {
            Ok(tls) => over(tls, &url, request).await,
            Err(failed) => {
                let target = format!("{host}:{port}");
                let failure = Failure::handshake(&target, &failed, 10.0);
                Err(failure.message.clone())
            }
        }
    }
}

async fn over<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    transport: T,
    url: &Url,
    request: &HttpRequest,
) -> Result<HttpResponse, String> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .handshake(TokioIo::new(transport))
        .await
        .map_err(|error| told(&error))?;
    // Dropped, it ends the connection.
    let mut running = JoinSet::new();
    running.spawn(async {
        // What breaks it breaks the answer too, and is told there.
        let _ = connection.await;
    });
    let response = sender.send_request(built(url, request)?).await;
    read(response.map_err(|error| told(&error))?, request.limit_bytes).await
}

fn built(url: &Url, request: &HttpRequest) -> Result<Request<Full<Bytes>>, String> {
    let mut built = Request::new(Full::new(Bytes::from(request.body.clone())));
    *built.method_mut() = match request.method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Post => Method::POST,
    };
    let path = &url[Position::BeforePath..Position::AfterQuery];
    *built.uri_mut() = path
        .parse()
        .map_err(|error: hyper::http::uri::InvalidUri| error.to_string())?;
    let headers = built.headers_mut();
    // The host with its port, an IPv6 address in brackets.
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let host = HeaderValue::from_str(host).map_err(|error| error.to_string())?;
    headers.insert(header::HOST, host);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    for (name, value) in &request.headers {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    Ok(built)
}

/// Reads a body, by its own count: one byte above the limit tells that it is longer.
async fn read(response: Response<Incoming>, limit: usize) -> Result<HttpResponse, String> {
    let (parts, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| told(&error))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        let room = limit.saturating_add(1).saturating_sub(bytes.len());
        bytes.extend_from_slice(data.get(..room).unwrap_or(data));
        if bytes.len() > limit {
            break;
        }
    }
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    Ok(HttpResponse {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: bytes,
    })
}

fn told(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// RFC 8555 section 6.1.
const AGENT: &str = concat!("handfast/", env!("CARGO_PKG_VERSION"));
/// The longest that one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest head of an answer, and the most lines in it.
const HEAD_BYTES: usize = 64 * 1024;
const HEADERS: usize = 64;
