//! The floor: raw operations of aws-lc-rs and nothing else. What the protocol
//! adds to it is the protocol's price.

use crate::material::Material;
use crate::task::{Group, Keys, Measured, Operation, Scenario, Suite, Task, Version, Way};
use crate::{Result, clock};
use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use aws_lc_rs::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use aws_lc_rs::kem::{DecapsulationKey, EncapsulationKey, ML_KEM_768};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use std::hint::black_box;

/// Does `task` with nothing but primitives.
pub(crate) fn measure(material: &Material, task: Task) -> Result<Measured> {
    match task {
        // Who comes back in TLS 1.2 needs no asymmetric operation.
        Task::Handshake { scenario, .. }
            if scenario.back.is_some() && scenario.version == Version::Tls12 =>
        {
            Ok(Measured::Unsupported)
        }
        Task::Handshake { scenario, count } => {
            let tools = Tools::new(material, scenario.keys)?;
            Ok(Measured::Handshake {
                client: each(count, || tools.client(scenario))?,
                server: each(count, || tools.server(scenario))?,
            })
        }
        Task::Primitive { operation, count } => primitive(material, operation, count),
        Task::Bulk {
            suite,
            way,
            size,
            count,
        } => bulk(suite, way, size, count),
        Task::Heap { .. } | Task::Resident { .. } | Task::Sessions { .. } => {
            Ok(Measured::Unsupported)
        }
    }
}

fn each(count: u32, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    let start = clock::cpu_ns();
    for _ in 0..count {
        work()?;
    }
    Ok((clock::cpu_ns() - start) as f64 / f64::from(count))
}

/// The message of a CertificateVerify has about this length.
const MESSAGE: [u8; 130] = [7; 130];

/// The signed part of a certificate has about this length.
const TO_BE_SIGNED: [u8; 400] = [8; 400];

enum Signer {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Signer {
    /// A CertificateVerify's signature.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::P256(key) => Ok(key.sign(&random, message)?.as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PSS_SHA256, &random, message, &mut signature)?;
                Ok(signature)
            }
        }
    }

    /// A certificate's signature.
    fn issue(&self, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::P256(_) => self.sign(message),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )?;
                Ok(signature)
            }
        }
    }
}

struct Tools {
    signer: Signer,
    public: Vec<u8>,
    signature: Vec<u8>,
    issued: Vec<u8>,
    peer_share: Vec<u8>,
    kem: DecapsulationKey,
    kem_public: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Tools {
    fn new(material: &Material, keys: Keys) -> Result<Self> {
        let key = &material.chains(keys)?.server.key;
        let (signer, public) = match keys {
            Keys::P256 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key)?;
                let public = key.public_key().as_ref().to_vec();
                (Signer::P256(key), public)
            }
            Keys::Rsa2048 => {
                let key = RsaKeyPair::from_pkcs8(key)?;
                let public = key.public_key().as_ref().to_vec();
                (Signer::Rsa(key), public)
            }
        };
        let share = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())?;
        let kem = DecapsulationKey::generate(&ML_KEM_768)?;
        let kem_public = kem.encapsulation_key()?.key_bytes()?.as_ref().to_vec();
        let (ciphertext, _) = kem.encapsulation_key()?.encapsulate()?;
        Ok(Self {
            signature: signer.sign(&MESSAGE)?,
            issued: signer.issue(&TO_BE_SIGNED)?,
            signer,
            public,
            peer_share: share.compute_public_key()?.as_ref().to_vec(),
            kem,
            kem_public,
            ciphertext: ciphertext.as_ref().to_vec(),
        })
    }

    /// Key exchange, three signatures checked (two certificates, one
    /// CertificateVerify), one made when the client has a certificate too.
    /// Who comes back needs the key exchange alone.
    fn client(&self, scenario: Scenario) -> Result<()> {
        let share = generate()?;
        let kem = match scenario.group {
            Group::X25519 => None,
            Group::Hybrid => Some(kem_key()?),
        };
        self.agree(share)?;
        if kem.is_some() {
            self.decapsulate()?;
        }
        if scenario.back.is_some() {
            return Ok(());
        }
        self.verify_chain(scenario.known)?;
        if scenario.mutual { self.sign() } else { Ok(()) }
    }

    fn server(&self, scenario: Scenario) -> Result<()> {
        self.agree(generate()?)?;
        if scenario.group == Group::Hybrid {
            self.encapsulate()?;
        }
        if scenario.back.is_some() {
            return Ok(());
        }
        self.sign()?;
        if scenario.mutual {
            self.verify_chain(scenario.known)
        } else {
            Ok(())
        }
    }

    /// The certificates' signatures, unless they are known, and CertificateVerify's.
    fn verify_chain(&self, known: bool) -> Result<()> {
        for _ in 0..if known { 0 } else { 2 } {
            self.verify(true)?;
        }
        self.verify(false)
    }

    fn verify(&self, certificate: bool) -> Result<()> {
        let (message, signature) = if certificate {
            (TO_BE_SIGNED.as_slice(), &self.issued)
        } else {
            (MESSAGE.as_slice(), &self.signature)
        };
        let algorithm: &dyn aws_lc_rs::signature::VerificationAlgorithm = match self.signer {
            Signer::P256(_) => &ECDSA_P256_SHA256_ASN1,
            Signer::Rsa(_) if certificate => &RSA_PKCS1_2048_8192_SHA256,
            Signer::Rsa(_) => &RSA_PSS_2048_8192_SHA256,
        };
        Ok(algorithm.verify_sig(&self.public, message, signature)?)
    }

    fn sign(&self) -> Result<()> {
        black_box(self.signer.sign(&MESSAGE)?);
        Ok(())
    }

    fn agree(&self, share: EphemeralPrivateKey) -> Result<()> {
        let peer = UnparsedPublicKey::new(&X25519, &self.peer_share);
        agree_ephemeral(share, peer, aws_lc_rs::error::Unspecified, |secret| {
            black_box(secret);
            Ok(())
        })?;
        Ok(())
    }

    fn encapsulate(&self) -> Result<()> {
        let key = EncapsulationKey::new(&ML_KEM_768, &self.kem_public)?;
        black_box(key.encapsulate()?);
        Ok(())
    }

    fn decapsulate(&self) -> Result<()> {
        black_box(self.kem.decapsulate(self.ciphertext.as_slice().into())?);
        Ok(())
    }
}

fn generate() -> Result<EphemeralPrivateKey> {
    let key = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())?;
    black_box(key.compute_public_key()?);
    Ok(key)
}

fn kem_key() -> Result<DecapsulationKey> {
    let key = DecapsulationKey::generate(&ML_KEM_768)?;
    black_box(key.encapsulation_key()?.key_bytes()?);
    Ok(key)
}

fn primitive(material: &Material, operation: Operation, count: u32) -> Result<Measured> {
    let keys = match operation {
        Operation::RsaSignature | Operation::RsaVerification => Keys::Rsa2048,
        _ => Keys::P256,
    };
    let tools = Tools::new(material, keys)?;
    let ns = match operation {
        Operation::X25519KeyGeneration => each(count, || generate().map(drop))?,
        Operation::X25519Agreement => {
            let mut shares = Vec::new();
            for _ in 0..=count {
                shares.push(generate()?);
            }
            each(count, || tools.agree(shares.pop().ok_or("no share left")?))?
        }
        Operation::P256Signature | Operation::RsaSignature => each(count, || tools.sign())?,
        Operation::P256Verification | Operation::RsaVerification => {
            each(count, || tools.verify(false))?
        }
        Operation::MlKemKeyGeneration => each(count, || kem_key().map(drop))?,
        Operation::MlKemEncapsulation => each(count, || tools.encapsulate())?,
        Operation::MlKemDecapsulation => each(count, || tools.decapsulate())?,
    };
    Ok(Measured::Each(ns))
}

const HEADER: usize = 5;
const TAG: usize = 16;

/// Sealing is told as the cheaper of two ways: content and type byte apart,
/// straight to another place; or both together where they lie.
fn bulk(suite: Suite, way: Way, size: usize, count: u32) -> Result<Measured> {
    let key = match suite {
        Suite::Aes128 => UnboundKey::new(&AES_128_GCM, &[9; 16])?,
        Suite::Aes256 => UnboundKey::new(&AES_256_GCM, &[9; 32])?,
        Suite::ChaCha20 => UnboundKey::new(&CHACHA20_POLY1305, &[9; 32])?,
    };
    let key = LessSafeKey::new(key);
    let data = vec![0x5a; size];
    let mut sealed = vec![0; size];
    let mut tail = [0; 1 + TAG];
    let mut number = 0_u64;
    let mut seal = |sealed: &mut [u8], tail: &mut [u8]| -> Result<()> {
        number += 1;
        let aad = Aad::from([0; HEADER]);
        let data = black_box(&data);
        key.seal_out_of_place_scatter(nonce(number), aad, data, sealed, &[23], tail)?;
        Ok(())
    };
    if way == Way::Send {
        let apart = each(count, || seal(&mut sealed, &mut tail))?;
        let mut record = [data.as_slice(), &[23]].concat();
        let mut tag = [0; TAG];
        let mut number = 0;
        let in_place = each(count, || {
            number += 1;
            let aad = Aad::from([0; HEADER]);
            let record = black_box(&mut record);
            key.seal_in_place_scatter(nonce(number), aad, record, &[], &mut tag)?;
            Ok(())
        })?;
        return Ok(Measured::Each(apart.min(in_place)));
    }
    // Records of one length lie ready, and are opened where they lie, or
    // copied first.
    let record = size + 1 + TAG;
    let ready = (192 * 1024 / record).clamp(1, 1000);
    let batches = usize::try_from(count)?.div_ceil(ready);
    let mut wire = vec![0; record * ready];
    let mut copy = vec![0; record];
    let mut ns = 0;
    let mut opened = 0;
    for batch in 0..=batches {
        for record in wire.chunks_exact_mut(record) {
            let (body, tail) = record.split_at_mut(size);
            seal(body, tail)?;
        }
        let start = clock::cpu_ns();
        for record in wire.chunks_exact_mut(record) {
            opened += 1;
            let body = if way == Way::Receive {
                copy.copy_from_slice(record);
                black_box(&mut copy[..])
            } else {
                record
            };
            key.open_in_place(nonce(opened), Aad::from([0; HEADER]), body)?;
        }
        if batch > 0 {
            ns += clock::cpu_ns() - start;
        }
    }
    Ok(Measured::Each(ns as f64 / (batches * ready) as f64))
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}
