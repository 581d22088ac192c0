//! OpenSSL's TLS1-PRF beside the one of the textbook, which follows real handshakes elsewhere.

use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_testkit::peer::{Program, trial};
use handfast_testkit::textbook;
use libtest_mimic::{Failed, Trial};
use std::time::Duration;

pub(super) fn trials() -> Vec<Trial> {
    [
        ("SHA256", HashAlgorithm::Sha256),
        ("SHA384", HashAlgorithm::Sha384),
    ]
    .map(|(name, hash)| {
        let claim = format!("prf::openssl_calculates_the_same_with_{name}");
        trial(&claim, ["openssl"], move |[openssl]| {
            for (count, label) in LABELS.iter().enumerate() {
                compare(&openssl, (name, hash), label, count)?;
            }
            Ok(())
        })
    })
    .into()
}

const LABELS: [&str; 5] = [
    "master secret",
    "extended master secret",
    "key expansion",
    "client finished",
    "server finished",
];

/// A secret and a seed of any length, and so many bytes that several blocks are needed.
fn compare(
    openssl: &Program,
    (name, hash): (&str, HashAlgorithm),
    label: &str,
    count: usize,
) -> Result<(), Failed> {
    let secret = digest(hash, &[b"secret", label.as_bytes()]);
    let secret = &secret.as_ref()[count..];
    let seed = [
        digest(hash, &[label.as_bytes()]).as_ref(),
        &[7; 40][count..],
    ]
    .concat();
    let length = 12 + 29 * count;
    let args = [
        "kdf".to_owned(),
        "-binary".to_owned(),
        "-keylen".to_owned(),
        length.to_string(),
        "-kdfopt".to_owned(),
        format!("digest:{name}"),
        "-kdfopt".to_owned(),
        format!("hexsecret:{}", hex(secret)),
        "-kdfopt".to_owned(),
        format!("hexseed:{}{}", hex(label.as_bytes()), hex(&seed)),
        "TLS1-PRF".to_owned(),
    ];
    let outcome = openssl.run(args, b"", Duration::from_secs(20))?;
    let ours = textbook::prf(hash, secret, label, &seed, length);
    if outcome.success() && outcome.stdout == ours {
        return Ok(());
    }
    Err(format!(
        "{label}: {:?} {}, ours {ours:?}",
        outcome.stdout, outcome.stderr
    )
    .into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
