//! The certificate that answers a tls-alpn-01 challenge (RFC 8737 section 3).

use crate::client::proof::Proof;
use crate::message::Identifier;
use handfast_ca::authority::self_signed;
use handfast_ca::error::CaError;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca::subject::Subject;

/// The one application protocol of a connection that asks for the answer (RFC 8737 section 4).
pub const ALPN_PROTOCOL: &[u8] = b"acme-tls/1";

impl Proof {
    /// For tls-alpn-01: a certificate of its own, with a new key, to be shown to whoever asks for
    /// [`Proof::server_name`] and offers [`ALPN_PROTOCOL`] alone, and to nobody else. It holds the
    /// name alone, and the digest in an extension that every other peer refuses.
    ///
    /// # Errors
    /// [`CaError`] for a name that no certificate can hold.
    pub fn certificate(&self, now_unix: u64) -> Result<Issued, CaError> {
        let name = match &self.name {
            Identifier::Dns(name) => AlternativeName::dns(name),
            Identifier::Ip(address) => AlternativeName::ip(*address),
            other => return Err(CaError::BadName(other.to_string())),
        };
        let validity = Validity::days(now_unix, DAYS);
        let mut profile =
            Profile::bare(Subject::named("ACME challenge")?, validity, KeyKind::EcP256);
        profile.names = vec![name];
        profile.acme_identifier = Some(self.alpn_value());
        self_signed(&profile)
    }
}

/// Challenges are answered within minutes; clocks may differ.
const DAYS: u32 = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ChallengeKind;
    use handfast_pki::certificate::Certificate;
    use handfast_pki::general_name::GeneralName;

    #[test]
    fn the_certificate_holds_the_name_and_the_critical_digest_alone() {
        // RFC 8737 section 6.1's number; X.690's header of an OCTET STRING of 32 bytes.
        const ACME_IDENTIFIER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 0x1f];
        for (name, expected) in [
            (
                Identifier::Dns("host.test".to_owned()),
                GeneralName::Dns("host.test"),
            ),
            (
                Identifier::Ip([127, 0, 0, 1].into()),
                GeneralName::Ip(&[127, 0, 0, 1]),
            ),
        ] {
            let proof = Proof {
                name,
                kind: ChallengeKind::TlsAlpn01,
                token: "t".to_owned(),
                key_authorization: "t.thumb".to_owned(),
            };
            let issued = proof.certificate(1_800_000_000).unwrap();
            let leaf = Certificate::parse(&issued.chain()[0]).unwrap();
            assert_eq!(leaf.subject_alt_names().collect::<Vec<_>>(), [expected]);
            let own = leaf.extensions().find(|one| one.oid.0 == ACME_IDENTIFIER);
            let own = own.unwrap();
            assert!(own.critical);
            assert_eq!(own.value, [&[4, 32][..], &proof.alpn_value()].concat());
            assert!(leaf.is_self_issued());
        }
        let mail = Proof {
            name: Identifier::Other {
                kind: "email".to_owned(),
                value: "a@b.test".to_owned(),
            },
            kind: ChallengeKind::TlsAlpn01,
            token: "t".to_owned(),
            key_authorization: "t.thumb".to_owned(),
        };
        assert!(mail.certificate(1_800_000_000).is_err());
    }
}
