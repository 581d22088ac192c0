//! Why a connection ended: a fault with what is known about it.

use crate::connection::plaintext::Plaintext;
use crate::ech::EchConfigList;
use crate::fault::{Error, Fault, OwnFailure};
use crate::report::facts::Facts;
use core::fmt;
use handfast_crypto::agreement::AgreementFailed;
use handfast_pki::verify::rejection::Rejection;
use handfast_wire::codec::{DecodeFault, FaultKind};
use handfast_wire::registry::AlertDescription;
use std::sync::Arc;

/// A refused handshake, with what a person needs to mend it.
#[derive(Debug)]
pub struct Refusal {
    /// Which rule was broken.
    pub fault: Fault,
    /// What is known beyond that.
    pub detail: RefusalDetail,
    /// What is left of the connection, for [`Refusal::report`].
    pub(crate) facts: Option<Arc<Facts>>,
}

impl Refusal {
    /// A refusal of no connection, for those who show or test what they do with one.
    #[must_use]
    pub fn new(fault: Fault, detail: RefusalDetail) -> Self {
        Self {
            fault,
            detail,
            facts: None,
        }
    }
}

/// What is known about a refusal beyond its fault.
#[derive(Debug)]
#[non_exhaustive]
pub enum RefusalDetail {
    /// Nothing.
    None,
    /// Where the bytes went wrong.
    Decode(DecodeFault),
    /// What the peer offered and what is accepted here, by their names.
    Offers {
        /// What the lists hold: "cipher suites", "groups" …
        what: &'static str,
        /// What the peer offered.
        peer: Vec<String>,
        /// What is accepted here.
        own: Vec<String>,
    },
    /// Why the certificate was refused; the chain is readable in it.
    Certificate(Box<Rejection>),
    /// The server did not open the encrypted ClientHello ([`Fault::EchRejected`]).
    Ech {
        /// What it has published instead, told by a peer that was accepted for the config's public name;
        /// nothing where it takes encrypted ClientHellos no more.
        retry_configs: Option<EchConfigList>,
    },
    /// Which protocol it is that is not TLS.
    Plaintext {
        /// The protocol.
        what: Plaintext,
        /// The peer's first line, where it is text: as far as it came, at most 64 characters.
        line: Option<String>,
    },
    /// The caller chose what the peer is told ([`crate::Answer::RefusedByAlert`]).
    Alert(AlertDescription),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        match &self.detail {
            RefusalDetail::None => Ok(()),
            RefusalDetail::Decode(decode) => write!(f, ": {decode}"),
            RefusalDetail::Offers { what, peer, own } => {
                write!(
                    f,
                    ": {what} offered by the peer: {}; accepted here: {}",
                    listed(peer),
                    listed(own)
                )
            }
            RefusalDetail::Certificate(rejection) => write!(f, ": {rejection}"),
            RefusalDetail::Ech {
                retry_configs: Some(list),
            } => write!(f, "; its retry configs: {}", list.to_base64()),
            RefusalDetail::Ech {
                retry_configs: None,
            } => f.write_str(", and takes none any more"),
            RefusalDetail::Plaintext { what, line } => {
                write!(f, ": {}", what.name())?;
                line.iter()
                    .try_for_each(|line| write!(f, ", which says \"{line}\""))
            }
            RefusalDetail::Alert(alert) => write!(f, ", and chose the alert {alert}"),
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// What a step fails with.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) error: Error,
    pub(crate) detail: RefusalDetail,
}

impl Broken {
    /// A message that could not be decoded: its own fault, or that of one of
    /// its extensions.
    pub(crate) fn decode(message: Fault, decode: DecodeFault) -> Self {
        let in_extensions = decode.path.names().next() == Some("extensions");
        let fault = match decode.kind {
            FaultKind::Duplicate => Fault::ExtensionTwice,
            _ if in_extensions && decode.path.names().nth(1).is_some() => Fault::ExtensionMalformed,
            _ => message,
        };
        Self {
            error: fault.into(),
            detail: RefusalDetail::Decode(decode),
        }
    }

    /// The server did not open the encrypted ClientHello, and told this instead.
    pub(crate) fn ech_rejected(retry_configs: Option<EchConfigList>) -> Self {
        Self {
            error: Fault::EchRejected.into(),
            detail: RefusalDetail::Ech { retry_configs },
        }
    }

    /// The caller refused the peer, and chose what it is told.
    pub(crate) fn told_by(fault: Fault, alert: AlertDescription) -> Self {
        Self {
            error: fault.into(),
            detail: RefusalDetail::Alert(alert),
        }
    }

    /// A fault with the two lists that have nothing in common.
    pub(crate) fn offers<P: ToString, O: ToString>(
        fault: Fault,
        what: &'static str,
        peer: impl Iterator<Item = P>,
        own: impl Iterator<Item = O>,
    ) -> Self {
        // What a peer offers may be long; a person reads the first few.
        let peer = peer
            .take(64)
            .map(|name| shortened(name.to_string()))
            .collect();
        let own = own.map(|name| name.to_string()).collect();
        Self {
            error: fault.into(),
            detail: RefusalDetail::Offers { what, peer, own },
        }
    }
}

/// The beginning of a name that only a peer would make so long.
fn shortened(name: String) -> String {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        None => name,
        Some((end, _)) => name
            .get(..end)
            .map(|name| format!("{name}…"))
            .unwrap_or_default(),
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self {
            error: fault.into(),
            detail: RefusalDetail::None,
        }
    }
}

impl From<OwnFailure> for Broken {
    fn from(own: OwnFailure) -> Self {
        Self {
            error: own.into(),
            detail: RefusalDetail::None,
        }
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self {
            error,
            detail: RefusalDetail::None,
        }
    }
}

impl From<AgreementFailed> for Broken {
    fn from(failed: AgreementFailed) -> Self {
        match failed {
            AgreementFailed::InvalidPeerShare => Fault::KeyShareWrong.into(),
            AgreementFailed::Random(_) => OwnFailure::Random.into(),
            _ => OwnFailure::Crypto.into(),
        }
    }
}
