//! What OpenSSL writes after a certificate in a `TRUSTED CERTIFICATE` block: what it is trusted
//! for, and what not (`CertAux` of its x509_aux.h).
//!
//! ```text
//! SEQUENCE { trust SEQUENCE OF OID OPTIONAL, reject [0] SEQUENCE OF OID OPTIONAL,
//!            alias UTF8String OPTIONAL, keyid OCTET STRING OPTIONAL, other [1] … OPTIONAL }
//! ```

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::CertificateFault;
use crate::oid::ANY_EXTENDED_KEY_USAGE;
use crate::verify::purpose::Purpose;

/// The marks of one certificate.
#[derive(Default)]
pub(crate) struct TrustMarks<'a> {
    /// What it is trusted for, and for nothing else.
    trusted: Option<Vec<&'a [u8]>>,
    /// What it is not trusted for.
    rejected: Vec<&'a [u8]>,
}

impl<'a> TrustMarks<'a> {
    /// Reads what stands after the certificate; nothing at all is no mark.
    pub(crate) fn read(mut rest: Cursor<'a>) -> Result<Self, CertificateFault> {
        const FIELD: &str = "CertAux";
        let mut marks = Self::default();
        if rest.is_empty() {
            return Ok(marks);
        }
        let mut inside = rest.expect(tag::SEQUENCE, FIELD)?.cursor();
        rest.finish(FIELD)?;
        if let Some(list) = inside.optional(tag::SEQUENCE, "CertAux.trust")? {
            marks.trusted = Some(oids(&list, "CertAux.trust")?);
        }
        if let Some(list) = inside.optional(tag::constructed(0), "CertAux.reject")? {
            marks.rejected = oids(&list, "CertAux.reject")?;
        }
        inside.optional(tag::UTF8_STRING, "CertAux.alias")?;
        inside.optional(tag::OCTET_STRING, "CertAux.keyid")?;
        inside.optional(tag::constructed(1), "CertAux.other")?;
        inside.finish(FIELD)?;
        Ok(marks)
    }

    /// Whether they let the certificate vouch for others for a purpose. A list of what it is
    /// trusted for is complete, even where it is empty; what is rejected counts first.
    pub(crate) fn allow(&self, purpose: Purpose) -> bool {
        let Some(oid) = purpose.oid() else {
            // For anything: no mark may take anything away.
            let all = |list: &Vec<_>| list.contains(&ANY_EXTENDED_KEY_USAGE);
            return self.rejected.is_empty() && self.trusted.as_ref().is_none_or(all);
        };
        let names = |list: &[&[u8]]| {
            let mut list = list.iter();
            list.any(|one| *one == oid || *one == ANY_EXTENDED_KEY_USAGE)
        };
        !names(&self.rejected) && self.trusted.as_deref().is_none_or(names)
    }
}

fn oids<'a>(list: &Tlv<'a>, field: &'static str) -> Result<Vec<&'a [u8]>, CertificateFault> {
    let mut inside = list.cursor();
    let mut found = Vec::new();
    while !inside.is_empty() {
        found.push(inside.expect(tag::OID, field)?.oid(field)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::TrustMarks;
    use crate::cursor::{Cursor, tag};
    use crate::oid::{ANY_EXTENDED_KEY_USAGE, CLIENT_AUTH, SERVER_AUTH};
    use crate::verify::purpose::Purpose;
    use crate::write::element;

    fn list(with: u8, oids: &[&[u8]]) -> Vec<u8> {
        let oids: Vec<_> = oids.iter().map(|oid| element(tag::OID, &[oid])).collect();
        element(with, &[&oids.concat()])
    }

    fn aux(trusted: Option<&[&[u8]]>, rejected: Option<&[&[u8]]>) -> Vec<u8> {
        let trusted = trusted.map(|oids| list(tag::SEQUENCE, oids));
        let rejected = rejected.map(|oids| list(tag::constructed(0), oids));
        let alias = element(tag::UTF8_STRING, &[b"mine"]);
        let parts = [trusted.unwrap_or_default(), rejected.unwrap_or_default()].concat();
        element(tag::SEQUENCE, &[&parts, &alias])
    }

    #[test]
    fn marks_allow_what_openssl_allows() {
        let [server, client, any] = [SERVER_AUTH, CLIENT_AUTH, ANY_EXTENDED_KEY_USAGE];
        for (trusted, rejected, serves, lets_in, anything) in [
            (None, None, true, true, true),
            (None, Some(&[server][..]), false, true, false),
            (None, Some(&[any]), false, false, false),
            (Some(&[server][..]), None, true, false, false),
            (Some(&[any]), None, true, true, true),
            (Some(&[]), None, false, false, false),
            (Some(&[any]), Some(&[client]), true, false, false),
            (Some(&[server]), Some(&[server]), false, false, false),
        ] {
            let der = aux(trusted, rejected);
            let marks = TrustMarks::read(Cursor::new(&der, 0)).expect("marks");
            let allowed = [Purpose::ServerAuth, Purpose::ClientAuth, Purpose::Any]
                .map(|purpose| marks.allow(purpose));
            assert_eq!(allowed, [serves, lets_in, anything], "{der:02x?}");
        }
    }

    #[test]
    fn marks_that_are_cut_or_followed_by_anything_are_refused() {
        let whole = aux(Some(&[SERVER_AUTH]), Some(&[CLIENT_AUTH]));
        for length in 1..whole.len() {
            assert!(TrustMarks::read(Cursor::new(&whole[..length], 0)).is_err());
        }
        let more = [&whole[..], &[5, 0]].concat();
        assert!(TrustMarks::read(Cursor::new(&more, 0)).is_err());
        assert!(TrustMarks::read(Cursor::new(&[], 0)).is_ok());
    }
}
