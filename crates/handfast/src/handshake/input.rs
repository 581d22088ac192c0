//! What a step is given: a whole message, or an answer.

use crate::config::PreSharedKey;
use crate::connection::{Answer, Broken, RefusalDetail};
use crate::fault::{Error, Fault, Misuse, OwnFailure};
use crate::session::{SessionValue, TicketKeys};
use handfast_pki::verify::reason::{AlertHint, Reason};
use handfast_pki::verify::rejection::Rejection;
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

/// One whole handshake message.
#[derive(Clone, Copy)]
pub(crate) struct Message<'m> {
    pub(crate) msg_type: HandshakeType,
    pub(crate) body: &'m [u8],
    /// Header and body.
    pub(crate) whole: &'m [u8],
}

/// What a step is given.
pub(crate) enum Input<'i> {
    Message(Message<'i>),
    /// The peer's ChangeCipherSpec, where a version gives it a meaning.
    ChangeCipherSpec,
    /// SSL 3.0's client says by an alert that it has no certificate (RFC 6101 section 5.6.6).
    #[cfg(feature = "legacy")]
    NoCertificate,
    Answer(Answer),
}

/// An answer that says no, or one of the wrong kind.
pub(crate) fn unwelcome(answer: Answer) -> Broken {
    match answer {
        Answer::Refused(fault) => fault.into(),
        Answer::RefusedByAlert(alert) => Broken::told_by(Fault::PeerRefused, alert),
        Answer::PeerRejected(rejection) => rejected(rejection),
        Answer::Failed => OwnFailure::AnswerFailed.into(),
        _ => Error::from(Misuse::AnswerUnfit).into(),
    }
}

/// The peer's certificate was refused.
pub(crate) fn rejected(rejection: Box<Rejection>) -> Broken {
    Broken {
        error: fault_of(&rejection).into(),
        detail: RefusalDetail::Certificate(rejection),
    }
}

fn fault_of(rejection: &Rejection) -> Fault {
    if matches!(rejection.reason(), Reason::NameMismatch { .. }) {
        return Fault::CertificateNameWrong;
    }
    match rejection.alert() {
        AlertHint::BadCertificate => Fault::CertificateBad,
        AlertHint::UnsupportedCertificate => Fault::CertificateKindRefused,
        AlertHint::CertificateRevoked => Fault::CertificateRevoked,
        AlertHint::CertificateExpired => Fault::CertificateExpired,
        AlertHint::UnknownCa => Fault::CertificateAuthorityUnknown,
        AlertHint::BadCertificateStatusResponse => Fault::CertificateStatusBad,
        _ => Fault::CertificateRefused,
    }
}

/// The ticket keys that were asked for; nothing when they cannot be had.
pub(crate) fn ticket_keys(answer: Answer) -> Result<Option<Arc<TicketKeys>>, Broken> {
    match answer {
        Answer::TicketKeys(keys) => Ok(Some(keys)),
        Answer::Failed => Ok(None),
        other => Err(unwelcome(other)),
    }
}

/// The shared key that was asked for, if there is one.
pub(crate) fn shared_key(answer: Answer) -> Result<Option<PreSharedKey>, Broken> {
    match answer {
        Answer::Psk(key) => Ok(key),
        other => Err(unwelcome(other)),
    }
}

/// The sessions that were asked for; none when they cannot be had.
pub(crate) fn sessions(answer: Answer) -> Result<Vec<Option<SessionValue>>, Broken> {
    match answer {
        Answer::Sessions(values) => Ok(values),
        Answer::Failed => Ok(Vec::new()),
        other => Err(unwelcome(other)),
    }
}
