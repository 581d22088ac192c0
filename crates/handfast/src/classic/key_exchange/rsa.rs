//! RSA key exchange: the client draws the premaster secret, and encrypts it to the server's
//! certificate (RFC 5246 section 7.4.7.1).

use crate::classic::key_exchange::answered::Answered;
use crate::classic::profile::PremasterForm;
use crate::config::CommonPlan;
use crate::connection::Broken;
use crate::fault::{Error, Fault, OwnFailure};
use crate::handshake::proof::{LeafKey, SignatureValid};
use crate::handshake::talk::malformed;
use crate::obsolete::Decrypted;
use handfast_crypto::legacy::premaster::{Premaster, choose};
use handfast_crypto::random::Random;
use handfast_crypto::secret::SharedSecret;
use handfast_wire::codec::{Opaque16, Wire, Writer};
use handfast_wire::handshake::RsaClientKeyExchange;
use handfast_wire::registry::ProtocolVersion;

/// The client's part: the premaster secret, and what the server gets of it. Its first two bytes are
/// the highest version that the client offered, so that nobody can take that offer back.
pub(in crate::classic) fn make(
    leaf: &LeafKey,
    offered: ProtocolVersion,
    plan: &CommonPlan,
) -> Result<(Answered, SignatureValid), Error> {
    let mut premaster = drawn(plan)?;
    for (place, byte) in premaster
        .as_mut_bytes()
        .iter_mut()
        .zip(offered.0.to_be_bytes())
    {
        *place = byte;
    }
    let (public, proof) = leaf.encipher(&premaster)?;
    let premaster = shared(&premaster)?;
    Ok((Answered { public, premaster }, proof))
}

/// Writes the encrypted premaster secret.
pub(in crate::classic) fn write_encrypted(
    encrypted: &[u8],
    form: PremasterForm,
    out: &mut Writer<'_>,
) {
    match form {
        PremasterForm::Counted => Opaque16::<0>(encrypted).write(out),
        PremasterForm::Bare => out.bytes(encrypted),
    }
}

/// What the client encrypted, from the body of its ClientKeyExchange.
pub(in crate::classic) fn read_encrypted(
    body: &[u8],
    form: PremasterForm,
) -> Result<&[u8], Broken> {
    match form {
        PremasterForm::Counted => RsaClientKeyExchange::decode(body)
            .map(|sent| sent.encrypted_premaster_secret.0)
            .map_err(malformed(Fault::ClientKeyExchangeMalformed)),
        PremasterForm::Bare => Ok(body),
    }
}

/// The server's part. Whatever was sent, something comes out, and nothing tells what: where the
/// client's secret does not come out right, it is a random one, and the client's Finished will be
/// wrong. Documents that tell a server to stop at once describe an oracle (Bleichenbacher, ROBOT).
pub(in crate::classic) fn open(
    decrypted: &Decrypted,
    offered: ProtocolVersion,
    plan: &CommonPlan,
) -> Result<SharedSecret, OwnFailure> {
    let mut premaster = drawn(plan)?;
    choose(
        decrypted.as_bytes(),
        offered.0.to_be_bytes(),
        &mut premaster,
    );
    shared(&premaster)
}

fn drawn(plan: &CommonPlan) -> Result<Premaster, OwnFailure> {
    let mut premaster = Premaster::zeros();
    plan.draw()
        .fill(premaster.as_mut_bytes())
        .map_err(|_| OwnFailure::Random)?;
    Ok(premaster)
}

fn shared(premaster: &Premaster) -> Result<SharedSecret, OwnFailure> {
    SharedSecret::from_slice(premaster.as_bytes()).map_err(|_| OwnFailure::Crypto)
}
