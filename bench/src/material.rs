//! Certificates and keys: root, intermediate, leaf, all of one key type.

use crate::Result;
use crate::task::Keys;
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, Profile, Validity};
use handfast_crypto::signature::KeyKind;
use serde::{Deserialize, Serialize};

/// The name that clients want to reach.
pub(crate) const HOST: &str = "bench.test";

/// What every worker is given, so that all use the same certificates.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Material {
    p256: Chains,
    rsa: Chains,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Chains {
    /// DER.
    pub(crate) root: Vec<u8>,
    pub(crate) server: Chain,
    pub(crate) client: Chain,
}

/// A leaf, its issuer, and the leaf's key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Chain {
    /// DER, leaf first, without the root.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// PKCS#8.
    pub(crate) key: Vec<u8>,
}

impl Material {
    pub(crate) fn generate() -> Result<Self> {
        Ok(Self {
            p256: Chains::generate(Keys::P256)?,
            rsa: Chains::generate(Keys::Rsa2048)?,
        })
    }

    pub(crate) fn chains(&self, keys: Keys) -> &Chains {
        match keys {
            Keys::P256 => &self.p256,
            Keys::Rsa2048 => &self.rsa,
        }
    }
}

impl Chains {
    fn generate(keys: Keys) -> Result<Self> {
        let key = match keys {
            Keys::P256 => KeyKind::EcP256,
            Keys::Rsa2048 => KeyKind::Rsa { bits: 2048 },
        };
        let validity = Validity::days(handfast::stream::now().unix_ms / 1000, 30);
        let root = Authority::new("Bench Root", validity, key)?;
        let issuer = root.intermediate(&Profile::authority("Bench Intermediate", validity, key))?;
        let names = [AlternativeName::dns(HOST)];
        Ok(Self {
            root: root.root_der().to_vec(),
            server: Chain::of(&issuer.issue_server(&names, validity, key)?)?,
            client: Chain::of(&issuer.issue_client("bench client", None, validity, key)?)?,
        })
    }
}

impl Chain {
    fn of(issued: &Issued) -> Result<Self> {
        Ok(Self {
            certificates: issued
                .chain()
                .iter()
                .map(|certificate| certificate.to_vec())
                .collect(),
            key: issued.key_der()?.secret_der().to_vec(),
        })
    }
}
