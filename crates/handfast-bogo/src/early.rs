//! What early data is to a test: what is left of it to write, and the runner's words for what became
//! of it.

use handfast::connection::{EarlyData, EarlyDataReason};

/// What a client has to do with early data on one connection.
#[derive(Default)]
pub(crate) struct Early {
    pub(crate) offered: bool,
    /// Of what was to be written first, the part that the server does not take early.
    pub(crate) later: Vec<u8>,
}

/// What BoringSSL calls it.
pub(crate) fn reason(early_data: EarlyData) -> &'static str {
    let reason = match early_data {
        EarlyData::Accepted => return "accept",
        EarlyData::NotOffered(reason) | EarlyData::Rejected(reason) => reason,
        _ => return "unknown",
    };
    match reason {
        EarlyDataReason::Disabled => "disabled",
        EarlyDataReason::Version => "protocol_version",
        EarlyDataReason::NoSession => "no_session_offered",
        EarlyDataReason::SessionUnfit => "unsupported_for_session",
        EarlyDataReason::SessionNotResumed => "session_not_resumed",
        EarlyDataReason::PeerDeclined => "peer_declined",
        EarlyDataReason::Retry => "hello_retry_request",
        EarlyDataReason::AlpnChanged => "alpn_mismatch",
        EarlyDataReason::SettingsChanged => "alps_mismatch",
        EarlyDataReason::AgeWrong => "ticket_age_skew",
        _ => "unknown",
    }
}
