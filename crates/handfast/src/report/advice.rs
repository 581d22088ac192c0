//! Who can mend a refusal, and how: what the tables of this folder give for each row.

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Who {
    /// Whoever runs this side: a setting, or the program's code.
    Here,
    /// Whoever runs the peer.
    Peer,
    /// Whoever runs what stands between the two: a proxy, a balancer, the network.
    Between,
}

impl Who {
    /// The word for programs: `here`, `peer` or `between`; it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Peer => "peer",
            Self::Between => "between",
        }
    }
}

/// One row: the id that never changes its meaning, and what to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) advice: Advice,
}

/// Who has to do what, where nothing nearer is known than what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advice {
    /// Who has to do it.
    pub who: Who,
    /// What: a clause in lower case, without a full stop.
    pub words: &'static str,
}

pub(crate) const fn here(words: &'static str) -> Advice {
    Advice {
        who: Who::Here,
        words,
    }
}

pub(crate) const fn peer(words: &'static str) -> Advice {
    Advice {
        who: Who::Peer,
        words,
    }
}

pub(crate) const fn between(words: &'static str) -> Advice {
    Advice {
        who: Who::Between,
        words,
    }
}

/// The peer says what no version of the protocol allows.
pub(crate) const BROKEN: Advice = peer(
    "the peer's TLS software breaks the protocol: have its operator update it, and look whether a \
     proxy or a scanner in between rewrites TLS; no setting here takes this",
);

/// What came is not what was sent.
pub(crate) const DAMAGED: Advice = between(
    "bytes were changed on the way, or the two sides have different keys: try again; where it comes \
     back, look for a proxy or a scanner in between, and at the peer's TLS software",
);

/// More of something than any honest peer sends.
pub(crate) const FLOOD: Advice = peer(
    "the peer does what only a broken or hostile one does: have its operator look into it; the limit \
     is no setting",
);

/// The certificate says it better: see the chain's own remedy.
pub(crate) const CERTIFICATE: Advice = peer(
    "have the peer's operator show a certificate that this side accepts, or choose here what is \
     trusted (`Verification`)",
);

/// A second handshake that cannot be tied to the first one.
pub(crate) const UNBOUND: Advice = peer(
    "the second handshake is not tied to the first, which is how an attacker in between gets in: \
     have the peer's operator update its TLS software, or do without renegotiation",
);
