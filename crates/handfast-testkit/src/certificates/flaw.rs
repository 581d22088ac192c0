//! Certificates that nobody may accept, each for one reason.

use handfast_ca::authority::{Authority, self_signed};
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Limits, Profile, Purpose, Subtree, Validity};
use rustls_pki_types::CertificateDer;

use super::{DAY, good, intermediate, made, names, now_unix, root};

/// What is wrong with a server's certificate, its anchor being [`root`] and its name
/// `localhost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// It ended yesterday.
    Expired,
    /// It begins tomorrow.
    NotYetValid,
    /// It is for `elsewhere.test`.
    WrongName,
    /// It is for clients.
    WrongPurpose,
    /// Its issuer is a server's certificate: basic constraints say it is no authority.
    IssuerIsNoAuthority,
    /// Two authorities stand in a row below one that allows none below itself.
    PathTooLong,
    /// Its issuer may vouch for `example.test` only.
    NameNotPermitted,
    /// It comes from another root of the same name.
    UnknownRoot,
    /// It vouches for itself.
    SelfSigned,
    /// The intermediate is not sent along.
    IncompleteChain,
    /// One bit of its signature is flipped.
    BadSignature,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Expired,
        Self::NotYetValid,
        Self::WrongName,
        Self::WrongPurpose,
        Self::IssuerIsNoAuthority,
        Self::PathTooLong,
        Self::NameNotPermitted,
        Self::UnknownRoot,
        Self::SelfSigned,
        Self::IncompleteChain,
        Self::BadSignature,
    ];

    /// A P-256 server with this flaw, made anew.
    #[must_use]
    pub fn server(self) -> Issued {
        let now = now_unix();
        let mut profile = Profile::server(&names(), good(), KeyKind::EcP256);
        let mut issuer = None;
        match self {
            Self::Expired => profile.validity.not_after_unix = now - DAY / 2,
            Self::NotYetValid => {
                profile.validity = Validity {
                    not_before_unix: now + DAY,
                    not_after_unix: now + 2 * DAY,
                };
            }
            Self::WrongName => profile.names = vec![AlternativeName::dns("elsewhere.test")],
            Self::WrongPurpose => profile.purposes = vec![Purpose::ClientAuth],
            Self::IssuerIsNoAuthority => {
                issuer = Some(below(intermediate(), &profile).danger_unchecked());
            }
            Self::PathTooLong => {
                let limits = Limits {
                    path_length: Some(0),
                    ..Limits::default()
                };
                let upper = below(root(), &limited("Narrow", limits)).danger_unchecked();
                issuer = Some(below(&upper, &limited("Too deep", Limits::default())));
            }
            Self::NameNotPermitted => {
                let permitted = vec![Subtree::Dns("example.test".to_owned())];
                let limits = Limits {
                    permitted,
                    ..Limits::default()
                };
                issuer = Some(below(root(), &limited("Constrained", limits)).danger_unchecked());
            }
            Self::UnknownRoot => {
                issuer = Some(made(Authority::new(
                    "Handfast test root",
                    good(),
                    KeyKind::EcP256,
                )));
            }
            Self::SelfSigned => return made(self_signed(&profile)),
            Self::IncompleteChain | Self::BadSignature => {}
        }
        let issued = made(issuer.as_ref().unwrap_or(intermediate()).issue(&profile));
        match self {
            Self::IncompleteChain => changed(issued, |chain| chain.truncate(1)),
            Self::BadSignature => changed(issued, |chain| {
                let mut der = chain[0].to_vec();
                // The signature is the last thing in a certificate.
                *der.last_mut().expect("a certificate has bytes") ^= 1;
                chain[0] = CertificateDer::from(der);
            }),
            _ => issued,
        }
    }
}

fn below(issuer: &Authority, profile: &Profile) -> Authority {
    made(issuer.intermediate(profile))
}

fn limited(common_name: &str, limits: Limits) -> Profile {
    let mut profile = Profile::authority(common_name, good(), KeyKind::EcP256);
    profile.authority = Some(limits);
    profile
}

fn changed(issued: Issued, change: impl FnOnce(&mut Vec<CertificateDer<'static>>)) -> Issued {
    let (mut chain, key) = issued.into_parts();
    change(&mut chain);
    Issued::from_parts(chain, key)
}
