//! What a step is given: a whole message, or an answer.

use crate::connection::{Answer, Broken};
use crate::fault::{Error, Misuse, OwnFailure};
use crate::session::{SessionValue, TicketKeys};
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
    Answer(Answer),
}

/// An answer that says no, or one of the wrong kind.
pub(crate) fn unwelcome(answer: Answer) -> Broken {
    match answer {
        Answer::Refused(fault) => fault.into(),
        Answer::Failed => OwnFailure::AnswerFailed.into(),
        _ => Error::from(Misuse::AnswerUnfit).into(),
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

/// The sessions that were asked for; none when they cannot be had.
pub(crate) fn sessions(answer: Answer) -> Result<Vec<Option<SessionValue>>, Broken> {
    match answer {
        Answer::Sessions(values) => Ok(values),
        Answer::Failed => Ok(Vec::new()),
        other => Err(unwelcome(other)),
    }
}
