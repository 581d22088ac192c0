//! One case, judged.

use crate::Outcome;
use crate::case::{Case, Kind, PeerName};
use handfast_pki::crl::Crl;
use handfast_pki::extension::KeyUsage;
use handfast_pki::name::mail::MailAddress;
use handfast_pki::name::{NameFault, ServerName};
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::{Policy, Rules};
use handfast_pki::verify::revocation::{Mode, Revocation};
use handfast_pki::verify::{Purpose, Request, verify};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use std::error::Error;

/// Judges one case at its own time, or at `now_unix_s` if it has none.
pub(crate) fn judge(case: &Case, now_unix_s: i64) -> Outcome {
    let (actual_result, context) = match accept(case, now_unix_s) {
        Ok(()) => ("SUCCESS", None),
        Err(error) => ("FAILURE", Some(error.to_string())),
    };
    Outcome {
        id: case.id.clone(),
        actual_result,
        context,
    }
}

fn accept(case: &Case, now_unix_s: i64) -> Result<(), Box<dyn Error>> {
    let mut roots = Roots::new();
    for pem in &case.trusted_certs {
        // An anchor that cannot be read is one fewer to trust; the path then ends elsewhere.
        roots.add_readable([read(pem)?]);
    }
    let mut sent = vec![read(&case.peer_certificate)?];
    for pem in &case.untrusted_intermediates {
        sent.push(read(pem)?);
    }
    let chain: Vec<&[u8]> = sent.iter().map(AsRef::as_ref).collect();
    let name = case.expected_peer_name.as_ref().map(wanted).transpose()?;
    let mut policy = Policy::MODERN;
    policy.rules = rules(&case.id);
    if let Some(depth) = case.max_chain_depth {
        policy.intermediates_max = depth;
    }
    let lists: Vec<Vec<u8>> = case
        .crls
        .iter()
        .map(|pem| read_crl(pem))
        .collect::<Result<_, _>>()?;
    // One that cannot be read tells nothing, and what is not told is refused.
    let crls: Vec<Crl<'_>> = lists.iter().flat_map(|der| Crl::parse(der)).collect();
    let request = Request {
        chain: &chain,
        roots: &roots,
        purpose: match case.validation_kind {
            Kind::Server => Purpose::ServerAuth,
            Kind::Client => Purpose::ClientAuth,
        },
        key_usage: case
            .key_usage
            .iter()
            .any(|usage| usage == "digitalSignature")
            .then_some(KeyUsage::DIGITAL_SIGNATURE),
        name: name.as_ref(),
        at_unix_s: case
            .validation_time
            .map_or(now_unix_s, jiff::Timestamp::as_second),
        policy: &policy,
        leaf_key: None,
        facts: None,
        revocation: Revocation {
            mode: if lists.is_empty() {
                Mode::Off
            } else {
                Mode::HardFail
            },
            crls: &crls,
            ..Revocation::default()
        },
    };
    verify(&request)?;
    Ok(())
}

fn wanted(peer: &PeerName) -> Result<ServerName, NameFault> {
    match peer.kind.as_str() {
        "RFC822" => MailAddress::parse(&peer.value).map(ServerName::Mail),
        _ => ServerName::parse(&peer.value),
    }
}

/// The rule set is chosen by the id's first part alone.
fn rules(id: &str) -> Rules {
    match id.split("::").next() {
        Some("rfc5280") => Rules::Rfc5280,
        Some("webpki") => Rules::Web,
        _ => Rules::Path,
    }
}

fn read(pem: &str) -> Result<CertificateDer<'static>, rustls_pki_types::pem::Error> {
    CertificateDer::from_pem_slice(pem.as_bytes())
}

fn read_crl(pem: &str) -> Result<Vec<u8>, rustls_pki_types::pem::Error> {
    CertificateRevocationListDer::from_pem_slice(pem.as_bytes()).map(|der| der.to_vec())
}

#[cfg(test)]
mod tests {
    use super::{PeerName, ServerName, wanted};

    #[test]
    fn a_mail_address_is_asked_for_as_one() {
        let name = |kind: &str, value: &str| {
            let (kind, value) = (kind.to_owned(), value.to_owned());
            wanted(&PeerName { kind, value })
        };
        let mail = name("RFC822", "ann@example.com").expect("a mail address");
        assert!(matches!(mail, ServerName::Mail(_)));
        let host = name("DNS", "example.com").expect("a host");
        assert!(matches!(host, ServerName::Dns(_)));
        assert!(name("RFC822", "example.com").is_err());
        assert!(name("DNS", "ann@example.com").is_err());
    }
}
