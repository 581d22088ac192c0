//! Certificate and CertificateRequest before TLS 1.3 (RFC 5246 sections 7.4.2
//! and 7.4.4).

use crate::codec::{DecodeFault, List16, Opaque8, Opaque24, Reader, Recorder, Wire, Writer};
use crate::extension::DistinguishedName;
use crate::registry::SignatureScheme;

/// A certificate chain, leaf first; empty from a client that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassicCertificate<'a> {
    /// The certificates as they are encoded; see [`ClassicCertificate::entries`].
    pub certificate_list: Opaque24<'a>,
}

impl<'a> ClassicCertificate<'a> {
    /// The certificates' DER, leaf first. They were checked when the message was read.
    pub fn entries(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = Reader::new(self.certificate_list.0);
        core::iter::from_fn(move || {
            if reader.is_empty() {
                return None;
            }
            Opaque24::<1>::read(&mut reader).ok().map(|entry| entry.0)
        })
    }
}

impl<'a> Wire<'a> for ClassicCertificate<'a> {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        let certificate_list = reader.field("certificate_list", |reader| {
            let length = usize::try_from(reader.u24()?).unwrap_or(usize::MAX);
            reader.within(length, |reader| {
                let mut whole = reader.clone_at_cursor();
                let mut index = 0;
                while !reader.is_empty() {
                    Opaque24::<1>::read(reader).map_err(|fault| fault.in_entry(index))?;
                    index += 1;
                }
                Ok(Opaque24(whole.rest()))
            })
        })?;
        Ok(Self { certificate_list })
    }

    fn write(&self, out: &mut Writer<'_>) {
        self.certificate_list.write(out);
    }
}

message! {
    /// A TLS 1.2 server asks the client for a certificate.
    pub struct ClassicCertificateRequest<'a> {
        /// Kinds of key, by old numbers: 1 RSA, 64 ECDSA.
        certificate_types: Opaque8<'a, 1>,
        /// Schemes for the client's CertificateVerify.
        supported_signature_algorithms: List16<'a, SignatureScheme, 2>,
        /// Authorities that the server trusts; empty: any.
        certificate_authorities: List16<'a, DistinguishedName<'a>>,
    }
}
