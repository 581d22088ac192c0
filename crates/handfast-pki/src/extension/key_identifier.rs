//! authorityKeyIdentifier (RFC 5280 s4.2.1.1), whole: path building asks for the key's alone.

use crate::certificate::Certificate;
use crate::cursor::tag;
use crate::distribution_point::PointNames;
use crate::extension::only;
use crate::fault::CertificateFault;
use crate::general_name::GeneralName;
use crate::oid;

/// Which key signed a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier<'a> {
    /// The key's identifier, as the subjectKeyIdentifier of the issuer's certificate has it.
    pub key_id: Option<&'a [u8]>,
    /// The names of who issued the issuer's certificate; usually there is none.
    pub issuer: Vec<GeneralName<'a>>,
    /// The serial number of the issuer's certificate.
    pub serial: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// authorityKeyIdentifier, if the certificate has one.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 5280 s4.2.1.1 lays it out.
    pub fn authority_key_identifier(
        &self,
    ) -> Result<Option<AuthorityKeyIdentifier<'a>>, CertificateFault> {
        let Some(value) = self.extensions.value(oid::AUTHORITY_KEY_IDENTIFIER) else {
            return Ok(None);
        };
        let mut inside = only(&value, tag::SEQUENCE, FIELD)?.cursor();
        let key_id = inside.optional(tag::context(0), FIELD)?;
        let issuer = match inside.optional(tag::constructed(1), FIELD)? {
            Some(names) => PointNames::check(&names, FIELD)?.iter().collect(),
            None => Vec::new(),
        };
        let serial = match inside.optional(tag::context(2), FIELD)? {
            Some(number) => Some(number.integer(FIELD)?),
            None => None,
        };
        inside.finish(FIELD)?;
        Ok(Some(AuthorityKeyIdentifier {
            key_id: key_id.map(|id| id.value),
            issuer,
            serial,
        }))
    }

    /// subjectKeyIdentifier (RFC 5280 s4.2.1.2), if the certificate has one.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&'a [u8]> {
        self.extensions.subject_key_id
    }
}

const FIELD: &str = "authorityKeyIdentifier";

#[cfg(test)]
mod tests {
    use crate::certificate::Certificate;

    #[test]
    fn a_leaf_names_the_key_of_its_issuer() {
        let leaf = include_bytes!("../../testdata/leaf.der");
        let issuer = include_bytes!("../../testdata/intermediate.der");
        let leaf = Certificate::parse(leaf).unwrap();
        let issuer = Certificate::parse(issuer).unwrap();
        let named = leaf.authority_key_identifier().unwrap().unwrap();
        assert!(named.key_id.is_some() && named.serial.is_none());
        assert_eq!(named.key_id, issuer.subject_key_identifier());
        assert!(named.issuer.is_empty());
    }
}
