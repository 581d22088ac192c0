//! The configs that a server publishes.

use crate::ech::key::EchKey;
use crate::ech::target::EchTarget;
use crate::ech::text;
use crate::ech::unreadable::EchUnreadable;
use handfast_wire::codec::Wire;
use handfast_wire::extension::{EchConfigContents, EchConfigList as List};
use handfast_wire::registry::EchVersion;
use std::sync::Arc;

/// The configs that a server publishes (an ECHConfigList, RFC 9849 section 4), its favourite first. Cheap
/// to clone.
///
/// Configs of other versions, with algorithms or mandatory extensions that are not known here, or with a
/// public name that is none of a host are passed over: the first of the others is the one that is used.
#[derive(Clone, Debug)]
pub struct EchConfigList {
    bytes: Arc<[u8]>,
    target: Option<Arc<EchTarget>>,
}

impl EchConfigList {
    /// Reads the bytes as they stand in the SvcParam `ech` of an HTTPS record (RFC 9848), or in a server's
    /// retry configs.
    ///
    /// # Errors
    /// [`EchUnreadable::List`], also where a config of the known version is malformed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EchUnreadable> {
        let list = List::decode(bytes).map_err(EchUnreadable::List)?;
        let mut target = None;
        for config in list.iter() {
            if config.version != EchVersion::RFC_9849 {
                continue;
            }
            let contents = EchConfigContents::decode(config.contents.0);
            let contents = contents.map_err(EchUnreadable::List)?;
            let doubled = contents.extensions.refuse_duplicates();
            doubled.map_err(EchUnreadable::List)?;
            if target.is_none() {
                target = EchTarget::of(&config, &contents).map(Arc::new);
            }
        }
        Ok(Self {
            bytes: bytes.into(),
            target,
        })
    }

    /// Reads a PEM file with an `ECHCONFIG` section (RFC 9934), or base64 as zone files have it, or the
    /// HTTPS record of a host in any form that tools print: `ech=…`, a whole line, or `\# LENGTH DIGITS`
    /// (RFC 3597). Of several records the first that has a list is taken.
    ///
    /// # Errors
    /// [`EchUnreadable::Text`], [`EchUnreadable::List`], [`EchUnreadable::RecordWithout`] and
    /// [`EchUnreadable::RecordMalformed`].
    pub fn from_text(text: &[u8]) -> Result<Self, EchUnreadable> {
        Self::from_bytes(&text::list_of(text)?)
    }

    /// What clients of a server with these keys are given.
    ///
    /// # Errors
    /// [`EchUnreadable::Length`] without a key, or with more than fit.
    pub fn of_keys<'k>(keys: impl IntoIterator<Item = &'k EchKey>) -> Result<Self, EchUnreadable> {
        let configs: Vec<&[u8]> = keys.into_iter().map(EchKey::config).collect();
        Self::from_bytes(&text::list_of_configs(&configs)?)
    }

    /// The bytes of the list.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes in base64: what stands behind `ech=` in a zone file.
    #[must_use]
    pub fn to_base64(&self) -> String {
        text::base64(&self.bytes)
    }

    /// A PEM file (RFC 9934) without a key.
    #[must_use]
    pub fn to_pem(&self) -> String {
        text::pem("ECHCONFIG", &self.bytes)
    }

    /// True where a client here can use one of the configs.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.target.is_some()
    }

    /// The name that a ClientHello shows which is sealed by this list; nothing where none is usable.
    #[must_use]
    pub fn public_name(&self) -> Option<&str> {
        let target = self.target.as_ref()?;
        match &target.public_name {
            handfast_pki::name::ServerName::Dns(name) => Some(name.as_str()),
            _ => None,
        }
    }

    /// The config that is used.
    pub(crate) fn target(&self) -> Option<&Arc<EchTarget>> {
        self.target.as_ref()
    }
}

impl PartialEq for EchConfigList {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for EchConfigList {}
