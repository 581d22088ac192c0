//! Checks of a ServerHello and a HelloRetryRequest by the client
//! (RFC 8446 sections 4.1.3 and 4.1.4), in the RFC's order.

use crate::config::ClientPlan;
use crate::connection::Broken;
use crate::ech::CONFIRMATION;
use crate::fault::Fault;
use crate::handshake::talk::malformed;
use crate::hello::client_hello::Offer;
use crate::hello::offered_psk::OfferedKey;
use crate::hello::{suite, version};
use crate::suite::Suite;
use handfast_wire::extension::{Extensions, KeyShareEntry};
use handfast_wire::handshake::{HelloRetryRequestExtensions, ServerHello, ServerHelloExtensions};
use handfast_wire::registry::{ExtensionType, NamedGroup, ProtocolVersion};

/// What a good ServerHello says.
pub(crate) struct Chosen<'a> {
    pub(crate) suite: &'static Suite,
    /// Nothing where a shared key stands alone.
    pub(crate) key_share: Option<KeyShareEntry<'a>>,
    /// The place of the offered key that the server took.
    pub(crate) psk: Option<usize>,
}

/// What a good HelloRetryRequest asks for.
pub(crate) struct Asked {
    pub(crate) suite: &'static Suite,
    pub(crate) group: Option<NamedGroup>,
    pub(crate) cookie: Option<Vec<u8>>,
    /// What may confirm that the encrypted ClientHello was opened.
    pub(crate) ech: Option<[u8; CONFIRMATION]>,
}

pub(crate) fn check<'a>(
    plan: &ClientPlan,
    offer: &Offer,
    hello: &ServerHello<'a>,
) -> Result<Chosen<'a>, Broken> {
    let suite = check_common(plan, offer, hello)?;
    refuse_unknown(hello.extensions, ServerHelloExtensions::KNOWN)?;
    let extensions = ServerHelloExtensions::read(hello.extensions)
        .map_err(malformed(Fault::ServerHelloMalformed))?;
    let psk = match extensions.pre_shared_key.map(usize::from) {
        None => None,
        Some(_) if offer.psks.is_empty() => return Err(Fault::ExtensionNotOffered.into()),
        Some(at) => {
            // RFC 8446 s4.2.11: in the range, and with the suite's hash.
            let key = offer.psks.get(at).filter(|key| key.hash == suite.hash);
            key.ok_or(Fault::PskIndexWrong)?;
            Some(at)
        }
    };
    if psk.is_none() && plan.config.require_psk && !offer.is_ech_rejected() {
        return Err(Fault::PskNotChosen.into());
    }
    let key_share = extensions.key_share;
    if key_share.is_none() && !may_stand_alone(plan, offer, psk) {
        return Err(Fault::KeyShareMissing.into());
    }
    if key_share.is_some_and(|share| !offer.has_share(share.group)) {
        return Err(Fault::GroupNotOffered.into());
    }
    Ok(Chosen {
        suite,
        key_share,
        psk,
    })
}

/// True where the key that the server took needs no key exchange beside it (psk_ke).
fn may_stand_alone(plan: &ClientPlan, offer: &Offer, psk: Option<usize>) -> bool {
    let chosen = psk.and_then(|at| offer.psks.get(at));
    plan.config.danger_psk_without_key_exchange
        && chosen.is_some_and(|psk| matches!(psk.key, OfferedKey::External(_)))
}

pub(crate) fn check_retry(
    plan: &ClientPlan,
    offer: &Offer,
    hello: &ServerHello<'_>,
) -> Result<Asked, Broken> {
    let suite = check_common(plan, offer, hello)?;
    refuse_unknown(hello.extensions, HelloRetryRequestExtensions::KNOWN)?;
    let extensions = HelloRetryRequestExtensions::read(hello.extensions)
        .map_err(malformed(Fault::ServerHelloMalformed))?;
    if extensions.encrypted_client_hello.is_some() && offer.ech.is_none() {
        return Err(Fault::ExtensionNotOffered.into());
    }
    if extensions.key_share.is_none() && extensions.cookie.is_none() {
        return Err(Fault::RetryWithoutChange.into());
    }
    if let Some(group) = extensions.key_share
        && (!plan.common.set.groups.contains(&group) || offer.has_share(group))
    {
        return Err(Fault::RetryGroupWrong.into());
    }
    let cookie = extensions.cookie.map(|cookie| cookie.to_vec());
    Ok(Asked {
        suite,
        group: extensions.key_share,
        cookie,
        ech: extensions.encrypted_client_hello.copied(),
    })
}

fn check_common(
    plan: &ClientPlan,
    offer: &Offer,
    hello: &ServerHello<'_>,
) -> Result<&'static Suite, Broken> {
    version::check_legacy(hello)?;
    if hello.legacy_session_id_echo.0 != offer.session_id() {
        return Err(Fault::SessionIdNotEchoed.into());
    }
    let suite = suite::check_chosen(&plan.common, hello, ProtocolVersion::TLS_1_3)?;
    if hello.legacy_compression_method != 0 {
        return Err(Fault::CompressionChosen.into());
    }
    Ok(suite)
}

/// RFC 8446 s4.2: an answer to nothing is refused.
pub(crate) fn refuse_unknown(block: Extensions<'_>, known: &[ExtensionType]) -> Result<(), Fault> {
    let stray = block
        .iter()
        .any(|extension| !known.contains(&extension.extension_type));
    if stray {
        Err(Fault::ExtensionNotOffered)
    } else {
        Ok(())
    }
}
