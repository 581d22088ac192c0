//! Certificates and keys: root, intermediate, leaf, all of one key type. The
//! parent makes them, so that no peer needs another library to do it.

use crate::Result;
use crate::task::{Keys, Known, Scenario};
use serde::{Deserialize, Serialize};

/// The name that clients want to reach.
pub const HOST: &str = "bench.test";

/// What every worker is given, so that all use the same certificates.
#[derive(Clone, Serialize, Deserialize)]
pub struct Material {
    pub p256: Chains,
    pub p384: Chains,
    /// Takes a second to make, so not where no row needs it.
    pub rsa: Option<Chains>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Chains {
    /// DER.
    pub root: Vec<u8>,
    pub server: Chain,
    pub client: Chain,
    /// Further clients of that client's authority; none where no row needs them.
    pub newcomers: Vec<Chain>,
}

/// A leaf, its issuer, and the leaf's key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Chain {
    /// DER, leaf first, without the root.
    pub certificates: Vec<Vec<u8>>,
    /// PKCS#8.
    pub key: Vec<u8>,
}

impl Material {
    /// The chains of such keys.
    pub fn chains(&self, keys: Keys) -> Result<&Chains> {
        match keys {
            Keys::P256 => Ok(&self.p256),
            Keys::P384 => Ok(&self.p384),
            Keys::Rsa2048 => self
                .rsa
                .as_ref()
                .ok_or_else(|| "no RSA keys were made".into()),
        }
    }
}

impl Chains {
    /// The clients that come in turn: nobody in particular where none shows a
    /// certificate; the one, or the newcomers, where each does.
    pub fn clients(&self, scenario: Scenario) -> Vec<Option<&Chain>> {
        match (scenario.mutual, scenario.known) {
            (false, _) => vec![None],
            (true, Known::ClientsIssuer) => self.newcomers.iter().map(Some).collect(),
            (true, _) => vec![Some(&self.client)],
        }
    }
}

impl Chain {
    /// The certificates in PEM, for libraries that read no other form.
    pub fn certificates_pem(&self) -> String {
        self.certificates
            .iter()
            .map(|der| pem("CERTIFICATE", der))
            .collect()
    }

    /// The key in PEM.
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key)
    }
}

/// RFC 7468.
pub fn pem(label: &str, der: &[u8]) -> String {
    let mut base64 = String::new();
    for group in der.chunks(3) {
        let bits = group
            .iter()
            .chain(&[0; 2])
            .take(3)
            .fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        for at in 0..4 {
            let letter = ALPHABET[bits >> (18 - 6 * at) & 63];
            base64.push(if at > group.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    let lines: Vec<&str> = (0..base64.len())
        .step_by(64)
        .map(|at| &base64[at..base64.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::pem;

    #[test]
    fn pem_has_padding_and_lines_of_64() {
        assert_eq!(
            pem("X", b"fo"),
            "-----BEGIN X-----\nZm8=\n-----END X-----\n"
        );
        let long = pem("X", &[0; 49]);
        let lines: Vec<usize> = long.lines().map(str::len).collect();
        assert_eq!(lines[1..3], [64, 4]);
    }
}
