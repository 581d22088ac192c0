//! The premaster secret under RSA (RFC 5246 section 7.4.7.1): encrypted by the client, decrypted
//! by the server without telling whether it could.
//!
//! Older texts let a server stop at once where the padding or the version inside is wrong. That is
//! an oracle: Bleichenbacher's attack of 1998 and its returns (ROBOT, Marvin) decrypt and sign with
//! it. So there is one way through here whatever was received: the bare RSA operation, then a choice
//! without a branch between what was sent and random bytes. The handshake ends at Finished.

use crate::legacy::masks::{byte, same};
use crate::legacy::taint::secret;
use crate::secret::SecretArray;
use crate::signature::{KeyKind, PrivateKey, PublicKey};
use zeroize::Zeroizing;

/// Bytes of a premaster secret: the client's version and 46 random ones.
pub const PREMASTER_LEN: usize = 48;

/// A premaster secret. Wiped on drop.
pub type Premaster = SecretArray<PREMASTER_LEN>;

/// The key is not RSA, or the library failed. Nothing that was received brings this about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportFailed;

impl core::fmt::Display for TransportFailed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the key is not RSA, or the crypto library failed")
    }
}

impl core::error::Error for TransportFailed {}

/// Encrypts a premaster secret for the holder of `key`.
///
/// # Errors
/// [`TransportFailed`] where the key is not RSA.
pub fn encrypt(key: &PublicKey, premaster: &Premaster) -> Result<Vec<u8>, TransportFailed> {
    let rsa = key.as_rsa().ok_or(TransportFailed)?;
    rsa.encrypt(premaster.as_bytes())
        .map_err(|()| TransportFailed)
}

/// Encrypts bytes as they are, as a peer that lies would: as many as the modulus has, below it. An
/// honest program has no use for it.
///
/// # Errors
/// [`TransportFailed`] where the key is not RSA, or they are not such bytes.
pub fn danger_encrypt_padded(key: &PublicKey, padded: &[u8]) -> Result<Vec<u8>, TransportFailed> {
    let rsa = key.as_rsa().ok_or(TransportFailed)?;
    rsa.encrypt_bare(padded).map_err(|()| TransportFailed)
}

/// The bare RSA operation: as many bytes as the modulus has, padding and all, not looked at. Zeros,
/// which are no padding, where anyone can see that it must fail: the key is not RSA, or what was
/// received is too long or not below the modulus.
#[must_use]
pub fn raw_decrypt(key: &PrivateKey, encrypted: &[u8]) -> Zeroizing<Vec<u8>> {
    let pkey = key.library_key();
    let is_rsa = matches!(key.kind(), KeyKind::Rsa { .. });
    let size = pkey.rsa_size().filter(|_| is_rsa);
    let mut padded = Zeroizing::new(vec![0; size.unwrap_or(PREMASTER_LEN)]);
    if is_rsa {
        let _ = pkey.rsa_raw(encrypted, &mut padded);
    }
    secret(&padded);
    padded
}

/// Takes the premaster secret from what [`raw_decrypt`] gave. `premaster` holds 48 random bytes:
/// where all is not right, `0 2`, bytes that are not zero, `0` (RFC 8017 section 7.2.2), and behind
/// them 48 of which the first two are the `version` that the client offered, they stay as they are,
/// and nobody can tell.
pub fn choose(padded: &[u8], version: [u8; 2], premaster: &mut Premaster) {
    // How long the modulus is, anyone knows.
    let Some((padding, sent)) = padded
        .len()
        .checked_sub(PREMASTER_LEN)
        .filter(|before| *before >= 11)
        .and_then(|before| padded.split_at_checked(before))
    else {
        return;
    };
    let before = padding.len();
    let mut right = u32::MAX;
    for (at, value) in padding.iter().enumerate() {
        let value = u32::from(*value);
        right &= match at {
            0 => same(value, 0),
            1 => same(value, 2),
            _ if at + 1 == before => same(value, 0),
            _ => !same(value, 0),
        };
    }
    for (value, wanted) in sent.iter().zip(version) {
        right &= same(u32::from(*value), u32::from(wanted));
    }
    let mask = byte(right);
    for (place, value) in premaster.as_mut_bytes().iter_mut().zip(sent) {
        *place = (mask & *value) | (!mask & *place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::identifier::spki_parts;

    const VERSION: [u8; 2] = [3, 3];
    const RANDOM: [u8; PREMASTER_LEN] = [0x55; PREMASTER_LEN];

    fn of(bytes: [u8; PREMASTER_LEN]) -> Premaster {
        let mut premaster = Premaster::zeros();
        premaster.as_mut_bytes().copy_from_slice(&bytes);
        premaster
    }

    fn public(key: &PrivateKey) -> PublicKey {
        let (identifier, bits) = spki_parts(key.public_spki()).unwrap();
        PublicKey::new(identifier, bits).unwrap()
    }

    fn sent() -> [u8; PREMASTER_LEN] {
        let mut sent = core::array::from_fn(|at| at as u8);
        [sent[0], sent[1]] = VERSION;
        sent
    }

    #[test]
    fn what_one_side_encrypts_the_other_decrypts() {
        let key = PrivateKey::generate(KeyKind::Rsa { bits: 2048 }).unwrap();
        let public = public(&key);
        let encrypted = encrypt(&public, &of(sent())).unwrap();
        assert_ne!(encrypted, encrypt(&public, &of(sent())).unwrap());
        let opened = |encrypted: &[u8], version| {
            let mut premaster = of(RANDOM);
            choose(&raw_decrypt(&key, encrypted), version, &mut premaster);
            *premaster.as_bytes()
        };
        assert_eq!(opened(&encrypted, VERSION), sent());
        assert_eq!(opened(&encrypted, [3, 2]), RANDOM, "another version");
        for at in [0, 100, 255] {
            let mut changed = encrypted.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&changed, VERSION), RANDOM, "{at}");
        }
        for wrong in [&encrypted[1..], &[], &[0xff; 256], &[0; 257]] {
            assert_eq!(opened(wrong, VERSION), RANDOM, "{} bytes", wrong.len());
        }
        let ec = PrivateKey::generate(KeyKind::EcP256).unwrap();
        assert!(raw_decrypt(&ec, &encrypted).iter().all(|byte| *byte == 0));
        let (identifier, bits) = spki_parts(ec.public_spki()).unwrap();
        let public = PublicKey::new(identifier, bits).unwrap();
        assert_eq!(encrypt(&public, &of(sent())), Err(TransportFailed));
    }

    #[test]
    fn every_byte_of_the_padding_counts() {
        let padded = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut padded = [&[0, 2][..], &[7; 205], &[0], &sent()].concat();
            change(&mut padded);
            let mut premaster = of(RANDOM);
            choose(&padded, VERSION, &mut premaster);
            *premaster.as_bytes()
        };
        assert_eq!(padded(&|_| ()), sent());
        assert_eq!(padded(&|all| all[0] = 1), RANDOM);
        assert_eq!(padded(&|all| all[1] = 1), RANDOM);
        assert_eq!(padded(&|all| all[207] = 1), RANDOM, "no end");
        assert_eq!(padded(&|all| all[208] = 2), RANDOM, "another version");
        for at in 2..207 {
            assert_eq!(
                padded(&|all| all[at] = 0),
                RANDOM,
                "a message longer than 48"
            );
        }
        let mut premaster = of(RANDOM);
        choose(&[0; 58], VERSION, &mut premaster);
        assert_eq!(premaster.as_bytes(), &RANDOM, "too short for any key");
    }
}
