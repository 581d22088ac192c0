//! Handfast on tokio: the engine driven by `AsyncRead` and `AsyncWrite`.
//!
//! | | for |
//! |---|---|
//! | [`Connector`] | clients: TLS over any transport |
//! | [`Acceptor`] | servers; the config may be chosen by the ClientHello |
//! | [`TlsListener`] | accepts TCP and hands out connections whose handshake is done; a silent peer stops nobody |
//! | [`Renewals`] | new keys, or the client's certificate, while the connection lasts |
//! | [`TlsStream`] | a connection: reads, writes, half-close, and truncation told apart from an end |
//! | [`HttpsConnector`] | `http://` and `https://` for hyper's clients |
//!
//! Every handshake has a deadline, [`HANDSHAKE_TIMEOUT`] unless another is set.

mod acceptor;
mod answer;
mod connector;
mod early;
mod failure;
mod handshake;
#[cfg(feature = "hyper")]
mod hyper_connector;
mod listener;
mod renewal;
mod spare;
mod stream;

pub use acceptor::Acceptor;
pub use answer::{Answerer, Answering};
pub use connector::Connector;
pub use failure::{Cause, HandshakeFailed};
pub use handfast_trust::RootsMissing;
pub use handshake::{HANDSHAKE_TIMEOUT, Handshake};
#[cfg(feature = "hyper")]
pub use hyper_connector::{HttpsConnector, HttpsStream, PeerInfo};
pub use listener::TlsListener;
pub use renewal::{RenewalOutcome, Renewals};
pub use stream::TlsStream;
