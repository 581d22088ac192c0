//! What two configs should come to, told from the RFCs' rules and without the engine.

use super::choices::{Asks, Choices, ClientChoices, Judge, NEW, OLD, ServerChoices};
use handfast::connection::{PeerStanding, Resumption};
use handfast::{CipherSuite, Fault, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_testkit::certificates::KeyKind;

/// What should come of it.
#[derive(Debug)]
pub(super) enum Expected {
    /// One of these faults; which comes first is the engine's affair.
    Refused(Vec<Fault>),
    Connected(Connected),
}

/// How both ends should stand.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) version: ProtocolVersion,
    pub(super) alpn: Option<Vec<u8>>,
    /// Of the server, seen from the client; then the other way around.
    pub(super) settings: Option<[u8; 2]>,
    /// Of the server, seen from the client; then the other way around.
    pub(super) standings: [PeerStanding; 2],
    /// By what a second connection comes back.
    pub(super) resumption: Option<Resumption>,
}

fn is_new_suite(suite: CipherSuite) -> bool {
    suite.0 >> 8 == 0x13
}

fn is_curve(group: NamedGroup) -> bool {
    matches!(
        group,
        NamedGroup::X25519 | NamedGroup::SECP256R1 | NamedGroup::SECP384R1 | NamedGroup::SECP521R1
    )
}

/// The versions for which a side has a suite and a group.
fn spoken(choices: &Choices, post_quantum: bool) -> Vec<ProtocolVersion> {
    let can = |version: &ProtocolVersion| {
        let is_new = *version == NEW;
        choices
            .suites
            .iter()
            .any(|suite| is_new_suite(*suite) == is_new)
            && choices
                .groups
                .iter()
                .any(|group| is_new || is_curve(*group))
            && (is_new || !post_quantum)
    };
    choices.versions.iter().copied().filter(can).collect()
}

/// RFC 8446 section 4.2.3; RFC 5246 section 7.4.1.4.1 with RFC 8422 section 5.1.3.
fn signs(kind: KeyKind, scheme: SignatureScheme, version: ProtocolVersion) -> bool {
    use SignatureScheme as Scheme;
    let curves = [
        (KeyKind::EcP256, Scheme::ECDSA_SECP256R1_SHA256),
        (KeyKind::EcP384, Scheme::ECDSA_SECP384R1_SHA384),
        (KeyKind::EcP521, Scheme::ECDSA_SECP521R1_SHA512),
    ];
    match kind {
        KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => {
            let fits = |(of, with)| with == scheme && (of == kind || version == OLD);
            curves.into_iter().any(fits)
        }
        KeyKind::Ed25519 => scheme == Scheme::ED25519,
        KeyKind::Rsa { .. } => {
            let pss = [
                Scheme::RSA_PSS_RSAE_SHA256,
                Scheme::RSA_PSS_RSAE_SHA384,
                Scheme::RSA_PSS_RSAE_SHA512,
            ];
            let pkcs1 = [
                Scheme::RSA_PKCS1_SHA256,
                Scheme::RSA_PKCS1_SHA384,
                Scheme::RSA_PKCS1_SHA512,
            ];
            pss.contains(&scheme) || (version == OLD && pkcs1.contains(&scheme))
        }
        KeyKind::RsaPss { .. } => [
            Scheme::RSA_PSS_PSS_SHA256,
            Scheme::RSA_PSS_PSS_SHA384,
            Scheme::RSA_PSS_PSS_SHA512,
        ]
        .contains(&scheme),
        KeyKind::MlDsa44 => version == NEW && scheme == Scheme::MLDSA44,
        KeyKind::MlDsa65 => version == NEW && scheme == Scheme::MLDSA65,
        KeyKind::MlDsa87 => version == NEW && scheme == Scheme::MLDSA87,
        _ => false,
    }
}

fn is_rsa(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa { .. } | KeyKind::RsaPss { .. })
}

/// The key that a suite of TLS 1.2 wants.
fn suits(suite: CipherSuite, kind: KeyKind) -> bool {
    let rsa_suites = [
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    rsa_suites.contains(&suite) == is_rsa(kind)
}

/// RFC 8422 section 4: a client names the curve that an ECDSA certificate lies on.
fn names_curve(groups: &[NamedGroup], kind: KeyKind) -> bool {
    match kind {
        KeyKind::EcP256 => groups.contains(&NamedGroup::SECP256R1),
        KeyKind::EcP384 => groups.contains(&NamedGroup::SECP384R1),
        KeyKind::EcP521 => groups.contains(&NamedGroup::SECP521R1),
        _ => true,
    }
}

/// True when one of these keys can sign what the other side accepts.
fn can_prove(
    kinds: &[KeyKind],
    accepted: &[SignatureScheme],
    version: ProtocolVersion,
    fits: impl Fn(KeyKind) -> bool,
) -> bool {
    let proves = |kind: &KeyKind| {
        fits(*kind) && accepted.iter().any(|scheme| signs(*kind, *scheme, version))
    };
    kinds.iter().any(proves)
}

pub(super) fn expect(client: &ClientChoices, server: &ServerChoices) -> Expected {
    let theirs = spoken(&server.common, server.post_quantum);
    let ours = spoken(&client.common, false);
    let common = ours.iter().filter(|version| theirs.contains(version));
    let Some(version) = common.max().copied() else {
        return Expected::Refused(vec![Fault::VersionNotCommon]);
    };
    let mut faults = Vec::new();
    let suites: Vec<_> = client
        .common
        .suites
        .iter()
        .copied()
        .filter(|suite| is_new_suite(*suite) == (version == NEW))
        .filter(|suite| server.common.suites.contains(suite))
        .collect();
    if suites.is_empty() {
        faults.push(Fault::SuiteNotCommon);
    }
    if !groups_meet(client, server, version) {
        faults.push(Fault::GroupNotCommon);
    }
    let alpn = choose_protocol(&client.common, &server.common, &mut faults);
    let fits = |kind| version == NEW || suites.iter().any(|suite| suits(*suite, kind));
    let (kinds, schemes) = (&server.common.kinds, &client.common.schemes);
    let named = |kind| version == NEW || names_curve(&client.common.groups, kind);
    if !can_prove(kinds, schemes, version, fits) {
        faults.push(Fault::SchemeNotCommon);
    } else if !can_prove(kinds, schemes, version, |kind| fits(kind) && named(kind)) {
        faults.push(Fault::CertificateCurveNotCommon);
    }
    let client_standing = client_standing(client, server, version, &mut faults);
    if !faults.is_empty() {
        return Expected::Refused(faults);
    }
    let server_standing = standing(client.common.judge);
    let settings = [server.common.settings, client.common.settings];
    let same = client.common.settings_code_point == server.common.settings_code_point;
    let settings = match settings {
        [Some(theirs), Some(ours)] if same && version == NEW && alpn.is_some() => {
            Some([theirs, ours])
        }
        _ => None,
    };
    Expected::Connected(Connected {
        version,
        settings,
        alpn,
        standings: [server_standing, client_standing],
        resumption: resumption(client, server, version),
    })
}

fn groups_meet(client: &ClientChoices, server: &ServerChoices, version: ProtocolVersion) -> bool {
    let acceptable = |group: &NamedGroup| {
        (version == NEW || is_curve(*group))
            && !(server.post_quantum && (is_curve(*group)))
            && client.common.groups.contains(group)
    };
    server.common.groups.iter().any(acceptable)
}

/// RFC 7301 section 3.2, and what either side makes of no answer.
fn choose_protocol(client: &Choices, server: &Choices, faults: &mut Vec<Fault>) -> Option<Vec<u8>> {
    if client.alpn.is_empty() {
        return None;
    }
    let chosen = server.alpn.iter().find(|name| client.alpn.contains(name));
    let server_minds = !server.alpn.is_empty() && !server.alpn_optional;
    if chosen.is_none() && (server_minds || !client.alpn_optional) {
        faults.push(Fault::AlpnNotCommon);
    }
    chosen.map(|name| name.to_vec())
}

fn standing(judge: Judge) -> PeerStanding {
    match judge {
        Judge::Chain => PeerStanding::Verified,
        Judge::Anyone => PeerStanding::Unverified,
        Judge::Caller => PeerStanding::AcceptedByCaller,
    }
}

fn client_standing(
    client: &ClientChoices,
    server: &ServerChoices,
    version: ProtocolVersion,
    faults: &mut Vec<Fault>,
) -> PeerStanding {
    // RFC 8446 s4.4.2: without a suitable certificate none is shown.
    let schemes = &server.common.schemes;
    let shows = can_prove(&client.common.kinds, schemes, version, |_| true);
    match server.asks {
        Asks::No => return PeerStanding::NotAsked,
        Asks::Requests if !shows => return PeerStanding::Anonymous,
        Asks::Requires if !shows => faults.push(if version == NEW {
            Fault::CertificateRequired
        } else {
            Fault::ClassicCertificateRequired
        }),
        _ => {}
    }
    standing(server.common.judge)
}

/// Where the caller judges, only its label can say that a session is still good.
fn resumption(
    client: &ClientChoices,
    server: &ServerChoices,
    version: ProtocolVersion,
) -> Option<Resumption> {
    let ours = &client.common;
    let theirs = &server.common;
    let client_may = client.keeps_sessions && (ours.judge != Judge::Caller || ours.label);
    let asked = server.asks != Asks::No && theirs.judge == Judge::Caller;
    let server_may = !asked || theirs.label;
    if !client_may || !server_may {
        return None;
    }
    match (version == NEW, server.seals, server.keeps) {
        (true, seals, keeps) if (seals || keeps) && server.tickets > 0 => Some(Resumption::Psk),
        (false, true, _) => Some(Resumption::Ticket),
        (false, false, true) => Some(Resumption::SessionId),
        _ => None,
    }
}
