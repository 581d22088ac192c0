//! `http://` and `https://` for hyper's clients.

use crate::connector::Connector;
use crate::stream::TlsStream;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use handfast::{Negotiated, ServerName};
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use std::io::{self, ErrorKind, IoSlice};
use tokio::net::TcpStream;
use tower_service::Service;

/// Connects hyper's clients: TLS for `https://`, plain TCP for `http://`.
///
/// For HTTP/2 put `h2` before `http/1.1` into the config's ALPN list; what was
/// agreed on is told to hyper. The peer's certificates are in the response's
/// extensions as [`PeerInfo`].
#[derive(Clone, Debug)]
pub struct HttpsConnector {
    http: HttpConnector,
    tls: Connector,
    https_only: bool,
}

impl HttpsConnector {
    /// A connector over TCP.
    #[must_use]
    pub fn new(tls: Connector) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        Self {
            http,
            tls,
            https_only: false,
        }
    }

    /// Refuses `http://`.
    #[must_use]
    pub fn https_only(mut self) -> Self {
        self.https_only = true;
        self
    }
}

type Connecting = Pin<Box<dyn Future<Output = io::Result<HttpsStream>> + Send>>;

impl Service<Uri> for HttpsConnector {
    type Response = HttpsStream;
    type Error = io::Error;
    type Future = Connecting;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.http.poll_ready(cx).map_err(io::Error::other)
    }

    fn call(&mut self, uri: Uri) -> Connecting {
        let tls = match (uri.scheme_str(), self.https_only) {
            (Some("https"), _) => Some(self.tls.clone()),
            (Some("http"), false) => None,
            (scheme, _) => {
                let why = format!(
                    "the scheme {} is not spoken here",
                    scheme.unwrap_or("(none)")
                );
                return Box::pin(core::future::ready(Err(io::Error::new(
                    ErrorKind::InvalidInput,
                    why,
                ))));
            }
        };
        let name = ServerName::parse(uri.host().unwrap_or_default());
        let tcp = self.http.call(uri);
        Box::pin(async move {
            let name = name.map_err(|fault| io::Error::new(ErrorKind::InvalidInput, fault));
            let Some(tls) = tls else {
                return Ok(HttpsStream::Plain(tcp.await.map_err(io::Error::other)?));
            };
            let name = name?;
            let tcp = tcp.await.map_err(io::Error::other)?.into_inner();
            let stream = tls.connect(name, tcp).await?;
            Ok(HttpsStream::Tls(Box::new(TokioIo::new(stream))))
        })
    }
}

/// A connection for hyper, with TLS or without.
#[derive(Debug)]
#[non_exhaustive]
pub enum HttpsStream {
    /// Without.
    Plain(TokioIo<TcpStream>),
    /// With.
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
}

/// What was agreed on with the peer: in the extensions of hyper's responses.
#[derive(Clone, Debug)]
pub struct PeerInfo(pub Negotiated);

impl Connection for HttpsStream {
    fn connected(&self) -> Connected {
        let Self::Tls(stream) = self else {
            return Connected::new();
        };
        let Some(negotiated) = stream.inner().negotiated() else {
            return Connected::new();
        };
        let connected = Connected::new().extra(PeerInfo(negotiated.clone()));
        if negotiated.alpn.as_deref() == Some(b"h2") {
            connected.negotiated_h2()
        } else {
            connected
        }
    }
}

impl Read for HttpsStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, out),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_read(cx, out),
        }
    }
}

impl Write for HttpsStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, data),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write(cx, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write_vectored(cx, slices),
        }
    }
}
