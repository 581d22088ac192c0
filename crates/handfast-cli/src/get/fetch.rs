//! One request and its response.

use crate::dial::{Dial, Transport, authority};
use crate::failure::Failure;
use crate::get::noted::Note;
use crate::get::output::status;
use crate::get::request::{Asking, Sent};
use crate::summary::{self, Times};
use crate::talk::{Talk, note};
use crate::tls::Ready;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use std::time::Instant;
use tokio::time::timeout;
use url::Url;

/// What fetching takes.
pub(crate) struct Fetcher<'f> {
    pub(crate) dial: &'f Dial,
    pub(crate) tls: &'f Ready,
    pub(crate) talk: &'f Talk,
}

/// A response, its body still to come.
pub(crate) struct Answered {
    pub(crate) response: Response<Incoming>,
    /// What TLS agreed on.
    pub(crate) tls: Value,
    /// What the connection breaks with, if it does.
    pub(crate) note: Note,
}

/// How a request is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Http2,
    Http1,
    /// To a proxy, which wants the whole URL.
    Proxied,
}

impl Fetcher<'_> {
    /// Connects and asks.
    pub(crate) async fn fetch(&self, url: &Url, asking: &Asking) -> Result<Answered, Failure> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(443);
        let secure = url.scheme() == "https";
        let dialed = self.dial.dial(host, port, secure).await?;
        if self.talk.verbose > 0 {
            note(&format!(
                "* connected to {} for {}",
                dialed.address,
                authority(host, port)
            ));
        }
        let mut times = Times {
            resolve: dialed.resolve,
            connect: dialed.connect,
            ..Times::default()
        };
        if !secure {
            let form = if self.dial.has_proxy() {
                Form::Proxied
            } else {
                Form::Http1
            };
            let (response, note) = self.ask(url, asking, dialed.transport, form).await?;
            let tls = Value::Null;
            return Ok(Answered {
                response,
                tls,
                note,
            });
        }
        let start = Instant::now();
        let handshake = self
            .tls
            .connect(self.tls.name_for(host)?, port, dialed.transport)
            .await;
        let stream = handshake.map_err(|failed| {
            let failure = Failure::handshake(&authority(host, port), &failed, self.dial.timeout);
            self.tls.explain(failure)
        })?;
        times.handshake = start.elapsed();
        let judged = self.tls.take_judged(stream.negotiated());
        let (mut tls, mut form) = (Value::Null, Form::Http1);
        if let Some(negotiated) = stream.negotiated() {
            if self.talk.verbose > 0 {
                let lines = summary::lines(negotiated, times, &judged);
                lines.iter().for_each(|line| note(&format!("* {line}")));
            }
            tls = summary::json(negotiated, times, &judged);
            if negotiated.alpn.as_deref() == Some(b"h2") {
                form = Form::Http2;
            }
        }
        let first_use = judged.first_use.as_ref();
        if let Some(news) = first_use.and_then(|one| one.news(&authority(host, port))) {
            self.talk.warn(&news);
        }
        // With -v the summary has said it.
        if let Some(objection) = judged.objection.filter(|_| self.talk.verbose == 0) {
            self.talk
                .warn(&format!("{host} is NOT verified: {objection}"));
        }
        let asked = self.ask(url, asking, Box::new(stream), form).await;
        let (response, note) = asked.map_err(|failure| self.tls.explain(failure))?;
        Ok(Answered {
            response,
            tls,
            note,
        })
    }

    async fn ask(
        &self,
        url: &Url,
        asking: &Asking,
        transport: Box<dyn Transport>,
        form: Form,
    ) -> Result<(Response<Incoming>, Note), Failure> {
        let kept = Note::default();
        let transport = kept.watch(transport);
        let request = self.request(url, asking, form).await?;
        let broken = |error: &hyper::Error| kept.failure(url.as_str(), "response", error);
        let answer = async {
            if form == Form::Http2 {
                let made = http2::Builder::new(TokioExecutor::new())
                    .initial_stream_window_size(WINDOW)
                    .initial_connection_window_size(2 * WINDOW)
                    .max_frame_size(FRAME)
                    .handshake(TokioIo::new(transport))
                    .await;
                let (mut sender, connection) = made.map_err(|error| broken(&error))?;
                // What breaks the connection breaks the response too, and is told there.
                tokio::spawn(connection);
                sender
                    .send_request(request)
                    .await
                    .map_err(|error| broken(&error))
            } else {
                let made = http1::Builder::new()
                    .handshake(TokioIo::new(transport))
                    .await;
                let (mut sender, connection) = made.map_err(|error| broken(&error))?;
                tokio::spawn(connection);
                sender
                    .send_request(request)
                    .await
                    .map_err(|error| broken(&error))
            }
        };
        let limit = timeout(self.dial.limit(), answer);
        let late = |_| {
            Failure::timeout(
                "response",
                &format!("the answer of {url}"),
                self.dial.timeout,
            )
        };
        let response = limit.await.map_err(late)??;
        if self.talk.verbose > 0 {
            note(&format!(
                "< {}",
                status(response.version(), response.status())
            ));
            show('<', response.headers());
        }
        Ok((response, kept))
    }

    async fn request(
        &self,
        url: &Url,
        asking: &Asking,
        form: Form,
    ) -> Result<Request<Sent>, Failure> {
        let fault = |why: &dyn std::fmt::Display| {
            Failure::usage(format!("{url} cannot be asked for: {why}"))
        };
        let host = url.host_str().unwrap_or_default();
        let named = url
            .port()
            .map_or_else(|| host.to_owned(), |port| authority(host, port));
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let target = if form == Form::Http1 {
            path
        } else {
            format!("{}://{named}{path}", url.scheme())
        };
        let target: Uri = target
            .parse()
            .map_err(|why: hyper::http::uri::InvalidUri| fault(&why))?;
        let mut request = Request::new(asking.body().await?);
        *request.method_mut() = asking.method.clone();
        *request.headers_mut() = asking.headers.clone();
        *request.uri_mut() = target;
        if form == Form::Http2 {
            *request.version_mut() = hyper::Version::HTTP_2;
            // A host that was named by hand becomes the authority (RFC 9113 s8.3.1).
            if let Some(host) = request.headers_mut().remove(header::HOST) {
                *request.uri_mut() = with_authority(request.uri(), &host)
                    .ok_or_else(|| fault(&"the Host header is no host"))?;
            }
        } else if !request.headers().contains_key(header::HOST) {
            let host = HeaderValue::from_str(&named).map_err(|why| fault(&why))?;
            request.headers_mut().insert(header::HOST, host);
        }
        if self.talk.verbose > 0 {
            note(&format!("> {} {}", request.method(), request.uri()));
            show('>', request.headers());
        }
        Ok(request)
    }
}

fn with_authority(uri: &Uri, host: &HeaderValue) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(host.to_str().ok()?.parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn show(arrow: char, headers: &HeaderMap) {
    for (name, value) in headers {
        note(&format!(
            "{arrow} {name}: {}",
            String::from_utf8_lossy(value.as_bytes()).escape_debug()
        ));
    }
}

/// Bytes that a server may send ahead: enough for a gigabit a second over 60 ms.
const WINDOW: u32 = 8 * 1024 * 1024;
/// The longest frame: several records, so that few frames are handled.
const FRAME: u32 = 64 * 1024;
