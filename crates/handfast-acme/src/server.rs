//! An ACME server (RFC 8555) without sockets.
//!
//! ```text
//! request --> dispatch --> signed (who?) --> accounts | orders | authorizations | ... --> reply
//!                                                 |                                        |
//!                                            World: records, authority, randomness, now    validations to do
//! ```
//! [`Server::handle`] is a function of the request, the time, the randomness and the
//! [`Records`] where state is kept; what the [`Authority`] signs, it has recorded when it returns.
//! Challenges are looked at by whoever carries the server: each [`Validation`] says what must be
//! found where, and [`Server::validated`] takes the finding in. Whoever does that connects where a
//! stranger tells it to, so it must look at the address first.
//!
//! Every write names the version that was read, so of two requests at once one is tried anew;
//! what stands half-done after a crash ends by itself when its time is over.

mod accounts;
mod authority;
mod authorizations;
mod certificates;
mod context;
mod csr;
mod dispatch;
mod exchange;
mod finalize;
mod finding;
mod kept;
mod key_change;
mod ledger;
mod looks;
mod names;
mod nonces;
mod orders;
mod rates;
mod records;
mod renewal;
mod settings;
mod signed;
mod view;

pub use authority::{Authority, Certified, Issuance, Standing};
pub use context::{Validation, World};
pub use dispatch::Server;
pub use exchange::{MAX_BODY_BYTES, Reply, Request};
pub use finding::{ACME_TLS, MAX_ANSWER_BYTES};
pub use names::{NameConstraints, NamePolicy};
pub use records::{Memory, Record, Records, RecordsFault};
pub use settings::{External, Lifetimes, Limits, Settings};
