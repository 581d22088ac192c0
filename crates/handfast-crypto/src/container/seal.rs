//! Encrypted keys written: PBES2 (RFC 8018 s6.2) with PBKDF2-HMAC-SHA-256 and AES-256-CBC, and
//! PKCS#12 (RFC 7292) around it, as OpenSSL 3 writes them.
//!
//! ```text
//! PFX = { 3, AuthenticatedSafe, MAC of it }     AuthenticatedSafe = [ certificates, key ]
//! certificates = EncryptedData { PBES2 { CertBag… } }     key = PKCS8ShroudedKeyBag { PBES2 }
//! ```

use crate::container::ContainerFault;
use crate::hash::{HashAlgorithm, digest};
use crate::hkdf::hmac;
use crate::random::Random;
use crate::signature::PrivateKey;
use crate::signature::identifier::element;
use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA256, derive};
use core::num::NonZeroU32;
use zeroize::Zeroizing;

/// The key as an EncryptedPrivateKeyInfo in DER (RFC 5958 s3).
///
/// # Errors
/// [`ContainerFault::Unsupported`] if the library cannot write the key, or randomness fails.
pub fn encrypt_pkcs8(
    key: &PrivateKey,
    password: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, ContainerFault> {
    let plain = key.to_pkcs8_der()?;
    let sealed = Sealed::new(&plain, password, PKCS8_ITERATIONS, random)?;
    let octets = element(OCTET_STRING, &[&sealed.contents]);
    Ok(element(SEQUENCE, &[&sealed.algorithm, &octets]))
}

/// A PKCS#12 file in DER: the certificates, the key's own first, and the key, each with `name` as
/// friendly name if there is one. The password is text in UTF-8; it may be empty.
///
/// # Errors
/// [`ContainerFault::Unsupported`] if the library cannot write the key, or randomness fails;
/// [`ContainerFault::Malformed`] for a password that is not UTF-8.
pub fn seal_pkcs12(
    key: Option<&PrivateKey>,
    certificates: &[&[u8]],
    name: Option<&str>,
    password: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, ContainerFault> {
    // RFC 7292 s4.2: what joins a key and its certificate; by custom the certificate's SHA-1.
    let own = certificates.first().filter(|_| key.is_some());
    let id = own.map(|own| digest(HashAlgorithm::Sha1, &[own]));
    let attributes = attributes(name, id.as_ref().map(AsRef::as_ref));
    let mut contents = Vec::new();
    if !certificates.is_empty() {
        let bags = certificates.iter().enumerate().map(|(index, der)| {
            let of_first: &[u8] = if index == 0 { &attributes } else { &[] };
            certificate_bag(der, of_first)
        });
        let safe = element(SEQUENCE, &[&bags.collect::<Vec<_>>().concat()]);
        contents.extend(encrypted_data(&safe, password, random)?);
    }
    if let Some(key) = key {
        let plain = key.to_pkcs8_der()?;
        let sealed = Sealed::new(&plain, password, PKCS12_ITERATIONS, random)?;
        let octets = element(OCTET_STRING, &[&sealed.contents]);
        let shrouded = element(SEQUENCE, &[&sealed.algorithm, &octets]);
        let value = element(EXPLICIT_0, &[&shrouded]);
        let bag = element(SEQUENCE, &[SHROUDED_KEY_BAG, &value, &attributes]);
        contents.extend(data(&element(SEQUENCE, &[&bag])));
    }
    let safe = element(SEQUENCE, &[&contents]);
    let mac = mac_data(&safe, password, random)?;
    Ok(element(SEQUENCE, &[VERSION_3, &data(&safe), &mac]))
}

/// Something encrypted under a password, and how.
struct Sealed {
    /// The AlgorithmIdentifier.
    algorithm: Vec<u8>,
    contents: Vec<u8>,
}

impl Sealed {
    fn new(
        plain: &[u8],
        password: &[u8],
        iterations: NonZeroU32,
        random: &mut dyn Random,
    ) -> Result<Self, ContainerFault> {
        let mut drawn = [0; 2 * SALT_LEN];
        random
            .fill(&mut drawn)
            .map_err(|_| ContainerFault::Unsupported)?;
        let (salt, iv) = drawn.split_at(SALT_LEN);
        let mut key = Zeroizing::new([0; 32]);
        derive(PBKDF2_HMAC_SHA256, iterations, salt, password, &mut *key);
        // Room for the padding, so that the plaintext is not left behind elsewhere.
        let mut contents = Zeroizing::new(Vec::with_capacity(plain.len() + SALT_LEN));
        contents.extend_from_slice(plain);
        let context = FixedLength::<SALT_LEN>::try_from(iv).map(EncryptionContext::Iv128);
        let encrypted = UnboundCipherKey::new(&AES_256, &*key)
            .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
            .and_then(|key| key.less_safe_encrypt(&mut *contents, context?));
        encrypted.map_err(|_| ContainerFault::Unsupported)?;
        Ok(Self {
            algorithm: pbes2(salt, iterations, iv),
            contents: core::mem::take(&mut *contents),
        })
    }
}

/// RFC 8018 appendix A.4: PBES2-params.
fn pbes2(salt: &[u8], iterations: NonZeroU32, iv: &[u8]) -> Vec<u8> {
    let salt = element(OCTET_STRING, &[salt]);
    let count = integer(iterations.get());
    let derivation = element(SEQUENCE, &[&salt, &count, HMAC_WITH_SHA256]);
    let derivation = element(SEQUENCE, &[PBKDF2, &derivation]);
    let cipher = element(SEQUENCE, &[AES_256_CBC, &element(OCTET_STRING, &[iv])]);
    let parameters = element(SEQUENCE, &[&derivation, &cipher]);
    element(SEQUENCE, &[PBES2, &parameters])
}

/// RFC 7292 s4.2.3: CertBag in a SafeBag.
fn certificate_bag(der: &[u8], attributes: &[u8]) -> Vec<u8> {
    let octets = element(EXPLICIT_0, &[&element(OCTET_STRING, &[der])]);
    let certificate = element(SEQUENCE, &[X509_CERTIFICATE, &octets]);
    let value = element(EXPLICIT_0, &[&certificate]);
    element(SEQUENCE, &[CERT_BAG, &value, attributes])
}

/// RFC 7292 s4.2: the attributes of a SafeBag; nothing if there are none.
fn attributes(name: Option<&str>, id: Option<&[u8]>) -> Vec<u8> {
    let attribute =
        |oid: &[u8], value: Vec<u8>| element(SEQUENCE, &[oid, &element(SET, &[&value])]);
    let name = name.map(|name| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        attribute(FRIENDLY_NAME, element(BMP_STRING, &[&wide]))
    });
    let id = id.map(|id| attribute(LOCAL_KEY_ID, element(OCTET_STRING, &[id])));
    let mut all: Vec<_> = name.into_iter().chain(id).collect();
    if all.is_empty() {
        return Vec::new();
    }
    // X.690 s11.6: a SET OF is sorted.
    all.sort();
    element(SET, &[&all.concat()])
}

/// A ContentInfo of data (RFC 5652 s4).
fn data(contents: &[u8]) -> Vec<u8> {
    let octets = element(EXPLICIT_0, &[&element(OCTET_STRING, &[contents])]);
    element(SEQUENCE, &[DATA, &octets])
}

/// A ContentInfo of encrypted data (RFC 5652 s8).
fn encrypted_data(
    contents: &[u8],
    password: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, ContainerFault> {
    let sealed = Sealed::new(contents, password, PKCS12_ITERATIONS, random)?;
    let octets = element(IMPLICIT_0, &[&sealed.contents]);
    let info = element(SEQUENCE, &[DATA, &sealed.algorithm, &octets]);
    let encrypted = element(SEQUENCE, &[VERSION_0, &info]);
    let value = element(EXPLICIT_0, &[&encrypted]);
    Ok(element(SEQUENCE, &[ENCRYPTED_DATA, &value]))
}

/// RFC 7292 s4: MacData, an HMAC of the AuthenticatedSafe.
fn mac_data(
    safe: &[u8],
    password: &[u8],
    random: &mut dyn Random,
) -> Result<Vec<u8>, ContainerFault> {
    let mut salt = [0; SALT_LEN];
    random
        .fill(&mut salt)
        .map_err(|_| ContainerFault::Unsupported)?;
    let key = mac_key(password, &salt)?;
    let mac = hmac(HashAlgorithm::Sha256, &*key, &[safe]);
    let value = element(OCTET_STRING, &[mac.as_bytes()]);
    let info = element(SEQUENCE, &[SHA256, &value]);
    let salt = element(OCTET_STRING, &[&salt]);
    let count = integer(PKCS12_ITERATIONS.get());
    Ok(element(SEQUENCE, &[&info, &salt, &count]))
}

/// RFC 7292 appendix B.2 for a MAC with SHA-256: one block is all that is needed.
fn mac_key(password: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, ContainerFault> {
    const BLOCK: usize = 64;
    const MAC: u8 = 3;
    let text = core::str::from_utf8(password).map_err(|_| ContainerFault::Malformed)?;
    let units = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes);
    let wide = Zeroizing::new(units.collect::<Vec<u8>>());
    let filled = |part: &[u8]| {
        let len = part.len().div_ceil(BLOCK) * BLOCK;
        Zeroizing::new(part.iter().copied().cycle().take(len).collect::<Vec<u8>>())
    };
    let mut value = digest(
        HashAlgorithm::Sha256,
        &[&[MAC; BLOCK], &filled(salt), &filled(&wide)],
    );
    for _ in 1..PKCS12_ITERATIONS.get() {
        value = digest(HashAlgorithm::Sha256, &[value.as_bytes()]);
    }
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(value.as_bytes());
    value.wipe();
    Ok(key)
}

/// A positive INTEGER in fewest bytes.
fn integer(value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
    let significant = bytes.get(start..).unwrap_or_default();
    let sign: &[u8] = if significant.first().is_some_and(|byte| byte & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    element(INTEGER, &[sign, significant])
}

const SALT_LEN: usize = 16;
/// What OWASP's Password Storage Cheat Sheet of 2023 asks of PBKDF2-HMAC-SHA-256.
const PKCS8_ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).expect("not zero");
/// A PKCS#12 file is derived from thrice; Windows opens none of more than 600,000 in all.
const PKCS12_ITERATIONS: NonZeroU32 = NonZeroU32::new(150_000).expect("not zero");

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const BMP_STRING: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const IMPLICIT_0: u8 = 0x80;
const EXPLICIT_0: u8 = 0xa0;
const VERSION_0: &[u8] = &[0x02, 0x01, 0x00];
const VERSION_3: &[u8] = &[0x02, 0x01, 0x03];

/// 1.2.840.113549.1.5.13
const PBES2: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
/// 1.2.840.113549.1.5.12
const PBKDF2: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
/// AlgorithmIdentifier of 1.2.840.113549.2.9, with NULL
const HMAC_WITH_SHA256: &[u8] = b"\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09\x05\x00";
/// AlgorithmIdentifier of 2.16.840.1.101.3.4.2.1, with NULL
const SHA256: &[u8] = b"\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00";
/// 2.16.840.1.101.3.4.1.42
const AES_256_CBC: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
/// 1.2.840.113549.1.7.1
const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
/// 1.2.840.113549.1.7.6
const ENCRYPTED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
/// 1.2.840.113549.1.12.10.1.2
const SHROUDED_KEY_BAG: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
/// 1.2.840.113549.1.12.10.1.3
const CERT_BAG: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
/// 1.2.840.113549.1.9.22.1
const X509_CERTIFICATE: &[u8] = b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
/// 1.2.840.113549.1.9.20
const FRIENDLY_NAME: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
/// 1.2.840.113549.1.9.21
const LOCAL_KEY_ID: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15";
