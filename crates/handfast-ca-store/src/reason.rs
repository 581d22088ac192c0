//! Reasons of revocation as OpenSSL writes them (RFC 5280 section 5.3.1).

use handfast_pki::crl::entry::RevocationReason;

/// A reason by its name, in any case of letters.
///
/// ```
/// use handfast_ca_store::reason;
/// use handfast_pki::crl::entry::RevocationReason;
///
/// assert_eq!(reason::parse("keycompromise"), Some(RevocationReason::KeyCompromise));
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<RevocationReason> {
    let fits = |(name, _): &&(&str, RevocationReason)| name.eq_ignore_ascii_case(text);
    NAMES.iter().find(fits).map(|(_, reason)| *reason)
}

/// Its name.
#[must_use]
pub fn name(reason: RevocationReason) -> &'static str {
    let fits = |(_, known): &&(&'static str, RevocationReason)| *known == reason;
    NAMES
        .iter()
        .find(fits)
        .map_or("unspecified", |(name, _)| name)
}

/// As the database has it.
pub(crate) fn read(text: &str) -> RevocationReason {
    parse(text).unwrap_or(RevocationReason::Unspecified)
}

const NAMES: [(&str, RevocationReason); 10] = [
    ("unspecified", RevocationReason::Unspecified),
    ("keyCompromise", RevocationReason::KeyCompromise),
    ("CACompromise", RevocationReason::CaCompromise),
    ("affiliationChanged", RevocationReason::AffiliationChanged),
    ("superseded", RevocationReason::Superseded),
    (
        "cessationOfOperation",
        RevocationReason::CessationOfOperation,
    ),
    ("certificateHold", RevocationReason::CertificateHold),
    ("removeFromCRL", RevocationReason::RemoveFromCrl),
    ("privilegeWithdrawn", RevocationReason::PrivilegeWithdrawn),
    ("AACompromise", RevocationReason::AaCompromise),
];
