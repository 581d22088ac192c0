//! What CertificateVerify signs in TLS 1.3 (RFC 8446 section 4.4.3).

use crate::handshake::shown::SignedBytes;
use crate::handshake::side::Side;
use handfast_crypto::hash::Digest;

/// What CertificateVerify signs: 64 spaces, who signs, a zero, the transcript.
pub(crate) fn signed_content(signer: Side, transcript: &Digest) -> SignedBytes {
    let who: &[u8] = match signer {
        Side::Client => b"TLS 1.3, client CertificateVerify",
        Side::Server => b"TLS 1.3, server CertificateVerify",
    };
    let mut content = SignedBytes::new();
    for part in [&[0x20; 64], who, &[0], transcript.as_ref()] {
        content.extend_from_slice(part);
    }
    content
}
