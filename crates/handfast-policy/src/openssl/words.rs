//! The words of cipher strings (`openssl ciphers`, "CIPHER STRINGS").

use crate::openssl::selector::{
    Selector, authentication as au, cipher as enc, class, exchange as kx, mac, off, oldest,
};

/// What a word means; nothing for one that is none.
pub(super) fn meaning(is_word: impl Fn(&str) -> bool) -> Option<Selector> {
    let (_, selector) = WORDS.iter().find(|(name, _)| is_word(name))?;
    Some(*selector)
}

/// All words, for the one that is nearest to a wrong one.
pub(super) fn all<'a>() -> impl Iterator<Item = &'a str> {
    WORDS.iter().map(|(name, _)| *name)
}

/// One set of a selector, or several.
macro_rules! select {
    ($($set:ident: $bits:expr),+) => {
        Selector { $($set: $bits,)+ ..NOTHING }
    };
}

/// Asks for nothing, so that every suite is selected.
const NOTHING: Selector = Selector {
    exchange: 0,
    authentication: 0,
    cipher: 0,
    mac: 0,
    class: 0,
    off: 0,
    oldest: 0,
    suite: None,
};

const DHE: Selector = select!(exchange: kx::DHE);
const ECDHE: Selector = select!(exchange: kx::ECDHE);
/// By somebody who proves who that is.
const EDH: Selector = select!(exchange: kx::DHE, authentication: au::SOMEBODY);
const EECDH: Selector = select!(exchange: kx::ECDHE, authentication: au::SOMEBODY);

const WORDS: &[(&str, Selector)] = &[
    ("ALL", select!(cipher: enc::SOMETHING)),
    ("COMPLEMENTOFALL", select!(cipher: enc::NULL)),
    ("COMPLEMENTOFDEFAULT", select!(off: off::YES)),
    // How keys are exchanged.
    ("kRSA", select!(exchange: kx::RSA)),
    ("kEDH", DHE),
    ("kDHE", DHE),
    ("DH", DHE),
    ("kEECDH", ECDHE),
    ("kECDHE", ECDHE),
    ("ECDH", ECDHE),
    ("kPSK", select!(exchange: kx::PSK)),
    ("kRSAPSK", select!(exchange: kx::RSA_PSK)),
    ("kECDHEPSK", select!(exchange: kx::ECDHE_PSK)),
    ("kDHEPSK", select!(exchange: kx::DHE_PSK)),
    ("kSRP", select!(exchange: kx::SRP)),
    ("kGOST", select!(exchange: kx::GOST)),
    ("kGOST18", select!(exchange: kx::GOST18)),
    // How the server proves itself.
    ("aRSA", select!(authentication: au::RSA)),
    ("aDSS", select!(authentication: au::DSS)),
    ("DSS", select!(authentication: au::DSS)),
    ("aNULL", select!(authentication: au::NOBODY)),
    ("aECDSA", select!(authentication: au::ECDSA)),
    ("ECDSA", select!(authentication: au::ECDSA)),
    ("aPSK", select!(authentication: au::PSK)),
    ("aGOST01", select!(authentication: au::GOST01)),
    ("aGOST12", select!(authentication: au::GOST12)),
    ("aGOST", select!(authentication: au::GOST01 | au::GOST12)),
    ("aSRP", select!(authentication: au::SRP)),
    // Both.
    ("EDH", EDH),
    ("DHE", EDH),
    ("EECDH", EECDH),
    ("ECDHE", EECDH),
    ("RSA", select!(exchange: kx::RSA, authentication: au::RSA)),
    (
        "ADH",
        select!(exchange: kx::DHE, authentication: au::NOBODY),
    ),
    (
        "AECDH",
        select!(exchange: kx::ECDHE, authentication: au::NOBODY),
    ),
    ("PSK", select!(exchange: kx::PSKS)),
    ("SRP", select!(exchange: kx::SRP)),
    // What encrypts.
    ("NULL", select!(cipher: enc::NULL)),
    ("eNULL", select!(cipher: enc::NULL)),
    ("3DES", select!(cipher: enc::TRIPLE_DES)),
    ("RC4", select!(cipher: enc::RC4)),
    ("RC2", select!(cipher: enc::RC2)),
    ("IDEA", select!(cipher: enc::IDEA)),
    ("SEED", select!(cipher: enc::SEED)),
    ("GOST89", select!(cipher: enc::GOST89)),
    ("AES128", select!(cipher: enc::ALL_AES128)),
    ("AES256", select!(cipher: enc::ALL_AES256)),
    ("AES", select!(cipher: enc::AES)),
    ("AESGCM", select!(cipher: enc::AESGCM)),
    ("AESCCM", select!(cipher: enc::AESCCM)),
    ("AESCCM8", select!(cipher: enc::AESCCM8)),
    ("CAMELLIA128", select!(cipher: enc::CAMELLIA128)),
    ("CAMELLIA256", select!(cipher: enc::CAMELLIA256)),
    ("CAMELLIA", select!(cipher: enc::CAMELLIA)),
    ("CHACHA20", select!(cipher: enc::CHACHA20)),
    ("ARIA", select!(cipher: enc::ARIA)),
    ("ARIAGCM", select!(cipher: enc::ARIA)),
    ("ARIA128", select!(cipher: enc::ARIA128_GCM)),
    ("ARIA256", select!(cipher: enc::ARIA256_GCM)),
    ("CBC", select!(cipher: enc::CBC)),
    // What authenticates records.
    ("MD5", select!(mac: mac::MD5)),
    ("SHA1", select!(mac: mac::SHA1)),
    ("SHA", select!(mac: mac::SHA1)),
    ("SHA256", select!(mac: mac::SHA256)),
    ("SHA384", select!(mac: mac::SHA384)),
    ("GOST94", select!(mac: mac::GOST94)),
    ("GOST89MAC", select!(mac: mac::GOST89)),
    ("GOST12", select!(mac: mac::GOST12)),
    // The oldest version that has them.
    ("SSLv3", select!(oldest: oldest::SSL3)),
    ("TLSv1", select!(oldest: oldest::TLS1)),
    ("TLSv1.0", select!(oldest: oldest::TLS1)),
    ("TLSv1.2", select!(oldest: oldest::TLS12)),
    // Classes of strength.
    ("LOW", select!(class: class::LOW)),
    ("MEDIUM", select!(class: class::MEDIUM)),
    ("HIGH", select!(class: class::HIGH)),
    ("FIPS", select!(class: class::FIPS)),
];
