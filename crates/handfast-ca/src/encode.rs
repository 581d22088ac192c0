//! A certificate's bytes (RFC 5280 section 4.1).

use core::time::Duration;

use der::asn1::{Any, BitString, GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{DateTime, Encode, Sequence, Tag};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;

use crate::error::CaError;
use crate::profile::{COMMON_NAME_LIMIT, Validity};

/// What gets signed. `x509-cert` has the same structure, but lets no one fill it without bringing
/// a second SHA-1.
#[derive(Sequence)]
pub(crate) struct TbsCertificate {
    #[asn1(context_specific = "0", default = "Default::default")]
    pub(crate) version: Version,
    pub(crate) serial_number: SerialNumber,
    pub(crate) signature: AlgorithmIdentifier<Any>,
    pub(crate) issuer: RdnSequence,
    pub(crate) validity: Times,
    pub(crate) subject: RdnSequence,
    pub(crate) subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<Vec<Extension>>,
}

/// First and last second.
#[derive(Sequence)]
pub(crate) struct Times {
    not_before: Time,
    not_after: Time,
}

#[derive(Sequence)]
struct Certificate {
    tbs: Any,
    algorithm: AlgorithmIdentifier<Any>,
    signature: BitString,
}

/// The certificate: what was signed, byte for byte, and its signature.
pub(crate) fn certificate(
    tbs: &[u8],
    algorithm: AlgorithmIdentifier<Any>,
    signature: &[u8],
) -> Result<Vec<u8>, CaError> {
    let build = || -> der::Result<Vec<u8>> {
        let signature = BitString::from_bytes(signature)?;
        Certificate {
            tbs: der::Decode::from_der(tbs)?,
            algorithm,
            signature,
        }
        .to_der()
    };
    build().map_err(|_| CaError::Encoding)
}

/// A name of one common name, or of nothing at all (RFC 5280 section 4.1.2.6).
pub(crate) fn name(common_name: &str) -> Result<RdnSequence, CaError> {
    const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
    let bad = || CaError::BadName(common_name.to_owned());
    if common_name.is_empty() {
        return Ok(RdnSequence::default());
    }
    if common_name.chars().count() > COMMON_NAME_LIMIT {
        return Err(bad());
    }
    let value = Any::new(Tag::Utf8String, common_name.as_bytes()).map_err(|_| bad())?;
    let pair = AttributeTypeAndValue {
        oid: COMMON_NAME,
        value,
    };
    let part = RelativeDistinguishedName::try_from(vec![pair]).map_err(|_| bad())?;
    Ok(RdnSequence::from(vec![part]))
}

impl TryFrom<Validity> for Times {
    type Error = CaError;

    fn try_from(validity: Validity) -> Result<Self, CaError> {
        let Validity {
            not_before_unix,
            not_after_unix,
        } = validity;
        if not_after_unix < not_before_unix {
            return Err(CaError::Backwards(not_before_unix, not_after_unix));
        }
        Ok(Self {
            not_before: time(not_before_unix)?,
            not_after: time(not_after_unix)?,
        })
    }
}

/// RFC 5280 section 4.1.2.5: two digits of the year until 2049, four from 2050 on.
fn time(unix: u64) -> Result<Time, CaError> {
    let date = DateTime::from_unix_duration(Duration::from_secs(unix));
    let date = date.map_err(|_| CaError::BadTime(unix))?;
    Ok(UtcTime::from_date_time(date).map_or_else(
        |_| Time::from(GeneralizedTime::from_date_time(date)),
        Time::from,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_from_2050_on_have_four_digits() {
        // The last second of 2049 and the first of 2050.
        assert!(matches!(time(2_524_607_999), Ok(Time::UtcTime(_))));
        assert!(matches!(time(2_524_608_000), Ok(Time::GeneralTime(_))));
        assert_eq!(time(u64::MAX), Err(CaError::BadTime(u64::MAX)));
    }

    #[test]
    fn a_common_name_has_at_most_64_characters() {
        assert!(name(&"ä".repeat(65)).is_err());
        assert!(name(&"ä".repeat(64)).is_ok());
        assert_eq!(name("").unwrap().to_der().unwrap(), [0x30, 0]);
    }
}
