//! Lists of signature algorithms (`SSL_CTX_set1_sigalgs_list`).

use crate::allowance::Allowance;
use crate::bad_string::{BadString, Fault};
use crate::dropped::{Dropped, Item, Reason};
use crate::near::nearest;
use crate::settings::Settings;
use handfast::SignatureScheme as Scheme;

/// Reads a list of signature schemes, best first, separated by `:`: `RSA+SHA256`, `RSA-PSS+SHA384`,
/// `ECDSA+SHA256`, or names as TLS 1.3 has them (`rsa_pss_rsae_sha256`, `ed25519`). `?x` says that it
/// does not matter whether the engine has `x`.
///
/// # Errors
/// [`BadString`] for a name that stands for nothing and has no `?`, and for an empty list.
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
    let mut schemes = Vec::new();
    let mut dropped = Vec::new();
    let mut at = 0;
    for word in text.split([':', ',']) {
        let (place, trimmed) = (at, word.trim_matches(' '));
        at += word.len() + 1;
        let name = trimmed.strip_prefix('?').unwrap_or(trimmed);
        if name.is_empty() {
            continue;
        }
        let is_optional = name.len() < trimmed.len();
        match called(name) {
            Some(scheme) if is_optional && Allowance::for_scheme(scheme).is_none() => {
                dropped.push(Dropped {
                    item: Item::Scheme(scheme),
                    reason: Reason::NotImplemented,
                });
            }
            Some(scheme) if schemes.contains(&scheme) => {}
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
    let by_pair = PAIRS
        .iter()
        .find(|(pair, _)| pair.eq_ignore_ascii_case(name));
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
        let schemes = sigalgs("RSA+SHA256:rsa_pkcs1_sha256::RSA-PSS+SHA256:PSS+SHA256").unwrap();
        assert_eq!(
            schemes.schemes.unwrap(),
            [Scheme::RSA_PKCS1_SHA256, Scheme::RSA_PSS_RSAE_SHA256]
        );
        assert_eq!(sigalgs("").unwrap_err().fault, Fault::NothingNamed);
        assert_eq!(sigalgs("?bogus").unwrap_err().fault, Fault::NothingNamed);
        let bad = sigalgs("ed25519: ed25591").unwrap_err();
        assert_eq!((bad.at, bad.nearest.as_deref()), (8, Some("ed25519")));
    }

    proptest! {
        #[test]
        fn no_list_is_too_odd(text in "([?:, +]|RSA|SHA256|ed25519|\\PC){0,12}") {
            let _ = sigalgs(&text);
        }
    }
}
