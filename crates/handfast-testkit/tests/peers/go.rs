//! Go's `crypto/tls`, by a small program of ours that its toolchain compiles.

mod client;
mod server;

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use handfast::{CipherSuite, NamedGroup, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use crate::ours::Seen;

pub(crate) const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/go/peer.go");

/// Compiling Go's `crypto/tls` for the first time takes its time.
const COMPILING: Duration = Duration::from_secs(300);

/// Its groups; the hybrids are implementations of their own.
const GROUPS: [NamedGroup; 7] = [
    NamedGroup::X25519MLKEM768,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
];

/// Those that TLS 1.2 has too.
const CLASSIC_GROUPS: [NamedGroup; 4] = [
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
];

const SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
];

const ECDSA_SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];

const RSA_SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// The kinds of keys that both versions have.
const KINDS: [KeyKind; 5] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
];

/// Those that TLS 1.3 alone has.
const POST_QUANTUM: [KeyKind; 3] = [KeyKind::MlDsa44, KeyKind::MlDsa65, KeyKind::MlDsa87];

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = client::trials();
    trials.extend(server::trials());
    trials
}

/// A trial with the compiled program.
fn with_peer(
    claim: &str,
    test: impl FnOnce(&Program) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let claim = format!("go::{claim}");
    trial(&claim, ["go"], move |[go]| {
        test(&built(&go, SOURCE, "peer")?)
    })
}

/// Compiles a program; only the first time costs anything.
pub(crate) fn built(go: &Program, source: &str, name: &str) -> Result<Program, Failed> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
    fs::create_dir_all(&folder)?;
    let program = folder.join(name);
    let program = program.to_string_lossy();
    let outcome = prepared(go).run(["build", "-o", &program, source], b"", COMPILING)?;
    if outcome.success() {
        return Ok(Program::at(&*program));
    }
    Err(outcome.stderr.into())
}

/// The toolchain with a cache of its own, and nothing fetched.
fn prepared(go: &Program) -> Program {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go/cache");
    let cache = cache.to_string_lossy();
    let mut go = go.clone();
    for (name, value) in [
        ("GOCACHE", &*cache),
        // Nothing is fetched: the program needs the standard library alone.
        ("GOPROXY", "off"),
        ("GOTOOLCHAIN", "local"),
        ("GOTELEMETRY", "off"),
        ("GOFLAGS", ""),
        // Its defaults of today, not those of the time before modules.
        ("GO111MODULE", "on"),
        ("CGO_ENABLED", "0"),
    ] {
        go = go.with_variable(name, value);
    }
    go
}

/// The suites to try with a version and a server's kind of key.
fn suites(version: ProtocolVersion, kind: KeyKind) -> [CipherSuite; 3] {
    match (version, kind) {
        (ProtocolVersion::TLS_1_2, KeyKind::Rsa { .. }) => RSA_SUITES,
        (ProtocolVersion::TLS_1_2, _) => ECDSA_SUITES,
        _ => SUITES,
    }
}

/// The kind of key to try with a group: before TLS 1.3 an ECDSA certificate lies on a curve
/// that the client names (RFC 8422 s5.3).
fn kind_with(version: ProtocolVersion, kind: KeyKind, group: NamedGroup) -> KeyKind {
    match (version, kind, group) {
        (ProtocolVersion::TLS_1_2, KeyKind::EcP256, NamedGroup::SECP384R1) => KeyKind::EcP384,
        (ProtocolVersion::TLS_1_2, KeyKind::EcP256, NamedGroup::SECP521R1) => KeyKind::EcP521,
        (ProtocolVersion::TLS_1_2, KeyKind::EcP256, NamedGroup::X25519) => KeyKind::Ed25519,
        _ => kind,
    }
}

fn groups(version: ProtocolVersion) -> &'static [NamedGroup] {
    match version {
        ProtocolVersion::TLS_1_2 => &CLASSIC_GROUPS,
        _ => &GROUPS,
    }
}

fn kinds(version: ProtocolVersion) -> Vec<KeyKind> {
    match version {
        ProtocolVersion::TLS_1_2 => KINDS.to_vec(),
        _ => [&KINDS[..], &POST_QUANTUM].concat(),
    }
}

/// A version by its name there.
fn limit(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLS_1_2 => "1.2",
        _ => "1.3",
    }
}

/// What stands for an OCSP response, and for timestamps: neither side looks into them.
const STAPLE: &[u8] = b"good";
const STAMPS: [&[u8]; 2] = [b"one", b"two"];

/// The timestamps as a list (RFC 6962 section 3.3).
const STAMP_LIST: &[u8] = b"\0\x0a\0\x03one\0\x03two";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Code points, as the program takes them.
fn listed(codes: impl IntoIterator<Item = u16>) -> String {
    let codes: Vec<_> = codes.into_iter().map(|code| code.to_string()).collect();
    codes.join(",")
}

/// What it says of the bytes that only this connection has: the exporter's and tls-unique.
fn own(seen: &Seen) -> [String; 2] {
    let unique = match &seen.bindings[0] {
        Some(unique) => field("unique", unique),
        // There is none.
        None => "{".to_owned(),
    };
    [field("exported", &seen.exported), unique]
}

/// A line of what the program printed holds all of these.
fn says(printed: &str, line: usize, words: &[String]) -> Result<(), Failed> {
    let said = printed.lines().nth(line).unwrap_or_default();
    if words.iter().all(|word| said.contains(word.as_str())) {
        return Ok(());
    }
    Err(format!("{words:?} expected in line {line} of {printed}").into())
}

/// What it says of a connection that went well, without a comma.
fn field(name: &str, value: &str) -> String {
    format!("\"{name}\":\"{value}\"")
}

fn flag(name: &str, value: bool) -> String {
    format!("\"{name}\":{value}")
}
