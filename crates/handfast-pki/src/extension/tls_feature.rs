//! tlsFeature (RFC 7633): what a server with this certificate is bound to answer. With
//! status_request among it, it is called must-staple.

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::{CertificateFault, Problem};

/// The features that a certificate names: the numbers of TLS extensions.
#[derive(Clone, Copy, Debug)]
pub struct TlsFeatures<'a> {
    list: Option<Cursor<'a>>,
}

impl<'a> TlsFeatures<'a> {
    /// A certificate without the extension.
    pub(crate) const fn none() -> Self {
        Self { list: None }
    }

    /// Reads the extension's value: at least one number from 0 to 65535 (RFC 7633 s4.1).
    pub(crate) fn read(value: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let list = value.only(tag::SEQUENCE, FIELD)?;
        let mut inside = list.cursor();
        if inside.is_empty() {
            return Err(list.fault(Problem::EmptyList, FIELD));
        }
        while !inside.is_empty() {
            let number = inside.expect(tag::INTEGER, FIELD)?;
            if feature(number.integer(FIELD)?).is_none() {
                return Err(number.fault(Problem::Integer, FIELD));
            }
        }
        let list = Some(list.cursor());
        Ok(Self { list })
    }

    /// The numbers, in the order received.
    pub fn iter(&self) -> impl Iterator<Item = u16> + use<'a> {
        let mut cursor = self.list;
        std::iter::from_fn(move || {
            let list = cursor.as_mut().filter(|list| !list.is_empty())?;
            feature(list.element(FIELD).ok()?.value)
        })
    }

    /// Whether the server must staple an OCSP response where the client asks for one
    /// (status_request, or status_request_v2 with it).
    #[must_use]
    pub fn must_staple(&self) -> bool {
        self.iter()
            .any(|one| matches!(one, STATUS_REQUEST | STATUS_REQUEST_V2))
    }
}

/// A number from 0 to 65535, in fewest bytes.
fn feature(number: &[u8]) -> Option<u16> {
    match number {
        [low @ 0..=0x7f] => Some(u16::from(*low)),
        [high @ 0..=0x7f, low] | [0, high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

const FIELD: &str = "tlsFeature";
const STATUS_REQUEST: u16 = 5;
const STATUS_REQUEST_V2: u16 = 17;
