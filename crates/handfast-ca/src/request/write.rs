//! Requests made (RFC 2986 section 4).

use der::Tag;
use handfast_crypto::signature::PrivateKey;

use crate::alternative_name::AlternativeName;
use crate::extension::{
    KEY_USAGE, alternative_names, ext_key_usage, extension, key_usage, must_staple,
};
use crate::profile::{Profile, Purpose};
use crate::signature::sign;
use crate::subject::Subject;
use crate::write::{Der, constructed, element, integer, oid, sequence};

/// What a request shall ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestProfile {
    /// Whom the certificate is to be about; may be empty if there are names.
    pub subject: Subject,
    /// The names that it is to vouch for.
    pub names: Vec<AlternativeName>,
    /// The uses that it is meant for.
    pub purposes: Vec<Purpose>,
    /// Whether a server with it will have to staple its status.
    pub must_staple: bool,
}

impl From<&Profile> for RequestProfile {
    /// What a request can ask for of a profile.
    fn from(profile: &Profile) -> Self {
        Self {
            subject: profile.subject.clone(),
            names: profile.names.clone(),
            purposes: profile.purposes.clone(),
            must_staple: profile.must_staple,
        }
    }
}

impl RequestProfile {
    /// The request in DER, signed with the key that the certificate is to be for.
    ///
    /// # Errors
    /// [`CaError`](crate::error::CaError) for names that no certificate can hold, and where the
    /// key cannot sign.
    pub fn sign(&self, key: &PrivateKey) -> Der {
        self.subject.check()?;
        let extensions = self.extensions(key)?;
        let attributes = if extensions.is_empty() {
            Vec::new()
        } else {
            let values = element(Tag::Set, &[&sequence(&[&extensions])?])?;
            sequence(&[&oid(EXTENSION_REQUEST)?, &values])?
        };
        let info = sequence(&[
            // Version 1 is written as 0.
            &integer(&[0])?,
            self.subject.der(),
            key.public_spki(),
            // Section 4.1: there even if it is empty.
            &constructed(0, &[&attributes])?,
        ])?;
        sign(key, &info)
    }

    fn extensions(&self, key: &PrivateKey) -> Der {
        let mut list = Vec::new();
        if !self.names.is_empty() {
            list.extend(alternative_names(&self.names, self.subject.is_empty())?);
        }
        if !self.purposes.is_empty() {
            list.extend(extension(KEY_USAGE, true, &key_usage(false, key.kind())?)?);
            list.extend(ext_key_usage(&self.purposes)?);
        }
        if self.must_staple {
            list.extend(must_staple()?);
        }
        Ok(list)
    }
}

/// RFC 2985 section 5.4.2.
const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";
