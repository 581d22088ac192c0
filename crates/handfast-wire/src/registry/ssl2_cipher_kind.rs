//! Cipher kinds of SSL 2.0 (its specification, section C.4; RFC 6101 appendix E): three bytes each.
//! Named so that they can be told, never agreed on.

use crate::codec::{DecodeFault, Reader, Recorder, Wire, Writer};
use crate::registry::cipher_suite::CipherSuite;
use core::fmt;

/// A V2CipherSpec: a cipher of SSL 2.0 or, behind a zero, a suite of a newer version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssl2CipherKind(pub [u8; 3]);

macro_rules! kinds {
    ($($constant:ident = $code:expr;)*) => {
        impl Ssl2CipherKind {
            $(#[doc = concat!("`", stringify!($constant), "`")]
            pub const $constant: Self = Self($code);)*

            /// Every cipher of SSL 2.0 that has a name.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];

            /// The name of SSL 2.0's specification; of what names a suite the suite's.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some(stringify!($constant)),)*
                    _ => match self.suite() {
                        Some(suite) => suite.name(),
                        None => None,
                    },
                }
            }
        }
    };
}

kinds! {
    SSL_CK_RC4_128_WITH_MD5 = [1, 0, 0x80];
    SSL_CK_RC4_128_EXPORT40_WITH_MD5 = [2, 0, 0x80];
    SSL_CK_RC2_128_CBC_WITH_MD5 = [3, 0, 0x80];
    SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5 = [4, 0, 0x80];
    SSL_CK_IDEA_128_CBC_WITH_MD5 = [5, 0, 0x80];
    SSL_CK_DES_64_CBC_WITH_MD5 = [6, 0, 0x40];
    SSL_CK_DES_192_EDE3_CBC_WITH_MD5 = [7, 0, 0xc0];
    // Later additions of SSLeay.
    SSL_CK_DES_64_CBC_WITH_SHA = [6, 1, 0x40];
    SSL_CK_DES_192_EDE3_CBC_WITH_SHA = [7, 1, 0xc0];
    SSL_CK_RC4_64_WITH_MD5 = [8, 0, 0x80];
}

impl Ssl2CipherKind {
    /// The suite of a newer version that stands behind a zero (RFC 5246 appendix E.2).
    #[must_use]
    pub const fn suite(self) -> Option<CipherSuite> {
        match self.0 {
            [0, high, low] => Some(CipherSuite(u16::from_be_bytes([high, low]))),
            _ => None,
        }
    }
}

impl fmt::Debug for Ssl2CipherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Ssl2CipherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Ssl2CipherKind(0x{a:02x}{b:02x}{c:02x})"),
        }
    }
}

impl<'a> Wire<'a> for Ssl2CipherKind {
    const SIZE: Option<usize> = Some(3);

    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        reader.array().copied().map(Self)
    }
    fn write(&self, out: &mut Writer<'_>) {
        out.bytes(&self.0);
    }
}
