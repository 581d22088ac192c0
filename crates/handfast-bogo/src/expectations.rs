//! What must be true once the handshake is done.

use crate::answers::Asked;
use crate::early::reason;
use crate::endpoint::Endpoint;
use crate::raw_key;
use crate::settings::{SelectAlpn, Settings};
use crate::stop::{Stop, ensure};
use handfast::ProtocolVersion;
use handfast::connection::{EarlyData, Negotiated, PeerChain, PeerStanding};
use handfast::ech::{EchConfigList, EchStatus};
use handfast::session::Session;
use handfast_pki::load;
use std::fs;

/// Checks everything that the flags and the runner's own rules demand.
pub(crate) fn check(
    settings: &Settings,
    negotiated: &Negotiated,
    asked: &Asked,
    endpoint: &Endpoint,
    again: bool,
) -> Result<(), Stop> {
    let wanted = again && !settings.expect.session_miss;
    ensure(negotiated.is_resumed() == wanted, || {
        format!("resumed is {}, wanted {wanted}", negotiated.is_resumed())
    })?;
    early_data(settings, negotiated)?;
    parameters(settings, negotiated)?;
    names(settings, negotiated)?;
    peer(settings, negotiated, asked)?;
    let accepted = negotiated.ech == EchStatus::Accepted;
    ensure(accepted == settings.expect.ech_accepted, || {
        format!("encrypted ClientHello: {:?}", negotiated.ech)
    })?;
    if let Some(wanted) = settings.expect.selected_credential {
        let met = negotiated.psk_identity.as_deref();
        let mut keys = endpoint.psks.iter();
        let used = keys
            .find(|(_, key)| Some(key.identity()) == met)
            .map_or(asked.signed_with, |(number, _)| *number);
        ensure(used == wanted, || {
            format!("credential {used} was used, wanted {wanted}")
        })?;
    }
    Ok(())
}

/// Checks the messages that passed, once the connection is over.
pub(crate) fn check_messages(
    settings: &Settings,
    endpoint: &Endpoint,
    is_tls13: bool,
) -> Result<(), Stop> {
    let Some(wanted) = &settings.expect.messages else {
        return Ok(());
    };
    // The runner's library drops the dummies of TLS 1.3 before it tells of what comes.
    let seen = match is_tls13 {
        true => endpoint.trace.text().replace("read ccs\n", ""),
        false => endpoint.trace.text(),
    };
    ensure(seen == *wanted, || {
        format!("these messages passed:\n{seen}wanted:\n{wanted}")
    })
}

/// What a client takes from its session while it sends early data.
pub(crate) fn check_offered(settings: &Settings, session: &Session) -> Result<(), Stop> {
    let expect = &settings.expect;
    let alpn = expect.alpn.as_deref().unwrap_or_default();
    ensure(session.alpn() == alpn.as_bytes(), || {
        format!("the session's protocol is {:?}", session.alpn())
    })?;
    ensure(
        expect
            .cipher
            .is_none_or(|wanted| wanted == session.suite().0),
        || format!("the session's suite is {}", session.suite()),
    )?;
    same_settings(settings, session.peer_application_settings())?;
    match &expect.peer_cert_file {
        Some(file) => same_chain(session.peer_chain(), file),
        None => Ok(()),
    }
}

/// What a server told that has not opened the encrypted ClientHello.
pub(crate) fn check_retry_configs(
    settings: &Settings,
    told: Option<&EchConfigList>,
) -> Result<(), Stop> {
    let told = told.map(EchConfigList::as_bytes);
    let expect = &settings.expect;
    ensure(!expect.no_ech_retry_configs || told.is_none(), || {
        format!("retry configs came: {told:02x?}")
    })?;
    let wanted = expect.ech_retry_configs.as_deref();
    ensure(wanted.is_none() || told == wanted, || {
        format!("the retry configs are {told:02x?}, wanted {wanted:02x?}")
    })
}

fn early_data(settings: &Settings, negotiated: &Negotiated) -> Result<(), Stop> {
    let (expect, outcome) = (&settings.expect, negotiated.early_data);
    let accepted = outcome == EarlyData::Accepted;
    ensure(!expect.early_accepted || accepted, || {
        format!("early data was not accepted: {outcome:?}")
    })?;
    ensure(!expect.early_rejected || !accepted, || {
        "early data was accepted".to_owned()
    })?;
    let seen = reason(outcome);
    ensure(
        expect
            .early_reason
            .as_ref()
            .is_none_or(|reason| reason == seen),
        || format!("early data: {seen}, wanted {:?}", expect.early_reason),
    )
}

/// What the peer has said, and nothing where nothing is awaited.
fn same_settings(settings: &Settings, seen: Option<&[u8]>) -> Result<(), Stop> {
    let wanted = settings.expect.peer_settings.as_deref();
    ensure(seen == wanted.map(str::as_bytes), || {
        let seen = seen.map(|seen| seen.escape_ascii().to_string());
        format!("the peer's application settings are {seen:?}, wanted {wanted:?}")
    })
}

fn same_chain(chain: &PeerChain, file: &str) -> Result<(), Stop> {
    let wanted = load::certificates(&fs::read(file)?)
        .map_err(|fault| Stop::Wrong(format!("{file}: {fault}")))?;
    ensure(*chain == wanted, || {
        "the peer sent another chain".to_owned()
    })
}

fn parameters(settings: &Settings, negotiated: &Negotiated) -> Result<(), Stop> {
    let expect = &settings.expect;
    let by_hardware = if has_aes() {
        expect.cipher_with_aes
    } else {
        expect.cipher_without_aes
    };
    let numbers = [
        ("version", expect.version, Some(negotiated.version.0)),
        ("cipher suite", expect.cipher, Some(negotiated.suite.0)),
        ("cipher suite", by_hardware, Some(negotiated.suite.0)),
        ("group", expect.group, Some(negotiated.group.0)),
        (
            "peer's scheme",
            expect.peer_scheme,
            // Of versions that name no scheme the runner expects none.
            negotiated.peer_scheme.map(|scheme| {
                if negotiated.version < ProtocolVersion::TLS_1_2 {
                    0
                } else {
                    scheme.0
                }
            }),
        ),
    ];
    for (what, wanted, seen) in numbers {
        ensure(wanted.is_none() || wanted == seen, || {
            format!("the {what} is {seen:04x?}, wanted {wanted:04x?}")
        })?;
    }
    ensure(
        !expect.extended_master_secret || negotiated.extended_master_secret,
        || "the keys are not bound to the handshake".to_owned(),
    )?;
    let secure = expect.secure_renegotiation;
    ensure(
        secure.is_none_or(|wanted| wanted == negotiated.secure_renegotiation),
        || "RFC 5746 is known by the peer, or is not".to_owned(),
    )?;
    // Only who comes back has an age to tell.
    let skew = expect.ticket_age_skew_s;
    if let Some(wanted) = skew.filter(|_| negotiated.is_resumed()) {
        // In whole seconds, towards zero, as the runner counts.
        let seen = negotiated.ticket_age_skew_ms.map(|ms| ms / 1000);
        ensure(seen == Some(wanted), || {
            format!("the ticket's age is off by {seen:?} s, wanted {wanted}")
        })?;
    }
    ensure(!expect.retry || negotiated.retried, || {
        "no HelloRetryRequest was needed".to_owned()
    })?;
    ensure(!expect.no_retry || !negotiated.retried, || {
        "a HelloRetryRequest was needed".to_owned()
    })
}

fn names(settings: &Settings, negotiated: &Negotiated) -> Result<(), Stop> {
    let expect = &settings.expect;
    if expect.server_name.is_some() {
        ensure(
            negotiated.server_name.as_deref() == expect.server_name.as_deref(),
            || {
                format!(
                    "the host name is {:?}, wanted {:?}",
                    negotiated.server_name, expect.server_name
                )
            },
        )?;
    }
    let alpn = match (&settings.select_alpn, settings.server) {
        (SelectAlpn::Select(protocol), true) => Some(protocol),
        (_, true) => None,
        (_, false) => expect.alpn.as_ref().filter(|alpn| !alpn.is_empty()),
    };
    // Without a flag there must be none.
    ensure(
        negotiated.alpn.as_deref() == alpn.map(String::as_bytes),
        || {
            format!(
                "the application protocol is {:?}, wanted {alpn:?}",
                negotiated.alpn
            )
        },
    )?;
    same_settings(settings, negotiated.peer_application_settings())
}

fn peer(settings: &Settings, negotiated: &Negotiated, asked: &Asked) -> Result<(), Stop> {
    let expect = &settings.expect;
    let chain = &negotiated.peer_chain;
    raw_key::check(settings, negotiated.peer_raw_key())?;
    let seen = negotiated.peer_certificate_type().0;
    ensure(expect.peer_type.is_none_or(|wanted| wanted == seen), || {
        format!(
            "the peer's certificate type is {seen}, wanted {:?}",
            expect.peer_type
        )
    })?;
    let is_digest = chain.digest().is_some();
    ensure(is_digest == expect.peer_digest, || {
        format!("a digest of the peer's certificate alone is kept: {is_digest}")
    })?;
    if expect.no_peer_cert || expect.peer_raw_key_sha256.is_some() {
        ensure(chain.is_empty(), || {
            "the peer sent a certificate".to_owned()
        })?;
    } else if negotiated.psk_identity.is_none()
        && (!settings.server || settings.require_client_certificate)
    {
        ensure(!chain.is_empty(), || {
            "the peer sent no certificate".to_owned()
        })?;
    }
    if let Some(file) = &expect.peer_cert_file {
        same_chain(chain, file)?;
    }
    let again = settings.reverify_on_resume && !settings.server;
    if expect.verify_result || (again && settings.judges_peers()) {
        // The verdict stands only where the engine asked for one.
        let wanted = !chain.is_empty() && (again || !negotiated.is_resumed());
        // Who was judged before early data is judged once more where that was not taken.
        let is_enough = asked.judged_before > 0 && negotiated.early_data == EarlyData::Accepted;
        let times = asked.judged_before + u32::from(wanted && !is_enough);
        ensure(asked.judged == times, || {
            format!("the peer was judged {} times", asked.judged)
        })?;
    }
    if expect.verify_result && !chain.is_empty() {
        // Of a session too, which keeps how its peer stood.
        let wanted = if settings.verify_fail {
            PeerStanding::Unverified
        } else {
            PeerStanding::AcceptedByCaller
        };
        ensure(negotiated.peer_standing == wanted, || {
            format!(
                "the peer is {:?}, wanted {wanted:?}",
                negotiated.peer_standing
            )
        })?;
        let is_fresh = !negotiated.is_resumed();
        ensure(!is_fresh || asked.accepted != settings.verify_fail, || {
            "the verdict on the peer is another one".to_owned()
        })?;
    }
    let bytes = [
        (
            "OCSP response",
            &expect.ocsp_response,
            &negotiated.ocsp_response,
        ),
        ("SCT list", &expect.sct_list, &negotiated.sct_list),
    ];
    for (what, wanted, seen) in bytes {
        ensure(
            wanted.is_none() || wanted.as_deref() == seen.as_deref(),
            || format!("the {what} is {seen:02x?}"),
        )?;
    }
    Ok(())
}

/// Whether the processor has AES: the runner's expectation depends on it.
fn has_aes() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("aes")
    }
    #[cfg(target_arch = "aarch64")]
    {
        std::arch::is_aarch64_feature_detected!("aes")
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        false
    }
}
