//! A server's key.

use crate::ech::padding::USUAL_NAME_LENGTH;
use crate::ech::public_name::is_public_name;
use crate::ech::target::{info_of, known, named};
use crate::ech::text;
use crate::ech::unreadable::EchUnreadable;
use core::fmt;
use handfast_crypto::hpke::{HpkeAead, HpkeSuite, Kdf, Kem, Recipient, RecipientKey};
use handfast_crypto::random::{Random, SystemRandom};
use handfast_wire::codec::{List16, Opaque8, Opaque16, Wire};
use handfast_wire::extension::{
    EchConfig, EchConfigContents, EchConfigList as List, EchOuter, Extensions, HpkeKeyConfig,
};
use handfast_wire::registry::{EchVersion, HpkeKem};
use std::sync::Arc;

/// What a key is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EchParameters {
    /// By which clients name the key. Keys that a server has at a time have different ones.
    pub config_id: u8,
    /// The name that every ClientHello shows, for which the server has a certificate.
    pub public_name: String,
    /// Bytes of the longest name behind the server: clients pad shorter ones up to there. 0 where it is
    /// not known.
    pub maximum_name_length: u8,
}

impl EchParameters {
    /// A key of this id that shows this name, and hides names of up to 64 bytes from each other.
    #[must_use]
    pub fn new(config_id: u8, public_name: &str) -> Self {
        Self {
            config_id,
            public_name: public_name.to_owned(),
            maximum_name_length: USUAL_NAME_LENGTH,
        }
    }
}

/// A key that opens encrypted ClientHellos, and the config by which clients seal them. Cheap to clone;
/// wiped with the last clone; prints its config id alone.
#[derive(Clone)]
pub struct EchKey {
    inner: Arc<Inner>,
    is_retry_config: bool,
}

struct Inner {
    key: RecipientKey,
    /// The whole ECHConfig.
    config: Vec<u8>,
    config_id: u8,
    /// The suites that the config names, as far as they are known here.
    suites: Vec<HpkeSuite>,
}

impl EchKey {
    /// Draws a key for X25519, by which clients seal with AES-128-GCM, AES-256-GCM or ChaCha20-Poly1305.
    ///
    /// # Errors
    /// [`EchUnreadable::PublicName`] and [`EchUnreadable::Random`].
    pub fn generate(parameters: &EchParameters) -> Result<Self, EchUnreadable> {
        Self::generate_with(parameters, &mut SystemRandom)
    }

    /// As [`EchKey::generate`], from a source of the caller's.
    ///
    /// # Errors
    /// As [`EchKey::generate`].
    pub fn generate_with(
        parameters: &EchParameters,
        random: &mut dyn Random,
    ) -> Result<Self, EchUnreadable> {
        let name = parameters.public_name.as_bytes();
        if !is_public_name(name) {
            return Err(EchUnreadable::PublicName(parameters.public_name.clone()));
        }
        let kem = Kem::X25519HkdfSha256;
        let key = RecipientKey::generate(kem, random).map_err(|_| EchUnreadable::Random)?;
        let aeads = [
            HpkeAead::Aes128Gcm,
            HpkeAead::Aes256Gcm,
            HpkeAead::ChaCha20Poly1305,
        ];
        let mut suites = Vec::new();
        for aead in aeads {
            let one = named(Kdf::HkdfSha256, aead).encode();
            suites.extend(one.map_err(|_| EchUnreadable::Length)?);
        }
        let contents = EchConfigContents {
            key_config: HpkeKeyConfig {
                config_id: parameters.config_id,
                kem_id: HpkeKem(kem.code()),
                public_key: Opaque16(key.public()),
                cipher_suites: List16::from_encoded(&suites),
            },
            maximum_name_length: parameters.maximum_name_length,
            public_name: Opaque8(name),
            extensions: Extensions::from_encoded(&[]),
        };
        let contents = contents.encode().map_err(|_| EchUnreadable::Length)?;
        let config = EchConfig {
            version: EchVersion::RFC_9849,
            contents: Opaque16(&contents),
        };
        let config = config.encode().map_err(|_| EchUnreadable::Length)?;
        Self::with(key, &config)
    }

    /// A key that was made elsewhere: an ECHConfig (one, not a list) and the private key of it.
    ///
    /// # Errors
    /// [`EchUnreadable::Config`], [`EchUnreadable::AlgorithmUnknown`], [`EchUnreadable::KeyKind`],
    /// [`EchUnreadable::KeyMismatch`].
    pub fn new(config: &[u8], private: &[u8]) -> Result<Self, EchUnreadable> {
        let key = RecipientKey::from_private(Kem::X25519HkdfSha256, private);
        Self::with(key.map_err(|_| EchUnreadable::KeyKind)?, config)
    }

    fn with(key: RecipientKey, bytes: &[u8]) -> Result<Self, EchUnreadable> {
        let config = EchConfig::decode(bytes).map_err(EchUnreadable::Config)?;
        if config.version != EchVersion::RFC_9849 {
            return Err(EchUnreadable::AlgorithmUnknown);
        }
        let contents = EchConfigContents::decode(config.contents.0);
        let contents = contents.map_err(EchUnreadable::Config)?;
        let named = &contents.key_config;
        if named.kem_id.0 != key.kem().code() {
            return Err(EchUnreadable::AlgorithmUnknown);
        }
        if named.public_key.0 != key.public() {
            return Err(EchUnreadable::KeyMismatch);
        }
        let suites: Vec<_> = named
            .cipher_suites
            .iter()
            .filter_map(|suite| known(key.kem(), suite))
            .collect();
        if suites.is_empty() {
            return Err(EchUnreadable::AlgorithmUnknown);
        }
        let config_id = named.config_id;
        Ok(Self {
            inner: Arc::new(Inner {
                key,
                config: bytes.to_vec(),
                config_id,
                suites,
            }),
            is_retry_config: true,
        })
    }

    /// Reads a PEM file with a `PRIVATE KEY` and an `ECHCONFIG` section (RFC 9934), as [`EchKey::to_pem`]
    /// and OpenSSL's `openssl ech` write it. Of several configs, that of the key.
    ///
    /// # Errors
    /// [`EchUnreadable`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, EchUnreadable> {
        let file = text::read(pem)?;
        let list = file.list.ok_or(EchUnreadable::Text)?;
        let private = file.private.ok_or(EchUnreadable::KeyMissing)?;
        let private = text::of_pkcs8(&private)?;
        let list = List::decode(&list).map_err(EchUnreadable::List)?;
        let mut why = EchUnreadable::KeyMismatch;
        for config in list.iter() {
            let config = config.encode().map_err(|_| EchUnreadable::Length)?;
            match Self::new(&config, private) {
                Ok(key) => return Ok(key),
                Err(fault) => why = fault,
            }
        }
        Err(why)
    }

    /// A PEM file (RFC 9934): the private key, and the list of this one config. Only the server may read it.
    #[must_use]
    pub fn to_pem(&self) -> zeroize::Zeroizing<String> {
        let key = text::to_pkcs8(self.inner.key.private());
        let key = zeroize::Zeroizing::new(text::pem("PRIVATE KEY", &key));
        let list = text::list_of_configs(&[&self.inner.config]).unwrap_or_default();
        zeroize::Zeroizing::new([key.as_str(), &text::pem("ECHCONFIG", &list)].concat())
    }

    /// Whether clients whose ClientHello did not open are told to use this key. Default: true. A key that
    /// goes out of use opens what comes from DNS records of yesterday and is told to nobody.
    #[must_use]
    pub fn as_retry_config(mut self, is_one: bool) -> Self {
        self.is_retry_config = is_one;
        self
    }

    /// The ECHConfig.
    #[must_use]
    pub fn config(&self) -> &[u8] {
        &self.inner.config
    }

    /// By which clients name the key.
    #[must_use]
    pub fn config_id(&self) -> u8 {
        self.inner.config_id
    }

    /// The context of a client that names this key, where it can be one of it.
    pub(super) fn recipient(&self, outer: &EchOuter<'_>) -> Option<Recipient> {
        let suite = known(self.inner.key.kem(), outer.cipher_suite)?;
        if outer.config_id != self.inner.config_id || !self.inner.suites.contains(&suite) {
            return None;
        }
        let info = info_of(&self.inner.config);
        let key = &self.inner.key;
        Recipient::new(suite.kdf, suite.aead, key, outer.enc.0, &info).ok()
    }

    /// The key, for a key log.
    pub(super) fn key(&self) -> &RecipientKey {
        &self.inner.key
    }
}

impl fmt::Debug for EchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EchKey({})", self.inner.config_id)
    }
}

/// What a client is given whose ClientHello did not open; nothing where no key is meant for it.
pub(crate) fn retry_configs(keys: &[EchKey]) -> Option<Vec<u8>> {
    let told: Vec<&[u8]> = keys
        .iter()
        .filter(|key| key.is_retry_config)
        .map(EchKey::config)
        .collect();
    text::list_of_configs(&told).ok()
}
