//! The version (RFC 8446 sections 4.1.3 and 4.2.1).

use crate::connection::Broken;
use crate::fault::Fault;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, ServerHello};
use handfast_wire::registry::{ExtensionType, ProtocolVersion};

/// The last eight bytes of a server's random that could have spoken TLS 1.3
/// and was made to choose TLS 1.2.
const DOWNGRADE_TO_TLS12: [u8; 8] = *b"DOWNGRD\x01";
/// The same, made to choose TLS 1.1 or below.
const DOWNGRADE_TO_TLS11: [u8; 8] = *b"DOWNGRD\x00";

/// The server's side: is TLS 1.3 in the ClientHello?
pub(crate) fn check_offer(
    hello: &ClientHello<'_>,
    extensions: &ClientHelloExtensions<'_>,
) -> Result<(), Broken> {
    let offered = extensions.supported_versions;
    if offered.is_some_and(|versions| versions.contains(&ProtocolVersion::TLS_1_3)) {
        return Ok(());
    }
    let own = [ProtocolVersion::TLS_1_3].into_iter();
    let named = match offered {
        Some(versions) => versions.iter().collect::<Vec<_>>(),
        None => vec![hello.legacy_version],
    };
    Err(Broken::offers(
        Fault::VersionNotCommon,
        "versions",
        named.into_iter(),
        own,
    ))
}

/// The client's side: after a HelloRetryRequest the version must stay (RFC 8446 s4.1.4).
pub(crate) fn check_kept(hello: &ServerHello<'_>) -> Result<(), Fault> {
    let chosen = hello.extensions.find(ExtensionType::SUPPORTED_VERSIONS);
    if chosen == Some(&ProtocolVersion::TLS_1_3.0.to_be_bytes()) {
        Ok(())
    } else {
        Err(Fault::VersionChangedAfterRetry)
    }
}

/// The client's side: the version that a ServerHello chose must be TLS 1.3.
pub(crate) fn check_chosen(hello: &ServerHello<'_>) -> Result<(), Fault> {
    let Some(chosen) = hello.extensions.find(ExtensionType::SUPPORTED_VERSIONS) else {
        // RFC 8446 s4.1.3: someone may have struck TLS 1.3 from our offer.
        let tail = hello.random.last_chunk();
        if tail == Some(&DOWNGRADE_TO_TLS12) || tail == Some(&DOWNGRADE_TO_TLS11) {
            return Err(Fault::Downgrade);
        }
        return Err(Fault::VersionNotCommon);
    };
    if chosen != ProtocolVersion::TLS_1_3.0.to_be_bytes() {
        return Err(if chosen.len() == 2 {
            Fault::VersionNotOffered
        } else {
            Fault::ExtensionMalformed
        });
    }
    if hello.legacy_version != ProtocolVersion::TLS_1_2 {
        return Err(Fault::LegacyVersionWrong);
    }
    Ok(())
}
