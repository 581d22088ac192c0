//! What a peer's alert is likely to mean, from what was offered to it and how far the handshake had
//! come. An alert gives no reasons, so each of these is a guess and says so.

use crate::config::{Common, CommonPlan};
use crate::report::advice::{Advice, Who};
use crate::report::facts::Facts;
use crate::report::remedy::{Change, PolicyName, Remedy};
use crate::suite::resists_quantum;
use handfast_wire::registry::{
    AlertDescription, CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme,
};

/// Guesses at what would mend it, the likeliest first.
pub(crate) fn remedies(alert: AlertDescription, facts: &Facts) -> Vec<Remedy> {
    if !facts.is_client {
        return server_side(alert, facts);
    }
    if facts.wants_shared_key && facts.version.is_none() && NO_SUCH_KEY.contains(&alert) {
        return vec![Remedy::of(SHARED_KEY, KEY_UNKNOWN).likely()];
    }
    // What came after the certificate, or in its place, is about that.
    let is_about_certificate = facts.was_asked || facts.was_connected;
    if is_about_certificate && !facts.has_shown && NO_CERTIFICATE.contains(&alert) {
        return vec![show_certificate(facts)];
    }
    let Some(common) = facts.common.as_deref().map(|near| -> &CommonPlan { near }) else {
        return Vec::new();
    };
    let set = &common.set;
    // Nothing but a ClientHello was said, so it is about what stands in it.
    let is_about_hello = facts.version.is_none() && !facts.was_connected;
    match alert {
        AlertDescription::PROTOCOL_VERSION if is_about_hello => versions(set),
        AlertDescription::HANDSHAKE_FAILURE
        | AlertDescription::INSUFFICIENT_SECURITY
        | AlertDescription::ILLEGAL_PARAMETER
        | AlertDescription::DECODE_ERROR
        | AlertDescription::UNEXPECTED_MESSAGE
        | AlertDescription::INTERNAL_ERROR
        | AlertDescription::CLOSE_NOTIFY
            if is_about_hello =>
        {
            offered(set, facts)
        }
        AlertDescription::MISSING_EXTENSION | AlertDescription::UNRECOGNIZED_NAME
            if facts.server_name.is_none() =>
        {
            vec![name_the_host()]
        }
        AlertDescription::NO_APPLICATION_PROTOCOL if !set.alpn.is_empty() => {
            let silence = Remedy::settings(vec![Change::NoProtocols]);
            vec![silence.likely()]
        }
        AlertDescription::CERTIFICATE_REQUIRED => vec![show_certificate(facts)],
        _ => Vec::new(),
    }
}

/// The alerts by which servers refuse a client without a certificate.
const NO_CERTIFICATE: [AlertDescription; 5] = [
    AlertDescription::CERTIFICATE_REQUIRED,
    AlertDescription::HANDSHAKE_FAILURE,
    AlertDescription::BAD_CERTIFICATE,
    AlertDescription::CERTIFICATE_UNKNOWN,
    AlertDescription::UNKNOWN_CA,
];

/// The alerts by which servers tell that they do not know a shared key, or another one.
const NO_SUCH_KEY: [AlertDescription; 4] = [
    AlertDescription::UNKNOWN_PSK_IDENTITY,
    AlertDescription::HANDSHAKE_FAILURE,
    AlertDescription::DECRYPT_ERROR,
    AlertDescription::BAD_RECORD_MAC,
];
const SHARED_KEY: &str = "shared-key.unknown";
const KEY_UNKNOWN: Advice = Advice {
    who: Who::Here,
    words: "the server may know no key under that identity, or another key, or want one for another \
            context: give both sides the same (`psks`)",
};

/// A server that hung up on the ClientHello, without a word: many old ones do.
pub(crate) fn remedies_after_silence(facts: &Facts) -> Vec<Remedy> {
    let told = AlertDescription::HANDSHAKE_FAILURE;
    let mut likely = if facts.version.is_none() {
        remedies(told, facts)
    } else {
        Vec::new()
    };
    likely.insert(0, Remedy::of(HUNG_UP, NO_TLS).likely());
    likely
}

pub(crate) const HUNG_UP: &str = "transport.hung-up";
const NO_TLS: Advice = Advice {
    who: Who::Peer,
    words: "the port may not speak TLS, or only after a STARTTLS, or something on the way cuts it off: \
            check the port, and the peer's log",
};

/// The server knows none of the versions.
fn versions(set: &Common) -> Vec<Remedy> {
    let current = [ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_3];
    let missing = current
        .into_iter()
        .filter(|one| !set.versions.contains(one));
    let mut likely: Vec<Remedy> = missing.map(|version| add_version(set, version)).collect();
    let old = [
        (ProtocolVersion::TLS_1_0, PolicyName::Obsolete),
        (ProtocolVersion::SSL_3_0, PolicyName::Museum),
    ];
    let missing = old
        .into_iter()
        .filter(|(one, _)| !set.versions.contains(one));
    likely.extend(missing.map(|(version, policy)| reach(set, version, policy)));
    likely.extend(ssl3_alone(set));
    likely.truncate(MOST);
    likely
}

fn add_version(set: &Common, version: ProtocolVersion) -> Remedy {
    let mut changes = vec![Change::Version(version)];
    // Those of the default, where the list has none that go with it.
    let fits = |suite: &&CipherSuite| {
        crate::suite::find_suite(**suite).is_some_and(|suite| suite.belongs_to(version))
    };
    if !set.suites.iter().any(|suite| fits(&suite)) {
        let default = Common::default().suites;
        changes.extend(default.iter().filter(fits).copied().map(Change::Suite));
    }
    let words = "the server may know none of the versions that were offered";
    Remedy::settings(changes).because(words).likely()
}

/// A version that a policy has: with the policy, or where that is allowed, by itself.
fn reach(set: &Common, version: ProtocolVersion, policy: PolicyName) -> Remedy {
    if PolicyName::allowed(set) < Some(policy) {
        return allow(policy);
    }
    Remedy::settings(vec![Change::Version(version)])
        .because(nothing_newer(policy))
        .likely()
}

/// A server of SSL 3.0 may stumble over a Hello that speaks of more.
fn ssl3_alone(set: &Common) -> Option<Remedy> {
    let oldest = ProtocolVersion::SSL_3_0;
    let is_one_of_many = set.versions.contains(&oldest) && set.versions.len() > 1;
    let alone = is_one_of_many.then(|| Remedy::settings(vec![Change::Newest(oldest)]))?;
    Some(alone.because(nothing_newer(PolicyName::Museum)).likely())
}

fn nothing_newer(policy: PolicyName) -> &'static str {
    match policy {
        PolicyName::Compatible => {
            "the server may have none of the cipher suites that were offered, but AES-CBC, DHE or RSA \
             key exchange"
        }
        PolicyName::Obsolete => "the server may speak nothing newer than TLS 1.1, or sign by SHA-1",
        PolicyName::Museum => "the server may speak nothing newer than SSL 3.0",
    }
}

fn allow(policy: PolicyName) -> Remedy {
    Remedy::settings(vec![Change::Policy(policy)])
        .because(nothing_newer(policy))
        .likely()
}

/// The server finds nothing in the ClientHello that suits it.
fn offered(set: &Common, facts: &Facts) -> Vec<Remedy> {
    let mut likely = Vec::new();
    if !set.versions.contains(&ProtocolVersion::TLS_1_2) {
        likely.push(add_version(set, ProtocolVersion::TLS_1_2));
    }
    if facts.server_name.is_none() {
        likely.push(name_the_host());
    }
    likely.extend(lists(set));
    let has = |policy| PolicyName::allowed(set) >= Some(policy);
    if !has(PolicyName::Compatible) {
        likely.push(allow(PolicyName::Compatible));
    }
    // SSL 3.0 has no other alert for it.
    for (version, policy) in [
        (ProtocolVersion::TLS_1_0, PolicyName::Obsolete),
        (ProtocolVersion::SSL_3_0, PolicyName::Museum),
    ] {
        if !has(policy) || !set.versions.contains(&version) {
            likely.push(reach(set, version, policy));
        }
    }
    likely.extend(ssl3_alone(set));
    likely.truncate(MOST);
    likely
}

/// What the default offers and these settings do not.
fn lists(set: &Common) -> Vec<Remedy> {
    let default = Common::default();
    let mut likely = Vec::new();
    let mut suggest = |changes: Vec<Change>, words: &'static str| {
        if !changes.is_empty() {
            likely.push(Remedy::settings(changes).because(words).likely());
        }
    };
    let policy = suites_of_policy(set).iter();
    let missing = default.suites.iter().chain(policy).filter(|one| {
        let spoken = crate::suite::find_suite(**one).is_some_and(|suite| {
            set.versions
                .iter()
                .any(|version| suite.belongs_to(*version))
        });
        spoken && !set.suites.contains(one)
    });
    suggest(
        missing.copied().map(Change::Suite).collect(),
        "the server may have none of the cipher suites that were offered",
    );
    let usual = [
        NamedGroup::X25519,
        NamedGroup::SECP256R1,
        NamedGroup::SECP384R1,
    ];
    let missing = usual.into_iter().filter(|one| !set.groups.contains(one));
    suggest(
        missing.map(Change::Group).collect(),
        "the server may have none of the groups that were offered",
    );
    if !set.groups.iter().any(|group| resists_quantum(*group)) {
        suggest(
            vec![Change::Group(NamedGroup::X25519MLKEM768)],
            "the server may demand a group that resists quantum computers",
        );
    }
    let usual = [
        SignatureScheme::RSA_PSS_RSAE_SHA256,
        SignatureScheme::ECDSA_SECP256R1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme::ED25519,
    ];
    let missing = usual.into_iter().filter(|one| !set.schemes.contains(one));
    suggest(
        missing.map(Change::Scheme).collect(),
        "the server's certificate may have a key of a kind that was not offered",
    );
    likely
}

/// What the config's policy has, which its lists may lack.
#[cfg(feature = "legacy")]
fn suites_of_policy(set: &Common) -> &'static [CipherSuite] {
    set.obsolete.map_or(&[], crate::obsolete::Policy::suites)
}

#[cfg(not(feature = "legacy"))]
fn suites_of_policy(_: &Common) -> &'static [CipherSuite] {
    &[]
}

fn name_the_host() -> Remedy {
    let words = "the server may serve several hosts, and wants to know which one is meant";
    Remedy::settings(vec![Change::SayServerName])
        .because(words)
        .likely()
}

fn show_certificate(facts: &Facts) -> Remedy {
    let words = match facts.was_asked {
        true => "the server asks who this is, and was shown nothing",
        false => "the server may want to know who asks",
    };
    Remedy::settings(vec![Change::Credential(
        "a key and an authority that the server takes",
    )])
    .because(words)
    .likely()
}

/// An alert that a client has sent.
fn server_side(alert: AlertDescription, facts: &Facts) -> Vec<Remedy> {
    let Some(common) = facts.common.as_deref().map(|near| -> &CommonPlan { near }) else {
        return Vec::new();
    };
    match alert {
        AlertDescription::PROTOCOL_VERSION => versions(&common.set),
        _ => Vec::new(),
    }
}

/// Guesses that are told: who has to try more does better to ask.
const MOST: usize = 6;
