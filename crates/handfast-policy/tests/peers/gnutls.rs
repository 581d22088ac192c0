//! Priority strings beside `gnutls-cli --list`.

use handfast::CipherSuite;
use handfast_policy::gnutls::priorities;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "gnutls::priority_strings_mean_the_same",
        ["gnutls-cli"],
        |[program]| same(&program),
    )]
}

const PATIENCE: Duration = Duration::from_secs(10);

/// The suites that it shows; nothing where it refuses the string.
fn shown(program: &Program, text: &str) -> Result<Option<Vec<u16>>, Failed> {
    let outcome = program.run(["--priority", text, "--list"], b"", PATIENCE)?;
    if !outcome.success() {
        return Ok(None);
    }
    let mut codes = Vec::new();
    for line in outcome
        .text()
        .lines()
        .filter(|line| line.starts_with("TLS_"))
    {
        let code = line.split('\t').nth(1).ok_or("no code")?;
        let bytes: Vec<u16> = code
            .split(", ")
            .filter_map(|byte| u16::from_str_radix(byte.trim().strip_prefix("0x")?, 16).ok())
            .collect();
        let [high, low] = bytes[..] else {
            return Err(format!("{line}: no code").into());
        };
        codes.push(high << 8 | low);
    }
    Ok(Some(codes))
}

fn same(program: &Program) -> Result<(), Failed> {
    let mut different = Vec::new();
    for text in STRINGS {
        let theirs = shown(program, text)?;
        let ours = priorities(text).ok().map(|settings| {
            let newest = settings.tls13_suites.into_iter().flatten();
            let older = settings.suites.into_iter().flatten().map(|one| one.item);
            newest.chain(older).map(|suite| suite.0).collect::<Vec<_>>()
        });
        if ours != theirs {
            let named = |codes: Option<Vec<u16>>| {
                codes.map(|codes| {
                    let names = codes.into_iter().map(|code| CipherSuite(code).to_string());
                    names.collect::<Vec<_>>()
                })
            };
            different.push(format!(
                "{text:?}\n  ours   {:?}\n  theirs {:?}",
                named(ours),
                named(theirs)
            ));
        }
    }
    println!("{} strings, {} differ", STRINGS.len(), different.len());
    match different.is_empty() {
        true => Ok(()),
        false => Err(different.join("\n").into()),
    }
}

const STRINGS: &[&str] = &[
    "NORMAL",
    "SECURE128",
    "SECURE192",
    "SECURE256",
    "SECURE",
    "PFS",
    "PERFORMANCE",
    "LEGACY",
    "SUITEB128",
    "SUITEB192",
    "normal",
    "NORMAL:+SHA256",
    "NORMAL: +SHA256",
    "NORMAL:+SHA384:+SHA256",
    "NORMAL:-MAC-ALL:+SHA384:+SHA256",
    "NORMAL:-VERS-TLS1.3",
    "NORMAL:-VERS-TLS1.3:+3DES-CBC:+ARCFOUR-128:+MD5:+SHA256",
    "NORMAL:-VERS-ALL:+VERS-TLS1.2",
    "NORMAL:-VERS-ALL:+VERS-TLS1.3",
    "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0",
    "SECURE192:+NORMAL",
    "SECURE256:+SECURE128:-AES-128-CCM",
    "NORMAL:+aes-128-cbc:-AES-256-GCM:+AES-256-GCM",
    "NORMAL:!AES-128-CBC:+AES-128-CBC",
    "NORMAL:-CIPHER-ALL:+AES-128-GCM",
    "NORMAL:-CIPHER-ALL:+CAMELLIA-128-CBC:+CAMELLIA-256-GCM:+CHACHA20-POLY1305",
    "NORMAL:-CIPHER-ALL:+3DES-CBC",
    "NORMAL:-CIPHER-ALL:+ARCFOUR-128:+MD5",
    "NORMAL:+AES-128-CCM-8:+AES-256-CCM-8",
    "NORMAL:-KX-ALL:+PSK:+DHE-PSK",
    "NORMAL:-KX-ALL:+ECDHE-PSK:+RSA-PSK:+SHA256:+SHA384",
    "NORMAL:-KX-ALL:+ECDHE-PSK",
    "NORMAL:+ANON-ECDH:+ANON-DH",
    "NORMAL:-KX-ALL:+DHE-DSS",
    "NORMAL:+SRP:+SRP-RSA:+SRP-DSS",
    "NORMAL:-RSA:-DHE-RSA",
    "PFS:-SHA1",
    "NORMAL:%COMPAT:%SERVER_PRECEDENCE",
    "NORMAL:%NO_TICKETS",
    "NORMAL:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1",
    "NORMAL:-SIGN-ALL:+SIGN-RSA-SHA256",
    "NORMAL:+CTYPE-RAWPK",
    "SECURE128:-VERS-TLS1.0:-VERS-TLS1.1:-ARCFOUR-128:-SHA1",
    "PERFORMANCE:-RSA:+RSA",
    "NORMAL:+NULL",
    "NORMAL:-AEAD",
    "NORMAL:+BOGUS",
    "NORMAL:%BOGUS",
    "NORMAL:AES-128-GCM",
    "NORMAL:-SECURE192",
    "NORMAL:",
    "AES-128-GCM",
    "+AES-128-GCM",
    "",
    "NORMAL::+SHA256",
];
