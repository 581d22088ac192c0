//! `digitally-signed`: the server's signature over its parameters of the key exchange
//! (RFC 5246 sections 4.7 and 7.4.3). The one place that writes it, and the one that reads it.

use crate::classic::shared::Shared;
use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::proof::{LeafKey, SignatureValid, Signed, check_signature};
use crate::handshake::shown::SignedBytes;
use crate::handshake::talk::malformed;
use crate::suite::Family;
use handfast_wire::codec::{Opaque16, Reader, Wire, Writer};
use handfast_wire::handshake::CertificateVerify;
use handfast_wire::registry::SignatureScheme;

/// What is signed: both randoms, then the parameters as they stand in the message.
pub(in crate::classic) fn content(shared: &Shared, params: &[u8]) -> SignedBytes {
    let mut content = SignedBytes::new();
    for part in [&shared.randoms.client, &shared.randoms.server, params] {
        content.extend_from_slice(part);
    }
    content
}

/// Writes it behind the parameters: the same two fields as a CertificateVerify.
pub(in crate::classic) fn write(
    algorithm: SignatureScheme,
    signature: &[u8],
    out: &mut Writer<'_>,
) {
    let signed = CertificateVerify {
        algorithm,
        signature: Opaque16(signature),
    };
    signed.write(out);
}

/// What a ServerKeyExchange holds behind its parameters, and those as they stand there.
pub(in crate::classic) struct Received<'m> {
    params: &'m [u8],
    signed: CertificateVerify<'m>,
}

/// Reads it where `reader` stands, behind the parameters, up to the end of `body`.
pub(in crate::classic) fn read<'m>(
    body: &'m [u8],
    mut reader: Reader<'m>,
) -> Result<Received<'m>, Broken> {
    let params = body.get(..reader.position()).unwrap_or_default();
    let signed = reader.field("signed", CertificateVerify::read);
    let signed = signed.and_then(|signed| reader.finish().map(|()| signed));
    let signed = signed.map_err(malformed(Fault::ServerKeyExchangeMalformed))?;
    Ok(Received { params, signed })
}

/// Checks it against the leaf that the server showed.
pub(in crate::classic) fn check(
    received: &Received<'_>,
    leaf: &LeafKey,
    shared: &mut Shared,
) -> Result<SignatureValid, Broken> {
    let signed = Signed {
        family: Family::Classic,
        content: &content(shared, received.params),
        offered: &shared.talk.common.set.schemes,
    };
    let proof = check_signature(leaf, &received.signed, &signed)?;
    shared.talk.peer_key = Some(leaf.kind());
    shared.talk.negotiated.peer_scheme = Some(received.signed.algorithm);
    Ok(proof)
}
