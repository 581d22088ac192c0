//! One config that a client can use.

use crate::ech::public_name::is_public_name;
use handfast_crypto::hpke::{HpkeAead, HpkeSuite, Kdf, Kem};
use handfast_pki::name::ServerName;
use handfast_wire::codec::Wire;
use handfast_wire::extension::{EchConfig, EchConfigContents, HpkeSymmetricCipherSuite};
use handfast_wire::registry::{HpkeAead as AeadCode, HpkeKdf as KdfCode};
use std::sync::Arc;

/// One config that a client can use, and what it uses of it.
#[derive(Clone, Debug)]
pub(crate) struct EchTarget {
    /// The whole ECHConfig.
    pub(crate) config: Arc<[u8]>,
    pub(crate) config_id: u8,
    pub(crate) public_key: Arc<[u8]>,
    pub(crate) suite: HpkeSuite,
    pub(crate) maximum_name_length: u8,
    pub(crate) public_name: ServerName,
}

/// What HPKE's info begins with (RFC 9849 section 6.1).
const LABEL: &[u8] = b"tls ech\0";

/// HPKE's info for a config.
pub(crate) fn info_of(config: &[u8]) -> Vec<u8> {
    [LABEL, config].concat()
}

impl EchTarget {
    /// What is to be used of a config; nothing where something of it is not known here.
    pub(super) fn of(config: &EchConfig<'_>, contents: &EchConfigContents<'_>) -> Option<Self> {
        let key = &contents.key_config;
        let kem = Kem::from_code(key.kem_id.0)?;
        if contents.has_unknown_mandatory() || key.public_key.len() != kem.public_len() {
            return None;
        }
        if !is_public_name(contents.public_name.0) {
            return None;
        }
        let name = core::str::from_utf8(contents.public_name.0).ok()?;
        let suite = key.cipher_suites.iter().find_map(|one| known(kem, one))?;
        Some(Self {
            config: config.encode().ok()?.into(),
            config_id: key.config_id,
            public_key: key.public_key.0.into(),
            suite,
            maximum_name_length: contents.maximum_name_length,
            public_name: ServerName::parse(name).ok()?,
        })
    }

    /// HPKE's info.
    pub(crate) fn info(&self) -> Vec<u8> {
        info_of(&self.config)
    }

    /// The suite, as the extension names it.
    pub(crate) fn named_suite(&self) -> HpkeSymmetricCipherSuite {
        named(self.suite.kdf, self.suite.aead)
    }
}

/// The algorithms that a suite names, where all are known here.
pub(crate) fn known(kem: Kem, suite: HpkeSymmetricCipherSuite) -> Option<HpkeSuite> {
    let kdf = Kdf::from_code(suite.kdf_id.0)?;
    let aead = HpkeAead::from_code(suite.aead_id.0)?;
    Some(HpkeSuite { kem, kdf, aead })
}

pub(crate) fn named(kdf: Kdf, aead: HpkeAead) -> HpkeSymmetricCipherSuite {
    HpkeSymmetricCipherSuite {
        kdf_id: KdfCode(kdf.code()),
        aead_id: AeadCode(aead.code()),
    }
}
