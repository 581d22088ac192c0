//! Finished (RFC 8446 section 4.4.4).

use crate::connection::Broken;
use crate::fault::Fault;
use crate::suite::Suite;
use crate::tls13::key_schedule::finished_mac;
use crate::tls13::proof::FinishedVerified;
use handfast_crypto::hash::Digest;
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::constant_time_eq;

/// Checks the peer's MAC over the transcript before its message.
pub(crate) fn check(
    suite: &Suite,
    base: &HmacKey,
    transcript: &Digest,
    verify_data: &[u8],
) -> Result<FinishedVerified, Broken> {
    if verify_data.len() != suite.hash.output_len() {
        return Err(Fault::FinishedMalformed.into());
    }
    let wanted = finished_mac(suite, base, transcript)?;
    if !constant_time_eq(wanted.as_ref(), verify_data) {
        return Err(Fault::FinishedWrong.into());
    }
    Ok(FinishedVerified(()))
}
