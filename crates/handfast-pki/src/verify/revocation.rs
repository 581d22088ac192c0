//! Whether certificates were revoked since they were issued (RFC 5280 s6.3, RFC 6960 s3.2).
//!
//! What the caller and the peer have at hand is judged for each certificate of the path that was
//! found, the anchor excepted: a CRL or response that says *revoked* outweighs any that says
//! *good*, and what cannot be used is dropped with a [`doubt::Doubt`] that says why. Nothing is
//! fetched here.

pub(crate) mod check;
mod crls;
pub mod doubt;
mod responses;
mod signer;
pub mod store;
mod tally;

use crate::crl::Crl;
use crate::verify::place::Place;
use crate::verify::revocation::doubt::{Dropped, Source};

/// How much must be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing but a staple is looked at: one that says *revoked* refuses.
    #[default]
    Off,
    /// Whatever says *revoked* refuses; a status that stays unknown does not.
    SoftFail,
    /// Every certificate of the path, the anchor excepted, must be shown not to be revoked.
    HardFail,
}

/// An OCSP response that the caller fetched.
#[derive(Clone, Copy, Debug)]
pub struct OcspAnswer<'a> {
    /// The response in DER.
    pub der: &'a [u8],
    /// The nonce that was sent: the response must bear it. `None` where none was sent, or where
    /// one that was computed in advance is good enough.
    pub nonce: Option<&'a [u8]>,
}

/// What is known about revocation, and how much must be. The default is [`Mode::Off`] with nothing
/// at hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Revocation<'a> {
    /// How much must be known.
    pub mode: Mode,
    /// What the peer stapled for its own certificate: an OCSP response in DER.
    pub staple: Option<&'a [u8]>,
    /// Whether the peer was asked to staple: then it must, if its certificate binds it to
    /// (tlsFeature, RFC 7633), whatever the mode.
    pub staple_asked: bool,
    /// Responses about any certificate of the path.
    pub responses: &'a [OcspAnswer<'a>],
    /// CRLs, complete and delta ones, in any order.
    pub crls: &'a [Crl<'a>],
    /// Certificates of those who sign CRLs for others, in DER, beside those that the peer sent.
    pub crl_issuers: &'a [&'a [u8]],
}

/// What was found out about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which certificate.
    pub place: Place,
    /// Its status.
    pub status: Status,
    /// What was at hand and could not be used, and why.
    pub dropped: Vec<Dropped>,
}

/// The status of a certificate that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is not revoked, says this source (of several, the first).
    Good(Source),
    /// Its issuer publishes no status for it (noRevAvail, RFC 9608).
    NotPublished,
    /// Nothing that could be used speaks about it.
    Unknown,
}

/// How far clocks may differ, in seconds: so much earlier or later may a CRL or a response begin
/// or end.
pub const CLOCK_SKEW_S: i64 = 300;

/// How long an OCSP response counts that names no next update, in seconds from its thisUpdate.
pub const OPEN_RESPONSE_LIFE_S: i64 = 24 * 3600;
