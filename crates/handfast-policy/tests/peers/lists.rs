//! Lists of groups and of signature schemes beside `openssl s_client`, by the ClientHello that each sends.

use crate::openssl::edition;
use handfast::config::Trust;
use handfast::{ClientConfig, NamedGroup, Roots, ServerName, SignatureScheme};
use handfast_policy::openssl::{Edition, groups_as, sigalgs_as};
use handfast_policy::{Item, Reason, Settings};
use handfast_testkit::pair::{End, now};
use handfast_testkit::peer::{Program, trial};
use handfast_wire::codec::{List16, Wire};
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader};
use handfast_wire::registry::ContentType;
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;
use std::env;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("lists::groups_are_offered_alike", ["openssl"], |[one]| {
            groups(&one)
        }),
        trial("lists::schemes_are_offered_alike", ["openssl"], |[one]| {
            schemes(&one)
        }),
        trial(
            "lists::control_another_order_is_noticed",
            ["openssl"],
            |[one]| control(&one),
        ),
    ];
    if let Some(path) = env::var_os("HANDFAST_OPENSSL_NEW") {
        for path in env::split_paths(&path) {
            let name = path.display().to_string();
            let program = Program::at(path);
            let other = program.clone();
            let by = |what: &str| format!("openssl_new::lists::{what}::{name}");
            trials.push(Trial::test(by("groups"), move || groups(&program)));
            trials.push(Trial::test(by("schemes"), move || schemes(&other)));
        }
    }
    trials
}

const PATIENCE: Duration = Duration::from_secs(20);

/// What a ClientHello offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Offer {
    groups: Vec<NamedGroup>,
    shares: Vec<NamedGroup>,
    schemes: Vec<SignatureScheme>,
}

/// An OpenSSL, and what it offers when it is asked to.
struct Peer {
    program: Program,
    edition: Edition,
    groups: BTreeSet<u16>,
    schemes: BTreeSet<u16>,
}

impl Peer {
    fn new(program: &Program) -> Result<Self, Failed> {
        let mut peer = Self {
            program: program.clone(),
            edition: edition(program)?,
            groups: BTreeSet::new(),
            schemes: BTreeSet::new(),
        };
        let names = NamedGroup::ALL.iter().filter_map(|one| one.name());
        for text in peer.questions(names, "secp521r1") {
            let offer = peer.offer("-groups", &text)?.unwrap_or_default();
            peer.groups.extend(offer.groups.iter().map(|one| one.0));
        }
        let names = SignatureScheme::ALL.iter().filter_map(|one| one.name());
        for text in peer.questions(names, "ed448") {
            let offer = peer.offer("-sigalgs", &text)?.unwrap_or_default();
            peer.schemes.extend(offer.schemes.iter().map(|one| one.0));
        }
        Ok(peer)
    }

    /// Lists that show which of these it has: one, where names may be unknown, else one for each name.
    fn questions<'n>(&self, names: impl Iterator<Item = &'n str>, known: &str) -> Vec<String> {
        match self.edition {
            Edition::V3_0 => names.map(|name| format!("{name}:{known}")).collect(),
            _ => vec![names.map(|name| format!("?{name}:")).collect::<String>() + known],
        }
    }

    /// What it offers under this list; nothing where it refuses the list.
    fn offer(&self, flag: &str, text: &str) -> Result<Option<Offer>, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let heard = thread::spawn(move || {
            let (mut header, mut bytes) = ([0; 5], Vec::new());
            if let Ok((mut stream, _)) = listener.accept()
                && stream.read_exact(&mut header).is_ok()
            {
                let length = u16::from_be_bytes([header[3], header[4]]);
                bytes.resize(usize::from(length), 0);
                let _ = stream.read_exact(&mut bytes);
            }
            (ContentType(header[0]), bytes)
        });
        let target = address.to_string();
        let fixed = [
            "s_client",
            "-connect",
            &target,
            "-cipher",
            "ALL:@SECLEVEL=0",
        ];
        let arguments = fixed.iter().copied().chain([flag, text]);
        let outcome = self.program.run(arguments, b"", PATIENCE)?;
        // Whoever did not come is not waited for.
        drop(TcpStream::connect(address));
        match heard.join().map_err(|_| "the listener panicked")? {
            (ContentType::HANDSHAKE, bytes) => offer_in(&bytes).map(Some),
            // It has read the list, and has nothing to offer.
            (ContentType::ALERT, _) => Ok(Some(Offer::default())),
            _ if outcome.stderr.contains(flag) => Ok(None),
            _ => Err(format!("{flag} {text:?}: {}", outcome.stderr).into()),
        }
    }

    /// How ours differs; `is_said` tells which part of the offer the list speaks of.
    fn differs(&self, text: &str, kind: Kind) -> Result<Option<String>, Failed> {
        let theirs = self.offer(kind.flag(), text)?;
        let ours = kind.read(text, self.edition).ok();
        let (ours, theirs) = match (ours, theirs) {
            (None, None) => return Ok(None),
            (Some(ours), Some(theirs)) => (ours, theirs),
            // What it has never heard of it refuses.
            (Some(ours), None) if self.lacks_some(&kind.meant(&ours)) => return Ok(None),
            (ours, theirs) => return Ok(Some(format!("{text:?}: {ours:?} beside {theirs:?}"))),
        };
        let meant = self.common(&kind.meant(&ours), &ours);
        let theirs = self.common(&theirs, &ours);
        let wire = self.common(&kind.said(&ours)?, &ours);
        // What the engine has of what was meant is what it offers.
        let had = |code: &u16| !kind.is_lacked(*code);
        let same = kind.codes(&meant) == kind.codes(&theirs)
            && kind.codes(&wire)
                == kind
                    .codes(&theirs)
                    .into_iter()
                    .filter(had)
                    .collect::<Vec<_>>()
            && (ours.key_shares.is_none() || meant.shares == theirs.shares);
        Ok((!same).then(|| {
            format!("{text:?}\n  meant  {meant:?}\n  wire   {wire:?}\n  theirs {theirs:?}")
        }))
    }

    fn lacks_some(&self, offer: &Offer) -> bool {
        let group = |one: &NamedGroup| !self.groups.contains(&one.0);
        let scheme = |one: &SignatureScheme| !self.schemes.contains(&one.0);
        offer.groups.iter().any(group) || offer.schemes.iter().any(scheme)
    }

    /// Without what this OpenSSL does not have, and without what the list lets an engine lack that is
    /// ours.
    fn common(&self, offer: &Offer, ours: &Settings) -> Offer {
        let is_lacked = |item: Item| {
            let mut dropped = ours.dropped.iter();
            dropped.any(|one| one.item == item && one.reason == Reason::NotImplemented)
        };
        let mut offer = offer.clone();
        let has = |one: &NamedGroup| self.groups.contains(&one.0) && !is_lacked(Item::Group(*one));
        offer.groups.retain(has);
        offer.shares.retain(has);
        offer
            .schemes
            .retain(|one| self.schemes.contains(&one.0) && !is_lacked(Item::Scheme(*one)));
        offer
    }
}

/// Which list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Groups,
    Schemes,
}

impl Kind {
    fn flag(self) -> &'static str {
        match self {
            Self::Groups => "-groups",
            Self::Schemes => "-sigalgs",
        }
    }

    fn read(self, text: &str, edition: Edition) -> Result<Settings, handfast_policy::BadString> {
        match self {
            Self::Groups => groups_as(text, edition),
            Self::Schemes => sigalgs_as(text, edition),
        }
    }

    fn codes(self, offer: &Offer) -> Vec<u16> {
        match self {
            Self::Groups => offer.groups.iter().map(|one| one.0).collect(),
            Self::Schemes => offer.schemes.iter().map(|one| one.0).collect(),
        }
    }

    fn is_lacked(self, code: u16) -> bool {
        match self {
            Self::Groups => !handfast::suite::has_group(NamedGroup(code)),
            Self::Schemes => !handfast::suite::has_scheme(SignatureScheme(code)),
        }
    }

    fn meant(self, ours: &Settings) -> Offer {
        let groups = ours.groups.iter().flatten().map(|one| one.item).collect();
        Offer {
            groups,
            shares: ours.key_shares.clone().unwrap_or_default(),
            schemes: ours.schemes.clone().unwrap_or_default(),
        }
    }

    /// What a client of ours says under these settings; nothing where it has none of it.
    fn said(self, ours: &Settings) -> Result<Offer, Failed> {
        let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
        if ours.apply(&mut config.common).is_err() {
            return Ok(Offer::default());
        }
        config.key_shares = ours.key_shares.clone().map(|shares| {
            let has = |one: &NamedGroup| handfast::suite::has_group(*one);
            shares.into_iter().filter(has).collect()
        });
        let client = config.check().map_err(|fault| format!("{fault}"))?;
        let name = ServerName::parse("localhost").map_err(|_| "no name")?;
        let connection = client.connect(name, now()).map_err(|_| "no connection")?;
        let flight = End::new(connection).take_output();
        offer_in(flight.get(5..).unwrap_or_default())
    }
}

fn offer_in(bytes: &[u8]) -> Result<Offer, Failed> {
    let (_, body) = HandshakeHeader::split(bytes).ok_or("half a message")?;
    let hello = ClientHello::decode(body).map_err(|fault| format!("{fault:?}"))?;
    let read = ClientHelloExtensions::read(hello.extensions);
    let extensions = read.map_err(|fault| format!("{fault:?}"))?;
    let shares = extensions.key_share.iter().flat_map(List16::iter);
    let groups = extensions.supported_groups.iter();
    let schemes = extensions.signature_algorithms.iter();
    Ok(Offer {
        groups: groups.flat_map(List16::iter).collect(),
        shares: shares.map(|one| one.group).collect(),
        schemes: schemes.flat_map(List16::iter).collect(),
    })
}

fn groups(program: &Program) -> Result<(), Failed> {
    let peer = Peer::new(program)?;
    check(&peer, Kind::Groups, GROUPS.iter().chain(MARKED))
}

fn schemes(program: &Program) -> Result<(), Failed> {
    let peer = Peer::new(program)?;
    check(&peer, Kind::Schemes, SCHEMES.iter())
}

fn check<'t>(
    peer: &Peer,
    kind: Kind,
    texts: impl Iterator<Item = &'t &'t str>,
) -> Result<(), Failed> {
    let (mut equal, mut different) = (0, Vec::new());
    for text in texts {
        match (peer.differs(text, kind)?, known(kind, text, peer.edition)) {
            (None, None) => equal += 1,
            (Some(_), Some(_)) => {}
            (None, Some(why)) => different.push(format!("{text:?} is equal by now: {why}")),
            (Some(how), None) => different.push(how),
        }
    }
    println!(
        "{equal} lists are offered alike, {} are not",
        different.len()
    );
    match different.is_empty() {
        true => Ok(()),
        false => Err(different.join("\n").into()),
    }
}

/// Why a list is read in another way here, where it is.
fn known(kind: Kind, text: &str, edition: Edition) -> Option<&'static str> {
    let mut known = DIFFERENT.iter();
    let found = known.find(|one| (one.0, one.1) == (kind, text) && one.2.contains(&edition));
    found.map(|one| one.3)
}

/// What the comparison is worth.
fn control(program: &Program) -> Result<(), Failed> {
    let mut peer = Peer::new(program)?;
    let [groups, schemes] = ["X25519:P-256", "ed25519:ECDSA+SHA256"];
    for (text, kind) in [(groups, Kind::Groups), (schemes, Kind::Schemes)] {
        if peer.differs(text, kind)?.is_some() {
            return Err(format!("{text} differs").into());
        }
    }
    peer.groups.remove(&NamedGroup::SECP256R1.0);
    let ours = groups_as("P-256:X25519", peer.edition)?;
    let swapped = peer.offer("-groups", groups)?.ok_or("refused")?;
    if Kind::Groups.meant(&ours).groups == swapped.groups {
        return Err("another order was not noticed".into());
    }
    let alone = peer.common(&swapped, &ours);
    match alone.groups == [NamedGroup::X25519] {
        true => Ok(()),
        false => Err("a group too few was not noticed".into()),
    }
}

const V3_0: &[Edition] = &[Edition::V3_0];
const NEWER: &[Edition] = &[Edition::V3_6, Edition::V4_0];

/// A list, the editions, and why they differ.
const DIFFERENT: &[(Kind, &str, &[Edition], &str)] = &[
    (
        Kind::Groups,
        "",
        NEWER,
        "nothing named is an empty list there, and a mistake here",
    ),
    (
        Kind::Groups,
        "X25519:-X25519",
        NEWER,
        "likewise where all are taken off",
    ),
    (
        Kind::Groups,
        "?bogus",
        NEWER,
        "likewise where none is known",
    ),
    (Kind::Groups, "p-256:X25519", V3_0, CASE),
    (Kind::Groups, "SECP256R1:P-384", V3_0, CASE),
    (Kind::Schemes, "Ed25519", V3_0, CASE),
];

const CASE: &str = "3.0 tells small letters from capitals";

/// Lists that every edition reads.
const GROUPS: &[&str] = &[
    "X25519",
    "x25519",
    "P-256",
    "p-256:X25519",
    "prime256v1",
    "secp256r1",
    "SECP256R1:P-384",
    "X25519:P-256",
    "P-256:X25519",
    "X25519:secp256r1:X448:secp521r1:secp384r1",
    "P-521:P-384:P-256",
    "secp384r1:prime256v1:x25519",
    "ffdhe2048",
    "ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192",
    "X25519:ffdhe3072",
    "X448:X25519",
    "brainpoolP256r1:X25519",
    "secp256k1:X25519",
    "P-224:P-256",
    "K-283:B-283:P-256",
    "sect571r1:X25519",
    " X25519 : P-256 ",
    "X25519: P-256",
    "X25519:X25519",
    "X25519:x25519:P-256",
    "P-256:prime256v1:X25519",
    "X25519::P-256",
    ":X25519",
    "X25519:",
    ":",
    "",
    "bogus",
    "X25519:bogus",
    "P-265",
    "X25519,P-256",
    "X25519;P-256",
    "X25519 P-256",
    "curve25519",
    "P256",
];

/// Lists with the marks of 3.5, which 3.0 refuses.
const MARKED: &[&str] = &[
    "?X25519",
    "?bogus:X25519",
    "?bogus",
    "X25519:?bogus:P-256",
    "*X25519",
    "X25519:*P-256",
    "*X25519:*P-256",
    "*P-256:*X25519:P-384",
    "?*X25519:P-256",
    "*?X25519:P-256",
    "**X25519",
    "??X25519",
    "--X25519",
    "X25519:*",
    "X25519:?",
    "X25519/P-256",
    "X25519 / P-256",
    "X25519:P-256/P-384:P-521",
    "*X25519:P-256/*P-384:P-521",
    "X25519//P-256",
    "/X25519",
    "X25519/",
    "X25519:P-256:-P-256",
    "X25519:P-256:-X25519",
    "X25519:-P-384",
    "X25519:-X25519",
    "-X25519:X25519",
    "X25519:-bogus",
    "X25519:?-bogus",
    "X25519:-?bogus",
    "*X25519:P-256/P-384:-X25519",
    "P-256:*X25519/P-384:-X25519",
    "*P-256:*X25519/P-384:-X25519",
    "P-256:*X25519:-X25519:P-384",
    "?*bogus:X25519:P-256",
    "X25519:?*bogus/P-256",
    "X25519:*P-256:?*bogus",
    "X25519:*X25519:*P-256",
    "*X25519:*P-256:*P-384:*P-521",
    "*X25519:*P-256:*P-384:*P-521:*ffdhe2048",
    "DEFAULT",
    "default",
    "DEFAULT:-X25519",
    "DEFAULT:-X25519MLKEM768",
    "DEFAULT:-X25519MLKEM768:-X25519",
    "DEFAULT:ffdhe4096",
    "P-384/DEFAULT",
    "*P-384:DEFAULT",
    "DEFAULT / *P-521",
    "?DEFAULT",
    "-DEFAULT",
    "*DEFAULT",
    "X25519MLKEM768:X25519",
    "*X25519MLKEM768:*X25519:P-256",
    "SecP256r1MLKEM768:P-256",
    "SecP384r1MLKEM1024/P-384",
    "MLKEM768:X25519",
    "?MLKEM1024:*X25519",
    "?SecP256r1MLKEM768:?X25519MLKEM768:P-256",
    "*X25519/?*bogus:P-384",
    "* X25519",
];

/// Lists of signature schemes. Each has one that TLS 1.3 takes, without which OpenSSL says nothing.
const SCHEMES: &[&str] = &[
    "ed25519",
    "Ed25519",
    "ECDSA+SHA256",
    "ECDSA+SHA384:ECDSA+SHA256",
    "ecdsa_secp256r1_sha256",
    "RSA-PSS+SHA256",
    "PSS+SHA256",
    "rsa_pss_rsae_sha256:rsa_pss_pss_sha256",
    "RSA+SHA256:RSA-PSS+SHA256",
    "RSA+SHA512:RSA+SHA384:ed25519",
    "SHA256+RSA:ed25519",
    "SHA256+ECDSA",
    "RSA+SHA1:ECDSA+SHA1:ed25519",
    "RSA+SHA224:ed25519",
    "DSA+SHA256:ed25519",
    "rsa_pkcs1_sha256:ed25519",
    "rsa_pkcs1_sha1:ed25519",
    "ed448:ed25519",
    "ECDSA+SHA256:ecdsa_secp256r1_sha256:ed25519",
    " ed25519 : ECDSA+SHA256 ",
    "ed25519:",
    ":ed25519",
    "ed25519::ECDSA+SHA256",
    "",
    "bogus",
    "ed25519:bogus",
    "ed25519,ECDSA+SHA256",
    "ECDSA+",
    "+SHA256",
    "ECDSA",
    "SHA256",
    "RSA+SHA3-256:ed25519",
    "?ed25519",
    "?bogus:ed25519",
    "ed25519:?RSA+SHA9",
    "?bogus",
    "?",
    "ed25519:?",
    "mldsa65:ed25519",
    "?mldsa44:?mldsa65:?mldsa87:ECDSA+SHA256",
    "ECDSA+SHA512:RSA-PSS+SHA512:RSA+SHA512",
    "rsa_pss_pss_sha384:rsa_pss_pss_sha512:ed25519",
];
