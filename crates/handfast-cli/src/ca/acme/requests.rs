//! One client: requests over HTTP/1.1, and what they set going.

use crate::ca::acme::look::Looker;
use crate::ca::acme::worker::{Answered, Asked, Worker};
use crate::cert::inspect::shown::plain;
use crate::talk::{Talk, note, print_line};
use handfast_acme::server::{MAX_BODY_BYTES, Validation};
use handfast_tokio::TlsStream;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What answers.
#[derive(Clone)]
pub(super) struct Requests {
    worker: Worker,
    looker: Looker,
    talk: Talk,
}

impl Requests {
    pub(super) fn new(worker: Worker, looker: Looker, talk: &Talk) -> Self {
        Self {
            worker,
            looker,
            talk: talk.clone(),
        }
    }

    /// Serves a client for as long as it has something to ask, or one request if it may not stay.
    pub(super) async fn serve(&self, tls: TlsStream<TcpStream>, peer: SocketAddr, may_stay: bool) {
        let service =
            service_fn(
                |request| async move { Ok::<_, Infallible>(self.answer(request, peer).await) },
            );
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .keep_alive(may_stay)
            .max_buf_size(HEAD);
        let connection = http.serve_connection(TokioIo::new(tls), service);
        // Clients may leave when they like; nobody stays for ever.
        let _ = timeout(LIFE, connection).await;
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Full<Bytes>> {
        let method = request.method().as_str().to_owned();
        let path = request.uri().path().to_owned();
        let response = match asked(request, peer).await {
            Ok(asked) => match self.worker.answer(asked).await {
                Some(answered) => self.told(answered),
                None => status(StatusCode::SERVICE_UNAVAILABLE),
            },
            Err(refused) => status(refused),
        };
        self.log(peer, (&method, &path), response.status());
        response
    }

    fn told(&self, answered: Answered) -> Response<Full<Bytes>> {
        for validation in answered.validations {
            let this = self.clone();
            tokio::spawn(async move { this.look(&validation).await });
        }
        let reply = answered.reply;
        let mut response = Response::new(Full::new(reply.body.into()));
        *response.status_mut() =
            StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in reply.fields {
            // Values are URLs and base64url of our own.
            if let Ok(value) = HeaderValue::try_from(value) {
                let name = HeaderName::from_static(name);
                response.headers_mut().append(name, value);
            }
        }
        response
    }

    async fn look(&self, validation: &Validation) {
        let found = self.looker.look(validation).await;
        let (kind, name) = (validation.kind.name(), &validation.identifier);
        if self.talk.json {
            let line = json!({
                "schema": "handfast.ca.acme.challenge/1",
                "name": name.to_string(),
                "challenge": kind,
                "proven": found.is_ok(),
                "error": found.as_ref().err().map(ToString::to_string),
            });
            print_line(&line.to_string());
        } else if !self.talk.quiet {
            let told = match &found {
                Ok(()) => "proven".to_owned(),
                Err(problem) => plain(&problem.to_string()),
            };
            note(&format!("acme: {name} by {kind}: {told}"));
        }
        self.worker.validated(validation.clone(), found);
    }

    fn log(&self, peer: SocketAddr, (method, path): (&str, &str), status: StatusCode) {
        if self.talk.json {
            let line = json!({
                "schema": "handfast.ca.acme.request/1",
                "peer": peer.to_string(),
                "method": method,
                "path": path,
                "status": status.as_u16(),
            });
            print_line(&line.to_string());
        } else if !self.talk.quiet {
            let path = plain(path);
            print_line(&format!("{peer} {method} {path} {}", status.as_u16()));
        }
    }
}

/// Reads a request to its end; of a body not more than the server looks at.
async fn asked(request: Request<Incoming>, peer: SocketAddr) -> Result<Asked, StatusCode> {
    let (head, body) = request.into_parts();
    let content_type = head.headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let reading = Limited::new(body, MAX_BODY_BYTES.saturating_add(1)).collect();
    let body = match timeout(BODY, reading).await {
        Err(_) => return Err(StatusCode::REQUEST_TIMEOUT),
        Ok(Ok(body)) => body.to_bytes().to_vec(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Ok(Err(_)) => return Err(StatusCode::BAD_REQUEST),
    };
    Ok(Asked {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        content_type: content_type.map(str::to_owned),
        body,
        peer: peer.ip(),
    })
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// How long a client may take to say a request's head, or say nothing between requests.
const IDLE: Duration = Duration::from_secs(15);
/// And to say a body.
const BODY: Duration = Duration::from_secs(15);
/// And to be there at all.
const LIFE: Duration = Duration::from_secs(600);
/// Bytes of a request's head, at most.
const HEAD: usize = 16 * 1024;
