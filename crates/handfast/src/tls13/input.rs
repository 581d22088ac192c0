//! What a step is given: a whole message, or an answer.

use crate::connection::Answer;
use handfast_wire::registry::HandshakeType;

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
    Answer(Answer),
}
