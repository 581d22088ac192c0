//! How long records may be: record_size_limit (RFC 8449) and
//! max_fragment_length (RFC 6066 section 4).

use crate::config::{Common, CommonPlan};
use crate::fault::Fault;
use crate::suite::Family;
use handfast_wire::handshake::ClientHelloExtensions;
use handfast_wire::record::MAX_PLAINTEXT;
use handfast_wire::registry::MaxFragmentLength;

/// Bytes of content in a record, each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) send: usize,
    pub(crate) receive: usize,
    /// The answer that a server gives.
    pub(crate) answer: Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    None,
    RecordSize(u16),
    Fragment(MaxFragmentLength),
}

const NONE: Limits = Limits {
    send: MAX_PLAINTEXT,
    receive: MAX_PLAINTEXT,
    answer: Answer::None,
};

impl Limits {
    /// With records no longer than this side likes to send.
    fn within(self, set: &Common) -> Self {
        let most = set.max_send_fragment.map_or(self.send, usize::from);
        Self {
            send: self.send.min(most),
            ..self
        }
    }
}

/// The server's side. Where a client asks for both, the newer one counts
/// (RFC 8449 section 5).
pub(crate) fn choose(
    plan: &CommonPlan,
    extensions: &ClientHelloExtensions<'_>,
    family: Family,
) -> Result<Limits, Fault> {
    Ok(agreed(plan, extensions, family)?.within(&plan.set))
}

fn agreed(
    plan: &CommonPlan,
    extensions: &ClientHelloExtensions<'_>,
    family: Family,
) -> Result<Limits, Fault> {
    if let Some(limit) = extensions.record_size_limit {
        let send = content_limit(limit, family)?;
        let Some(own) = plan.set.record_size_limit else {
            return Ok(Limits {
                send,
                receive: MAX_PLAINTEXT,
                answer: Answer::RecordSize(most(family)),
            });
        };
        return Ok(Limits {
            send,
            receive: content_limit(own, family)?,
            answer: Answer::RecordSize(own.min(most(family))),
        });
    }
    let Some(length) = extensions.max_fragment_length else {
        return Ok(NONE);
    };
    let bytes = length.bytes().ok_or(Fault::MaxFragmentLengthUnknown)?;
    if plan.set.max_fragment_length.is_none() {
        return Ok(NONE);
    }
    Ok(Limits {
        send: bytes,
        receive: bytes,
        answer: Answer::Fragment(length),
    })
}

/// What a server answers.
pub(crate) struct Answered {
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    pub(crate) record_size_limit: Option<u16>,
    pub(crate) family: Family,
}

/// The client's side: what the server's answer amounts to.
pub(crate) fn check_chosen(set: &Common, answers: &Answered) -> Result<Limits, Fault> {
    Ok(answered(set, answers)?.within(set))
}

fn answered(set: &Common, answers: &Answered) -> Result<Limits, Fault> {
    if let Some(length) = answers.max_fragment_length {
        if set.max_fragment_length != Some(length) {
            return Err(Fault::MaxFragmentLengthChanged);
        }
        if answers.record_size_limit.is_some() {
            // RFC 8449 s5: a server must not answer both.
            return Err(Fault::ExtensionNotOffered);
        }
        let bytes = length.bytes().ok_or(Fault::MaxFragmentLengthUnknown)?;
        return Ok(Limits {
            send: bytes,
            receive: bytes,
            answer: Answer::None,
        });
    }
    match (answers.record_size_limit, set.record_size_limit) {
        (Some(limit), Some(own)) => Ok(Limits {
            send: content_limit(limit, answers.family)?,
            receive: content_limit(own, answers.family)?,
            answer: Answer::None,
        }),
        _ => Ok(NONE),
    }
}

/// The largest limit that says anything (RFC 8449 section 4).
const fn most(family: Family) -> u16 {
    match family {
        Family::Tls13 => 16_385,
        Family::Classic => 16_384,
    }
}

/// RFC 8449 s4: in TLS 1.3 the limit counts the content type byte.
fn content_limit(limit: u16, family: Family) -> Result<usize, Fault> {
    if limit < 64 {
        return Err(Fault::RecordSizeLimitTooSmall);
    }
    let type_byte = match family {
        Family::Tls13 => 1,
        Family::Classic => 0,
    };
    Ok(usize::from(limit)
        .saturating_sub(type_byte)
        .min(MAX_PLAINTEXT))
}
