//! Lists of signature algorithms (`SSL_CTX_set1_sigalgs_list`).

use crate::allowance::Allowance;
use crate::bad_string::{BadString, Fault};
use crate::dropped::{Dropped, Item, Reason};
use crate::near::nearest;
use crate::openssl::edition::Edition;
use crate::settings::Settings;
use handfast::SignatureScheme as Scheme;

/// Reads a list of signature schemes, best first, separated by `:`, as OpenSSL 3.5 does: `RSA+SHA256`, `RSA-PSS+SHA384`,
/// `ECDSA+SHA256`, or names as TLS 1.3 has them (`rsa_pss_rsae_sha256`, `ed25519`). `?x` says that it
/// does not matter whether the engine has `x`.
///
/// # Errors
/// [`BadString`] for a name that stands for nothing and has no `?`, for a word that is missing, and for an
/// empty list.
///
/// ```
/// use handfast::SignatureScheme;
/// use handfast_policy::openssl;
///
/// let settings = openssl::sigalgs("ECDSA+SHA256:?mldsa99:RSA-PSS+SHA256:ed25519")?;
/// assert_eq!(
///     settings.schemes,
///     Some(vec![
///         SignatureScheme::ECDSA_SECP256R1_SHA256,
///         SignatureScheme::RSA_PSS_RSAE_SHA256,
///         SignatureScheme::ED25519,
///     ])
/// );
/// assert_eq!(
///     openssl::sigalgs("RSA+SHA265").unwrap_err().to_string(),
///     "nothing is called \"RSA+SHA265\" (at byte 0); the nearest is RSA+SHA256"
/// );
/// # Ok::<(), handfast_policy::BadString>(())
/// ```
pub fn sigalgs(text: &str) -> Result<Settings, BadString> {
    sigalgs_as(text, Edition::default())
}

/// The same, as a certain OpenSSL does: 3.0 knows no `?`, and refuses what is named twice.
///
/// # Errors
/// As [`sigalgs`].
pub fn sigalgs_as(text: &str, edition: Edition) -> Result<Settings, BadString> {
    let mut schemes = Vec::new();
    let mut dropped = Vec::new();
    let mut at = 0;
    for word in text.split(':') {
        let trimmed = word.trim();
        let place = at + (word.len() - word.trim_start().len());
        at += word.len() + 1;
        let optional = trimmed.strip_prefix('?');
        let optional = optional.filter(|_| edition != Edition::V3_0);
        let (name, is_optional) = (optional.unwrap_or(trimmed), optional.is_some());
        if name.is_empty() && !is_optional {
            return Err(BadString::new(Fault::WordMissing, place, trimmed));
        }
        match called(name) {
            None if name.is_empty() => {}
            Some(scheme) if is_optional && Allowance::for_scheme(scheme).is_none() => {
                dropped.push(Dropped {
                    item: Item::Scheme(scheme),
                    reason: Reason::NotImplemented,
                });
            }
            Some(scheme) if schemes.contains(&scheme) => {
                if edition == Edition::V3_0 {
                    return Err(BadString::new(Fault::Twice, place, name));
                }
            }
            Some(scheme) => schemes.push(scheme),
            None if is_optional => dropped.push(Dropped {
                item: Item::Word(name.to_owned()),
                reason: Reason::Unknown {
                    nearest: nearest(name, names()),
                },
            }),
            None => {
                let bad = BadString::new(Fault::Unknown, place, name);
                return Err(bad.with_nearest(nearest(name, names())));
            }
        }
    }
    if schemes.is_empty() {
        return Err(BadString::new(Fault::NothingNamed, 0, text).with_dropped(dropped));
    }
    Ok(Settings {
        schemes: Some(schemes),
        dropped,
        ..Settings::default()
    })
}

fn called(name: &str) -> Option<Scheme> {
    // A key and a hash, in either order.
    let turned = name
        .split_once('+')
        .map(|(first, second)| format!("{second}+{first}"));
    let is = |pair: &str| {
        let turned = turned.as_deref();
        pair.eq_ignore_ascii_case(name) || turned.is_some_and(|one| pair.eq_ignore_ascii_case(one))
    };
    let by_pair = PAIRS.iter().find(|(pair, _)| is(pair));
    let by_pair = by_pair.map(|(_, scheme)| *scheme);
    let mut all = Scheme::ALL.iter().copied();
    by_pair.or_else(|| {
        all.find(|scheme| {
            scheme
                .name()
                .is_some_and(|one| one.eq_ignore_ascii_case(name))
        })
    })
}

fn names<'a>() -> impl Iterator<Item = &'a str> {
    let own = Scheme::ALL.iter().filter_map(|scheme| scheme.name());
    own.chain(PAIRS.iter().map(|(pair, _)| *pair))
}

/// What OpenSSL puts together of a key and a hash; of TLS 1.2's pairs with elliptic curves TLS 1.3 has
/// made names with a curve (RFC 8446 section 4.2.3).
const PAIRS: &[(&str, Scheme)] = &[
    ("RSA+MD5", Scheme::RSA_PKCS1_MD5),
    ("RSA+SHA1", Scheme::RSA_PKCS1_SHA1),
    ("RSA+SHA224", Scheme::RSA_PKCS1_SHA224),
    ("RSA+SHA256", Scheme::RSA_PKCS1_SHA256),
    ("RSA+SHA384", Scheme::RSA_PKCS1_SHA384),
    ("RSA+SHA512", Scheme::RSA_PKCS1_SHA512),
    ("RSA-PSS+SHA256", Scheme::RSA_PSS_RSAE_SHA256),
    ("RSA-PSS+SHA384", Scheme::RSA_PSS_RSAE_SHA384),
    ("RSA-PSS+SHA512", Scheme::RSA_PSS_RSAE_SHA512),
    ("PSS+SHA256", Scheme::RSA_PSS_RSAE_SHA256),
    ("PSS+SHA384", Scheme::RSA_PSS_RSAE_SHA384),
    ("PSS+SHA512", Scheme::RSA_PSS_RSAE_SHA512),
    ("DSA+SHA1", Scheme::DSA_SHA1),
    ("DSA+SHA224", Scheme::DSA_SHA224),
    ("DSA+SHA256", Scheme::DSA_SHA256),
    ("DSA+SHA384", Scheme::DSA_SHA384),
    ("DSA+SHA512", Scheme::DSA_SHA512),
    ("ECDSA+SHA1", Scheme::ECDSA_SHA1),
    ("ECDSA+SHA224", Scheme::ECDSA_SHA224),
    ("ECDSA+SHA256", Scheme::ECDSA_SECP256R1_SHA256),
    ("ECDSA+SHA384", Scheme::ECDSA_SECP384R1_SHA384),
    ("ECDSA+SHA512", Scheme::ECDSA_SECP521R1_SHA512),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_named_twice_counts_once_and_an_empty_list_is_refused() {
        let schemes = sigalgs("RSA+SHA256:rsa_pkcs1_sha256:RSA-PSS+SHA256:SHA256+PSS").unwrap();
        assert_eq!(
            schemes.schemes.unwrap(),
            [Scheme::RSA_PKCS1_SHA256, Scheme::RSA_PSS_RSAE_SHA256]
        );
        for text in ["", "ed25519:", ":ed25519", "ed25519::RSA+SHA256"] {
            assert_eq!(sigalgs(text).unwrap_err().fault, Fault::WordMissing);
        }
        assert_eq!(sigalgs("?bogus").unwrap_err().fault, Fault::NothingNamed);
        let bad = sigalgs("ed25519: ed25591").unwrap_err();
        assert_eq!((bad.at, bad.nearest.as_deref()), (9, Some("ed25519")));
        for text in ["?ed25519", "ed25519:ed25519"] {
            assert!(sigalgs_as(text, Edition::V3_0).is_err());
        }
        assert!(sigalgs("ed25519:?").is_ok());
    }

    proptest! {
        #[test]
        fn no_list_is_too_odd(text in "([?:, +]|RSA|SHA256|ed25519|\\PC){0,12}") {
            let _ = sigalgs(&text);
        }
    }
}
