//! The delegated credential that a peer shows (RFC 9345 section 4.1.3).

use crate::config::{Delegate, MOST_DELEGATED_S, delegated_ends, delegated_key, is_delegated_by};
use crate::connection::{Broken, PeerDelegated};
use crate::fault::Fault;
use crate::handshake::proof::LeafKey;
use crate::handshake::side::Side;
use crate::handshake::talk::{Talk, malformed};
use handfast_pki::certificate::Certificate;
use handfast_wire::codec::Wire;
use handfast_wire::extension::DelegatedCredential;
use handfast_wire::registry::SignatureScheme;

/// Its key, which CertificateVerify must be by, in this scheme. Checked in the RFC's order: what was
/// offered, the time, the scheme, the certificate, the signature.
pub(super) fn check(
    talk: &Talk,
    whose: Side,
    bytes: Box<[u8]>,
    scheme: SignatureScheme,
) -> Result<(LeafKey, Box<PeerDelegated>), Broken> {
    let whole =
        DelegatedCredential::decode(&bytes).map_err(malformed(Fault::CertificateMalformed))?;
    let set = &talk.common.set;
    let own = whole.cred.dc_cert_verify_algorithm;
    if !set.schemes.contains(&whole.algorithm) || !set.delegated_schemes.contains(&own) {
        return Err(Fault::DelegatedSchemeNotOffered.into());
    }
    let leaf = talk.negotiated.peer_chain.first();
    let leaf = leaf.ok_or(Fault::CertificateMissing)?;
    let certificate = Certificate::parse(leaf).map_err(|_| Fault::CertificateUnreadable)?;
    let until_s = delegated_ends(&certificate, &whole.cred);
    let now_s = i64::try_from(talk.now.unix_s()).unwrap_or(i64::MAX);
    if now_s > until_s {
        return Err(Fault::DelegatedExpired.into());
    }
    if until_s.saturating_sub(now_s) > i64::from(MOST_DELEGATED_S) {
        return Err(Fault::DelegatedTooLong.into());
    }
    if scheme != own {
        return Err(Fault::DelegatedSchemeChanged.into());
    }
    if !certificate.lets_delegate() {
        return Err(Fault::DelegationNotAllowed.into());
    }
    let key = delegated_key(&whole.cred).ok_or(Fault::DelegatedKeyUnfit)?;
    let to = match whose {
        Side::Server => Delegate::Server,
        Side::Client => Delegate::Client,
    };
    if !is_delegated_by(to, leaf, &certificate, &whole) {
        return Err(Fault::DelegatedSignatureWrong.into());
    }
    let shown = PeerDelegated {
        bytes,
        until_s,
        kind: key.kind(),
    };
    Ok((LeafKey::delegated(key), Box::new(shown)))
}
