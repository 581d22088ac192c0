//! What is asked for: a request (PKCS#10), and the names and the key in it.

use crate::client::fault::ClientFault;
use crate::message::Identifier;
use core::net::IpAddr;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::general_name::GeneralName;

/// What the certificate shall be.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The request in DER.
    pub(crate) csr: Vec<u8>,
    /// The key in it.
    pub(crate) spki: Vec<u8>,
    /// The names in it, each once.
    pub(crate) names: Vec<Identifier>,
}

impl Wanted {
    /// Reads a request.
    pub(crate) fn read(csr: Vec<u8>) -> Result<Self, ClientFault> {
        let request = CertificationRequest::parse(&csr)
            .map_err(|fault| ClientFault::settings(format!("the request: {fault}")))?;
        let mut names: Vec<Identifier> = Vec::new();
        for name in request.subject_alt_names() {
            let Some(identifier) = name_of(&name) else {
                return Err(ClientFault::settings(format!(
                    "the request holds {name}, and ACME's certificates are for hosts and addresses"
                )));
            };
            if !names.contains(&identifier) {
                names.push(identifier);
            }
        }
        if names.is_empty() || names.len() > MOST_NAMES {
            return Err(ClientFault::settings(format!(
                "the request is for {} names: 1 to {MOST_NAMES} are asked for at a time",
                names.len()
            )));
        }
        let spki = request.spki().to_vec();
        Ok(Self { csr, spki, names })
    }

    /// Whether an order's names are these and no others.
    pub(crate) fn is_for(&self, names: &[Identifier]) -> bool {
        names.len() == self.names.len()
            && names.iter().all(|name| self.names.contains(&lower(name)))
            && self
                .names
                .iter()
                .all(|own| names.iter().any(|name| lower(name) == *own))
    }

    /// Whether an authorization's name is one of these; `wildcard`: with `*.` before it.
    pub(crate) fn has_name(&self, name: &Identifier, wildcard: bool) -> bool {
        match (lower(name), wildcard) {
            (Identifier::Dns(name), true) => {
                self.names.contains(&Identifier::Dns(format!("*.{name}")))
            }
            (name, _) => self.names.contains(&name),
        }
    }
}

/// A name of a certificate as ACME writes it (RFC 8555 section 9.7.7, RFC 8738 section 3).
pub(crate) fn name_of(name: &GeneralName<'_>) -> Option<Identifier> {
    match name {
        GeneralName::Dns(name) => Some(Identifier::Dns(name.to_ascii_lowercase())),
        GeneralName::Ip(octets) => {
            let address = match octets.len() {
                4 => IpAddr::from(<[u8; 4]>::try_from(*octets).ok()?),
                _ => IpAddr::from(<[u8; 16]>::try_from(*octets).ok()?),
            };
            Some(Identifier::Ip(address))
        }
        _ => None,
    }
}

fn lower(name: &Identifier) -> Identifier {
    match name {
        Identifier::Dns(name) => Identifier::Dns(name.to_ascii_lowercase()),
        other => other.clone(),
    }
}

/// As many as most authorities take.
const MOST_NAMES: usize = 100;
