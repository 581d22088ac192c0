//! Certificate (RFC 8446 section 4.4.2).

use crate::codec::{DecodeFault, Opaque8, Opaque24, Reader, Recorder, Wire, Writer};
use crate::extension::{CertificateStatus, Extensions, SctList};

/// A certificate chain, leaf first, each with its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// Empty in the handshake from a server; echoes the request's from a client.
    pub certificate_request_context: Opaque8<'a>,
    /// The entries as they are encoded; see [`Certificate::entries`].
    pub certificate_list: Opaque24<'a>,
}

message! {
    /// One certificate of the chain.
    pub struct CertificateEntry<'a> {
        /// The certificate's DER.
        cert_data: Opaque24<'a, 1>,
        /// OCSP status, SCTs.
        extensions: Extensions<'a>,
    }
}

extension_set! {
    /// What a certificate's extensions hold.
    pub struct CertificateEntryExtensions<'a> {
        /// A stapled OCSP response.
        status_request: CertificateStatus<'a> = STATUS_REQUEST,
        /// Signed certificate timestamps.
        signed_certificate_timestamp: SctList<'a> = SIGNED_CERTIFICATE_TIMESTAMP,
    }
}

impl<'a> Certificate<'a> {
    /// The entries, leaf first. They were checked when the message was read.
    pub fn entries(&self) -> impl Iterator<Item = CertificateEntry<'a>> + use<'a> {
        let mut reader = Reader::new(self.certificate_list.0);
        core::iter::from_fn(move || {
            if reader.is_empty() {
                None
            } else {
                CertificateEntry::read(&mut reader).ok()
            }
        })
    }
}

impl<'a> Wire<'a> for Certificate<'a> {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        let certificate_request_context =
            reader.field("certificate_request_context", Opaque8::read)?;
        let certificate_list = reader.field("certificate_list", |reader| {
            let length = usize::try_from(reader.u24()?).unwrap_or(usize::MAX);
            reader.within(length, |reader| {
                let mut whole = reader.clone_at_cursor();
                let mut index = 0;
                while !reader.is_empty() {
                    CertificateEntry::read(reader).map_err(|fault| fault.in_entry(index))?;
                    index += 1;
                }
                Ok(Opaque24(whole.rest()))
            })
        })?;
        Ok(Self {
            certificate_request_context,
            certificate_list,
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        self.certificate_request_context.write(out);
        self.certificate_list.write(out);
    }
}
