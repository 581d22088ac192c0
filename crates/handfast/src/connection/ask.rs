//! Asks: what takes time or belongs to the caller is asked for, not called.

use crate::config::{Credential, Exception, PreSharedKey, Server};
use crate::fault::Fault;
#[cfg(feature = "legacy")]
use crate::obsolete::Decrypted;
use crate::session::{SessionValue, Strike, TicketKeys};
use core::fmt;
use handfast_pki::name::ServerName;
use handfast_pki::verify::Verdict;
use handfast_pki::verify::rejection::Rejection;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions};
use handfast_wire::registry::{
    AlertDescription, CertificateType, ProtocolVersion, SignatureScheme,
};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

/// Names one ask of one connection; an answer carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskId(pub(crate) u32);

/// What the engine waits for. While an ask is open, `receive` consumes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ask {
    /// Which config, given this ClientHello? Of a server that was made without one
    /// ([`crate::Connection::accept_any`]), or whose config says so
    /// ([`crate::ServerConfig::ask_for_config`]).
    Config(AskId),
    /// What are tickets sealed with today?
    TicketKeys(AskId),
    /// Which session is kept under this name?
    LoadSession(AskId),
    /// Was this first flight with early data ever seen before?
    StrikeInsert(AskId),
    /// What to show to the peer?
    Credential(AskId),
    /// Sign this.
    Sign(AskId),
    /// Decrypt this, for RSA key exchange.
    #[cfg(feature = "legacy")]
    Decrypt(AskId),
    /// Which key is shared with the peer?
    Psk(AskId),
    /// Is this the peer that was meant?
    VerifyPeer(AskId),
}

impl Ask {
    /// The id that an answer must carry.
    #[must_use]
    pub const fn id(self) -> AskId {
        match self {
            Self::Config(id)
            | Self::TicketKeys(id)
            | Self::LoadSession(id)
            | Self::StrikeInsert(id)
            | Self::Credential(id)
            | Self::Sign(id)
            | Self::Psk(id)
            | Self::VerifyPeer(id) => id,
            #[cfg(feature = "legacy")]
            Self::Decrypt(id) => id,
        }
    }
}

/// An open ask with all that is needed to answer it.
#[non_exhaustive]
pub enum Question<'q> {
    /// For [`Ask::Config`].
    Config {
        /// What the client offers.
        client_hello: Box<ClientHelloView<'q>>,
    },
    /// For [`Ask::TicketKeys`].
    TicketKeys,
    /// For [`Ask::LoadSession`].
    LoadSession {
        /// The keys of the sessions that would do, best first, four at most: as they
        /// stood in [`crate::session::StoredSession`]. A session of TLS 1.3 is good
        /// for one use: the store gives it once. It is asked before the client has
        /// shown that it knows the session's key, so whoever saw a key pass can use
        /// sessions up, at the cost of full handshakes.
        keys: &'q [Vec<u8>],
        /// What is found is to be taken out, so that no other connection finds it:
        /// sessions of TLS 1.3 (RFC 8446 appendix C.4), and all that a client looks for.
        /// A server's session of an older version stays where it is.
        single_use: bool,
    },
    /// For [`Ask::StrikeInsert`]: the client has shown that it knows the session's key, and all
    /// else that early data needs is right.
    StrikeInsert {
        /// What to look for and to remember, in one step: see
        /// [`crate::session::StrikeStore::insert`].
        strike: &'q Strike,
    },
    /// For [`Ask::Credential`].
    Credential {
        /// The host that the client named; nothing when this side is the client.
        server_name: Option<&'q str>,
        /// Schemes that the peer accepts, its best first.
        schemes: &'q [SignatureScheme],
        /// DER names of authorities that the peer trusts; empty: any.
        authorities: &'q [Vec<u8>],
        /// What may be shown: X.509 certificates, raw public keys, or either.
        certificate_types: &'q [CertificateType],
        /// Schemes of delegated credentials (RFC 9345) that the peer takes; before TLS 1.3 none.
        delegated_schemes: &'q [SignatureScheme],
    },
    /// For [`Ask::Sign`].
    Sign {
        /// Whose key.
        credential: &'q Credential,
        /// The scheme.
        scheme: SignatureScheme,
        /// The bytes to sign; the scheme hashes them.
        message: &'q [u8],
    },
    /// For [`Ask::Decrypt`].
    #[cfg(feature = "legacy")]
    Decrypt {
        /// Whose key.
        credential: &'q Credential,
        /// What the client sent, of any length.
        encrypted: &'q [u8],
    },
    /// For [`Ask::Psk`].
    Psk {
        /// [`ProtocolVersion::TLS_1_3`]: the key is for TLS 1.3. A client is asked before it says
        /// anything; a server for one identity after the other that the client names, four at most,
        /// until one is known; some of them may be tickets of other servers. Otherwise the version in
        /// use, of a server that has given its hint, or of a client that has given its identity.
        version: ProtocolVersion,
        /// The identity that the client gave; nothing when this side is the client. Nobody has proved
        /// that it is the client's. That of an imported key is an
        /// [`handfast_wire::extension::ImportedIdentity`]. Or the own name of the key, imported or
        /// not, by which a session began: it goes on while that key is there.
        identity: Option<&'q [u8]>,
        /// The hint that the server gave; nothing when it gave none, or this side is the server.
        hint: Option<&'q [u8]>,
    },
    /// For [`Ask::VerifyPeer`].
    VerifyPeer {
        /// The peer's certificates, leaf first.
        chain: &'q [CertificateDer<'static>],
        /// In place of certificates: a raw public key, a SubjectPublicKeyInfo in DER (RFC 7250). The
        /// peer has proved that it holds the key; whose it is, the caller must know. It bears no name.
        raw_key: Option<&'q [u8]>,
        /// Whom the client wanted to reach.
        name: Option<&'q ServerName>,
        /// The stapled OCSP response.
        ocsp_response: Option<&'q [u8]>,
        /// The SCTs that came in the handshake, where
        /// [`crate::ClientConfig::request_scts`] asked for them: a
        /// SignedCertificateTimestampList (RFC 6962 section 3.3).
        sct_list: Option<&'q [u8]>,
    },
}

impl fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config { .. } => "Config",
            Self::TicketKeys => "TicketKeys",
            Self::LoadSession { .. } => "LoadSession",
            Self::StrikeInsert { .. } => "StrikeInsert",
            Self::Credential { .. } => "Credential",
            Self::Sign { .. } => "Sign",
            #[cfg(feature = "legacy")]
            Self::Decrypt { .. } => "Decrypt",
            Self::Psk { .. } => "Psk",
            Self::VerifyPeer { .. } => "VerifyPeer",
        })
    }
}

/// A ClientHello, seen before a config is chosen.
#[derive(Clone, Copy, Debug)]
pub struct ClientHelloView<'q> {
    /// The message.
    pub message: ClientHello<'q>,
    /// Its extensions.
    pub extensions: ClientHelloExtensions<'q>,
}

impl<'q> ClientHelloView<'q> {
    /// The host that the client names, when it is ASCII.
    #[must_use]
    pub fn server_name(&self) -> Option<&'q str> {
        let name = self.extensions.server_name?.iter().next()?;
        core::str::from_utf8(name.name.0)
            .ok()
            .filter(|name| name.is_ascii())
    }

    /// The application protocols that the client offers, its best first.
    pub fn alpn(&self) -> impl Iterator<Item = &'q [u8]> + use<'q> {
        self.extensions
            .alpn
            .into_iter()
            .flat_map(|list| list.iter().map(|name| name.0))
    }
}

/// The caller's answer to an ask.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// To [`Ask::Config`]: this one, whatever config was there before. All that follows is its own:
    /// what it shows, ALPN, whom it lets in, and by which sessions clients come back.
    Config(Server),
    /// To [`Ask::Config`]: the one that was there before.
    SameConfig,
    /// To [`Ask::Config`], where the ClientHello was encrypted and opened: answer the one around it, as if
    /// it had not been. The question is asked anew, about that one. For a server that has nothing under the
    /// hidden name, and wants to show the keys' public name rather than refuse.
    OuterHello,
    /// To [`Ask::TicketKeys`].
    TicketKeys(Arc<TicketKeys>),
    /// To [`Ask::LoadSession`]: what is kept under each key, in their order. What is
    /// missing, damaged or no longer good means a full handshake.
    Sessions(Vec<Option<SessionValue>>),
    /// To [`Ask::StrikeInsert`]: true when it was not seen before, and is remembered now. With
    /// false, and with [`Answer::Failed`], the early data is refused and the handshake goes on.
    Strike(bool),
    /// To [`Ask::Credential`]; a client may show nothing.
    Credential(Option<Credential>),
    /// To [`Ask::Sign`].
    Signature(Vec<u8>),
    /// To [`Ask::Decrypt`]: what the bare RSA operation gave, padding and all. Where whatever holds
    /// the key could not be reached, [`Answer::Failed`] serves: the handshake goes on with a random
    /// secret, and ends at the client's Finished. Never say so because of what came out: that is
    /// the oracle (Bleichenbacher) which the engine takes care not to be.
    #[cfg(feature = "legacy")]
    Decrypted(Decrypted),
    /// To [`Ask::Psk`]: the key, to a server under the identity that was asked for; nothing when none is
    /// known for what was asked.
    Psk(Option<PreSharedKey>),
    /// To [`Ask::VerifyPeer`]: yes.
    PeerAccepted,
    /// To [`Ask::VerifyPeer`]: no, and the connection goes on all the same, with the peer
    /// [`crate::connection::PeerStanding::Unverified`]: for callers who tell the difference later. A
    /// session that comes of it stands the same, each time that it goes on.
    DangerPeerUnverified,
    /// To [`Ask::VerifyPeer`]: yes, by these findings.
    PeerVerified(Box<Verdict>),
    /// To [`Ask::VerifyPeer`]: yes, under these exceptions, by these findings if there are any.
    PeerExcepted {
        /// What was found.
        verdict: Option<Box<Verdict>>,
        /// What was needed: see [`crate::Negotiated::exceptions`].
        exceptions: Vec<Exception>,
    },
    /// To [`Ask::VerifyPeer`]: no. The peer is told by the alert that fits, and the refusal
    /// explains it as one of the config's would.
    PeerRejected(Box<Rejection>),
    /// To [`Ask::VerifyPeer`]: no, and this is what the peer is told. To
    /// [`Ask::Config`]: the client is refused.
    Refused(Fault),
    /// To [`Ask::Config`], [`Ask::Credential`] and [`Ask::VerifyPeer`]: no, and this very alert, of
    /// level fatal, is what the peer is told, whichever it is. The error is then
    /// [`Fault::ClientRefused`] (to a config) or [`Fault::PeerRefused`], and the refusal's detail
    /// [`crate::connection::RefusalDetail::Alert`].
    RefusedByAlert(AlertDescription),
    /// To any: it could not be found out. Without ticket keys or a session the
    /// handshake is a full one; without a word on a strike early data is refused; a secret that was not decrypted ends it at Finished;
    /// anything else fails it with internal_error.
    Failed,
}
