//! How a server says that it has opened the inner ClientHello (RFC 9849 section 7.2): eight bytes that
//! only who knows that ClientHello can calculate, and that look random to all others.

use crate::fault::OwnFailure;
use handfast_crypto::hash::{Digest, HashAlgorithm};
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::constant_time_eq;
use handfast_wire::extension::Extensions;
use handfast_wire::registry::ExtensionType;

/// Bytes of a confirmation.
pub(crate) const CONFIRMATION: usize = 8;

/// A confirmation that was calculated.
pub(crate) struct Confirmed(pub(crate) [u8; CONFIRMATION]);

impl Confirmed {
    /// Whether this is what stands there.
    pub(crate) fn is(&self, said: &[u8]) -> bool {
        constant_time_eq(&self.0, said)
    }
}

/// What the end of ServerHello.random must be, given the hash of all up to a ServerHello with zeros there.
pub(crate) fn confirm_hello(
    hash: HashAlgorithm,
    inner_random: &[u8; 32],
    transcript: &Digest,
) -> Result<Confirmed, OwnFailure> {
    confirm(hash, inner_random, b"ech accept confirmation", transcript)
}

/// What a HelloRetryRequest's extension must be, given the hash of all up to one with zeros there.
pub(crate) fn confirm_retry(
    hash: HashAlgorithm,
    inner_random: &[u8; 32],
    transcript: &Digest,
) -> Result<Confirmed, OwnFailure> {
    let label = b"hrr ech accept confirmation";
    confirm(hash, inner_random, label, transcript)
}

fn confirm(
    hash: HashAlgorithm,
    inner_random: &[u8; 32],
    label: &[u8],
    transcript: &Digest,
) -> Result<Confirmed, OwnFailure> {
    let key = HmacKey::extract(hash, &[], inner_random);
    let mut said = [0; CONFIRMATION];
    key.expand_label(label, transcript.as_ref(), &mut said)
        .map_err(|_| OwnFailure::Crypto)?;
    Ok(Confirmed(said))
}

/// A ServerHello, header included, with zeros for its confirmation.
pub(crate) fn zeroed_hello(message: &[u8]) -> Vec<u8> {
    // The header, the version, and 24 of the random's 32 bytes.
    const START: usize = 4 + 2 + 24;
    let mut zeroed = message.to_vec();
    if let Some(place) = zeroed.get_mut(START..START + CONFIRMATION) {
        place.fill(0);
    }
    zeroed
}

/// A HelloRetryRequest, header included, with zeros for its confirmation. `extensions` are its own, which
/// stand at its end.
pub(crate) fn zeroed_retry(message: &[u8], extensions: Extensions<'_>) -> Vec<u8> {
    let mut zeroed = message.to_vec();
    let start = message.len().saturating_sub(extensions.as_encoded().len());
    let block = zeroed.get_mut(start..).unwrap_or_default();
    let place = extensions
        .range_of(ExtensionType::ENCRYPTED_CLIENT_HELLO)
        .and_then(|range| block.get_mut(range));
    if let Some(place) = place {
        place.fill(0);
    }
    zeroed
}
