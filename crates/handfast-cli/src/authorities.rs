//! The authorities that a CertificateRequest names.

use handfast_pki::distinguished_name::DistinguishedName;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{
    CertificateRequest, CertificateRequestExtensions, ClassicCertificateRequest,
};

/// The authorities in a CertificateRequest of either form: one of TLS 1.2 ends in a list which
/// the form of TLS 1.3 has no place for.
pub(crate) fn authorities(body: &[u8]) -> Option<Vec<String>> {
    let words = |der: &[u8]| {
        let name = DistinguishedName::parse(der).map(|name| name.to_string());
        name.unwrap_or_else(|_| "(unreadable)".to_owned())
            .replace(char::is_control, "\u{fffd}")
    };
    if let Ok(request) = CertificateRequest::decode(body) {
        let extensions = CertificateRequestExtensions::read(request.extensions).ok()?;
        let list = extensions.certificate_authorities;
        return Some(match list {
            Some(list) => list.iter().map(|name| words(name.0)).collect(),
            None => Vec::new(),
        });
    }
    let request = ClassicCertificateRequest::decode(body).ok()?;
    let list = request.certificate_authorities.iter();
    Some(list.map(|name| words(name.0)).collect())
}

/// What a CertificateRequest says.
pub(crate) fn asked(schemes: usize, authorities: &[String]) -> String {
    let shown = authorities.iter().take(8).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join("; ");
    let named = match authorities.len() {
        0 => "no authority named".to_owned(),
        1..=8 => format!("of an authority among: {shown}"),
        count => format!("of an authority among: {shown}; and {} more", count - 8),
    };
    format!("asks the client who it is; {schemes} signature schemes; {named}")
}
