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
    /// Takes a second to make, so not where no row needs it.
    rsa: Option<Chains>,
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
    pub(crate) fn generate(with_rsa: bool) -> Result<Self> {
        let rsa = with_rsa.then(|| Chains::generate(Keys::Rsa2048));
        Ok(Self {
            p256: Chains::generate(Keys::P256)?,
            rsa: rsa.transpose()?,
        })
    }

    pub(crate) fn chains(&self, keys: Keys) -> Result<&Chains> {
        match keys {
            Keys::P256 => Ok(&self.p256),
            Keys::Rsa2048 => self
                .rsa
                .as_ref()
                .ok_or_else(|| "no RSA keys were made".into()),
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
