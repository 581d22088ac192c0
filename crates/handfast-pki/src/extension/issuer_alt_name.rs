//! issuerAltName (RFC 5280 s4.2.1.7): it decides nothing, so it is read only when asked for.

use crate::certificate::Certificate;
use crate::cursor::tag;
use crate::distribution_point::PointNames;
use crate::fault::CertificateFault;
use crate::general_name::GeneralName;
use crate::oid;

impl<'a> Certificate<'a> {
    /// The issuer's other names, in the order received; empty where the certificate has none.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 5280 s4.2.1.7 lays it out.
    pub fn issuer_alt_names(&self) -> Result<Vec<GeneralName<'a>>, CertificateFault> {
        let Some(value) = self.extensions.value(oid::ISSUER_ALT_NAME) else {
            return Ok(Vec::new());
        };
        let list = value.only(tag::SEQUENCE, FIELD)?;
        Ok(PointNames::check(&list, FIELD)?.iter().collect())
    }
}

const FIELD: &str = "issuerAltName";
