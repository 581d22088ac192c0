//! What came, read once.

use crate::failed::Failed;
use crate::kind::Kind;
use handfast_pki::crl::kept::KeptCrl;
use handfast_pki::load::{self, Format};
use handfast_pki::ocsp::OcspResponse;
use rustls_pki_types::CertificateDer;
use std::fmt;

/// What came, found to be of the kind that was asked for. Who signed it is judged at each use.
pub(crate) struct Content {
    /// How many bytes it was.
    pub(crate) length: usize,
    pub(crate) body: Body,
}

/// The same, read.
pub(crate) enum Body {
    Issuers {
        raw: Vec<u8>,
        certificates: Vec<CertificateDer<'static>>,
    },
    Crls(Vec<KeptCrl>),
    Response(Vec<u8>),
}

impl Content {
    /// Reads what came.
    pub(crate) fn read(kind: Kind, bytes: Vec<u8>) -> Result<Self, Failed> {
        let length = bytes.len();
        let body = match kind {
            Kind::Issuer => Body::Issuers {
                certificates: load::certificates(&bytes).map_err(unreadable)?,
                raw: bytes,
            },
            Kind::Crl if matches!(load::detect(&bytes), Format::Crl) => {
                Body::Crls(vec![KeptCrl::new(bytes).map_err(unreadable)?])
            }
            // Some publish PEM or PKCS#7, though DER is meant (RFC 5280 s4.2.1.13).
            Kind::Crl => {
                let lists = load::crls(&bytes).map_err(unreadable)?;
                let lists = lists.into_iter().take(LISTS).map(KeptCrl::new);
                Body::Crls(lists.collect::<Result<_, _>>().map_err(unreadable)?)
            }
            Kind::Ocsp => match OcspResponse::parse(&bytes).map_err(unreadable)? {
                OcspResponse::Refused(status) => return Err(Failed::Responder(status)),
                OcspResponse::Basic(_) => Body::Response(bytes),
            },
        };
        Ok(Self { length, body })
    }

    /// The bytes for the disk; `None` for what is not kept there.
    pub(crate) fn raw(&self) -> Option<&[u8]> {
        match &self.body {
            Body::Issuers { raw, .. } | Body::Response(raw) => Some(raw),
            Body::Crls(lists) => match lists.as_slice() {
                [only] => Some(only.der()),
                _ => None,
            },
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.length)
    }
}

pub(crate) fn unreadable(fault: impl fmt::Display) -> Failed {
    Failed::Unreadable {
        why: fault.to_string(),
    }
}

/// Of a file in PEM or PKCS#7, so many lists are read.
const LISTS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_kind_is_refused() {
        for kind in [Kind::Issuer, Kind::Crl, Kind::Ocsp] {
            for bytes in [&b""[..], b"<html>", &[0x30, 0]] {
                let failed = Content::read(kind, bytes.to_vec()).unwrap_err();
                assert_eq!(failed.word(), "unreadable", "{kind}: {failed}");
            }
        }
        let later = Content::read(Kind::Ocsp, vec![0x30, 3, 0x0a, 1, 3]).unwrap_err();
        assert_eq!(later.to_string(), "the responder answered tryLater");
    }
}
