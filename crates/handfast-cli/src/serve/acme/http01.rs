//! Answers http-01 (RFC 8555 section 8.3): one port, a few files, and nothing else.

use crate::listening::accept;
use crate::serve::acme::challenges::Challenges;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Answers for as long as the server runs.
pub(super) async fn answer(listener: TcpListener, challenges: Arc<Challenges>) {
    let room = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let (tcp, _) = accept(&listener).await;
        let challenges = Arc::clone(&challenges);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = response(&challenges, &request);
                async { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .max_buf_size(HEAD_BYTES)
                .serve_connection(TokioIo::new(tcp), service);
            // Clients may leave when they like.
            let _ = timeout(PATIENCE, connection).await;
            drop(place);
        });
    }
}

fn response(challenges: &Challenges, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let found = reads
        .then(|| challenges.file(request.uri().path()))
        .flatten();
    let (status, body) = match found {
        Some(text) => (StatusCode::OK, text),
        None => (
            StatusCode::NOT_FOUND,
            "Here the challenges of ACME are answered, and nothing else is.\n".to_owned(),
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// How long a client may take altogether.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many are answered at a time.
const CLIENTS: usize = 64;
/// The longest head of a request; hyper takes no less.
const HEAD_BYTES: usize = 16 * 1024;
