//! Which credential to show, and how to sign with it (RFC 8446 sections
//! 4.2.3, 4.2.4 and 4.4.2.2).

use crate::config::{Credential, ServerConfig, UnknownName};
use crate::connection::Broken;
use crate::fault::Fault;
use crate::suite::{Family, scheme_suits};
use handfast_crypto::signature::KeyKind;
use handfast_pki::name::ServerName;
use handfast_wire::registry::SignatureScheme;

/// What the peer accepts.
pub(crate) struct Accepted<'a> {
    pub(crate) schemes: &'a [SignatureScheme],
    /// DER names of authorities; empty: any.
    pub(crate) authorities: &'a [Vec<u8>],
    pub(crate) family: Family,
    /// Obsolete schemes that a policy allows, whatever the peer accepts.
    #[cfg(feature = "legacy")]
    pub(crate) obsolete: &'a [SignatureScheme],
    /// Kinds of key that the suites or the certificate types allow.
    pub(crate) suits_key: &'a dyn Fn(KeyKind) -> bool,
}

/// Our best scheme for this credential that the peer accepts.
pub(crate) fn scheme(credential: &Credential, accepted: &Accepted<'_>) -> Option<SignatureScheme> {
    let inner = &credential.0;
    if !(accepted.suits_key)(inner.kind) {
        return None;
    }
    let fits = |scheme: &SignatureScheme| {
        scheme_suits(*scheme, inner.kind, accepted.family) && accepted.schemes.contains(scheme)
    };
    let found = inner.schemes.iter().copied().find(fits);
    #[cfg(feature = "legacy")]
    let found = found.or_else(|| {
        let mut obsolete = inner.obsolete.iter().copied();
        obsolete.find(|scheme| accepted.obsolete.contains(scheme) && fits(scheme))
    });
    found
}

/// The same, or the fault that names both lists.
pub(crate) fn require_scheme(
    credential: &Credential,
    accepted: &Accepted<'_>,
) -> Result<SignatureScheme, Broken> {
    scheme(credential, accepted).ok_or_else(|| {
        let own = credential.0.schemes.iter();
        Broken::offers(
            Fault::SchemeNotCommon,
            "signature schemes",
            accepted.schemes.iter(),
            own,
        )
    })
}

/// True unless the credential is only for peers that know one of its issuers.
fn suits_authorities(credential: &Credential, authorities: &[Vec<u8>]) -> bool {
    !credential.0.must_match_issuer || credential.is_below(authorities)
}

/// The server's side: credentials that carry the name go before the others.
pub(crate) fn for_server(
    credentials: &[Credential],
    unknown: UnknownName,
    name: Option<&str>,
    accepted: &Accepted<'_>,
) -> Result<Credential, Broken> {
    if let (UnknownName::UseFirst, [only]) = (unknown, credentials) {
        // It is shown whatever names it carries.
        return first_fitting(core::iter::once(only), accepted);
    }
    let wanted = name.and_then(|name| ServerName::parse(name).ok());
    let carries = |credential: &&Credential| {
        wanted
            .as_ref()
            .is_some_and(|wanted| credential.carries(wanted))
    };
    let named = credentials.iter().filter(carries);
    let others = credentials
        .iter()
        .filter(|_| unknown == UnknownName::UseFirst || name.is_none());
    let mut candidates = named.chain(others).peekable();
    if candidates.peek().is_none() {
        return Err(Fault::ServerNameUnknown.into());
    }
    first_fitting(candidates, accepted)
}

/// True for a host that the config serves: any, where there are no certificates. Where the caller
/// chooses the credential, its label says what has changed.
pub(crate) fn serves(config: &ServerConfig, name: Option<&str>) -> bool {
    let Some(name) = name else { return true };
    config.ask_for_credential
        || config.shows_nothing()
        || config.unknown_name == UnknownName::UseFirst
        || ServerName::parse(name)
            .is_ok_and(|wanted| config.credentials.iter().any(|one| one.carries(&wanted)))
}

/// The client's side: the first that the server accepts, those below the
/// authorities that it names (RFC 8446 section 4.2.4) before the others. Where
/// none is suitable none is shown, and the server decides what that is worth
/// (RFC 8446 section 4.4.2, RFC 5246 section 7.4.6).
pub(crate) fn for_client(
    credentials: &[Credential],
    accepted: &Accepted<'_>,
) -> Option<Credential> {
    let is_named = |credential: &&Credential| credential.is_below(accepted.authorities);
    let named = credentials.iter().filter(is_named);
    let others = credentials.iter().filter(|one| !is_named(one));
    first_fitting(named.chain(others), accepted).ok()
}

fn first_fitting<'c>(
    candidates: impl Iterator<Item = &'c Credential>,
    accepted: &Accepted<'_>,
) -> Result<Credential, Broken> {
    let mut own: Vec<SignatureScheme> = Vec::new();
    let mut wrong_issuer = false;
    for credential in candidates {
        if !suits_authorities(credential, accepted.authorities) {
            wrong_issuer = true;
        } else if scheme(credential, accepted).is_some() {
            return Ok(credential.clone());
        } else {
            own.extend(
                credential
                    .0
                    .schemes
                    .iter()
                    .filter(|scheme| !own.contains(scheme))
                    .collect::<Vec<_>>(),
            );
        }
    }
    if own.is_empty() && wrong_issuer {
        return Err(Fault::IssuerNotCommon.into());
    }
    Err(Broken::offers(
        Fault::SchemeNotCommon,
        "signature schemes",
        accepted.schemes.iter(),
        own.iter(),
    ))
}
