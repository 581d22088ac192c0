//! What a word of a cipher string means: sets of key exchanges, authentications, ciphers, hashes.

use handfast::CipherSuite;

/// A set of bits; none of them stands for all.
pub(super) type Bits = u32;

/// What a word asks of a suite, or what a suite is: then each set has one bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    /// How keys are exchanged.
    pub(super) exchange: Bits,
    /// How the server proves itself.
    pub(super) authentication: Bits,
    /// What encrypts records.
    pub(super) cipher: Bits,
    /// What authenticates them.
    pub(super) mac: Bits,
    /// The class of strength.
    pub(super) class: Bits,
    /// Whether it is off by default.
    pub(super) off: Bits,
    /// The oldest version that has it.
    pub(super) oldest: Bits,
    /// One suite alone.
    pub(super) suite: Option<CipherSuite>,
}

impl Selector {
    /// One suite, whatever it is.
    pub(super) fn of(suite: CipherSuite) -> Self {
        Self {
            suite: Some(suite),
            ..Self::default()
        }
    }

    /// Whether a suite is what is asked for.
    pub(super) fn selects(&self, row: &Self) -> bool {
        let pairs = self.sets().into_iter().zip(row.sets());
        let mut pairs = pairs.chain([(self.oldest, row.oldest)]);
        pairs.all(|(asked, is)| asked == 0 || asked & is != 0)
            && self.suite.is_none_or(|suite| row.suite == Some(suite))
    }

    /// Both at once; nothing where they exclude each other. As in OpenSSL, a class of strength forgets
    /// that what is off by default was asked for before it.
    pub(super) fn and(self, other: &Self) -> Option<Self> {
        let forgets = self.class == 0 && other.class != 0;
        let off_before = if forgets { 0 } else { self.off };
        let both = |one: Bits, other: Bits| match (one, other) {
            (0, bits) | (bits, 0) => Some(bits),
            (one, other) => Some(one & other).filter(|bits| *bits != 0),
        };
        // The version of a suite that is named by itself is not asked for.
        let oldest = match other.suite {
            Some(_) => self.oldest,
            None if self.oldest != 0 && other.oldest != 0 && self.oldest != other.oldest => {
                return None;
            }
            None => self.oldest | other.oldest,
        };
        Some(Self {
            exchange: both(self.exchange, other.exchange)?,
            authentication: both(self.authentication, other.authentication)?,
            cipher: both(self.cipher, other.cipher)?,
            mac: both(self.mac, other.mac)?,
            class: both(self.class, other.class)?,
            off: both(off_before, other.off)?,
            oldest,
            suite: other.suite.or(self.suite),
        })
    }

    fn sets(&self) -> [Bits; 6] {
        let Self {
            exchange,
            authentication,
            cipher,
            mac,
            class,
            off,
            ..
        } = *self;
        [exchange, authentication, cipher, mac, class, off]
    }
}

/// Names for single bits, and after them for sets.
macro_rules! bits {
    (@ $at:expr;) => {};
    (@ $at:expr; $name:ident $($rest:ident)*) => {
        pub(crate) const $name: Bits = 1 << ($at);
        bits!(@ $at + 1; $($rest)*);
    };
    ($($module:ident: $doc:literal
        { $($name:ident),* $(,)? }
        $({ $($set:ident = $($part:ident)|+;)* })?
    )*) => {$(
        #[doc = $doc]
        pub(super) mod $module {
            use crate::openssl::selector::Bits;
            bits!(@ 0; $($name)*);
            $($(pub(crate) const $set: Bits = $($part)|+;)*)?
        }
    )*};
}

bits! {
    exchange: "How keys are exchanged."
    { RSA, DHE, ECDHE, PSK, RSA_PSK, ECDHE_PSK, DHE_PSK, SRP, GOST, GOST18 }
    { PSKS = PSK | RSA_PSK | ECDHE_PSK | DHE_PSK; }

    authentication: "How the server proves itself."
    { RSA, DSS, NOBODY, ECDSA, PSK, GOST01, GOST12, SRP }
    { SOMEBODY = RSA | DSS | ECDSA | PSK | GOST01 | GOST12 | SRP; }

    cipher: "What encrypts records."
    {
        NULL, RC4, RC2, IDEA, SEED, TRIPLE_DES, AES128, AES256, AES128_GCM, AES256_GCM, AES128_CCM,
        AES256_CCM, AES128_CCM8, AES256_CCM8, CAMELLIA128, CAMELLIA256, ARIA128_GCM, ARIA256_GCM,
        CHACHA20, GOST89,
    }
    {
        AESGCM = AES128_GCM | AES256_GCM;
        AESCCM8 = AES128_CCM8 | AES256_CCM8;
        AESCCM = AES128_CCM | AES256_CCM | AESCCM8;
        ALL_AES128 = AES128 | AES128_GCM | AES128_CCM | AES128_CCM8;
        ALL_AES256 = AES256 | AES256_GCM | AES256_CCM | AES256_CCM8;
        AES = ALL_AES128 | ALL_AES256;
        CAMELLIA = CAMELLIA128 | CAMELLIA256;
        ARIA = ARIA128_GCM | ARIA256_GCM;
        AEADS = AESGCM | AESCCM | ARIA | CHACHA20;
        CBC = RC2 | IDEA | SEED | TRIPLE_DES | AES128 | AES256 | CAMELLIA;
        SOMETHING = RC4 | CBC | AEADS | GOST89;
    }

    mac: "What authenticates them."
    { MD5, SHA1, SHA256, SHA384, AEAD, GOST94, GOST89, GOST12 }

    class: "Classes of strength."
    { NONE, LOW, MEDIUM, HIGH, FIPS }

    off: "What is off by default."
    { YES }

    oldest: "The oldest version that has a suite."
    { SSL3, TLS1, TLS12 }
}
