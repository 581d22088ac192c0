//! Channel bindings: what ties an authentication inside to this connection
//! (RFC 5056, 5929, 9266).

use crate::connection::established::{Established, Exports};
use crate::fault::{Error, Misuse};
use crate::tls13::key_schedule::export;
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_pki::certificate::Certificate;

/// Which value of a connection a binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelBinding {
    /// The first Finished of the handshake (RFC 5929 section 3): before TLS 1.3
    /// and with the extended master secret alone.
    TlsUnique,
    /// The hash of the certificate that the server showed (RFC 5929 section 4). The
    /// server itself has it where it showed one on this very connection: not where a
    /// session went on, since the certificate may have been replaced in between.
    TlsServerEndPoint,
    /// 32 bytes of key material (RFC 9266), not before TLS 1.2 and with the extended
    /// master secret. The exporter is given a context of no length, which in TLS 1.2 is
    /// not the same as none: GnuTLS does so too; users of OpenSSL must ask for it.
    TlsExporter,
}

impl Established {
    /// The binding's bytes.
    ///
    /// # Errors
    /// [`Misuse::NotInThisVersion`], [`Misuse::NoBinding`].
    pub(crate) fn channel_binding(&self, binding: ChannelBinding) -> Result<Vec<u8>, Error> {
        match (binding, &self.exports) {
            (ChannelBinding::TlsServerEndPoint, _) => self.server_end_point(),
            (ChannelBinding::TlsUnique, Exports::Classic(exporter)) => {
                Ok(exporter.first_finished.as_bytes().to_vec())
            }
            (ChannelBinding::TlsExporter, Exports::Tls13(secret)) => {
                let mut out = vec![0; EXPORTED];
                export(self.suite, secret, EXPORTER_LABEL, &[], &mut out)?;
                Ok(out)
            }
            (ChannelBinding::TlsExporter, Exports::Classic(exporter)) => {
                let mut out = vec![0; EXPORTED];
                exporter.export(EXPORTER_LABEL, Some(&[]), &mut out);
                Ok(out)
            }
            _ => Err(Misuse::NotInThisVersion.into()),
        }
    }

    fn server_end_point(&self) -> Result<Vec<u8>, Error> {
        let chain = if self.is_client {
            &*self.negotiated.peer_chain
        } else {
            self.negotiated.own_chain()
        };
        let leaf = chain.first().ok_or(Misuse::NoBinding)?;
        let certificate = Certificate::parse(leaf).map_err(|_| Misuse::NoBinding)?;
        let algorithm = certificate.known_signature_algorithm();
        // RFC 5929 s4.1: nothing is said of signatures without a hash of their own.
        let hash = match algorithm.and_then(SignatureAlgorithm::hash) {
            Some(HashAlgorithm::Sha1) => HashAlgorithm::Sha256,
            Some(hash) => hash,
            None => return Err(Misuse::NoBinding.into()),
        };
        Ok(digest(hash, &[leaf]).as_ref().to_vec())
    }
}

/// RFC 9266 section 2.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
const EXPORTED: usize = 32;
