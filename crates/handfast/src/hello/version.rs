//! The version (RFC 8446 sections 4.1.3 and 4.2.1).

use crate::config::CommonPlan;
use crate::connection::Broken;
use crate::fault::Fault;
use crate::suite::is_classic_version;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, ServerHello};
use handfast_wire::registry::{CipherSuite, ExtensionType, ProtocolVersion};

/// The last eight bytes of a server's random that could have spoken TLS 1.3
/// and was made to choose TLS 1.2.
const DOWNGRADE_TO_TLS12: [u8; 8] = *b"DOWNGRD\x01";
/// The same, made to choose TLS 1.1 or below.
const DOWNGRADE_TO_TLS11: [u8; 8] = *b"DOWNGRD\x00";
/// The mark of TLS 1.2 in place of the first one, for clients that take that one to heart and are
/// passed over all the same: what BoringSSL's servers say to those of JDK 11.
const DOWNGRADE_OF_JAVA11: [u8; 8] = [0xed, 0xbf, 0xb4, 0xa8, 0xc2, 0x47, 0x10, 0xff];

/// What a server chooses from.
#[cfg(not(feature = "legacy"))]
const NEWEST_FIRST: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
#[cfg(feature = "legacy")]
const NEWEST_FIRST: [ProtocolVersion; 5] = [
    ProtocolVersion::TLS_1_3,
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];

/// The server's side: the newest version in common.
pub(crate) fn choose(
    plan: &CommonPlan,
    hello: &ClientHello<'_>,
    extensions: &ClientHelloExtensions<'_>,
    spares_java11: bool,
) -> Result<ProtocolVersion, Broken> {
    // Java's SSL 3.0 names itself in the extension, too.
    let named = extensions.supported_versions.is_some_and(|versions| {
        versions
            .iter()
            .any(|version| version > ProtocolVersion::SSL_3_0)
    });
    check_not_ssl(plan, hello.legacy_version, named)?;
    let passed = |version| spares_java11 && version == ProtocolVersion::TLS_1_3;
    let offers = |version: ProtocolVersion| match extensions.supported_versions {
        Some(versions) => versions.contains(&version),
        // RFC 8446 s4.2.1: without the extension, TLS 1.2 or older.
        None => version <= ProtocolVersion::TLS_1_2 && version <= hello.legacy_version,
    };
    let chosen = NEWEST_FIRST
        .into_iter()
        .find(|version| plan.speaks(*version) && offers(*version) && !passed(*version));
    let Some(chosen) = chosen else {
        let named = match extensions.supported_versions {
            Some(versions) => versions.iter().collect::<Vec<_>>(),
            None => vec![hello.legacy_version],
        };
        let own = plan.set.versions.iter();
        return Err(Broken::offers(
            Fault::VersionNotCommon,
            "versions",
            named.into_iter(),
            own,
        ));
    };
    // RFC 7507 s3: a client that fell back although it need not have.
    let fell_back = hello
        .cipher_suites
        .contains(&CipherSuite::TLS_FALLBACK_SCSV);
    if fell_back
        && NEWEST_FIRST
            .into_iter()
            .any(|version| version > chosen && plan.speaks(version) && !passed(version))
    {
        return Err(Fault::FallbackInappropriate.into());
    }
    Ok(chosen)
}

/// The server's side, on a connection that is there: its version stays.
pub(crate) fn choose_again(
    version: ProtocolVersion,
    hello: &ClientHello<'_>,
    extensions: &ClientHelloExtensions<'_>,
) -> Result<ProtocolVersion, Fault> {
    let offered = match extensions.supported_versions {
        Some(versions) => versions.contains(&version),
        None => version <= hello.legacy_version,
    };
    if offered {
        Ok(version)
    } else {
        Err(Fault::VersionChanged)
    }
}

/// The second ClientHello must still offer TLS 1.3.
pub(crate) fn check_still_tls13(extensions: &ClientHelloExtensions<'_>) -> Result<(), Fault> {
    let offered = extensions.supported_versions;
    let still = offered.is_some_and(|versions| versions.contains(&ProtocolVersion::TLS_1_3));
    if still {
        Ok(())
    } else {
        Err(Fault::SecondHelloChanged)
    }
}

/// A server that could speak something newer than what it is asked for says so (RFC 8446 section
/// 4.1.3).
pub(crate) fn mark_downgrade(
    plan: &CommonPlan,
    chosen: ProtocolVersion,
    spares_java11: bool,
    random: &mut [u8; 32],
) {
    let Some(tail) = random.last_chunk_mut() else {
        return;
    };
    if chosen < ProtocolVersion::TLS_1_2 {
        if plan.speaks(ProtocolVersion::TLS_1_3) || plan.speaks(ProtocolVersion::TLS_1_2) {
            *tail = DOWNGRADE_TO_TLS11;
        }
    } else if spares_java11 {
        *tail = DOWNGRADE_OF_JAVA11;
    } else if plan.speaks(ProtocolVersion::TLS_1_3) {
        *tail = DOWNGRADE_TO_TLS12;
    }
}

/// The client's side: the version that a ServerHello chose.
pub(crate) fn chosen(plan: &CommonPlan, hello: &ServerHello<'_>) -> Result<ProtocolVersion, Fault> {
    let named = hello.extensions.find(ExtensionType::SUPPORTED_VERSIONS);
    check_not_ssl(plan, hello.legacy_version, named.is_some())?;
    if let Some(chosen) = named {
        if chosen.len() != 2 {
            return Err(Fault::ExtensionMalformed);
        }
        // RFC 8446 s4.2.1: the extension names TLS 1.3 or newer.
        if chosen != ProtocolVersion::TLS_1_3.0.to_be_bytes()
            || !plan.speaks(ProtocolVersion::TLS_1_3)
        {
            return Err(Fault::VersionNotOffered);
        }
        return Ok(ProtocolVersion::TLS_1_3);
    }
    let chosen = hello.legacy_version;
    check_mark(plan, chosen, hello)?;
    if is_classic_version(chosen) && plan.speaks(chosen) {
        return Ok(chosen);
    }
    Err(Fault::VersionNotCommon)
}

/// RFC 8446 s4.1.3: someone may have struck the newest version from our offer.
fn check_mark(
    plan: &CommonPlan,
    chosen: ProtocolVersion,
    hello: &ServerHello<'_>,
) -> Result<(), Fault> {
    let tail = hello.random.last_chunk();
    let below_tls12 = tail == Some(&DOWNGRADE_TO_TLS11);
    let marked = if plan.speaks(ProtocolVersion::TLS_1_3) {
        below_tls12 || tail == Some(&DOWNGRADE_TO_TLS12) || tail == Some(&DOWNGRADE_OF_JAVA11)
    } else {
        below_tls12 && chosen < ProtocolVersion::TLS_1_2 && plan.speaks(ProtocolVersion::TLS_1_2)
    };
    if marked {
        Err(Fault::Downgrade)
    } else {
        Ok(())
    }
}

/// Whatever the extensions say: nobody sends SSL 3.0's number any more (RFC 8446 appendix D.5), but
/// for those who are to be reached with it and name nothing newer.
fn check_not_ssl(plan: &CommonPlan, legacy: ProtocolVersion, named: bool) -> Result<(), Fault> {
    let is_spoken = legacy == ProtocolVersion::SSL_3_0 && plan.speaks(legacy) && !named;
    if legacy <= ProtocolVersion::SSL_3_0 && !is_spoken {
        Err(Fault::LegacyVersionObsolete)
    } else {
        Ok(())
    }
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

/// The client's side: with TLS 1.3 the old field is frozen.
pub(crate) fn check_legacy(hello: &ServerHello<'_>) -> Result<(), Fault> {
    if hello.legacy_version == ProtocolVersion::TLS_1_2 {
        Ok(())
    } else {
        Err(Fault::LegacyVersionWrong)
    }
}
