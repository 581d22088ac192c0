//! TLSA records (RFC 6698 s2): what a zone says of a server's certificates.
//!
//! The caller looks the records up, and **gives those alone that DNSSEC has validated**: nothing
//! here could tell others apart.

use crate::certificate::Certificate;
use crate::pin::hexadecimal;
use handfast_crypto::hash::{HashAlgorithm, digest};
use std::fmt;
use std::str::FromStr;

/// A TLSA record, read and not judged: its three numbers may be ones that are not known.
///
/// ```
/// use handfast_pki::dane::Tlsa;
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/leaf.der");
/// # let der = std::fs::read(path)?;
/// let leaf = handfast_pki::certificate::Certificate::parse(&der)?;
/// let hash: String = handfast_pki::fingerprint::sha256(leaf.spki())
///     .iter().map(|byte| format!("{byte:02x}")).collect();
/// let record: Tlsa = format!("3 1 1 {hash}").parse()?;
/// assert!(record.matches(&leaf));
/// assert_eq!(format!("DANE-EE SPKI SHA2-256 {hash}").parse(), Ok(record));
///
/// let fault = "3 1 1".parse::<Tlsa>().unwrap_err();
/// assert_eq!(fault.to_string(), "not a TLSA record, `3 1 1`: write usage, selector, matching type and hexadecimal digits, as 3 1 1 0B9F…");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tlsa {
    /// What the record is for (RFC 6698 s2.1.1): see [`Usage`].
    pub usage: u8,
    /// What of the certificate is compared: 0 all of it, 1 its SubjectPublicKeyInfo (s2.1.2).
    pub selector: u8,
    /// How: 0 to the byte, 1 by SHA-256, 2 by SHA-512 (s2.1.3).
    pub matching: u8,
    /// What it is compared with (s2.1.4).
    pub data: Vec<u8>,
}

/// The usages that are known (RFC 6698 s2.1.1, named by RFC 7218).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// 0: a certificate of the path, which must verify as always, is this authority.
    PkixTa,
    /// 1: the peer's own certificate, which must verify as always, is this one.
    PkixEe,
    /// 2: this authority is the trust anchor.
    DaneTa,
    /// 3: the peer's own certificate or key is this one; nothing else is asked of it, neither its
    /// name nor its dates (RFC 7671 s5.1).
    DaneEe,
}

/// Why a record is passed over (RFC 7671 s4 calls it unusable).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unusable {
    /// The usage is not known.
    Usage,
    /// The selector is not known.
    Selector,
    /// The matching type is not known.
    Matching,
    /// The data are not as long as the hash, or there are none.
    Length,
    /// A record of the same usage and selector has a stronger hash (RFC 7671 s9).
    WeakerHash,
}

impl Tlsa {
    /// The record's usage, where all of it is known and whole.
    ///
    /// # Errors
    /// [`Unusable`] says why the record is to be passed over.
    pub fn usage(&self) -> Result<Usage, Unusable> {
        let usage = match self.usage {
            0 => Usage::PkixTa,
            1 => Usage::PkixEe,
            2 => Usage::DaneTa,
            3 => Usage::DaneEe,
            _ => return Err(Unusable::Usage),
        };
        if self.selector > 1 {
            return Err(Unusable::Selector);
        }
        let whole = match self.matching {
            0 => !self.data.is_empty(),
            1 => self.data.len() == 32,
            2 => self.data.len() == 64,
            _ => return Err(Unusable::Matching),
        };
        if whole {
            Ok(usage)
        } else {
            Err(Unusable::Length)
        }
    }

    /// Whether the certificate is the one that the record means, or has its key.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate<'_>) -> bool {
        let selected = match self.selector {
            0 => certificate.der(),
            1 => certificate.spki(),
            _ => return false,
        };
        self.matches_selected(selected)
    }

    /// Whether these bytes, which the selector chose, are what the record means.
    pub(crate) fn matches_selected(&self, selected: &[u8]) -> bool {
        let hashed = |algorithm| digest(algorithm, &[selected]).as_bytes() == self.data;
        match self.matching {
            0 => selected == self.data,
            1 => hashed(HashAlgorithm::Sha256),
            2 => hashed(HashAlgorithm::Sha512),
            _ => false,
        }
    }
}

impl FromStr for Tlsa {
    type Err = TlsaFault;

    /// Reads a record as zone files write it: `3 1 1 0B9F…`, with numbers or the names of
    /// RFC 7218; the digits may have blanks between them.
    fn from_str(text: &str) -> Result<Self, TlsaFault> {
        let fault = || TlsaFault {
            text: text.chars().take(SHOWN_CHARACTERS).collect(),
        };
        let mut words = text.split_ascii_whitespace();
        let mut number = |names: &[&str]| {
            let word = words.next()?;
            let named = names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(word));
            match named {
                Some(number) => u8::try_from(number).ok(),
                None if word.bytes().all(|byte| byte.is_ascii_digit()) => word.parse().ok(),
                None => None,
            }
        };
        let usage = number(&USAGES).ok_or_else(fault)?;
        let selector = number(&SELECTORS).ok_or_else(fault)?;
        let matching = number(&MATCHINGS).ok_or_else(fault)?;
        let digits: String = words.collect();
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let data = hexadecimal(&digits).filter(|_| plain).ok_or_else(fault)?;
        Ok(Self {
            usage,
            selector,
            matching,
            data,
        })
    }
}

impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ", self.usage, self.selector, self.matching)?;
        for byte in self.data.iter().take(SHOWN_BYTES) {
            write!(f, "{byte:02x}")?;
        }
        if self.data.len() > SHOWN_BYTES {
            f.write_str("…")?;
        }
        Ok(())
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usage => "its usage is not known",
            Self::Selector => "its selector is not known",
            Self::Matching => "its matching type is not known",
            Self::Length => "its data are not as long as the hash",
            Self::WeakerHash => "another record has a stronger hash",
        })
    }
}

/// Records, and what happens where none of them can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dane {
    records: Vec<Tlsa>,
    without: WithoutRecords,
}

/// What happens where there is no record, or none that can be used (RFC 7671 s4.1 and s10.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutRecords {
    /// The peer is refused: the caller knows that it publishes records.
    #[default]
    Refuse,
    /// The peer is judged as one that publishes none: by its chain and the caller's roots.
    Chain,
}

impl Dane {
    /// These records, of which one must match; of more than [`MAX_RECORDS`] the first.
    #[must_use]
    pub fn new(records: impl IntoIterator<Item = Tlsa>) -> Self {
        Self {
            records: records.into_iter().take(MAX_RECORDS).collect(),
            without: WithoutRecords::Refuse,
        }
    }

    /// With another way to go on where no record can be used.
    #[must_use]
    pub fn or(mut self, without: WithoutRecords) -> Self {
        self.without = without;
        self
    }

    /// What happens where no record can be used.
    #[must_use]
    pub fn without(&self) -> WithoutRecords {
        self.without
    }

    /// Every record, and its usage or why it is passed over.
    pub fn records(&self) -> impl Iterator<Item = (&Tlsa, Result<Usage, Unusable>)> {
        self.records.iter().map(|record| {
            let usage = record.usage();
            // RFC 7671 s9: of the hashes of one usage and selector the strongest alone; what is
            // compared to the byte needs no hash.
            let stronger = |other: &&Tlsa| {
                record.matching == 1
                    && other.matching == 2
                    && (other.usage, other.selector) == (record.usage, record.selector)
                    && other.usage().is_ok()
            };
            match usage {
                Ok(_) if self.records.iter().any(|other| stronger(&other)) => {
                    (record, Err(Unusable::WeakerHash))
                }
                usage => (record, usage),
            }
        })
    }

    /// The records of a usage that can be used.
    pub(crate) fn usable(&self, wanted: Usage) -> impl Iterator<Item = &Tlsa> {
        self.records()
            .filter(move |(_, usage)| *usage == Ok(wanted))
            .map(|(record, _)| record)
    }
}

/// The most records that are looked at: a zone has one or two.
pub const MAX_RECORDS: usize = 64;

/// Text that is no TLSA record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsaFault {
    /// Its first characters.
    pub text: String,
}

impl fmt::Display for TlsaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a TLSA record, `{}`: write usage, selector, matching type and hexadecimal \
             digits, as 3 1 1 0B9F…",
            self.text
        )
    }
}

impl std::error::Error for TlsaFault {}

const USAGES: [&str; 4] = ["PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"];
const SELECTORS: [&str; 2] = ["Cert", "SPKI"];
const MATCHINGS: [&str; 3] = ["Full", "SHA2-256", "SHA2-512"];
const SHOWN_CHARACTERS: usize = 80;
const SHOWN_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::{Dane, Tlsa, Unusable, Usage};
    use crate::certificate::Certificate;
    use handfast_crypto::hash::{HashAlgorithm, digest};

    const LEAF: &[u8] = include_bytes!("../testdata/leaf.der");

    fn record(usage: u8, selector: u8, matching: u8, data: &[u8]) -> Tlsa {
        Tlsa {
            usage,
            selector,
            matching,
            data: data.to_vec(),
        }
    }

    #[test]
    fn every_selector_and_matching_type_matches_its_own_bytes_alone() {
        let leaf = Certificate::parse(LEAF).expect("the leaf");
        for (selector, bytes) in [(0, leaf.der()), (1, leaf.spki())] {
            let hash = |algorithm| digest(algorithm, &[bytes]).as_bytes().to_vec();
            for (matching, data) in [
                (0, bytes.to_vec()),
                (1, hash(HashAlgorithm::Sha256)),
                (2, hash(HashAlgorithm::Sha512)),
            ] {
                assert!(record(3, selector, matching, &data).matches(&leaf));
                assert!(!record(3, 1 - selector, matching, &data).matches(&leaf));
                assert!(!record(3, selector, matching, &data[1..]).matches(&leaf));
                assert!(!record(3, selector, (matching + 1) % 3, &data).matches(&leaf));
            }
        }
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        for (made, expected) in [
            (record(3, 1, 1, &[0; 32]), Ok(Usage::DaneEe)),
            (record(0, 0, 0, &[0]), Ok(Usage::PkixTa)),
            (record(4, 1, 1, &[0; 32]), Err(Unusable::Usage)),
            (record(255, 1, 1, &[0; 32]), Err(Unusable::Usage)),
            (record(3, 2, 1, &[0; 32]), Err(Unusable::Selector)),
            (record(3, 1, 3, &[0; 32]), Err(Unusable::Matching)),
            (record(3, 1, 1, &[0; 31]), Err(Unusable::Length)),
            (record(3, 1, 2, &[0; 32]), Err(Unusable::Length)),
            (record(3, 1, 0, &[]), Err(Unusable::Length)),
        ] {
            assert_eq!(made.usage(), expected, "{made}");
        }
    }

    #[test]
    fn of_two_hashes_the_stronger_counts() {
        let weak = record(3, 1, 1, &[0; 32]);
        let strong = record(3, 1, 2, &[0; 64]);
        let usages = |records: &[&Tlsa]| {
            let dane = Dane::new(records.iter().map(|one| (*one).clone()));
            dane.records().map(|(_, usage)| usage).collect::<Vec<_>>()
        };
        let (ee, weaker) = (Ok(Usage::DaneEe), Err(Unusable::WeakerHash));
        assert_eq!(usages(&[&weak, &strong]), [weaker, ee]);
        // Not where the stronger one is of another kind, or cannot be used itself.
        assert_eq!(usages(&[&weak]), [ee]);
        let other = Tlsa {
            selector: 0,
            ..strong.clone()
        };
        assert_eq!(usages(&[&weak, &other]), [ee, ee]);
        let broken = Tlsa {
            data: vec![0; 63],
            ..strong
        };
        assert_eq!(usages(&[&weak, &broken]), [ee, Err(Unusable::Length)]);
    }

    #[test]
    fn records_are_read_as_zones_write_them() {
        let read = |text: &str| text.parse::<Tlsa>();
        let wanted = Ok(record(3, 1, 1, &[0xab, 0xcd]));
        assert_eq!(read("3 1 1 ABCD"), wanted);
        assert_eq!(read("  3\t1 1 ab cd "), wanted);
        assert_eq!(read("dane-ee spki sha2-256 abcd"), wanted);
        for text in [
            "",
            "3 1 1",
            "3 1 1 ABC",
            "3 1 1 AG",
            "3 1 1 a:b",
            "256 1 1 AB",
            "+3 1 1 AB",
            "x 1 1 AB",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(
            record(3, 1, 1, &[1; 9]).to_string(),
            "3 1 1 0101010101010101…"
        );
    }
}
