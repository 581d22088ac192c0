//! What is to be shown to the authority so that it believes whose a name is.

use crate::jws::{alpn_value, dns_value};
use crate::message::{ChallengeKind, Identifier};
use core::net::IpAddr;

/// A challenge, and what answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The name or address, without `*.`.
    pub name: Identifier,
    /// How it is to be shown.
    pub kind: ChallengeKind,
    /// The challenge's token: 1 to 256 letters of base64url.
    pub token: String,
    /// What answers it (RFC 8555 section 8.1).
    pub key_authorization: String,
}

impl Proof {
    /// For http-01: the path below which [`Proof::key_authorization`] is to be found by plain HTTP
    /// on the name's port 80 (RFC 8555 section 8.3).
    #[must_use]
    pub fn http_path(&self) -> String {
        format!("{HTTP_PATH}{}", self.token)
    }

    /// For dns-01: the name of the TXT record (RFC 8555 section 8.4).
    #[must_use]
    pub fn dns_name(&self) -> String {
        format!("_acme-challenge.{}", self.name)
    }

    /// For dns-01: the text of the TXT record.
    #[must_use]
    pub fn dns_value(&self) -> String {
        dns_value(&self.key_authorization)
    }

    /// For tls-alpn-01: what the acmeIdentifier extension holds (RFC 8737 section 3).
    #[must_use]
    pub fn alpn_value(&self) -> [u8; 32] {
        alpn_value(&self.key_authorization)
    }

    /// For tls-alpn-01: the server name that the authority asks for. For an address it is the one
    /// of its reverse lookup (RFC 8738 section 6).
    #[must_use]
    pub fn server_name(&self) -> String {
        match &self.name {
            Identifier::Ip(IpAddr::V4(address)) => {
                let [a, b, c, d] = address.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            Identifier::Ip(IpAddr::V6(address)) => {
                let nibbles = address.octets().into_iter().rev();
                let text: String = nibbles
                    .map(|octet| format!("{:x}.{:x}.", octet & 15, octet >> 4))
                    .collect();
                format!("{text}ip6.arpa")
            }
            other => other.to_string().to_ascii_lowercase(),
        }
    }
}

/// Whether a token is what RFC 8555 section 8.3 says it is, and short enough for a file's name.
pub(crate) fn is_token(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=256).contains(&text.len()) && text.bytes().all(is_letter)
}

/// Where answers to http-01 lie (RFC 8555 section 8.3).
pub const HTTP_PATH: &str = "/.well-known/acme-challenge/";

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(name: Identifier) -> Proof {
        Proof {
            name,
            kind: ChallengeKind::TlsAlpn01,
            token: "tok".to_owned(),
            key_authorization: "tok.thumb".to_owned(),
        }
    }

    #[test]
    fn an_address_is_asked_for_by_its_reverse_name() {
        // The example of RFC 8738 section 6, and the one of RFC 3596 section 2.5.
        let v4 = proof(Identifier::Ip([192, 0, 2, 1].into()));
        assert_eq!(v4.server_name(), "1.2.0.192.in-addr.arpa");
        let v6 = proof(Identifier::Ip("4321:0:1:2:3:4:567:89ab".parse().unwrap()));
        assert_eq!(
            v6.server_name(),
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa"
        );
        let name = proof(Identifier::Dns("A.test".to_owned()));
        assert_eq!(name.server_name(), "a.test");
        assert_eq!(name.dns_name(), "_acme-challenge.A.test");
        assert_eq!(name.http_path(), "/.well-known/acme-challenge/tok");
    }

    #[test]
    fn tokens_are_base64url_and_no_path() {
        assert!(is_token("DGyRejmCefe7v4NfDGDKfA"));
        for bad in [
            "",
            "../../etc/passwd",
            "a/b",
            "a b",
            "a.b",
            "ä",
            &"a".repeat(257),
        ] {
            assert!(!is_token(bad), "{bad}");
        }
    }
}
