//! `digitally-signed`: the server's signature over its parameters of the key exchange
//! (RFC 5246 section 7.4.3), as the client reads and checks it.

use crate::classic::shared::Shared;
use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::proof::{LeafKey, SignatureValid, Signed, check_signature};
use crate::handshake::talk::malformed;
use crate::suite::Family;
use handfast_wire::codec::Reader;
use handfast_wire::handshake::CertificateVerify;

/// What a ServerKeyExchange holds behind its parameters, and those as they stand there.
pub(in crate::classic) struct Received<'m> {
    params: &'m [u8],
    signed: CertificateVerify<'m>,
}

/// Reads it where `reader` stands, behind the parameters, up to the end of `body`.
pub(in crate::classic) fn read<'m>(
    body: &'m [u8],
    mut reader: Reader<'m>,
    leaf: &LeafKey,
    shared: &Shared,
) -> Result<Received<'m>, Broken> {
    let params = body.get(..reader.position()).unwrap_or_default();
    let signatures = shared.profile.signatures;
    let signed = reader.field("signed", |reader| signatures.read(leaf.kind(), reader));
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
        content: &shared.signed_params(received.signed.algorithm, received.params),
        offered: shared.schemes(),
    };
    let proof = check_signature(leaf, &received.signed, &signed)?;
    shared.talk.peer_key = Some(leaf.kind());
    shared.talk.negotiated.peer_scheme = Some(received.signed.algorithm);
    Ok(proof)
}
