//! Who asks: what is known of a client, and how it has shown that.

use crate::serve::allowed::{Allowed, Identity};
use handfast::Negotiated;
use handfast::config::Exception;
use handfast::connection::Resumption;
use std::net::SocketAddr;

/// Who asks.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) peer: SocketAddr,
    /// The host that the handshake was for.
    pub(super) server_name: Option<String>,
    /// Whom the client's certificate names.
    pub(super) identity: Option<Identity>,
    /// How it has shown that.
    pub(super) shown: Shown,
    /// The shared key that the client knows.
    pub(super) psk_identity: Option<String>,
    /// Whether that is one of those who are allowed, where not everyone is.
    pub(super) is_allowed: Option<bool>,
    /// By what it came back, if it did.
    pub(super) resumption: Option<Resumption>,
    /// The exceptions that its certificate needed.
    pub(super) exceptions: Vec<Exception>,
}

impl Client {
    /// Whether it may still be asked who it is.
    pub(super) fn is_unasked(&self) -> bool {
        self.shown == Shown::NotAsked
    }

    /// The same, asked who it is.
    pub(super) fn introduced(
        &self,
        agreed: Option<&Negotiated>,
        shown: Shown,
        allowed: &Allowed,
    ) -> Self {
        let identity = agreed.and_then(|agreed| match agreed.peer_raw_key() {
            Some(key) => Some(Identity::of_raw_key(key)),
            None => Identity::of(&agreed.peer_chain),
        });
        Self {
            is_allowed: match shown {
                Shown::NotAsked | Shown::Nothing(_) => None,
                _ => allowed.admits(identity.as_ref()),
            },
            identity,
            shown,
            exceptions: agreed.map_or_else(Vec::new, |agreed| agreed.exceptions().to_vec()),
            ..self.clone()
        }
    }
}

/// How a client has said who it is, or why it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nobody has asked.
    NotAsked,
    /// In the handshake that the connection began with, or in that of its session.
    InHandshake,
    /// In another handshake on the same connection.
    Renegotiated,
    /// After the handshake, as TLS 1.3 has it.
    AskedLater,
    /// It has not.
    Nothing(Why),
}

/// Why a client has not said who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It was asked, and shows nothing.
    Declined,
    /// In TLS 1.3 only who has offered it may be asked.
    NotOffered,
    /// Before TLS 1.3 it takes RFC 5746 and RFC 7627.
    Unbound,
    /// It was asked, and went on as if it had not been.
    Silent,
}

impl Shown {
    /// The word for programs; nothing where nobody is known.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::InHandshake => Some("handshake"),
            Self::Renegotiated => Some("renegotiation"),
            Self::AskedLater => Some("post_handshake"),
            Self::NotAsked | Self::Nothing(_) => None,
        }
    }

    /// Why nobody is known although somebody asked, for programs.
    pub(super) fn why_not(self) -> Option<&'static str> {
        match self {
            Self::Nothing(why) => Some(why.word()),
            _ => None,
        }
    }

    /// The words for people, behind whom it is, if anybody; none where it is as usual.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Renegotiated => ", renegotiated",
            Self::AskedLater => ", asked later",
            Self::Nothing(Why::Declined) => "asked, and showed no certificate",
            Self::Nothing(Why::NotOffered) => "cannot be asked later in TLS 1.3",
            Self::Nothing(Why::Unbound) => "cannot be asked to renegotiate",
            Self::Nothing(Why::Silent) => "asked, and said nothing",
            Self::NotAsked | Self::InHandshake => "",
        }
    }
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::NotOffered => "not_offered",
            Self::Unbound => "not_bound",
            Self::Silent => "silent",
        }
    }

    /// What happened, and what to do.
    pub(super) fn sentences(self) -> &'static str {
        match self {
            Self::Declined => {
                "Your client was asked for one and showed none. With handfast and curl give --cert \
                 FILE and --key FILE."
            }
            Self::NotOffered => {
                "Your client does not let itself be asked in the middle of a TLS 1.3 connection \
                 (post_handshake_auth). handfast does with --cert FILE and --key FILE, and so does \
                 curl; in Python set context.post_handshake_auth = True. Where it cannot, as in \
                 most browsers, TLS 1.2 is the way."
            }
            Self::Unbound => {
                "Your client cannot be asked for one in the middle of this connection: that takes \
                 TLS 1.3, or RFC 5746 and RFC 7627 (extended master secret) before it."
            }
            Self::Silent => "Your client was asked for one and has not answered.",
        }
    }
}
