//! Cipher strings beside `openssl ciphers`.

use crate::dice::Dice;
use crate::strings::STRINGS;
use handfast::CipherSuite;
use handfast_policy::openssl::{Edition, ciphers_as, is_below_level};
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;
use std::env;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial(
            "openssl::strings_of_people_mean_the_same",
            ["openssl"],
            |[program]| people(&program),
        ),
        trial(
            "openssl::strings_by_dice_mean_the_same",
            ["openssl"],
            |[program]| dice(&program),
        ),
        trial(
            "openssl::control_another_order_is_noticed",
            ["openssl"],
            |[program]| control(&program),
        ),
    ];
    if let Some(path) = env::var_os("HANDFAST_OPENSSL_NEW") {
        for path in env::split_paths(&path) {
            let name = path.display().to_string();
            let program = Program::at(path);
            let other = program.clone();
            let by = |what: &str| format!("openssl_new::{what}::{name}");
            trials.push(Trial::test(by("people"), move || people(&program)));
            trials.push(Trial::test(by("dice"), move || dice(&other)));
        }
    }
    trials
}

const PATIENCE: Duration = Duration::from_secs(10);

/// An OpenSSL, and what it has.
struct Peer {
    program: Program,
    edition: Edition,
    has: BTreeSet<u16>,
    /// The level where none is named.
    level: u8,
}

impl Peer {
    fn new(program: &Program) -> Result<Self, Failed> {
        let edition = edition(program)?;
        let mut peer = Self {
            program: program.clone(),
            edition,
            has: BTreeSet::new(),
            level: 0,
        };
        let all = peer.shown("ALL:COMPLEMENTOFALL:@SECLEVEL=0", &[])?;
        peer.has = all.unwrap_or_default().into_iter().collect();
        // NULL is there at 0, RSA key exchange below 3.
        let default = peer.shown("ALL:COMPLEMENTOFALL", &["-s", "-psk", "-srp"])?;
        let default: BTreeSet<u16> = default.unwrap_or_default().into_iter().collect();
        let is_level = |level: &u8| {
            let has = peer.has.iter().copied();
            let left = has.filter(|code| !is_below_level(CipherSuite(*code), *level, edition));
            left.collect::<BTreeSet<_>>() == default
        };
        // Levels 1 and 2 differ by suites that few builds have: the higher is the newer default.
        peer.level = (0..=5).rev().find(is_level).ok_or("no level fits")?;
        Ok(peer)
    }

    /// The suites below TLS 1.3 that it shows; nothing where it refuses the string.
    fn shown(&self, text: &str, flags: &[&str]) -> Result<Option<Vec<u16>>, Failed> {
        let mut arguments = vec!["ciphers", "-V"];
        arguments.extend(flags);
        arguments.push(text);
        let outcome = self.program.run(arguments, b"", PATIENCE)?;
        if !outcome.success() {
            return Ok(None);
        }
        let mut codes = Vec::new();
        for line in outcome.text().lines() {
            let (code, _) = line.split_once(" - ").ok_or("no code")?;
            let bytes: Vec<u16> = code
                .trim()
                .split(',')
                .filter_map(|byte| u16::from_str_radix(byte.strip_prefix("0x")?, 16).ok())
                .collect();
            let [high, low] = bytes[..] else {
                return Err(format!("{line}: no code").into());
            };
            // RFC 8446 appendix B.4.
            if high != 0x13 {
                codes.push(high << 8 | low);
            }
        }
        Ok(Some(codes))
    }

    /// What differs in so many ways to ask: what is meant, what is supported with shared keys, and
    /// without.
    fn differs(&self, text: &str, ways: usize) -> Result<Option<String>, Failed> {
        let ours = ciphers_as(text, self.edition).ok();
        let level = ours
            .as_ref()
            .and_then(|one| one.security_level)
            .unwrap_or(self.level);
        let ours: Option<Vec<CipherSuite>> = ours.map(|ours| {
            let suites = ours.suites.into_iter().flatten().map(|one| one.item);
            suites.filter(|suite| self.has.contains(&suite.0)).collect()
        });
        // What this build does not have is nothing to it.
        let ours = ours.filter(|ours| !ours.is_empty());
        let supported = |with_keys: bool| {
            ours.as_ref().map(|ours| {
                let left = ours.iter().filter(|suite| {
                    let exchange = suite.parts().and_then(|parts| parts.key_exchange);
                    let exchange = exchange.unwrap_or_default();
                    let shares = exchange.contains("PSK") || exchange.starts_with("SRP");
                    (with_keys || !shares) && !is_below_level(**suite, level, self.edition)
                });
                left.map(|suite| suite.0).collect::<Vec<_>>()
            })
        };
        let meant = ours
            .as_ref()
            .map(|ours| ours.iter().map(|suite| suite.0).collect());
        for (flags, ours) in [
            (&[][..], meant),
            (&["-s", "-psk", "-srp"], supported(true)),
            (&["-s"], supported(false)),
        ]
        .into_iter()
        .take(ways)
        {
            let theirs = self.shown(text, flags)?;
            if ours != theirs {
                let named = |codes: Option<Vec<u16>>| {
                    codes.map(|codes| {
                        let names = codes.into_iter().map(|code| CipherSuite(code).to_string());
                        names.collect::<Vec<_>>()
                    })
                };
                return Ok(Some(format!(
                    "{text:?} {flags:?}\n    ours   {:?}\n    theirs {:?}",
                    named(ours),
                    named(theirs)
                )));
            }
        }
        Ok(None)
    }
}

/// The edition that a program belongs to.
pub(crate) fn edition(program: &Program) -> Result<Edition, Failed> {
    let version = program.run(["version"], b"", PATIENCE)?.text();
    let number = version.split(' ').nth(1).unwrap_or_default();
    Ok(match number {
        number if number.starts_with("3.0.") || number.starts_with("3.1.") => Edition::V3_0,
        number if number.starts_with("3.") => Edition::V3_6,
        _ => Edition::V4_0,
    })
}

fn people(program: &Program) -> Result<(), Failed> {
    let peer = Peer::new(program)?;
    check(&peer, 3, STRINGS.iter().map(|text| (*text).to_owned()))
}

fn dice(program: &Program) -> Result<(), Failed> {
    let peer = Peer::new(program)?;
    let seed = env::var("HANDFAST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20);
    let mut dice = Dice::new(seed);
    check(&peer, 2, (0..200).map(|_| dice.string(WORDS, NAMES)))
}

fn check(peer: &Peer, ways: usize, strings: impl Iterator<Item = String>) -> Result<(), Failed> {
    let (mut equal, mut different) = (0, Vec::new());
    for text in strings {
        match peer.differs(&text, ways)? {
            None => equal += 1,
            Some(how) => different.push(how),
        }
    }
    println!("{equal} strings mean the same, {} do not", different.len());
    match different.is_empty() {
        true => Ok(()),
        false => Err(different.join("\n").into()),
    }
}

/// What the comparison is worth.
fn control(program: &Program) -> Result<(), Failed> {
    let mut peer = Peer::new(program)?;
    if peer.differs("AES256-SHA:AES128-SHA", 1)?.is_some() {
        return Err("equal strings differ".into());
    }
    peer.has
        .remove(&CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA.0);
    match peer.differs("AES256-SHA:AES128-SHA", 1)? {
        Some(_) => Ok(()),
        None => Err("a suite too few was not noticed".into()),
    }
}

const WORDS: &[&str] = &[
    "ALL",
    "COMPLEMENTOFALL",
    "COMPLEMENTOFDEFAULT",
    "kRSA",
    "kEDH",
    "DH",
    "kEECDH",
    "ECDH",
    "kPSK",
    "kRSAPSK",
    "kECDHEPSK",
    "kDHEPSK",
    "kSRP",
    "aRSA",
    "aDSS",
    "aNULL",
    "aECDSA",
    "aPSK",
    "aSRP",
    "DHE",
    "ECDHE",
    "RSA",
    "ADH",
    "AECDH",
    "PSK",
    "SRP",
    "eNULL",
    "AES128",
    "AES256",
    "AES",
    "AESGCM",
    "AESCCM",
    "AESCCM8",
    "CAMELLIA128",
    "CAMELLIA",
    "CHACHA20",
    "ARIA",
    "ARIA256",
    "CBC",
    "MD5",
    "SHA",
    "SHA256",
    "SHA384",
    "TLSv1",
    "TLSv1.2",
    "LOW",
    "HIGH",
    "3DES",
    "RC4",
    "MEDIUM",
];

const NAMES: &[&str] = &[
    "AES128-SHA",
    "AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-SHA",
    "DHE-RSA-CHACHA20-POLY1305",
    "PSK-AES128-CBC-SHA256",
    "NULL-MD5",
    "ADH-AES128-SHA256",
    "CAMELLIA256-SHA",
    "AES128-CCM8",
    "SRP-RSA-AES-256-CBC-SHA",
];
