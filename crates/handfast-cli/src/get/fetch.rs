//! One request and its response.

use crate::dial::{Dial, Transport, authority};
use crate::exceptions;
use crate::failure::Failure;
use crate::get::early::Held;
use crate::get::noted::Note;
use crate::get::output::status;
use crate::get::request::{Asking, Sent};
use crate::judged::Judged;
use crate::session_file::SessionFile;
use crate::summary::{self, Times};
use crate::talk::{Talk, note};
use crate::tls::Ready;
use handfast::Negotiated;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use url::Url;

/// What fetching takes.
pub(crate) struct Fetcher<'f> {
    pub(crate) dial: &'f Dial,
    pub(crate) tls: &'f Ready,
    pub(crate) talk: &'f Talk,
    /// The file of `--resume`.
    pub(crate) session: Option<&'f SessionFile>,
    /// The request goes early where it may.
    pub(crate) sends_early: bool,
}

/// A response, its body still to come.
pub(crate) struct Answered {
    pub(crate) response: Response<Incoming>,
    /// What TLS agreed on.
    pub(crate) tls: Value,
    /// What the connection breaks with, if it does.
    pub(crate) note: Note,
    /// The request went in early data, and the server took it.
    pub(crate) went_early: bool,
    /// The connection stays open as long as this, where a session is waited for.
    pub(crate) connection: Option<Box<dyn Any + Send>>,
}

/// What asking leads to: a response, and the connection.
type Asked = (Response<Incoming>, Note, Option<Box<dyn Any + Send>>);

/// A request that waits for its connection.
struct Begun<'f> {
    held: Held,
    answering: Pin<Box<dyn Future<Output = Result<Asked, Failure>> + Send + 'f>>,
}

/// How a request is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Http2,
    Http1,
    /// To a proxy, which wants the whole URL.
    Proxied,
}

impl Form {
    /// Whether these bytes hold the whole head of a first request.
    fn is_whole(self, bytes: &[u8]) -> bool {
        if self != Self::Http2 {
            return bytes.ends_with(b"\r\n\r\n");
        }
        // RFC 9113 s3.4 and s4.1: the preface, then frames; END_HEADERS stands in a frame's flags.
        let mut rest = bytes.get(PREFACE..).unwrap_or_default();
        while let Some((head, after)) = rest.split_first_chunk::<9>() {
            let [a, b, c, kind, flags, ..] = *head;
            let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            let Some(next) = after.get(length..) else {
                return false;
            };
            if matches!(kind, HEADERS | CONTINUATION) && flags & END_HEADERS != 0 {
                return true;
            }
            rest = next;
        }
        false
    }
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
            return self.fetch_plain(url, asking, dialed.transport).await;
        }
        let name = self.tls.name_for(host)?;
        let mut begun = None;
        if let Some(file) = self.session {
            file.bind(&self.tls.bound(&name))?;
            begun = self.begin(url, asking, file).await?;
        }
        let start = Instant::now();
        let mut handshake = self.tls.connect(name, port, dialed.transport);
        if let Some(begun) = &begun {
            handshake = handshake.with_replayable(begun.held.written());
        }
        let stream = handshake.await.map_err(|failed| {
            let failure = Failure::handshake(&authority(host, port), &failed, self.dial.timeout);
            self.tls.explain(failure)
        })?;
        times.handshake = start.elapsed();
        let judged = self.tls.take_judged(stream.negotiated());
        let (tls, form) = self.tell(stream.negotiated(), times, judged, (host, port));
        let went_early = stream.replayable_taken();
        if self.talk.verbose > 0 && self.sends_early {
            note(match went_early {
                true => "* the request went in early data, and was taken",
                false => "* no early data was taken: the request is sent now",
            });
        }
        let asked = match begun.filter(|_| went_early) {
            Some(begun) => {
                begun.held.go_on(Box::new(stream));
                begun.answering.await
            }
            None => self.ask(url, asking, Box::new(stream), form).await,
        };
        let (response, note, connection) = asked.map_err(|failure| self.tls.explain(failure))?;
        Ok(Answered {
            response,
            tls,
            note,
            went_early,
            connection,
        })
    }

    /// The same without TLS.
    async fn fetch_plain(
        &self,
        url: &Url,
        asking: &Asking,
        transport: Box<dyn Transport>,
    ) -> Result<Answered, Failure> {
        let form = if self.dial.has_proxy() {
            Form::Proxied
        } else {
            Form::Http1
        };
        let (response, note, connection) = self.ask(url, asking, transport, form).await?;
        Ok(Answered {
            response,
            tls: Value::Null,
            note,
            went_early: false,
            connection,
        })
    }

    /// Tells what a handshake came to; gives the same for programs, and how requests are written.
    fn tell(
        &self,
        negotiated: Option<&Negotiated>,
        times: Times,
        judged: Judged,
        (host, port): (&str, u16),
    ) -> (Value, Form) {
        let (mut tls, mut form) = (Value::Null, Form::Http1);
        if let Some(negotiated) = negotiated {
            if self.talk.verbose > 0 {
                let lines = summary::lines(negotiated, times, &judged);
                lines.iter().for_each(|line| note(&format!("* {line}")));
            }
            tls = summary::json(negotiated, times, &judged);
            if negotiated.alpn.as_deref() == Some(b"h2") {
                form = Form::Http2;
            }
        }
        exceptions::tell(negotiated, self.talk);
        let first_use = judged.first_use.as_ref();
        if let Some(news) = first_use.and_then(|one| one.news(&authority(host, port))) {
            self.talk.warn(&news);
        }
        // With -v the summary has said it.
        if let Some(objection) = judged.objection.filter(|_| self.talk.verbose == 0) {
            self.talk
                .warn(&format!("{host} is NOT verified: {objection}"));
        }
        (tls, form)
    }

    /// Writes the request ahead, under the application protocol of the session, where that may bring
    /// so much early data.
    async fn begin<'a>(
        &'a self,
        url: &'a Url,
        asking: &'a Asking,
        file: &SessionFile,
    ) -> Result<Option<Begun<'a>>, Failure> {
        let Some((most, alpn)) = file.early_data().filter(|_| self.sends_early) else {
            return Ok(None);
        };
        let form = match &alpn[..] {
            b"h2" => Form::Http2,
            b"http/1.1" | b"" => Form::Http1,
            _ => return Ok(None),
        };
        let held = Held::default();
        let mut answering = Box::pin(self.ask(url, asking, Box::new(held.clone()), form));
        // Whoever writes it needs a moment, and no network.
        let end = Instant::now() + MOMENT;
        while !form.is_whole(&held.written()) && Instant::now() < end {
            tokio::select! {
                asked = &mut answering => return asked.map(|_| None),
                () = held.grows() => {}
                () = sleep(MOMENT) => {}
            }
        }
        let fits = form.is_whole(&held.written()) && held.written().len() <= most;
        Ok(fits.then_some(Begun { held, answering }))
    }

    async fn ask(
        &self,
        url: &Url,
        asking: &Asking,
        transport: Box<dyn Transport>,
        form: Form,
    ) -> Result<Asked, Failure> {
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
                let response = sender.send_request(request).await;
                let kept: Box<dyn Any + Send> = Box::new(sender);
                response.map(|response| (response, kept))
            } else {
                let made = http1::Builder::new()
                    .handshake(TokioIo::new(transport))
                    .await;
                let (mut sender, connection) = made.map_err(|error| broken(&error))?;
                tokio::spawn(connection);
                let response = sender.send_request(request).await;
                let kept: Box<dyn Any + Send> = Box::new(sender);
                response.map(|response| (response, kept))
            }
            .map_err(|error| broken(&error))
        };
        let limit = timeout(self.dial.limit(), answer);
        let late = |_| {
            Failure::timeout(
                "response",
                &format!("the answer of {url}"),
                self.dial.timeout,
            )
        };
        let (response, connection) = limit.await.map_err(late)??;
        if self.talk.verbose > 0 {
            note(&format!(
                "< {}",
                status(response.version(), response.status())
            ));
            show('<', response.headers());
        }
        let connection = self.session.map(|_| connection);
        Ok((response, kept, connection))
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
/// How long it may take to write a request.
const MOMENT: Duration = Duration::from_millis(200);
/// Bytes before the first frame of HTTP/2.
const PREFACE: usize = 24;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
