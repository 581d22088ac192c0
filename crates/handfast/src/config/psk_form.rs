//! A key that both sides have known before as TLS 1.3 uses it: as it is, or imported (RFC 9258).

use crate::config::common_plan::CommonPlan;
use crate::config::fault::ConfigFault;
use crate::config::psk::{MOST_KEY, PreSharedKey, PskHash};
use crate::fault::OwnFailure;
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::hkdf::{HmacKey, TooLong};
use handfast_crypto::random::Random;
use handfast_crypto::secret::{Secret, SecretArray, constant_time_eq};
use handfast_wire::codec::{Opaque16, Wire, Writer};
use handfast_wire::extension::ImportedIdentity;
use handfast_wire::registry::ProtocolVersion;
use std::collections::HashSet;

/// One key as it stands in pre_shared_key.
#[derive(Clone, Debug)]
pub(crate) struct PskForm {
    pub(crate) key: PreSharedKey,
    /// As it is sent.
    pub(crate) identity: Vec<u8>,
    /// The hash of the suites that it goes with.
    pub(crate) hash: HashAlgorithm,
}

/// The hashes that keys are imported for, and their numbers among KDFs (RFC 9258 section 9).
const TARGETS: [(HashAlgorithm, u16); 2] = [
    (HashAlgorithm::Sha256, 0x0001),
    (HashAlgorithm::Sha384, 0x0002),
];

impl PskForm {
    /// A key's forms: its one, or one for each hash that it is imported for. TLS 1.3 has no place for a
    /// key without identity.
    pub(crate) fn all(key: &PreSharedKey) -> impl Iterator<Item = Self> {
        let identity = key.identity();
        let plain = (key.context().is_none() && !identity.is_empty()).then(|| Self {
            key: key.clone(),
            identity: identity.to_vec(),
            hash: key.hash().algorithm(),
        });
        let imported = TARGETS.into_iter().filter_map(move |(hash, target_kdf)| {
            Some(Self {
                identity: imported_identity(key, target_kdf)?,
                key: key.clone(),
                hash,
            })
        });
        plain.into_iter().chain(imported)
    }

    /// That of a key which stands under this identity.
    pub(crate) fn of(key: &PreSharedKey, identity: &[u8]) -> Option<Self> {
        Self::all(key).find(|form| form.identity == identity)
    }

    /// True where the peer means this one. Time tells nothing but its length.
    pub(crate) fn is_named(&self, identity: &[u8]) -> bool {
        constant_time_eq(&self.identity, identity)
    }

    pub(crate) fn is_imported(&self) -> bool {
        self.key.context().is_some()
    }

    /// The early secret that the key leads to (RFC 8446 section 7.1).
    pub(crate) fn early_secret(&self) -> Result<HmacKey, TooLong> {
        let key = self.key.key();
        if !self.is_imported() {
            return Ok(HmacKey::extract(self.hash, &[], key));
        }
        // RFC 9258 s4.1: by the hash that goes with the key, into as many bytes as the other one gives.
        let by = self.key.hash().algorithm();
        let extracted = HmacKey::extract(by, &[], key);
        let mut imported = Secret::zeros(self.hash.output_len());
        let context = digest(by, &[&self.identity]);
        extracted.expand_label(b"derived psk", context.as_ref(), imported.as_mut_bytes())?;
        Ok(HmacKey::extract(self.hash, &[], imported.as_bytes()))
    }
}

/// Nothing for a key that is not imported.
fn imported_identity(key: &PreSharedKey, target_kdf: u16) -> Option<Vec<u8>> {
    let imported = ImportedIdentity {
        external_identity: Opaque16(key.identity()),
        context: Opaque16(key.context()?),
        target_protocol: ProtocolVersion::TLS_1_3,
        target_kdf,
    };
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    imported.write(&mut out);
    out.finish().ok()?;
    Some(bytes)
}

/// What stands for a key that is not known: as long as `like`, and used as it is.
pub(crate) fn psk_decoy(
    like: Option<&PreSharedKey>,
    hash: HashAlgorithm,
    draw: &mut dyn Random,
) -> Result<PskForm, OwnFailure> {
    // As long as the keys are: those of another length take another time to be hashed.
    let length = like.map_or(32, |key| key.key().len());
    let mut bytes = SecretArray::<MOST_KEY>::zeros();
    let drawn = draw.fill(bytes.as_mut_bytes());
    drawn.map_err(|_| OwnFailure::Random)?;
    let bytes = bytes.as_bytes().get(..length).unwrap_or_default();
    let mut key = PreSharedKey::danger_short(b"?", bytes).map_err(|_| OwnFailure::Crypto)?;
    if let Some(like) = like {
        key = key.with_hash(like.hash());
        if let Some(context) = like.context() {
            key = key.imported(context).map_err(|_| OwnFailure::Crypto)?;
        }
    }
    let identity = like.map_or(key.identity(), PreSharedKey::identity).to_vec();
    Ok(PskForm {
        identity,
        hash,
        key,
    })
}

/// The forms of the keys that may be used with a suite of this config.
pub(crate) fn spoken_forms(common: &CommonPlan, keys: &[PreSharedKey]) -> Vec<PskForm> {
    let forms = keys.iter().flat_map(PskForm::all);
    forms.filter(|form| common.has_hash(form.hash)).collect()
}

/// True where there is, or the caller may have, a key for versions before TLS 1.3.
pub(crate) fn shares_classic_key(keys: &[PreSharedKey], asks: bool) -> bool {
    asks || keys.iter().any(PreSharedKey::serves_classic)
}

/// No two keys stand under one name: an imported one is known by its context, too.
pub(crate) fn check_identities<'k>(keys: &'k [PreSharedKey]) -> Result<(), ConfigFault> {
    let mut names = HashSet::new();
    let is_new = |key: &'k PreSharedKey| names.insert((key.identity(), key.context()));
    if keys.iter().all(is_new) {
        Ok(())
    } else {
        Err(ConfigFault::ListedTwice("identities of shared keys"))
    }
}

impl PskHash {
    pub(crate) fn algorithm(self) -> HashAlgorithm {
        match self {
            Self::Sha256 => HashAlgorithm::Sha256,
            Self::Sha384 => HashAlgorithm::Sha384,
        }
    }
}
