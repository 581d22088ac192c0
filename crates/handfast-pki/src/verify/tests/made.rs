//! Certificates made while a test runs, sound or broken in one way.

use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};

pub(crate) const ECDSA_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const VALIDITY: &[u8] = b"\x30\x22\x18\x0f20000101000000Z\x18\x0f99990101000000Z";

/// One DER element.
pub(crate) fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut bytes = vec![tag];
    match contents.len() {
        length @ 0..=0x7f => bytes.push(u8::try_from(length).unwrap()),
        length => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            if length < 0x100 {
                bytes.splice(1..3, [0x81]);
            }
        }
    }
    bytes.extend(contents);
    bytes
}

pub(crate) fn key() -> PrivateKey {
    PrivateKey::generate(KeyKind::EcP256).expect("a key")
}

/// A name of one common name; none for the empty text.
pub(crate) fn name(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return element(0x30, &[]);
    }
    let value = element(0x0c, &[text.as_bytes()]);
    let attribute = element(0x30, &[&[6, 3, 0x55, 4, 3], &value]);
    element(0x30, &[&element(0x31, &[&attribute])])
}

/// An extension below 2.5.29.
pub(crate) fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    element(
        0x30,
        &[&[6, 3, 0x55, 0x1d, arc], flag, &element(4, &[value])],
    )
}

pub(crate) fn authority(path_length: Option<u8>) -> Vec<u8> {
    let length = path_length.map(|length| vec![2, 1, length]);
    let value = element(0x30, &[&[1, 1, 0xff], &length.unwrap_or_default()]);
    extension(19, true, &value)
}

pub(crate) fn dns_names(names: &[&str]) -> Vec<u8> {
    let names: Vec<_> = names
        .iter()
        .map(|name| element(0x82, &[name.as_bytes()]))
        .collect();
    extension(17, false, &element(0x30, &[&names.concat()]))
}

/// nameConstraints with one DNS base; `list` is 0 for permitted, 1 for excluded.
pub(crate) fn dns_constraint(list: u8, base: &str) -> Vec<u8> {
    let subtree = element(0x30, &[&element(0x82, &[base.as_bytes()])]);
    let value = element(0x30, &[&element(0xa0 | list, &[&subtree])]);
    extension(30, true, &value)
}

/// What a certificate says; tests change one thing.
pub(crate) struct Made<'a> {
    /// 1 or 3; version 1 has no extensions.
    pub(crate) version: u8,
    pub(crate) subject: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) spki: &'a [u8],
    /// The AlgorithmIdentifier that the certificate shows.
    pub(crate) algorithm: &'a [u8],
    /// The algorithm that signs.
    pub(crate) signs: SignatureAlgorithm,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'a> Made<'a> {
    pub(crate) fn new(subject: &'a str, issuer: &'a str, key: &'a PrivateKey) -> Self {
        Self {
            version: 3,
            subject,
            issuer,
            spki: key.public_spki(),
            algorithm: ECDSA_SHA256,
            signs: SignatureAlgorithm::EcdsaSha256,
            extensions: vec![dns_names(&["example.test"])],
        }
    }

    pub(crate) fn with(mut self, extensions: Vec<Vec<u8>>) -> Self {
        self.extensions = extensions;
        self
    }

    /// The certificate, signed.
    pub(crate) fn signed_by(&self, signer: &PrivateKey) -> Vec<u8> {
        let extensions = element(0x30, &[&self.extensions.concat()]);
        let (version, extensions) = match self.version {
            1 => (&[][..], vec![]),
            _ => (&[0xa0, 3, 2, 1, 2][..], element(0xa3, &[&extensions])),
        };
        let tbs = element(
            0x30,
            &[
                version,
                &[2, 1, 1],
                self.algorithm,
                &name(self.issuer),
                VALIDITY,
                &name(self.subject),
                self.spki,
                &extensions,
            ],
        );
        let signature = signer.sign(self.signs, &tbs).expect("a signature");
        let signature = element(3, &[&[0], signature.as_ref()]);
        element(0x30, &[&tbs, self.algorithm, &signature])
    }
}
