//! The floor: raw operations of aws-lc-rs and nothing else. What the protocol
//! adds to it is the protocol's price.

mod replay;

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use aws_lc_rs::agreement::{
    Algorithm, ECDH_P384, EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral,
};
use aws_lc_rs::kem::{DecapsulationKey, EncapsulationKey, ML_KEM_768};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair, VerificationAlgorithm,
};
use handfast_bench_work::material::Material;
use handfast_bench_work::task::{
    Group, Keys, Known, Measured, Operation, Scenario, Suite, Task, Version, Way,
};
use handfast_bench_work::{Result, clock};
use replay::Replay;
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
            let tools = Tools::new(material, scenario.keys, scenario.group)?;
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
        Task::Replay {
            client,
            server,
            count,
        } => Ok(Measured::Handshake {
            client: Replay::new(&client)?.each(count)?,
            server: Replay::new(&server)?.each(count)?,
        }),
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
    Ec(EcdsaKeyPair, &'static dyn VerificationAlgorithm),
    Rsa(RsaKeyPair),
}

impl Signer {
    /// A CertificateVerify's signature.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Ec(key, _) => Ok(key.sign(&random, message)?.as_ref().to_vec()),
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
            Self::Ec(..) => self.sign(message),
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
    group: &'static Algorithm,
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
    fn new(material: &Material, keys: Keys, group: Group) -> Result<Self> {
        let group = match group {
            Group::X25519 | Group::Hybrid => &X25519,
            Group::P384 => &ECDH_P384,
        };
        let key = &material.chains(keys)?.server.key;
        let (signer, public) = match keys {
            Keys::P256 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key)?;
                let public = key.public_key().as_ref().to_vec();
                (Signer::Ec(key, &ECDSA_P256_SHA256_ASN1), public)
            }
            Keys::P384 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, key)?;
                let public = key.public_key().as_ref().to_vec();
                (Signer::Ec(key, &ECDSA_P384_SHA384_ASN1), public)
            }
            Keys::Rsa2048 => {
                let key = RsaKeyPair::from_pkcs8(key)?;
                let public = key.public_key().as_ref().to_vec();
                (Signer::Rsa(key), public)
            }
        };
        let share = EphemeralPrivateKey::generate(group, &SystemRandom::new())?;
        let kem = DecapsulationKey::generate(&ML_KEM_768)?;
        let kem_public = kem.encapsulation_key()?.key_bytes()?.as_ref().to_vec();
        let (ciphertext, _) = kem.encapsulation_key()?.encapsulate()?;
        Ok(Self {
            group,
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
        let share = self.generate()?;
        let kem = match scenario.group {
            Group::X25519 | Group::P384 => None,
            Group::Hybrid => Some(kem_key()?),
        };
        self.agree(share)?;
        if kem.is_some() {
            self.decapsulate()?;
        }
        if scenario.back.is_some() {
            return Ok(());
        }
        self.verify_chain(match scenario.known {
            Known::Nothing | Known::ClientsIssuer => 2,
            Known::Chain => 0,
        })?;
        if scenario.mutual { self.sign() } else { Ok(()) }
    }

    fn server(&self, scenario: Scenario) -> Result<()> {
        self.agree(self.generate()?)?;
        if scenario.group == Group::Hybrid {
            self.encapsulate()?;
        }
        if scenario.back.is_some() {
            return Ok(());
        }
        self.sign()?;
        if scenario.mutual {
            self.verify_chain(match scenario.known {
                Known::Nothing => 2,
                Known::ClientsIssuer => 1,
                Known::Chain => 0,
            })
        } else {
            Ok(())
        }
    }

    fn generate(&self) -> Result<EphemeralPrivateKey> {
        let key = EphemeralPrivateKey::generate(self.group, &SystemRandom::new())?;
        black_box(key.compute_public_key()?);
        Ok(key)
    }

    /// The certificates' signatures that are not known, and CertificateVerify's.
    fn verify_chain(&self, unknown: usize) -> Result<()> {
        for _ in 0..unknown {
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
        let algorithm: &dyn VerificationAlgorithm = match self.signer {
            Signer::Ec(_, algorithm) => algorithm,
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
        let peer = UnparsedPublicKey::new(self.group, &self.peer_share);
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

fn kem_key() -> Result<DecapsulationKey> {
    let key = DecapsulationKey::generate(&ML_KEM_768)?;
    black_box(key.encapsulation_key()?.key_bytes()?);
    Ok(key)
}

fn primitive(material: &Material, operation: Operation, count: u32) -> Result<Measured> {
    let (keys, group) = match operation {
        Operation::RsaSignature | Operation::RsaVerification => (Keys::Rsa2048, Group::X25519),
        Operation::P384KeyGeneration
        | Operation::P384Agreement
        | Operation::P384Signature
        | Operation::P384Verification => (Keys::P384, Group::P384),
        _ => (Keys::P256, Group::X25519),
    };
    let tools = Tools::new(material, keys, group)?;
    let ns = match operation {
        Operation::X25519KeyGeneration | Operation::P384KeyGeneration => {
            each(count, || tools.generate().map(drop))?
        }
        Operation::X25519Agreement | Operation::P384Agreement => {
            let mut shares = Vec::new();
            for _ in 0..=count {
                shares.push(tools.generate()?);
            }
            each(count, || tools.agree(shares.pop().ok_or("no share left")?))?
        }
        Operation::P256Signature | Operation::P384Signature | Operation::RsaSignature => {
            each(count, || tools.sign())?
        }
        Operation::P256Verification | Operation::P384Verification | Operation::RsaVerification => {
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
    let key = key(suite)?;
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
    if matches!(way, Way::Send | Way::SendBatch) {
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

fn key(suite: Suite) -> Result<LessSafeKey> {
    Ok(LessSafeKey::new(match suite {
        Suite::Aes128 => UnboundKey::new(&AES_128_GCM, &[9; 16])?,
        Suite::Aes256 => UnboundKey::new(&AES_256_GCM, &[9; 32])?,
        Suite::ChaCha20 => UnboundKey::new(&CHACHA20_POLY1305, &[9; 32])?,
    }))
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}
