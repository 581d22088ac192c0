//! Pins: certificates and keys that are known beforehand, by their SHA-256.

use crate::certificate::Certificate;
use base64ct::{Base64, Base64Unpadded, Encoding};
use handfast_crypto::hash::{HashAlgorithm, digest};
use std::fmt;
use std::str::FromStr;

/// A certificate or a key that is known beforehand. Displayed as it is written.
///
/// ```
/// use handfast_pki::pin::Pin;
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der");
/// # let der = std::fs::read(path)?;
/// let leaf = handfast_pki::certificate::Certificate::parse(&der)?;
/// let pin = Pin::of_key(leaf.spki());
/// assert!(pin.to_string().starts_with("sha256/"));
/// // As RFC 7469 and curl's --pinnedpubkey spell it:
/// assert_eq!(pin.to_string().parse(), Ok(pin));
/// assert_eq!(format!("sha256//{}", &pin.to_string()[7..]).parse(), Ok(pin));
/// assert!("sha256/AAAA".parse::<Pin>().unwrap_err().to_string().contains("3 bytes, not 32"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pin {
    /// SHA-256 of a SubjectPublicKeyInfo in DER (RFC 7469 s2.4): holds while the key is kept.
    /// Written `sha256/BASE64`, or `sha256//BASE64` as curl does.
    Key([u8; 32]),
    /// SHA-256 of a certificate in DER: holds until it is renewed. Written
    /// `cert-sha256/BASE64`, or with the 64 hexadecimal digits that other programs show as the
    /// certificate's fingerprint, with or without colons.
    Certificate([u8; 32]),
}

impl Pin {
    /// The pin of a SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn of_key(spki: &[u8]) -> Self {
        Self::Key(sha256(spki))
    }

    /// The pin of a certificate in DER.
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Self {
        Self::Certificate(sha256(der))
    }

    /// Whether this is the certificate, or its key.
    #[must_use]
    pub fn is_of(&self, certificate: &Certificate<'_>) -> bool {
        *self == Self::of_key(certificate.spki())
            || *self == Self::of_certificate(certificate.der())
    }
}

impl FromStr for Pin {
    type Err = PinFault;

    /// Reads one pin.
    fn from_str(text: &str) -> Result<Self, PinFault> {
        let text = text.trim();
        let fault = |problem| PinFault::new(text, problem);
        if let Some(rest) = text.strip_prefix(CERTIFICATE) {
            let bytes = match hexadecimal(rest) {
                Some(bytes) => bytes,
                None => base64(rest).map_err(fault)?,
            };
            return exactly(&bytes).map(Self::Certificate).map_err(fault);
        }
        match text.strip_prefix(KEY) {
            // A hash may begin with '/' itself: its length tells whether the second one is curl's.
            Some(rest) => {
                let rest = match rest.strip_prefix('/') {
                    Some(shorter) if rest.trim_end_matches('=').len() != DIGITS => shorter,
                    _ => rest,
                };
                let bytes = base64(rest).map_err(fault)?;
                exactly(&bytes).map(Self::Key).map_err(fault)
            }
            None => Err(fault(PinProblem::Kind)),
        }
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(hash) => write!(f, "{KEY}{}", Base64::encode_string(hash)),
            Self::Certificate(hash) => write!(f, "{CERTIFICATE}{}", Base64::encode_string(hash)),
        }
    }
}

/// Which certificates a set of pins is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinScope {
    /// Any certificate of the verified path, the anchor included (RFC 7469 s2.6): an authority
    /// that is pinned may issue for the peer, and no other.
    #[default]
    Path,
    /// The peer's own certificate alone.
    Leaf,
}

/// A set of pins, one of which must match: the one in use, and those of keys that are kept for the
/// day when it is lost (RFC 7469 s4.3 asks for one at least).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    pins: Vec<Pin>,
    scope: PinScope,
}

impl Pins {
    /// These pins, held against the verified path.
    ///
    /// # Errors
    /// [`PinFault`] if there are none or more than [`MAX_PINS`].
    pub fn new(pins: impl IntoIterator<Item = Pin>) -> Result<Self, PinFault> {
        let pins: Vec<_> = pins.into_iter().take(MAX_PINS + 1).collect();
        match pins.len() {
            0 => Err(PinFault::new("", PinProblem::NoPins)),
            1..=MAX_PINS => Ok(Self {
                pins,
                scope: PinScope::Path,
            }),
            _ => Err(PinFault::new("", PinProblem::TooMany)),
        }
    }

    /// Reads pins with `;` between them, as curl's --pinnedpubkey has them.
    ///
    /// # Errors
    /// [`PinFault`] says which of them is wrong, and how.
    pub fn parse(text: &str) -> Result<Self, PinFault> {
        let pins: Result<Vec<_>, _> = text.split(';').map(str::parse).collect();
        Self::new(pins?)
    }

    /// The same, held against the peer's own certificate alone.
    #[must_use]
    pub fn of_leaf_only(mut self) -> Self {
        self.scope = PinScope::Leaf;
        self
    }

    /// The pins, in the order given.
    #[must_use]
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// Which certificates they are held against.
    #[must_use]
    pub fn scope(&self) -> PinScope {
        self.scope
    }
}

/// The most pins in one set.
pub const MAX_PINS: usize = 256;

/// A pin that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinFault {
    /// Its first characters.
    pub text: String,
    /// What is wrong.
    pub problem: PinProblem,
}

/// What is wrong with a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinProblem {
    /// It does not begin with `sha256/` or `cert-sha256/`.
    Kind,
    /// What follows is no base64.
    NotBase64,
    /// The hash is not of SHA-256's length.
    Length {
        /// How many bytes it has.
        found: usize,
    },
    /// There are no pins.
    NoPins,
    /// There are more than [`MAX_PINS`].
    TooMany,
}

impl PinFault {
    fn new(text: &str, problem: PinProblem) -> Self {
        Self {
            text: text.chars().take(SHOWN_CHARACTERS).collect(),
            problem,
        }
    }
}

impl fmt::Display for PinFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            PinProblem::NoPins => return f.write_str("no pins: nobody could be believed"),
            PinProblem::TooMany => return write!(f, "more than {MAX_PINS} pins"),
            _ => write!(f, "not a pin, `{}`: ", self.text)?,
        }
        match self.problem {
            PinProblem::NotBase64 => f.write_str("what follows the slash is no base64"),
            PinProblem::Length { found } => {
                write!(f, "the hash has {found} bytes, not 32 as SHA-256 has")
            }
            _ => f.write_str(
                "write sha256/ and the base64 of a key's SHA-256, or cert-sha256/ and a \
                 certificate's fingerprint",
            ),
        }
    }
}

impl std::error::Error for PinFault {}

fn base64(text: &str) -> Result<Vec<u8>, PinProblem> {
    Base64Unpadded::decode_vec(text.trim_end_matches('=')).map_err(|_| PinProblem::NotBase64)
}

fn exactly(bytes: &[u8]) -> Result<[u8; 32], PinProblem> {
    let found = bytes.len();
    bytes.try_into().map_err(|_| PinProblem::Length { found })
}

/// 64 hexadecimal digits; base64 of a hash is shorter, so neither is taken for the other.
pub(crate) fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let mut digits = text.chars().filter(|one| *one != ':' && *one != ' ');
    let mut bytes = Vec::new();
    while let Some(high) = digits.next() {
        let (high, low) = (high.to_digit(16)?, digits.next()?.to_digit(16)?);
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    Some(bytes).filter(|bytes| !bytes.is_empty())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = digest(HashAlgorithm::Sha256, &[bytes]);
    for (to, from) in hash.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    hash
}

const KEY: &str = "sha256/";
const CERTIFICATE: &str = "cert-sha256/";
/// How many characters the base64 of a SHA-256 has, padding aside.
const DIGITS: usize = 43;
const SHOWN_CHARACTERS: usize = 80;

#[cfg(test)]
mod tests {
    use super::{MAX_PINS, Pin, PinProblem, PinScope, Pins};

    fn problem(text: &str) -> PinProblem {
        text.parse::<Pin>().expect_err("a fault").problem
    }

    #[test]
    fn every_spelling_gives_the_same_pin() {
        // 0xff throughout: base64 of slashes alone, so that a slash more is told apart.
        for byte in [0_u8, 0xfc, 0xff] {
            let key = Pin::Key([byte; 32]);
            let plain = key.to_string();
            assert_eq!(plain.parse(), Ok(key));
            assert_eq!(plain.replacen('/', "//", 1).parse(), Ok(key), "as curl");
            assert_eq!(plain.trim_end_matches('=').parse(), Ok(key));
            let certificate = Pin::Certificate([byte; 32]);
            assert_eq!(certificate.to_string().parse(), Ok(certificate));
            let digits = format!("{byte:02X}");
            let plain = format!("cert-sha256/{}", digits.repeat(32));
            assert_eq!(plain.parse(), Ok(certificate));
            let colons = format!("cert-sha256/{}", [digits.as_str(); 32].join(":"));
            assert_eq!(colons.parse(), Ok(certificate));
        }
    }

    #[test]
    fn what_is_no_pin_says_why() {
        let length = |found| PinProblem::Length { found };
        assert_eq!(problem(""), PinProblem::Kind);
        assert_eq!(problem("sha1/AAAA"), PinProblem::Kind);
        assert_eq!(problem("sha256/"), length(0));
        assert_eq!(problem("sha256/AA-A"), PinProblem::NotBase64);
        assert_eq!(problem("cert-sha256/AA:BB"), length(2));
        let long = format!(
            "{}AAAA",
            Pin::Key([0; 32]).to_string().trim_end_matches('=')
        );
        assert_eq!(problem(&long), length(35));
        let fault = Pins::parse("sha256/AAAA;x").expect_err("both are wrong");
        assert_eq!(fault.text, "sha256/AAAA");
        assert_eq!(Pins::new([]).expect_err("none").problem, PinProblem::NoPins);
        let many = vec![Pin::Key([0; 32]); MAX_PINS + 1];
        assert!(Pins::new(many[1..].to_vec()).is_ok());
        assert_eq!(
            Pins::new(many).expect_err("many").problem,
            PinProblem::TooMany
        );
    }

    #[test]
    fn several_pins_stand_with_a_semicolon_between() {
        let (one, two) = (Pin::Key([1; 32]), Pin::Key([2; 32]));
        let text = format!("{one};{}", two.to_string().replacen('/', "//", 1));
        let pins = Pins::parse(&text).expect("two pins");
        assert_eq!(
            (pins.pins(), pins.scope()),
            (&[one, two][..], PinScope::Path)
        );
        assert_eq!(pins.of_leaf_only().scope(), PinScope::Leaf);
    }
}
