//! A borrowed view of a certificate revocation list (RFC 5280 s5).
//!
//! One pass over strict DER, without allocation: every entry is checked once, and searched where
//! it stands. A CRL is read once and may serve any number of verifications.
//!
//! ```text
//! CertificateList = SEQUENCE { tbs, signatureAlgorithm, signature }
//! tbs = SEQUENCE { version, algorithm, issuer, thisUpdate, nextUpdate, revoked…, [0] extensions }
//! ```

pub mod entry;
pub(crate) mod extension;
mod index;
pub mod kept;

use crate::crl::entry::RevokedCertificate;
use crate::crl::extension::CrlExtensions;
use crate::crl::index::Index;
use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::DistinguishedName;
use crate::distribution_point::PointNames;
use crate::fault::{CertificateFault, Problem};
use crate::oid::Oid;
use crate::time::{UnixTime, read_time};
use std::sync::OnceLock;

/// The largest CRL that is read, in bytes: some three million entries.
pub const MAX_CRL_BYTES: usize = 128 * 1024 * 1024;

/// A CRL, read but not judged: nothing here says that its issuer signed it.
#[derive(Clone, Debug)]
pub struct Crl<'a> {
    der: &'a [u8],
    tbs: &'a [u8],
    signature_algorithm: &'a [u8],
    issuer: DistinguishedName<'a>,
    this_update: UnixTime,
    next_update: UnixTime,
    entries: Cursor<'a>,
    pub(crate) extensions: CrlExtensions<'a>,
    /// The first critical extension, of the CRL or an entry, that is not understood.
    pub(crate) unknown_critical: Option<Oid<'a>>,
    signature: &'a [u8],
    /// What was found out about it when it was kept.
    pub(crate) learnt: Option<&'a Learnt>,
}

impl<'a> Crl<'a> {
    /// Reads one CRL, which must fill `der` to its last byte. Only CRLs of the profile of RFC 5280
    /// are read: version 2, with a number and a next update.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the field and the byte that is not strict DER or not as
    /// RFC 5280 s5 lays it out.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut crl = Self::read(der)?;
        let unknown_entry = check_entries(crl.entries, crl.is_indirect())?;
        crl.unknown_critical = crl.unknown_critical.or(unknown_entry);
        Ok(crl)
    }

    /// A CRL that was kept: its entries were read then, and are not read again.
    pub(crate) fn read_again(der: &'a [u8], learnt: &'a Learnt) -> Result<Self, CertificateFault> {
        let mut crl = Self::read(der)?;
        crl.unknown_critical = learnt.unknown_critical.as_deref().map(Oid);
        crl.learnt = Some(learnt);
        Ok(crl)
    }

    /// Reads all but the entries.
    fn read(der: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut file = Cursor::new(der, 0);
        if der.len() > MAX_CRL_BYTES {
            return Err(file.fault(
                Problem::TooLarge {
                    limit: MAX_CRL_BYTES,
                },
                FIELD,
            ));
        }
        let whole = file.expect(tag::SEQUENCE, FIELD)?;
        file.finish(FIELD)?;
        let mut outer = whole.cursor();
        let tbs = outer.expect(tag::SEQUENCE, "tbsCertList")?;
        let algorithm = outer.expect(tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = outer
            .expect(tag::BIT_STRING, "signatureValue")?
            .bit_string_bytes("signatureValue")?;
        outer.finish(FIELD)?;
        Self::read_tbs(der, &tbs, &algorithm, signature)
    }

    fn read_tbs(
        der: &'a [u8],
        tbs: &Tlv<'a>,
        algorithm: &Tlv<'a>,
        signature: &'a [u8],
    ) -> Result<Self, CertificateFault> {
        let mut inside = tbs.cursor();
        read_version(&mut inside)?;
        let inner = inside.expect(tag::SEQUENCE, "tbsCertList.signature")?;
        // RFC 5280 s5.1.1.2: the outer one is not signed, so it must repeat the inner one.
        if inner.value != algorithm.value {
            let problem = Problem::SignatureAlgorithmDiffers;
            return Err(inner.fault(problem, "tbsCertList.signature"));
        }
        let name = inside.expect(tag::SEQUENCE, ISSUER)?;
        let issuer = DistinguishedName::check(&name, ISSUER)?;
        // RFC 5280 s5.1.2.3
        if issuer.is_empty() {
            return Err(name.fault(Problem::EmptyList, ISSUER));
        }
        let this_update = read_time(&mut inside, "tbsCertList.thisUpdate")?;
        let next_update = read_next_update(&mut inside)?;
        let entries = inside.optional(tag::SEQUENCE, ENTRIES)?;
        let entries = entries.map_or(Cursor::new(&[], 0), |list| list.cursor());
        let extensions = inside.expect(tag::constructed(0), "tbsCertList.crlExtensions")?;
        inside.finish("tbsCertList")?;
        let extensions = CrlExtensions::read(&extensions)?;
        if extensions.number.is_none() {
            return Err(tbs.fault(Problem::CrlNumberMissing, "cRLNumber"));
        }
        Ok(Self {
            der,
            tbs: tbs.raw,
            signature_algorithm: algorithm.value,
            issuer,
            this_update,
            next_update,
            entries,
            unknown_critical: extensions.unknown_critical,
            extensions,
            signature,
            learnt: None,
        })
    }

    /// The CRL whole.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The signed part, header included.
    #[must_use]
    pub fn tbs(&self) -> &'a [u8] {
        self.tbs
    }

    /// The contents of the signature's AlgorithmIdentifier.
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.signature_algorithm
    }

    /// The issuer's signature over [`Self::tbs`].
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> DistinguishedName<'a> {
        self.issuer
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// When the next one comes at the latest.
    #[must_use]
    pub fn next_update(&self) -> UnixTime {
        self.next_update
    }

    /// The CRL number: big-endian, without leading zeros.
    #[must_use]
    pub fn number(&self) -> &'a [u8] {
        self.extensions.number.unwrap_or_default()
    }

    /// For a delta CRL, the number of the CRL that it builds on (RFC 5280 s5.2.4).
    #[must_use]
    pub fn base_number(&self) -> Option<&'a [u8]> {
        self.extensions.base_number
    }

    /// Whether it may hold certificates of other issuers than its own (RFC 5280 s5.2.5).
    #[must_use]
    pub fn is_indirect(&self) -> bool {
        self.extensions.scope.is_some_and(|scope| scope.indirect)
    }

    /// The key that is known to have signed it (a SubjectPublicKeyInfo).
    pub(crate) fn signed_by(&self) -> Option<&'a [u8]> {
        self.learnt?.signed_by.get().map(AsRef::as_ref)
    }

    /// Whether this key is known not to have signed it: the bytes of a list that is forged are
    /// hashed once.
    pub(crate) fn is_refuted_by(&self, spki: &[u8]) -> bool {
        let refuted = self.learnt.and_then(|learnt| learnt.not_signed_by.get());
        refuted.is_some_and(|refuted| **refuted == *spki)
    }

    /// It was found not to be signed by this key.
    pub(crate) fn learn_refuted_by(&self, spki: &[u8]) {
        if let Some(learnt) = self.learnt {
            learnt.not_signed_by.get_or_init(|| spki.into());
        }
    }

    /// It was found to be signed by this key.
    pub(crate) fn learn_signed_by(&self, spki: &[u8]) {
        if let Some(learnt) = self.learnt {
            learnt.signed_by.get_or_init(|| spki.into());
        }
    }

    /// The entries, in the order received.
    pub fn revoked(&self) -> impl Iterator<Item = RevokedCertificate<'a>> + use<'a> {
        let mut cursor = self.entries;
        std::iter::from_fn(move || {
            if cursor.is_empty() {
                return None;
            }
            let element = cursor.element(ENTRIES).ok()?;
            RevokedCertificate::read(&element).ok()
        })
    }

    /// The entry of the certificate that `issuer` gave this serial number, if there is one.
    #[must_use]
    pub fn find(
        &self,
        issuer: &DistinguishedName<'_>,
        serial: &[u8],
    ) -> Option<RevokedCertificate<'a>> {
        let own = self.issuer.is_same(issuer);
        if !self.is_indirect() {
            return if own { self.find_serial(serial) } else { None };
        }
        // RFC 5280 s5.3.3: an issuer holds until another is named; the CRL's own comes first.
        let mut named: Option<PointNames<'_>> = None;
        self.revoked().find(|entry| {
            named = entry.issuer.or(named);
            entry.serial == serial && named.map_or(own, |names| names.has(issuer))
        })
    }

    /// As [`Self::find`] where every entry is the issuer's own: only serial numbers are looked at.
    fn find_serial(&self, serial: &[u8]) -> Option<RevokedCertificate<'a>> {
        if let Some(learnt) = self.learnt {
            let element = learnt.index.find(self.entries, serial)?;
            return RevokedCertificate::read(&element).ok();
        }
        let mut cursor = self.entries;
        while !cursor.is_empty() {
            let element = cursor.element(ENTRIES).ok()?;
            if element.cursor().element(ENTRIES).ok()?.value == serial {
                return RevokedCertificate::read(&element).ok();
            }
        }
        None
    }
}

/// What is found out once about a CRL that is kept.
#[derive(Debug)]
pub(crate) struct Learnt {
    index: Index,
    /// As [`Crl::unknown_critical`].
    unknown_critical: Option<Box<[u8]>>,
    /// The SubjectPublicKeyInfo of the key that was found to have signed it.
    signed_by: OnceLock<Box<[u8]>>,
    /// That of a key that was found not to have signed it.
    not_signed_by: OnceLock<Box<[u8]>>,
}

impl Learnt {
    fn of(crl: &Crl<'_>) -> Self {
        Self {
            index: Index::of(crl.entries),
            unknown_critical: crl.unknown_critical.map(|oid| oid.0.into()),
            signed_by: OnceLock::new(),
            not_signed_by: OnceLock::new(),
        }
    }
}

/// RFC 5280 s5.1.2.1: version 2 is written as 1, and must be there.
fn read_version(cursor: &mut Cursor<'_>) -> Result<(), CertificateFault> {
    const FIELD: &str = "tbsCertList.version";
    let Some(number) = cursor.optional(tag::INTEGER, FIELD)? else {
        return Err(cursor.fault(Problem::CrlVersion, FIELD));
    };
    match number.value {
        [1] => Ok(()),
        _ => Err(number.fault(Problem::CrlVersion, FIELD)),
    }
}

fn read_next_update(cursor: &mut Cursor<'_>) -> Result<UnixTime, CertificateFault> {
    const FIELD: &str = "tbsCertList.nextUpdate";
    let mut ahead = *cursor;
    let tag = ahead.element(FIELD)?.tag;
    if matches!(tag, tag::UTC_TIME | tag::GENERALIZED_TIME) {
        read_time(cursor, FIELD)
    } else {
        Err(cursor.fault(Problem::NextUpdateMissing, FIELD))
    }
}

/// Reads every entry once, so that searching cannot fail; gives the first critical extension that
/// is not understood, since it makes the whole CRL unusable (RFC 5280 s5.3).
fn check_entries<'a>(
    mut entries: Cursor<'a>,
    indirect: bool,
) -> Result<Option<Oid<'a>>, CertificateFault> {
    let mut unknown = None;
    while !entries.is_empty() {
        let element = entries.expect(tag::SEQUENCE, ENTRIES)?;
        let entry = RevokedCertificate::read(&element)?;
        if entry.issuer.is_some() && !indirect {
            return Err(element.fault(Problem::EntryIssuer, "certificateIssuer"));
        }
        unknown = unknown.or(entry.unknown_critical);
    }
    Ok(unknown)
}

const FIELD: &str = "CertificateList";
const ISSUER: &str = "tbsCertList.issuer";
const ENTRIES: &str = "tbsCertList.revokedCertificates";
