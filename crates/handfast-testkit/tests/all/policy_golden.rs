//! What each policy puts on the wire, kept as text under `tests/golden/policies`: the ClientHello of a
//! client under it, and what a server under it chooses from a client that has everything, in each
//! version that it speaks.
//!
//! `cargo xtask traces` writes them anew. A policy that was released does not change: a diff here means
//! that the engine says the same in other bytes, or that something is wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::golden::Drawn;
use handfast::config::{ClientAuth, Trust, Verification};
use handfast::observe::{Direction, Observer, Passed};
use handfast::obsolete::OBSOLETE;
use handfast::suite::parts;
use handfast::{
    CipherSuite, ClientConfig, NamedGroup, ProtocolVersion, Roots, ServerConfig, ServerName,
    SignatureScheme,
};
use handfast_policy::policy::{Policy, Reach};
use handfast_policy::preset;
use handfast_testkit::certificates::{KeyKind, server};
use handfast_testkit::config::credential;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::HandshakeType;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::{env, fs};

/// One test a policy, so that each has a name of its own.
macro_rules! kept {
    ($($test:ident => $policy:literal),+ $(,)?) => {
        $(
            #[test]
            fn $test() {
                is_as_it_was($policy);
            }
        )+

        const KEPT: &[&str] = &[$($policy),+];
    };
}

kept! {
    handfast_modern_2026_11 => "handfast-modern-2026-11",
    fips_140_3_2026_11 => "fips-140-3-2026-11",
    cnsa_1_0_2026_11 => "cnsa-1.0-2026-11",
    cnsa_2_0_2026_11 => "cnsa-2.0-2026-11",
    wpa3_enterprise_192_2026_11 => "wpa3-enterprise-192-2026-11",
    mozilla_modern_5_7_2023_05 => "mozilla-modern-5.7-2023-05",
    mozilla_modern_6_0_2026_04 => "mozilla-modern-6.0-2026-04",
    mozilla_intermediate_5_7_2023_05 => "mozilla-intermediate-5.7-2023-05",
    mozilla_intermediate_6_0_2026_04 => "mozilla-intermediate-6.0-2026-04",
    mozilla_old_5_7_2023_05 => "mozilla-old-5.7-2023-05",
    mozilla_old_5_8_2026_04 => "mozilla-old-5.8-2026-04",
    boringssl_fips_202205 => "boringssl-fips-202205",
    boringssl_wpa3_192_202304 => "boringssl-wpa3-192-202304",
    boringssl_cnsa_202407 => "boringssl-cnsa-202407",
    boringssl_cnsa1_202603 => "boringssl-cnsa1-202603",
    boringssl_cnsa2_202603 => "boringssl-cnsa2-202603",
}

fn is_as_it_was(name: &str) {
    let policy = preset::find(name).unwrap();
    assert_eq!(policy.name(), name);
    let kept = fs::read_to_string(path(name)).unwrap_or_default();
    let now = said(policy);
    let mut lines = kept.lines().zip(now.lines());
    let differs = lines.position(|(old, new)| old != new);
    let at = differs.unwrap_or_else(|| kept.lines().count().min(now.lines().count()));
    assert!(
        kept == now,
        "{name} puts other bytes on the wire, from line {}:\n  kept {:?}\n  now  {:?}\nif that is \
         meant: cargo xtask traces, and read the diff",
        at + 1,
        kept.lines().nth(at),
        now.lines().nth(at),
    );
}

#[test]
fn every_policy_is_kept_and_nothing_else() {
    let all: Vec<_> = preset::ALL.iter().map(|policy| policy.name()).collect();
    for name in &all {
        assert!(
            KEPT.contains(name),
            "{name} has no test: add a line to kept!"
        );
    }
    assert_eq!(all.len(), KEPT.len());
    for entry in fs::read_dir(path("").parent().unwrap()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".txt").unwrap_or(&file);
        assert!(KEPT.contains(&name), "{file} is left over");
    }
}

#[test]
fn control_another_group_changes_the_text() {
    let (one, other) = ["mozilla-modern-5.7", "mozilla-modern-6.0"]
        .map(|name| said(preset::find(name).unwrap()))
        .into();
    assert_ne!(one, other);
    assert!(other.contains("11ec") && !one.contains("11ec"));
}

#[test]
#[ignore = "writes the files anew: cargo xtask traces"]
fn make() {
    for name in KEPT {
        fs::write(path(name), said(preset::find(name).unwrap())).unwrap();
    }
}

fn path(name: &str) -> PathBuf {
    let root = env!("CARGO_MANIFEST_DIR");
    PathBuf::from(root).join(format!("tests/golden/policies/{name}.txt"))
}

/// All of it as text.
fn said(policy: &'static Policy) -> String {
    let mut text = format!(
        "# {}: {} ({})\n\n",
        policy.name(),
        policy.title(),
        policy.source()
    );
    let hello = client_hello(policy);
    let _ = writeln!(text, "client ClientHello {}", hello.len());
    hex(&mut text, &hello);
    let versions = policy.versions().sets();
    let both = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
    let versions = if versions.is_empty() { &both } else { versions };
    for version in versions {
        choices(&mut text, policy, *version);
    }
    text
}

fn client_hello(policy: &'static Policy) -> Vec<u8> {
    let ear = Arc::<Ear>::default();
    let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
    policy.apply(&mut config);
    policy.check(&config).unwrap();
    config.common.entropy = Arc::new(Drawn::new(1));
    config.common.observer = Some(Arc::clone(&ear) as _);
    let client = config.check().unwrap();
    let name = ServerName::parse("localhost").unwrap();
    let mut connection = client.connect(name, handfast_testkit::pair::now()).unwrap();
    let mut out = vec![0; connection.send_size(0)];
    let _ = connection.send(&[], &mut out).unwrap();
    let heard = ear.0.lock().unwrap();
    heard.first().unwrap().1.clone()
}

/// What a server under the policy chooses in one version.
fn choices(text: &mut String, policy: &'static Policy, version: ProtocolVersion) {
    let ear = Arc::<Ear>::default();
    let mut server = ServerConfig::new(credential(server(key(policy))));
    server.client_auth = ClientAuth::Request(Verification::chain(Trust::Roots(Roots::new())));
    policy.apply(&mut server);
    server.common.entropy = Arc::new(Drawn::new(2));
    server.common.observer = Some(Arc::clone(&ear) as _);
    let mut pair = Pair::new(
        &generous(version).check().unwrap(),
        &server.check().unwrap(),
    );
    pair.run(Delivery::Whole);
    let agreed = pair.client.connection.negotiated();
    let agreed = agreed.expect("a client that has everything gets on with every policy");
    assert_eq!(agreed.version, version);
    let (suite, group) = (agreed.suite, agreed.group);
    let scheme = agreed
        .peer_scheme
        .map_or_else(|| "-".to_owned(), |one| one.to_string());
    let _ = writeln!(
        text,
        "\nserver chooses {version}, {suite}, {group}, {scheme}"
    );
    for (kind, bytes) in ear.0.lock().unwrap().iter() {
        let _ = writeln!(text, "server {kind} {}", bytes.len());
        hex(text, bytes);
    }
}

/// A key that the policy lets a server have.
fn key(policy: &Policy) -> KeyKind {
    let suits = |kind: &&(KeyKind, SignatureScheme)| {
        let rules = policy.certificates();
        let credential = credential(server(kind.0));
        let leaf = handfast_pki::certificate::Certificate::parse(&credential.chain()[0]).unwrap();
        policy.schemes().allows(kind.1)
            && rules.is_none_or(|rules| rules.accepts_key(&leaf.key_kind().unwrap()))
    };
    KINDS.iter().find(suits).unwrap().0
}

/// Kinds of key, each with the scheme that it signs by in TLS 1.3.
pub(crate) const KINDS: &[(KeyKind, SignatureScheme)] = &[
    (KeyKind::EcP256, SignatureScheme::ECDSA_SECP256R1_SHA256),
    (KeyKind::EcP384, SignatureScheme::ECDSA_SECP384R1_SHA384),
    (
        KeyKind::Rsa { bits: 2048 },
        SignatureScheme::RSA_PSS_RSAE_SHA256,
    ),
    (KeyKind::MlDsa87, SignatureScheme::MLDSA87),
];

/// A client that has everything, and takes anyone.
fn generous(version: ProtocolVersion) -> ClientConfig {
    let mut config = ClientConfig::with_verification(Verification::danger_accept_anyone());
    config.common.allow_obsolete(&OBSOLETE);
    let all = NamedGroup::ALL.iter().copied();
    config.common.groups = all.filter(|one| handfast::suite::has_group(*one)).collect();
    let schemes = SignatureScheme::ALL.iter().copied();
    let schemes = schemes.filter(|one| handfast::suite::has_scheme(*one));
    config.common.schemes = schemes.collect();
    let suites = CipherSuite::ALL
        .iter()
        .copied()
        .filter(|one| parts(*one).is_some());
    let taken =
        |one: &CipherSuite| config.common.suites.contains(one) || OBSOLETE.suites().contains(one);
    config.common.suites = suites.filter(taken).collect();
    config.common.versions = vec![version];
    config.key_shares = Some(vec![NamedGroup::X25519MLKEM768, NamedGroup::X25519]);
    config.common.entropy = Arc::new(Drawn::new(3));
    config
}

fn hex(text: &mut String, bytes: &[u8]) {
    for line in bytes.chunks(48) {
        text.push_str("  ");
        for byte in line {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
    }
}

/// Hears what one end says before it shows who it is.
#[derive(Debug, Default)]
struct Ear(Mutex<Vec<(HandshakeType, Vec<u8>)>>);

impl Observer for Ear {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let Passed::Handshake { msg_type, bytes } = what else {
            return;
        };
        let is_choice = [
            HandshakeType::CLIENT_HELLO,
            HandshakeType::SERVER_HELLO,
            HandshakeType::ENCRYPTED_EXTENSIONS,
            HandshakeType::CERTIFICATE_REQUEST,
        ]
        .contains(&msg_type);
        if direction != Direction::Received && is_choice {
            self.0.lock().unwrap().push((msg_type, bytes.to_vec()));
        }
    }
}

/// Where a policy is about paths, a client under it judges by that.
#[test]
fn policies_of_whole_paths_change_what_a_client_verifies_by() {
    for policy in preset::ALL {
        let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
        policy.apply(&mut config);
        let keys = config.verification.policy().unwrap().keys;
        let rules = policy.certificates();
        match rules.filter(|rules| rules.reach() == Reach::WholeChain) {
            Some(rules) => assert_eq!(keys, rules.keys(), "{policy}"),
            None => assert_eq!(keys, handfast_pki::verify::key_kinds::KeyKinds::ALL),
        }
    }
}
