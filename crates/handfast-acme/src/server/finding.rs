//! What is to be found where a challenge is answered, and whether it is what was found
//! (RFC 8555 section 8, RFC 8737 section 3, RFC 8738).

use crate::jws::{alpn_value, dns_value};
use crate::message::{ErrorKind, Identifier, Problem};
use crate::server::context::Validation;
use core::net::IpAddr;
use handfast_crypto::secret::constant_time_eq;
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;

/// The longest body of an http-01 answer that is read: a key authorization has 87 bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The application protocol of tls-alpn-01.
pub const ACME_TLS: &[u8] = b"acme-tls/1";

impl Validation {
    /// http-01: the path that is fetched from the name's port 80.
    #[must_use]
    pub fn http_path(&self) -> String {
        format!("/.well-known/acme-challenge/{}", self.token)
    }

    /// http-01: whether the body of a 200 is the answer. White space at its end is passed over.
    ///
    /// # Errors
    /// A [`Problem`] shows what was found instead.
    pub fn judge_body(&self, body: &[u8]) -> Result<(), Problem> {
        let found = body.trim_ascii_end();
        if constant_time_eq(found, self.key_authorization.as_bytes()) {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(found.get(..SHOWN_BYTES).unwrap_or(found));
        // A token that somebody else was given, or the answer of another account's key.
        let hint = match found.split(|byte| *byte == b'.').next() {
            Some(token) if token == self.token.as_bytes() => {
                "it begins with the right token, but is for another account's key"
            }
            _ => "the answer is the token, a dot, and the thumbprint of the account's key",
        };
        let detail = format!("found {:?} at {}: {hint}", shown, self.http_path());
        Err(Problem::new(ErrorKind::IncorrectResponse, detail))
    }

    /// dns-01: the name of the TXT record.
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("_acme-challenge.{}", self.identifier)
    }

    /// dns-01: whether one of the TXT values is the answer.
    ///
    /// # Errors
    /// A [`Problem`] says how many there were.
    pub fn judge_records<'v>(
        &self,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Result<(), Problem> {
        let wanted = dns_value(&self.key_authorization);
        let mut count = 0_usize;
        for value in values {
            if constant_time_eq(value.as_bytes(), wanted.as_bytes()) {
                return Ok(());
            }
            count = count.saturating_add(1);
        }
        let name = self.record_name();
        let detail = match count {
            0 => format!("there is no TXT record {name}"),
            _ => format!("none of the {count} TXT values of {name} is the answer, {wanted}"),
        };
        Err(Problem::new(ErrorKind::IncorrectResponse, detail))
    }

    /// tls-alpn-01: the name to ask for by SNI; of an address the name of its reverse lookup
    /// (RFC 8738 section 6).
    #[must_use]
    pub fn server_name(&self) -> String {
        match &self.identifier {
            Identifier::Ip(IpAddr::V4(address)) => {
                let [a, b, c, d] = address.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            Identifier::Ip(IpAddr::V6(address)) => {
                let octets = address.octets();
                let nibbles = octets
                    .iter()
                    .rev()
                    .flat_map(|octet| [octet & 15, octet >> 4]);
                let labels: String = nibbles.map(|nibble| format!("{nibble:x}.")).collect();
                format!("{labels}ip6.arpa")
            }
            name => name.to_string(),
        }
    }

    /// tls-alpn-01: whether the certificate that was shown with [`ACME_TLS`] is the answer:
    /// self-signed, for this one name, with the digest in a critical acmeIdentifier.
    ///
    /// # Errors
    /// A [`Problem`] says what is wrong with it.
    pub fn judge_certificate(&self, leaf: &[u8]) -> Result<(), Problem> {
        let wrong = |what: &str| {
            let detail = format!("the certificate that was shown with acme-tls/1: {what}");
            Err(Problem::new(ErrorKind::IncorrectResponse, detail))
        };
        let certificate = match Certificate::parse(leaf) {
            Ok(certificate) => certificate,
            Err(fault) => return wrong(&fault.to_string()),
        };
        let mut names = certificate.subject_alt_names();
        let is_the_name = match (names.next(), &self.identifier) {
            (Some(GeneralName::Dns(name)), Identifier::Dns(wanted)) => {
                name.eq_ignore_ascii_case(wanted)
            }
            (Some(name @ GeneralName::Ip(_)), Identifier::Ip(wanted)) => name.ip() == Some(*wanted),
            _ => false,
        };
        if !is_the_name || names.next().is_some() {
            let name = &self.identifier;
            return wrong(&format!(
                "its subjectAltName must be {name} and nothing else"
            ));
        }
        if !is_self_signed(&certificate) {
            return wrong("it must be self-signed");
        }
        let mut extensions = certificate.extensions();
        let Some(extension) = extensions.find(|known| known.oid.0 == ACME_IDENTIFIER) else {
            return wrong("it has no acmeIdentifier extension (1.3.6.1.5.5.7.1.31)");
        };
        if !extension.critical {
            return wrong("its acmeIdentifier extension must be critical");
        }
        let wanted = alpn_value(&self.key_authorization);
        // RFC 8737 section 3: an OCTET STRING of 32 bytes.
        match extension.value.split_first_chunk::<2>() {
            Some(([4, 32], found)) if constant_time_eq(found, &wanted) => Ok(()),
            Some(([4, 32], found)) if found.len() == wanted.len() => {
                wrong("its acmeIdentifier is the digest of another token or account's key")
            }
            _ => wrong("its acmeIdentifier is no SHA-256 digest in an OCTET STRING"),
        }
    }
}

fn is_self_signed(certificate: &Certificate<'_>) -> bool {
    match (
        certificate.known_signature_algorithm(),
        certificate.public_key(),
    ) {
        (Some(algorithm), Ok(key)) => {
            let (tbs, signature) = (certificate.tbs(), certificate.signature());
            certificate.is_self_issued() && key.verify(algorithm, tbs, signature).is_ok()
        }
        _ => false,
    }
}

/// id-pe-acmeIdentifier, 1.3.6.1.5.5.7.1.31.
const ACME_IDENTIFIER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 0x1f];
/// Of what was found instead.
const SHOWN_BYTES: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ChallengeKind;

    fn validation(name: &str) -> Validation {
        Validation {
            authorization: "A".to_owned(),
            account: "B".to_owned(),
            kind: ChallengeKind::Http01,
            identifier: Identifier::read(name),
            token: "token".to_owned(),
            key_authorization: "token.thumbprint".to_owned(),
        }
    }

    #[test]
    fn the_body_is_the_key_authorization_and_nothing_else() {
        let validation = validation("a.test");
        assert_eq!(validation.http_path(), "/.well-known/acme-challenge/token");
        for good in [
            &b"token.thumbprint"[..],
            b"token.thumbprint\r\n",
            b"token.thumbprint \n",
        ] {
            validation.judge_body(good).unwrap();
        }
        for bad in [
            &b""[..],
            b"token",
            b"token.",
            b"token.other",
            b"other.thumbprint",
            b" token.thumbprint",
            b"token.thumbprint\nx",
            b"token.thumbprint\0",
            &[0xff; 4000],
        ] {
            let problem = validation.judge_body(bad).unwrap_err();
            assert_eq!(problem.kind, ErrorKind::IncorrectResponse);
            assert!(problem.detail.len() < 600);
        }
        let other = validation.judge_body(b"token.other").unwrap_err();
        assert!(other.detail.contains("another account"));
    }

    #[test]
    fn one_txt_value_of_several_is_enough() {
        let validation = validation("a.test");
        let right = dns_value("token.thumbprint");
        assert_eq!(validation.record_name(), "_acme-challenge.a.test");
        validation.judge_records(["x", &right]).unwrap();
        for bad in [vec![], vec!["token.thumbprint"], vec!["", "x"]] {
            assert!(validation.judge_records(bad).is_err());
        }
    }

    #[test]
    fn an_address_is_asked_for_by_the_name_of_its_reverse_lookup() {
        assert_eq!(validation("a.test").server_name(), "a.test");
        // RFC 8738 section 6.
        assert_eq!(
            validation("192.0.2.1").server_name(),
            "1.2.0.192.in-addr.arpa"
        );
        let six = validation("2001:db8::1").server_name();
        assert_eq!(
            six,
            format!("1.{}8.b.d.0.1.0.0.2.ip6.arpa", "0.".repeat(23))
        );
    }
}
