//! A certificate chain, or a raw public key, and the private key that goes with it.

use crate::config::compression::Compressed;
use crate::config::delegated::{Delegate, Delegated};
use crate::config::fault::ConfigFault;
use crate::suite::{Family, is_obsolete_scheme, scheme_suits};
use core::fmt;
use handfast_crypto::signature::{KeyKind, PrivateKey, PublicKey};
use handfast_pki::certificate::{Certificate, check_public_key_info};
use handfast_pki::extension::KeyUsage;
use handfast_pki::general_name::GeneralName;
use handfast_pki::name::ServerName;
use handfast_wire::codec::Wire;
use handfast_wire::extension::SctList;
use handfast_wire::registry::{CertificateType, SignatureScheme};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

/// Who holds the private key.
pub enum Signer {
    /// It is here.
    Key(PrivateKey),
    /// Something else signs: the engine asks with [`crate::Ask::Sign`].
    Ask,
}

/// What an endpoint shows to prove who it is. Cheap to clone.
#[derive(Clone)]
pub struct Credential(pub(crate) Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// In place of a chain: a SubjectPublicKeyInfo (RFC 7250).
    pub(crate) raw_key: Option<Vec<u8>>,
    /// The leaf's alternative names, so that no handshake reads the chain again.
    names: Vec<Presented>,
    /// The issuers that the chain's certificates name, in DER.
    issuers: Vec<Box<[u8]>>,
    pub(crate) signer: Arc<Signer>,
    pub(crate) kind: KeyKind,
    /// The leaf lets others encrypt to its key (RFC 5246 section 7.4.2).
    #[cfg_attr(
        not(feature = "legacy"),
        expect(dead_code, reason = "only RSA key exchange does")
    )]
    pub(crate) enciphers: bool,
    pub(crate) schemes: Vec<SignatureScheme>,
    /// Those that are used only where a policy of `obsolete` allows.
    pub(crate) obsolete: Vec<SignatureScheme>,
    pub(crate) ocsp_response: Option<Vec<u8>>,
    pub(crate) sct_list: Option<Vec<u8>>,
    pub(crate) must_match_issuer: bool,
    /// What the key that signs was delegated by, where it is not the leaf's.
    pub(crate) delegated: Option<Box<Delegated>>,
    /// What shows it, compressed.
    pub(crate) compressed: Compressed,
}

/// A name in a certificate, of the kinds that a client can want.
#[derive(Clone)]
enum Presented {
    Dns(Box<str>),
    Ip(Box<[u8]>),
}

impl Presented {
    fn keep(name: GeneralName<'_>) -> Option<Self> {
        match name {
            GeneralName::Dns(name) => Some(Self::Dns(name.into())),
            GeneralName::Ip(address) => Some(Self::Ip(address.into())),
            _ => None,
        }
    }

    fn as_name(&self) -> GeneralName<'_> {
        match self {
            Self::Dns(name) => GeneralName::Dns(name),
            Self::Ip(address) => GeneralName::Ip(address),
        }
    }
}

/// Every scheme, best first, for keys whose owner names none.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PSS_PSS_SHA256,
    SignatureScheme::RSA_PSS_PSS_SHA384,
    SignatureScheme::RSA_PSS_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::MLDSA44,
    SignatureScheme::MLDSA65,
    SignatureScheme::MLDSA87,
    // For peers that know no better, where a policy allows.
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::ECDSA_SHA1,
    SignatureScheme::RSA_PKCS1_MD5_SHA1,
];

impl Credential {
    /// A chain (leaf first) and its key.
    ///
    /// # Errors
    /// [`ConfigFault`] when the chain is empty, the leaf cannot be read, or the
    /// key is not the leaf's.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKey) -> Result<Self, ConfigFault> {
        Self::build(chain, Signer::Key(key))
    }

    /// A chain (leaf first) whose key lies elsewhere: each signature is asked for.
    ///
    /// # Errors
    /// As [`Credential::new`].
    pub fn with_remote_key(chain: Vec<CertificateDer<'static>>) -> Result<Self, ConfigFault> {
        Self::build(chain, Signer::Ask)
    }

    /// A chain (leaf first) with a delegated credential (RFC 9345) and its key: this stands for the leaf's
    /// own, which need not be here. It is shown to peers that take such a one, in TLS 1.3, as long as it
    /// is valid; name a credential of the leaf's own key beside it for the others.
    /// [`crate::config::Delegation::sign`] makes one.
    ///
    /// ```no_run
    /// use handfast::{Credential, PrivateKey, config::Signer};
    ///
    /// # fn example(chain: Vec<rustls_pki_types::CertificateDer<'static>>, delegated: Vec<u8>, key: PrivateKey)
    /// # -> Result<(), handfast::ConfigFault> {
    /// let credential = Credential::with_delegated(chain, &delegated, Signer::Key(key))?;
    /// # drop(credential); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Credential::new`]; [`ConfigFault::DelegationNotAllowed`], [`ConfigFault::DelegatedScheme`],
    /// [`ConfigFault::DelegatedUnfit`].
    pub fn with_delegated(
        chain: Vec<CertificateDer<'static>>,
        delegated: &[u8],
        signer: Signer,
    ) -> Result<Self, ConfigFault> {
        Self::build_delegated(chain, delegated, signer, None)
    }

    /// As [`Credential::with_delegated`], of one that nobody checks: neither does the leaf have to let its
    /// key vouch for others, nor its key to have signed this. No peer that goes by RFC 9345 section 4.1.3
    /// takes such a one. For tests of peers.
    ///
    /// # Errors
    /// As [`Credential::with_delegated`], but for what is not checked.
    pub fn danger_with_unchecked_delegated(
        chain: Vec<CertificateDer<'static>>,
        delegated: &[u8],
        to: Delegate,
        signer: Signer,
    ) -> Result<Self, ConfigFault> {
        Self::build_delegated(chain, delegated, signer, Some(to))
    }

    fn build_delegated(
        chain: Vec<CertificateDer<'static>>,
        delegated: &[u8],
        signer: Signer,
        danger_unchecked: Option<Delegate>,
    ) -> Result<Self, ConfigFault> {
        let leaf = chain.first().ok_or(ConfigFault::ChainEmpty)?;
        let (delegated, key, spki) = Delegated::read(leaf, delegated, danger_unchecked)?;
        if let Signer::Key(own) = &signer
            && own.public_spki() != spki
        {
            return Err(ConfigFault::KeyMismatch);
        }
        let credential = Self::build(chain, Signer::Ask)?;
        Ok(credential.changed(|inner| {
            inner.signer = Arc::new(signer);
            inner.kind = key.kind();
            #[cfg(feature = "legacy")]
            {
                inner.enciphers = false;
            }
            (inner.schemes, inner.obsolete) = (vec![delegated.scheme], Vec::new());
            inner.delegated = Some(Box::new(delegated));
        }))
    }

    /// A raw public key (RFC 7250): the public half of `key` is shown by itself, to peers that take
    /// such keys, and no certificate speaks for it. Who is to believe it must know it before
    /// ([`crate::config::Verification::raw_keys`]); [`Credential::raw_key`] gives what to know.
    ///
    /// ```
    /// use handfast::config::CertificateType;
    /// use handfast::{Credential, PrivateKey};
    /// use handfast_crypto::signature::KeyKind;
    /// use handfast_pki::pin::Pin;
    ///
    /// let credential = Credential::raw_public_key(PrivateKey::generate(KeyKind::EcP256)?)?;
    /// assert_eq!(credential.certificate_type(), CertificateType::RAW_PUBLIC_KEY);
    /// let pin = Pin::of_key(credential.raw_key().unwrap());
    /// assert!(pin.to_string().starts_with("sha256/"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigFault::KeyUnfit`].
    pub fn raw_public_key(key: PrivateKey) -> Result<Self, ConfigFault> {
        let spki = key.public_spki().to_vec();
        Self::build_raw(spki, Signer::Key(key))
    }

    /// As [`Credential::raw_public_key`], of a key that lies elsewhere: each signature is asked for.
    /// `spki` is its public half, a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`ConfigFault::KeyUnfit`], also where `spki` is none.
    pub fn with_remote_raw_key(spki: Vec<u8>) -> Result<Self, ConfigFault> {
        check_public_key_info(&spki).map_err(|_| ConfigFault::KeyUnfit)?;
        Self::build_raw(spki, Signer::Ask)
    }

    fn build_raw(spki: Vec<u8>, signer: Signer) -> Result<Self, ConfigFault> {
        let key = PublicKey::from_spki(&spki).map_err(|_| ConfigFault::KeyUnfit)?;
        let kind = key.kind();
        let [schemes, obsolete] = fitting(SCHEMES, kind);
        if schemes.is_empty() {
            return Err(ConfigFault::KeyUnfit);
        }
        Ok(Self(Arc::new(Inner {
            chain: Vec::new(),
            raw_key: Some(spki),
            names: Vec::new(),
            issuers: Vec::new(),
            signer: Arc::new(signer),
            kind,
            enciphers: true,
            schemes,
            obsolete,
            ocsp_response: None,
            sct_list: None,
            must_match_issuer: false,
            delegated: None,
            compressed: Compressed::default(),
        })))
    }

    fn build(chain: Vec<CertificateDer<'static>>, signer: Signer) -> Result<Self, ConfigFault> {
        let der = chain.first().ok_or(ConfigFault::ChainEmpty)?;
        let leaf = Certificate::parse(der)
            .map_err(|fault| ConfigFault::CertificateUnreadable(fault.to_string()))?;
        if let Signer::Key(key) = &signer
            && key.public_spki() != leaf.spki()
        {
            return Err(ConfigFault::KeyMismatch);
        }
        let kind = PublicKey::new(leaf.key_algorithm(), leaf.subject_public_key())
            .map_err(|_| ConfigFault::KeyUnfit)?
            .kind();
        let [schemes, obsolete] = fitting(SCHEMES, kind);
        if schemes.is_empty() {
            return Err(ConfigFault::KeyUnfit);
        }
        let names = leaf
            .subject_alt_names()
            .filter_map(Presented::keep)
            .collect();
        let issuers = chain
            .iter()
            .filter_map(|der| Certificate::parse(der).ok())
            .map(|certificate| certificate.issuer().der().into())
            .collect();
        let enciphers = leaf
            .key_usage()
            .is_none_or(|usage| usage.allows(KeyUsage::KEY_ENCIPHERMENT));
        let inner = Inner {
            names,
            issuers,
            chain,
            raw_key: None,
            signer: Arc::new(signer),
            kind,
            enciphers,
            schemes,
            obsolete,
            ocsp_response: None,
            sct_list: None,
            must_match_issuer: false,
            delegated: None,
            compressed: Compressed::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Bytes of a Certificate message that shows all of it, at the most.
    pub(crate) fn length(&self) -> usize {
        let inner = &self.0;
        let staples = inner.ocsp_response.iter().chain(&inner.sct_list);
        let parts = inner.chain.iter().map(|der| der.len());
        let delegated = inner.delegated.iter().map(|one| one.bytes.len());
        let parts = parts
            .chain(inner.raw_key.iter().map(Vec::len))
            .chain(delegated);
        parts
            .chain(staples.map(Vec::len))
            .fold(16, |sum, part| sum.saturating_add(part).saturating_add(16))
    }

    /// True when the leaf carries the name, or the raw key is for it.
    pub(crate) fn carries(&self, wanted: &ServerName) -> bool {
        if self.0.raw_key.is_some() && self.0.names.is_empty() {
            return true;
        }
        let mut names = self.0.names.iter();
        names.any(|name| wanted.is_proved_by(&name.as_name()))
    }

    /// True when one of these authorities, in DER, issued a certificate of the chain.
    pub(crate) fn is_below(&self, authorities: &[Vec<u8>]) -> bool {
        let known = |issuer: &[u8]| authorities.iter().any(|name| name == issuer);
        self.0.issuers.iter().any(|issuer| known(issuer))
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.compressed = Compressed::default();
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Signs only with these schemes, best first; those that do not suit the
    /// key are left out. Obsolete ones stand behind the others, and wait for a policy.
    ///
    /// # Errors
    /// [`ConfigFault::NoSchemeForKey`].
    pub fn with_schemes(self, schemes: &[SignatureScheme]) -> Result<Self, ConfigFault> {
        let [schemes, obsolete] = fitting(schemes, self.0.kind);
        if schemes.is_empty() && obsolete.is_empty() {
            return Err(ConfigFault::NoSchemeForKey);
        }
        Ok(self.changed(|inner| (inner.schemes, inner.obsolete) = (schemes, obsolete)))
    }

    /// Staples this OCSP response (DER) for peers that ask for one; nothing when it is empty, and
    /// nothing to a raw public key, of which there is none.
    #[must_use]
    pub fn with_ocsp_response(self, response: Vec<u8>) -> Self {
        self.changed(|inner| {
            let response = Some(response).filter(|der| !der.is_empty());
            inner.ocsp_response = response.filter(|_| inner.raw_key.is_none());
        })
    }

    /// Sends these signed certificate timestamps (a SignedCertificateTimestampList,
    /// RFC 6962 section 3.3) to peers that ask for them.
    ///
    /// # Errors
    /// [`ConfigFault::SctListMalformed`] when it is no such list, or an empty one;
    /// [`ConfigFault::Useless`] for a raw public key, which no log knows.
    pub fn with_sct_list(self, list: Vec<u8>) -> Result<Self, ConfigFault> {
        if self.0.raw_key.is_some() {
            let (set, needs) = ("a list of SCTs", "a certificate");
            return Err(ConfigFault::Useless { set, needs });
        }
        SctList::decode(&list).map_err(|_| ConfigFault::SctListMalformed)?;
        Ok(self.changed(|inner| inner.sct_list = Some(list)))
    }

    /// Shown only to peers whose certificate_authorities name an issuer of the chain.
    #[must_use]
    pub fn only_for_matching_issuer(self) -> Self {
        self.changed(|inner| inner.must_match_issuer = true)
    }

    /// Only for these hosts: a raw public key names none by itself, and is for all of them without this.
    /// Of a chain: also for these.
    ///
    /// ```
    /// # use handfast::{Credential, PrivateKey};
    /// # let key = PrivateKey::generate(handfast_crypto::signature::KeyKind::EcP256)?;
    /// let credential = Credential::raw_public_key(key)?.for_hosts(&["sensor.test"])?;
    /// # drop(credential);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigFault::HostUnreadable`].
    pub fn for_hosts(self, hosts: &[&str]) -> Result<Self, ConfigFault> {
        let read = |host: &&str| match ServerName::parse(host) {
            Ok(ServerName::Dns(name)) => Ok(Presented::Dns(name.as_str().into())),
            _ => Err(ConfigFault::HostUnreadable((*host).to_owned())),
        };
        let names: Vec<_> = hosts.iter().map(read).collect::<Result<_, _>>()?;
        Ok(self.changed(|inner| inner.names.extend(names)))
    }

    /// What kind of certificate this is: X.509, or a raw public key.
    #[must_use]
    pub fn certificate_type(&self) -> CertificateType {
        match &self.0.raw_key {
            Some(_) => CertificateType::RAW_PUBLIC_KEY,
            None => CertificateType::X509,
        }
    }

    /// The raw public key, a SubjectPublicKeyInfo in DER, of a credential that is one.
    #[must_use]
    pub fn raw_key(&self) -> Option<&[u8]> {
        self.0.raw_key.as_deref()
    }

    /// By what it is told from others: the leaf, or the raw key.
    pub(crate) fn identity(&self) -> &[u8] {
        let leaf = || self.0.chain.first().map(AsRef::as_ref);
        self.raw_key().or_else(leaf).unwrap_or_default()
    }

    /// The chain, leaf first; empty of a raw public key.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// The schemes that it signs by, best first; not those that a policy of `obsolete` must allow.
    #[must_use]
    pub fn schemes(&self) -> &[SignatureScheme] {
        &self.0.schemes
    }

    /// The kind of the key that signs: the delegated one, where there is one.
    #[must_use]
    pub fn key_kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The scheme by which the certificate's key vouches for the delegated key that signs (RFC 9345);
    /// nothing where the certificate's own key signs.
    #[must_use]
    pub fn delegated_by(&self) -> Option<SignatureScheme> {
        self.0.delegated.as_ref().map(|delegated| delegated.by)
    }

    /// The last second of the delegated credential, in Unix time, where there is one.
    #[must_use]
    pub fn delegated_until_unix(&self) -> Option<i64> {
        self.0.delegated.as_ref().map(|delegated| delegated.until_s)
    }

    /// Who may show the delegated credential, where there is one.
    #[must_use]
    pub fn delegated_to(&self) -> Option<Delegate> {
        self.0.delegated.as_ref().map(|delegated| delegated.to)
    }

    /// True when both are the same credential.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.raw_key.is_some() {
            return write!(f, "Credential(raw public key, {:?})", self.0.kind);
        }
        write!(
            f,
            "Credential({} certificates, {:?})",
            self.0.chain.len(),
            self.0.kind
        )
    }
}

/// Those that suit the key, the obsolete ones second.
fn fitting(schemes: &[SignatureScheme], kind: KeyKind) -> [Vec<SignatureScheme>; 2] {
    let fitting = schemes.iter().filter(|scheme| suits_any(**scheme, kind));
    let (obsolete, current) = fitting.partition(|scheme| is_obsolete_scheme(**scheme));
    [current, obsolete]
}

/// True when some version signs with this scheme and this kind of key.
fn suits_any(scheme: SignatureScheme, kind: KeyKind) -> bool {
    scheme_suits(scheme, kind, Family::Tls13) || scheme_suits(scheme, kind, Family::Classic)
}
