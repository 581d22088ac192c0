//! One client: requests over HTTP/1.1 or 1.0, in a task of its own.
//!
//! Nobody holds a place for long: a head, a body and the taking of an answer each have their time,
//! and all places together are limited. Where few are left, clients that keep theirs without
//! asking lose them sooner.

use crate::ca::serve::log::{About, Log};
use crate::ca::serve::paced::Paced;
use crate::serve::answer::Answer;
use crate::serve::delivery::{Delivered, Delivery};
use crate::serve::lingering::{Carrier, Lingering};
use crate::serve::log::Asked;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Whoever answers requests.
pub(crate) trait Service: Send + Sync + 'static {
    /// The answer, and what the log is told about it.
    fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = (Answer, About)> + Send + '_;
}

/// All clients of a listener.
pub(crate) struct Connections<S> {
    shared: Arc<Shared<S>>,
    open: GracefulShutdown,
    places: Arc<Semaphore>,
    most: usize,
}

struct Shared<S> {
    service: Arc<S>,
    log: Log,
}

/// A client's place, which it gives back when it goes.
pub(crate) struct Seat {
    permit: OwnedSemaphorePermit,
    is_scarce: bool,
}

impl<S: Service> Connections<S> {
    /// At most so many clients at a time.
    pub(crate) fn new(service: Arc<S>, log: Log, most: usize) -> Self {
        Self {
            shared: Arc::new(Shared { service, log }),
            open: GracefulShutdown::new(),
            places: Arc::new(Semaphore::new(most)),
            most,
        }
    }

    /// Waits until there is a place for another client.
    pub(crate) async fn seat(&self) -> Option<Seat> {
        let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
        Some(Seat {
            permit,
            is_scarce: self.places.available_permits() < self.most / 4,
        })
    }

    /// Serves a client.
    pub(crate) fn take<T>(&self, stream: T, peer: SocketAddr, seat: Seat)
    where
        T: Carrier + Send + 'static,
    {
        // Small writes must not wait for acknowledgements.
        let _ = stream.tcp().set_nodelay(true);
        let (shared, watcher) = (Arc::clone(&self.shared), self.open.watcher());
        tokio::spawn(async move { shared.requests(stream, peer, seat, watcher).await });
    }

    /// Lets the open connections finish.
    pub(crate) async fn finish(self) {
        self.open.shutdown().await;
    }
}

impl<S: Service> Shared<S> {
    async fn requests<T>(
        self: &Arc<Self>,
        stream: T,
        peer: SocketAddr,
        seat: Seat,
        watcher: Watcher,
    ) where
        T: Carrier + Send + 'static,
    {
        let log = self.log;
        let delivery = (!log.is_silent()).then(|| Arc::new(Delivery::new(false)));
        let service = service_fn(|request: Request<Incoming>| {
            let (shared, delivery) = (Arc::clone(self), delivery.clone());
            let is_scarce = seat.is_scarce;
            async move {
                let asked = delivery.is_some().then(|| Asked::new(&request));
                let (mut answer, about) = shared.service.answer(request).await;
                if is_scarce {
                    let close = HeaderValue::from_static("close");
                    answer.headers_mut().insert(CONNECTION, close);
                }
                let line = asked.map(|asked| log.line(peer, asked, about, &answer));
                Ok::<_, Infallible>(answer.map(|body| match (delivery, line) {
                    (Some(delivery), Some(line)) => delivery.begin(line, body),
                    _ => Delivered::silently(body),
                }))
            }
        });
        let stream = TokioIo::new(Lingering::new(Paced::new(stream), delivery.clone()));
        let idle = if seat.is_scarce { SCARCE } else { IDLE };
        // Clients may leave when they like; what they have got is logged.
        let _ = watcher
            .watch(http1(idle).serve_connection(stream, service))
            .await;
        drop(seat.permit);
    }
}

fn http1(idle: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        // A client that has said all waits for the answer all the same.
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_buf_size(HEAD);
    builder
}

/// How long a client may take to say a request's head, or say nothing between requests.
const IDLE: Duration = Duration::from_secs(15);
/// The same where less than a quarter of the places is left.
const SCARCE: Duration = Duration::from_secs(3);
/// Bytes of a request's head, at most: an OCSP request in the path takes some 150.
const HEAD: usize = 16 * 1024;
