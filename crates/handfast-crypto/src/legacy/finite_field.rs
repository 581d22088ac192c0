//! Diffie-Hellman in any finite field, as TLS 1.2 and older have it: the server sends a prime and a
//! generator, and the client has to find out whether they are any good (RFC 5246 section 7.4.3).
//!
//! A field is good where its prime is safe, `(p-1)/2` being prime too: then all groups but two are as
//! large as they can be, a private exponent may be short, and a public value needs nothing but a
//! look at its range (RFC 7919 section 5.1). The primes of RFC 7919 and RFC 3526 are known to be
//! safe; of any other it is found out, slowly, by [`Field::find_out_whether_safe`].
//!
//! ```
//! use handfast_crypto::legacy::finite_field::{Field, OwnKey};
//! use handfast_crypto::random::SystemRandom;
//!
//! let field = Field::of_rfc3526(2048).unwrap();
//! let server = OwnKey::generate(&field, &mut SystemRandom)?;
//! let client = OwnKey::generate(&field, &mut SystemRandom)?;
//! let secret = client.agree(server.public())?;
//! assert_eq!(secret.as_bytes(), server.agree(client.public())?.as_bytes());
//! # Ok::<(), handfast_crypto::legacy::finite_field::FieldFailed>(())
//! ```

use crate::agreement::Group;
use crate::ffi::dh::{DhKey, FiniteField};
use crate::ffi::safe_prime;
use crate::random::{Random, RandomFailed};
use crate::secret::SharedSecret;
use core::fmt;
use zeroize::Zeroizing;

/// Bits of a prime, at least: 1024 can be broken by whoever has the means (Logjam).
pub const LEAST_BITS: usize = 2048;
/// Bits of a prime, at most: beyond it each handshake costs the client seconds.
pub const MOST_BITS: usize = 8192;
/// Bits of a prime that nobody published, at most: to find out whether 8192 bits are a safe prime
/// takes more than eight seconds.
pub const MOST_BITS_TESTED: usize = 4096;

/// A prime and a generator, within the bounds. Whether the prime is one is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    prime: Box<[u8]>,
    generator: Box<[u8]>,
    standard: Option<Standard>,
}

/// Which published prime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standard {
    Rfc7919(Group),
    Rfc3526,
}

/// Why two numbers are no field for a key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldUnfit {
    /// The prime has fewer bits than [`LEAST_BITS`].
    PrimeShort {
        /// Its bits.
        bits: usize,
    },
    /// The prime has more bits than [`MOST_BITS`].
    PrimeLong {
        /// Its bits.
        bits: usize,
    },
    /// The prime is even.
    PrimeEven,
    /// The generator is 0, 1, p-1 or not below p.
    GeneratorOutOfRange,
}

impl fmt::Display for FieldUnfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrimeShort { bits } => {
                write!(
                    f,
                    "a prime of {bits} bits is too short: {LEAST_BITS} at least"
                )
            }
            Self::PrimeLong { bits } => {
                write!(f, "a prime of {bits} bits is too long: {MOST_BITS} at most")
            }
            Self::PrimeEven => f.write_str("the prime is even"),
            Self::GeneratorOutOfRange => f.write_str("the generator is not between 2 and p-2"),
        }
    }
}

impl core::error::Error for FieldUnfit {}

/// Why there is no key, or no shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldFailed {
    /// The peer's public value is 0, 1, p-1 or not below p.
    PublicOutOfRange,
    /// The source of randomness failed.
    Random(RandomFailed),
    /// The library failed: no fault of the peer.
    Own,
}

impl fmt::Display for FieldFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PublicOutOfRange => "the peer's public value is not between 2 and p-2",
            Self::Random(_) => "no key: the source of randomness failed",
            Self::Own => "the crypto library could not do the key agreement",
        })
    }
}

impl core::error::Error for FieldFailed {}

impl Field {
    /// The field of a prime and a generator, the first byte first; zeros at the front count for
    /// nothing.
    ///
    /// # Errors
    /// [`FieldUnfit`].
    pub fn new(prime: &[u8], generator: &[u8]) -> Result<Self, FieldUnfit> {
        let (prime, generator) = (stripped(prime), stripped(generator));
        let bits = bits_of(prime);
        if bits < LEAST_BITS {
            return Err(FieldUnfit::PrimeShort { bits });
        }
        if bits > MOST_BITS {
            return Err(FieldUnfit::PrimeLong { bits });
        }
        if prime.last().is_none_or(|last| last % 2 == 0) {
            return Err(FieldUnfit::PrimeEven);
        }
        if !is_within(generator, prime) {
            return Err(FieldUnfit::GeneratorOutOfRange);
        }
        Ok(Self {
            standard: standard(prime),
            prime: prime.into(),
            generator: generator.into(),
        })
    }

    /// A group of RFC 7919; nothing for groups that are no finite fields.
    #[must_use]
    pub fn of_group(group: Group) -> Option<Self> {
        let (_, field) = NAMED.iter().find(|(name, _)| *name == group)?;
        Some(Self {
            prime: safe_prime::of_rfc7919(*field).ok()?.into(),
            generator: [2].into(),
            standard: Some(Standard::Rfc7919(group)),
        })
    }

    /// The group of RFC 3526 with so many bits: 2048, 3072, 4096, 6144 or 8192.
    #[must_use]
    pub fn of_rfc3526(bits: usize) -> Option<Self> {
        Some(Self {
            prime: safe_prime::of_rfc3526(bits)?.into(),
            generator: [2].into(),
            standard: Some(Standard::Rfc3526),
        })
    }

    /// Bits of the prime.
    #[must_use]
    pub fn bits(&self) -> usize {
        bits_of(&self.prime)
    }

    /// The prime, without zeros at the front.
    #[must_use]
    pub fn prime(&self) -> &[u8] {
        &self.prime
    }

    /// The generator, without zeros at the front.
    #[must_use]
    pub fn generator(&self) -> &[u8] {
        &self.generator
    }

    /// The group of RFC 7919 that this is, by prime and generator.
    #[must_use]
    pub fn group(&self) -> Option<Group> {
        match self.standard {
            Some(Standard::Rfc7919(group)) if *self.generator == [2] => Some(group),
            _ => None,
        }
    }

    /// True for a published prime that is known to be safe (RFC 7919, RFC 3526).
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.standard.is_some()
    }

    /// Whether `p` and `(p-1)/2` are prime: at once where the prime is known; else it is found out,
    /// in 0.15 s for 2048 bits and 1.1 s for 4096, beyond which the answer is no.
    #[must_use]
    pub fn find_out_whether_safe(&self) -> bool {
        self.is_known()
            || self.bits() <= MOST_BITS_TESTED
                && safe_prime::is_safe(&self.prime, ROUNDS) == Ok(true)
    }

    /// Bytes of a private exponent: twice the strength of the field or more, for which RFC 7919
    /// appendix A asks (225, 275, 325, 375 and 400 bits). In a field whose prime is safe no more is
    /// needed.
    fn exponent_len(&self) -> usize {
        match self.bits() {
            ..=2048 => 32,
            2049..=3072 => 40,
            3073..=4096 => 48,
            4097..=6144 => 56,
            _ => 64,
        }
    }

    /// Whether a public value lies between 2 and p-2 (RFC 7919 section 5.1).
    #[must_use]
    pub fn has(&self, public: &[u8]) -> bool {
        is_within(stripped(public), &self.prime)
    }
}

/// A private exponent, for one handshake. Wiped on drop; does not print.
pub struct OwnKey {
    key: DhKey,
    field: Field,
    public: Vec<u8>,
}

impl OwnKey {
    /// Draws a key: its exponent, in one draw.
    ///
    /// # Errors
    /// [`FieldFailed::Random`], [`FieldFailed::Own`].
    pub fn generate(field: &Field, random: &mut dyn Random) -> Result<Self, FieldFailed> {
        let mut exponent = Zeroizing::new([0; MOST_EXPONENT]);
        let drawn = exponent
            .get_mut(..field.exponent_len())
            .ok_or(FieldFailed::Own)?;
        random.fill(drawn).map_err(FieldFailed::Random)?;
        // Full length, so that the exponent's size tells nothing and is never zero.
        if let Some(first) = drawn.first_mut() {
            *first |= 0x80;
        }
        let made = DhKey::of_field(&field.prime, &field.generator, drawn);
        let (key, public) = made.map_err(|()| FieldFailed::Own)?;
        Ok(Self {
            key,
            field: field.clone(),
            public,
        })
    }

    /// The field.
    #[must_use]
    pub const fn field(&self) -> &Field {
        &self.field
    }

    /// The public value, as long as the prime.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The secret shared with the holder of `peer`, as long as the prime: the premaster secret of
    /// TLS 1.2 is [`SharedSecret::without_leading_zeros`] of it (RFC 5246 section 8.1.2).
    ///
    /// # Errors
    /// [`FieldFailed::PublicOutOfRange`], [`FieldFailed::Own`].
    pub fn agree(&self, peer: &[u8]) -> Result<SharedSecret, FieldFailed> {
        if !self.field.has(peer) {
            return Err(FieldFailed::PublicOutOfRange);
        }
        let peer = stripped(peer);
        let length = self.field.prime.len();
        let mut padded = vec![0; length.saturating_sub(peer.len())];
        padded.extend_from_slice(peer);
        let mut secret = SharedSecret::zeros(length);
        let agreed = self.key.agree(&padded, secret.as_mut_bytes());
        agreed.map_err(|()| FieldFailed::Own)?;
        Ok(secret)
    }
}

impl fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnKey({} bits)", self.field.bits())
    }
}

/// The published prime that this is.
fn standard(prime: &[u8]) -> Option<Standard> {
    for (group, field) in NAMED {
        if field.prime_len() == prime.len()
            && safe_prime::of_rfc7919(*field).is_ok_and(|known| known == prime)
        {
            return Some(Standard::Rfc7919(*group));
        }
    }
    safe_prime::of_rfc3526(prime.len().saturating_mul(8))
        .filter(|known| *known == prime)
        .map(|_| Standard::Rfc3526)
}

/// Whether a number lies between 2 and p-2, both without zeros at the front.
fn is_within(number: &[u8], odd_prime: &[u8]) -> bool {
    let is_small = matches!(number, [] | [1]);
    let is_below =
        number.len() < odd_prime.len() || number.len() == odd_prime.len() && number < odd_prime;
    // p is odd: p-1 is p but for its last bit.
    let is_last = match (number.split_last(), odd_prime.split_last()) {
        (Some((last, rest)), Some((of_prime, of_rest))) => rest == of_rest && *last == of_prime ^ 1,
        _ => false,
    };
    !is_small && is_below && !is_last
}

fn stripped(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Bits of a number without zeros at the front.
fn bits_of(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    (number.len().saturating_mul(8)).saturating_sub(unused as usize)
}

const NAMED: &[(Group, FiniteField)] = &[
    (Group::Ffdhe2048, FiniteField::Ffdhe2048),
    (Group::Ffdhe3072, FiniteField::Ffdhe3072),
    (Group::Ffdhe4096, FiniteField::Ffdhe4096),
    (Group::Ffdhe8192, FiniteField::Ffdhe8192),
];

/// Bytes of the longest exponent.
const MOST_EXPONENT: usize = 64;
/// Rounds of Miller and Rabin: a number that someone made to pass passes once in 2^64 times.
const ROUNDS: i32 = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;
    use crate::random::test_sources::Scripted;
    use crate::tests::hex;

    fn modp() -> Field {
        Field::of_rfc3526(2048).unwrap()
    }

    /// p with this subtracted from its last byte.
    fn less(field: &Field, by: u8) -> Vec<u8> {
        let mut number = field.prime().to_vec();
        *number.last_mut().unwrap() -= by;
        number
    }

    #[test]
    fn published_primes_are_recognised_whatever_stands_in_front() {
        for bits in [2048, 3072, 4096, 6144, 8192] {
            let field = Field::of_rfc3526(bits).unwrap();
            let padded = [&[0, 0], field.prime()].concat();
            let read = Field::new(&padded, &[0, 2]).unwrap();
            assert!(read.is_known() && read == field && read.bits() == bits);
            assert_eq!(read.group(), None);
        }
        for (group, _) in NAMED {
            let field = Field::of_group(*group).unwrap();
            let read = Field::new(field.prime(), &[2]).unwrap();
            assert_eq!(read.group(), Some(*group));
            let other = Field::new(field.prime(), &[5]).unwrap();
            assert!(other.is_known() && other.group().is_none());
        }
        assert!(Field::of_rfc3526(1536).is_none());
        assert!(Field::of_group(Group::P256).is_none());
    }

    #[test]
    fn published_primes_are_what_is_found_out_to_be_safe() {
        let prime = modp().prime.to_vec();
        assert_eq!(safe_prime::is_safe(&prime, ROUNDS), Ok(true));
        // Others of as many bits are not: some are not prime, and of some only the half is not.
        for by in [2, 4, 12] {
            let other = Field::new(&less(&modp(), by), &[2]).unwrap();
            assert!(!other.is_known() && !other.find_out_whether_safe());
        }
    }

    #[test]
    fn a_prime_whose_half_is_none_is_not_safe_nor_a_half_whose_double_is_none() {
        // 7 and 3, 11 and 5, 23 and 11, 47 and 23; then 13 and 6 are no pair, nor 31 and 15, nor
        // 15 and 7, nor 27 and 13, nor 35 and 17.
        for safe in [11, 23, 47, 59, 83, 107] {
            assert_eq!(safe_prime::is_safe(&[safe], ROUNDS), Ok(true), "{safe}");
        }
        for unsafe_one in [13, 15, 17, 19, 27, 29, 31, 35, 37, 39, 91, 95] {
            assert_eq!(
                safe_prime::is_safe(&[unsafe_one], ROUNDS),
                Ok(false),
                "{unsafe_one}"
            );
        }
    }

    #[test]
    fn numbers_out_of_range_are_no_field() {
        let prime = modp().prime.to_vec();
        let unfit = |prime: &[u8], generator: &[u8]| Field::new(prime, generator).unwrap_err();
        let out = FieldUnfit::GeneratorOutOfRange;
        for generator in [&[][..], &[0], &[1], &[0, 1], &less(&modp(), 1), &prime] {
            assert_eq!(unfit(&prime, generator), out);
        }
        assert!(Field::new(&prime, &less(&modp(), 2)).is_ok());
        assert_eq!(unfit(&less(&modp(), 1), &[2]), FieldUnfit::PrimeEven);
        let short = &prime[128..];
        assert_eq!(unfit(short, &[2]), FieldUnfit::PrimeShort { bits: 1024 });
        assert_eq!(unfit(&[], &[2]), FieldUnfit::PrimeShort { bits: 0 });
        let long = [&[1], &vec![0; 1023][..], &[1]].concat();
        assert_eq!(unfit(&long, &[2]), FieldUnfit::PrimeLong { bits: 8193 });
        let mut odd = [0x7f, 0xff].repeat(128);
        assert_eq!(unfit(&odd, &[2]), FieldUnfit::PrimeShort { bits: 2047 });
        odd[0] = 0x80;
        assert!(Field::new(&odd, &[2]).is_ok());
    }

    #[test]
    fn public_values_out_of_range_are_refused() {
        let field = modp();
        let key = OwnKey::generate(&field, &mut SystemRandom).unwrap();
        let refused =
            |public: &[u8]| key.agree(public).err() == Some(FieldFailed::PublicOutOfRange);
        let above = [&[1], field.prime()].concat();
        for public in [
            &[][..],
            &[0],
            &[1],
            &[0, 1],
            &less(&field, 1),
            field.prime(),
            &above,
        ] {
            assert!(refused(public), "{public:02x?}");
        }
        for public in [&[2][..], &[0, 2], &less(&field, 2)] {
            assert!(key.agree(public).is_ok());
        }
    }

    #[test]
    fn both_sides_share_a_secret_as_long_as_the_prime_in_every_field() {
        let rfc3526 = [2048, 3072].map(|bits| Field::of_rfc3526(bits).unwrap());
        let rfc7919 = Field::of_group(Group::Ffdhe2048).unwrap();
        let five = Field::new(rfc7919.prime(), &[5]).unwrap();
        for field in [&rfc3526[0], &rfc3526[1], &rfc7919, &five] {
            let one = OwnKey::generate(field, &mut SystemRandom).unwrap();
            let other = OwnKey::generate(field, &mut SystemRandom).unwrap();
            let secret = one.agree(other.public()).unwrap();
            assert_eq!(
                secret.as_bytes(),
                other.agree(one.public()).unwrap().as_bytes()
            );
            assert_eq!(secret.as_bytes().len() * 8, field.bits());
            assert_eq!(one.public().len() * 8, field.bits());
        }
    }

    #[test]
    fn an_exponent_has_its_full_length_and_keys_do_not_print() {
        let field = modp();
        // 2 to the 2^255: the top bit was set, the others are as drawn.
        let key = OwnKey::generate(&field, &mut Scripted(vec![0; 32])).unwrap();
        let same = OwnKey::generate(&field, &mut Scripted([&[0x80][..], &[0; 31]].concat()));
        assert_eq!(key.public(), same.unwrap().public());
        assert_eq!(format!("{key:?}"), "OwnKey(2048 bits)");
        let failed = OwnKey::generate(&field, &mut Scripted(vec![0; 31])).unwrap_err();
        assert_eq!(failed, FieldFailed::Random(RandomFailed));
    }

    #[test]
    fn the_prime_of_2048_bits_begins_and_ends_as_rfc_3526_prints_it() {
        let field = modp();
        assert_eq!(field.prime()[..16], hex("ffffffffffffffffc90fdaa22168c234"));
        assert_eq!(
            field.prime()[240..],
            hex("15728e5a8aacaa68ffffffffffffffff")
        );
    }
}
