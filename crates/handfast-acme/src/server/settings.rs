//! What the operator decides.

use crate::message::ChallengeKind;
use crate::server::names::NamePolicy;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Before every path: scheme, host and port, without a slash at the end.
    pub base: String,
    /// Where the terms of service are; new accounts must then agree to them.
    pub terms: Option<String>,
    /// Where to read more.
    pub website: Option<String>,
    /// Accounts elsewhere to which accounts here are bound.
    pub external: External,
    /// Which ways to prove a name are offered.
    pub challenges: Vec<ChallengeKind>,
    /// For which names there are certificates.
    pub names: NamePolicy,
    /// How long things last.
    pub lifetimes: Lifetimes,
    /// How much is too much.
    pub limits: Limits,
}

impl Settings {
    /// The usual: http-01 and tls-alpn-01, any name that the authority may vouch for.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            terms: None,
            website: None,
            external: External::default(),
            challenges: vec![ChallengeKind::Http01, ChallengeKind::TlsAlpn01],
            names: NamePolicy::default(),
            lifetimes: Lifetimes::default(),
            limits: Limits::default(),
        }
    }
}

/// Accounts elsewhere (RFC 8555 section 7.3.4): a name each, and its secret.
#[derive(Clone, Default)]
pub struct External {
    /// Whether every account must be bound to one.
    pub is_required: bool,
    /// The secrets by name.
    pub secrets: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

impl core::fmt::Debug for External {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self {
            is_required,
            secrets,
        } = self;
        write!(
            f,
            "External({} names, required: {is_required})",
            secrets.len()
        )
    }
}

/// How long things last, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// How long an order may stay open.
    pub order_s: u64,
    /// How long a proven name may be used, to finalize its order and to revoke certificates.
    pub authorization_s: u64,
    /// How long a certificate is valid where its order does not say.
    pub certificate_s: u64,
    /// How long at most, whatever its order says.
    pub certificate_max_s: u64,
    /// How long a challenge may be looked at before it counts as failed, where the server was
    /// stopped in between.
    pub validation_s: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            order_s: 24 * 3600,
            authorization_s: 24 * 3600,
            certificate_s: 90 * 86_400,
            certificate_max_s: 90 * 86_400,
            validation_s: 90,
        }
    }
}

/// How much is too much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Names in an order.
    pub identifiers: usize,
    /// New accounts an hour, from one address (of IPv6: one /64), and bound to one external account.
    pub accounts_an_hour: u32,
    /// New orders an hour, of one account.
    pub orders_an_hour: u32,
    /// Names in new orders an hour, of one account.
    pub names_an_hour: u32,
    /// Names of one account that may wait for their proofs.
    pub pending_names: usize,
    /// Challenges to look at an hour, of one account.
    pub looks_an_hour: u32,
    /// Challenges of one account that may wait to be looked at, those being looked at included.
    pub looks_waiting: usize,
    /// And of all accounts.
    pub looks_waiting_of_all: usize,
    /// Failed proofs an hour, of one name by one account.
    pub failures_an_hour: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            identifiers: 100,
            accounts_an_hour: 100,
            orders_an_hour: 300,
            names_an_hour: 3_000,
            pending_names: 1_000,
            looks_an_hour: 1_000,
            looks_waiting: 100,
            looks_waiting_of_all: 1_000,
            failures_an_hour: 30,
        }
    }
}
