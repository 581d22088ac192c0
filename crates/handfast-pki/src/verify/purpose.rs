//! What a certificate is to be used for, and whether it may be (RFC 5280 s4.2.1.3 and s4.2.1.12).
//!
//! An object identifier counts as what it is and nothing else: Netscape's and Microsoft's old
//! "server gated" purposes are not serverAuth.

use crate::certificate::Certificate;
use crate::extension::{KeyUsage, Known};
use crate::oid::{
    ANY_EXTENDED_KEY_USAGE, CLIENT_AUTH, CODE_SIGNING, EMAIL_PROTECTION, OCSP_SIGNING, SERVER_AUTH,
    TIME_STAMPING,
};
use crate::verify::reason::Reason;

/// What the peer's certificate is to be used for.
///
/// Unless said otherwise a certificate without extKeyUsage serves every purpose, and so does one
/// that lists anyExtendedKeyUsage. Where it has keyUsage, one of the usages that RFC 5280
/// s4.2.1.12 names beside the purpose must be there; for TLS the one that the handshake needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// The peer is a TLS server.
    ServerAuth,
    /// The peer is a TLS client.
    ClientAuth,
    /// The key signs programs.
    CodeSigning,
    /// The key signs or decrypts mail.
    EmailProtection,
    /// The key signs time stamps: the purpose must be listed, alone and critical (RFC 3161 s2.3).
    TimeStamping,
    /// The key signs OCSP responses for its issuer: the purpose must be listed (RFC 6960 s4.2.2.2).
    /// It is not asked of authorities above, which are listed for what they issue to others.
    OcspSigning,
    /// Whatever it is; neither keyUsage nor extKeyUsage is asked.
    Any,
}

/// What is fixed about a purpose.
struct Row {
    name: &'static str,
    oid: &'static [u8],
    /// The usages of which one will do.
    usages: KeyUsage,
    /// Whether the purpose itself must be listed.
    listed: bool,
}

/// In TLS the handshake says what it does with the key: `Request::key_usage`.
const ANYTHING: u16 = 0xffff;
const SIGNS: u16 = KeyUsage::DIGITAL_SIGNATURE.0;
const COMMITS: u16 = KeyUsage::NON_REPUDIATION.0;
const ENCIPHERS: u16 = KeyUsage::KEY_ENCIPHERMENT.0;
const AGREES: u16 = KeyUsage::KEY_AGREEMENT.0;

impl Purpose {
    /// The purpose as RFC 5280 names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.row() {
            Some(row) => row.name,
            None => "any purpose",
        }
    }

    /// The purpose's object identifier; [`Self::Any`] has none.
    pub(crate) const fn oid(self) -> Option<&'static [u8]> {
        match self.row() {
            Some(row) => Some(row.oid),
            None => None,
        }
    }

    /// The table; RFC 5280 s4.2.1.12 lists the usages.
    #[rustfmt::skip]
    const fn row(self) -> Option<Row> {
        const fn row(name: &'static str, oid: &'static [u8], usages: u16, listed: bool) -> Option<Row> {
            Some(Row { name, oid, usages: KeyUsage(usages), listed })
        }
        match self {
            Self::ServerAuth => row("serverAuth", SERVER_AUTH, ANYTHING, false),
            Self::ClientAuth => row("clientAuth", CLIENT_AUTH, ANYTHING, false),
            Self::CodeSigning => row("codeSigning", CODE_SIGNING, SIGNS, false),
            Self::EmailProtection => row("emailProtection", EMAIL_PROTECTION, SIGNS | COMMITS | ENCIPHERS | AGREES, false),
            Self::TimeStamping => row("timeStamping", TIME_STAMPING, SIGNS | COMMITS, true),
            Self::OcspSigning => row("OCSPSigning", OCSP_SIGNING, SIGNS | COMMITS, true),
            Self::Any => None,
        }
    }
}

/// Whether the peer's own certificate serves the purpose.
pub(crate) fn check_leaf(leaf: &Certificate<'_>, purpose: Purpose) -> Result<(), Reason> {
    let Some(row) = purpose.row() else {
        return Ok(());
    };
    let wanted = row.name;
    let usable = leaf.key_usage().is_none_or(|own| own.allows(row.usages));
    if !usable {
        // The first that would do is the one that is told.
        let wanted = row.usages.name();
        return Err(Reason::KeyUsage { wanted });
    }
    let alone = match leaf.extended_key_usage() {
        Some(list) => list.count() == 1 && leaf.extensions.is_critical(Known::ExtendedKeyUsage),
        None => false,
    };
    if lists(leaf, &row) && (purpose != Purpose::TimeStamping || alone) {
        Ok(())
    } else {
        Err(Reason::ExtendedKeyUsage { wanted })
    }
}

/// Whether an authority may issue for the purpose. On its certificate the list bounds what it may
/// issue for; RFC 5280 does not say so, every verifier does.
pub(crate) fn check_authority(authority: &Certificate<'_>, purpose: Purpose) -> Result<(), Reason> {
    match purpose.row() {
        Some(row) if purpose != Purpose::OcspSigning => {
            let wanted = row.name;
            let row = Row {
                listed: false,
                ..row
            };
            let allowed = lists(authority, &row);
            allowed
                .then_some(())
                .ok_or(Reason::ExtendedKeyUsage { wanted })
        }
        _ => Ok(()),
    }
}

fn lists(certificate: &Certificate<'_>, row: &Row) -> bool {
    match certificate.extended_key_usage() {
        Some(mut list) => list.any(|one| {
            let any = one.0 == ANY_EXTENDED_KEY_USAGE && !row.listed;
            one.0 == row.oid || any
        }),
        None => !row.listed,
    }
}
