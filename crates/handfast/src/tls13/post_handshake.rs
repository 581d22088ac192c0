//! Authentication of the client while the connection lasts (RFC 8446 section 4.6.2).
//!
//! ```text
//!  server                                             client
//!  CertificateRequest, context 1  ------------------>
//!  CertificateRequest, context 2  ------------------>
//!      data both ways                                 asks, or chooses and signs
//!                  <-------  Certificate, CertificateVerify, Finished  (context 1)
//!                  <-------  Certificate, Finished                     (context 2: nothing to show)
//! ```
//! Each answer goes on from one transcript: the handshake up to the client's Finished, and the request
//! that it answers (RFC 8446 section 4.4). Nothing may stand between the messages of an answer.

pub(crate) mod client;
pub(crate) mod server;

use crate::config::CommonPlan;
use crate::handshake::talk::Talk;
use crate::handshake::transcript::Transcript;
use crate::near::Near;
use crate::suite::Suite;
use crate::time::Now;
use crate::tls13::shared::Shared;
use handfast_crypto::hash::HashContext;
use std::sync::Arc;

/// Requests that wait for their answer at most, on either side.
pub(crate) const MOST_OUTSTANDING: usize = 8;

/// What both sides go on with: a talk that nothing was said in yet.
fn shared(common: &Arc<Near<CommonPlan>>, suite: &'static Suite, now: Now) -> Shared {
    let mut shared = Shared::new(Talk::new(common, now));
    shared.suite = Some(suite);
    shared
}

/// A transcript that goes on from the handshake's.
fn go_on_from(handshake: &HashContext) -> Transcript {
    Transcript::Running(handshake.clone())
}
