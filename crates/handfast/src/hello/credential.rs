//! Which credential to show, and how to sign with it (RFC 8446 sections
//! 4.2.3, 4.2.4 and 4.4.2.2).

use crate::config::{
    ClientConfig, CommonPlan, Credential, Delegate, Delegated, MOST_DELEGATED_S, ServerConfig,
    UnknownName,
};
use crate::connection::Broken;
use crate::fault::Fault;
use crate::hello::certificate_type::Types;
use crate::suite::{Family, scheme_suits};
use crate::time::Now;
use handfast_crypto::signature::KeyKind;
use handfast_pki::name::ServerName;
use handfast_wire::codec::Wire;
use handfast_wire::extension::ExtensionsWriter;
use handfast_wire::registry::{CertificateType, ExtensionType, SignatureScheme};

/// What the peer accepts.
pub(crate) struct Accepted<'a> {
    pub(crate) schemes: &'a [SignatureScheme],
    /// DER names of authorities; empty: any.
    pub(crate) authorities: &'a [Vec<u8>],
    pub(crate) family: Family,
    /// Kinds of certificate that may be shown.
    pub(crate) types: Types,
    /// The peer has named them.
    pub(crate) names_types: bool,
    /// How it takes delegated credentials; nothing where it takes none.
    pub(crate) delegation: Option<TakesDelegated<'a>>,
    /// Obsolete schemes that a policy allows, whatever the peer accepts.
    #[cfg(feature = "legacy")]
    pub(crate) obsolete: &'a [SignatureScheme],
    /// Kinds of key that the suites or the certificate types allow.
    pub(crate) suits_key: &'a dyn Fn(KeyKind) -> bool,
}

/// Delegated credentials that the peer takes (RFC 9345 section 4.1).
pub(crate) struct TakesDelegated<'a> {
    pub(crate) schemes: &'a [SignatureScheme],
    /// Who shows one.
    pub(crate) by: Delegate,
    pub(crate) now: Now,
}

impl TakesDelegated<'_> {
    fn suits(&self, delegated: &Delegated) -> bool {
        delegated.to == self.by
            && self.schemes.contains(&delegated.scheme)
            && i64::try_from(self.now.unix_s()).is_ok_and(|now| {
                // RFC 9345 s4: nobody takes one that is good for longer than a week.
                now <= delegated.until_s
                    && delegated.until_s.saturating_sub(now) <= i64::from(MOST_DELEGATED_S)
            })
    }
}

impl Accepted<'_> {
    /// True for a certificate, or a raw key, where the peer takes such.
    pub(crate) fn suits_type(&self, credential: &Credential) -> bool {
        self.types.has(credential.certificate_type())
    }

    /// None of these is of a type that may be shown.
    fn no_type<'c>(&self, own: impl Iterator<Item = &'c Credential>) -> Broken {
        // RFC 7250 s4.2: to who knows of types; others have said nothing about them.
        if !self.names_types {
            return Fault::RawKeyUnasked.into();
        }
        let mut types: Vec<CertificateType> = Vec::new();
        for one in own.map(Credential::certificate_type) {
            if !types.contains(&one) {
                types.push(one);
            }
        }
        let fault = Fault::CertificateTypeNotCommon;
        let peer = self.types.as_slice().iter();
        Broken::offers(fault, "certificate types", peer, types.iter())
    }
}

/// Says which delegated credentials this side takes, in a ClientHello or a CertificateRequest.
pub(crate) fn offer_delegated(common: &CommonPlan, out: &mut ExtensionsWriter<'_, '_>) {
    let schemes = &common.set.delegated_schemes;
    if !schemes.is_empty() {
        out.add(ExtensionType::DELEGATED_CREDENTIAL, |out| {
            out.prefixed::<2>(|out| schemes.iter().for_each(|scheme| scheme.write(out)));
        });
    }
}

/// Our best scheme for this credential that the peer accepts.
pub(crate) fn scheme(credential: &Credential, accepted: &Accepted<'_>) -> Option<SignatureScheme> {
    let inner = &credential.0;
    if !(accepted.suits_key)(inner.kind) || !accepted.suits_type(credential) {
        return None;
    }
    if let Some(delegated) = &inner.delegated {
        // RFC 9345 s4.1.1: the certificate's signature and the key's own are asked for apart.
        let suits = |takes: &TakesDelegated<'_>| takes.suits(delegated);
        let is_taken = accepted.delegation.as_ref().is_some_and(suits);
        let is_vouched = accepted.schemes.contains(&delegated.by);
        return (is_taken && is_vouched).then_some(delegated.scheme);
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
        if !accepted.suits_type(credential) {
            return accepted.no_type(core::iter::once(credential));
        }
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
    let candidates = named.chain(others);
    if candidates.clone().next().is_none() {
        return Err(Fault::ServerNameUnknown.into());
    }
    first_fitting(candidates.clone(), accepted).map_err(|broken| {
        let suits = |one: &Credential| accepted.suits_type(one);
        // Others would do but for the host.
        match !candidates.clone().any(suits) && credentials.iter().any(suits) {
            true => Fault::ServerNameUnknown.into(),
            false => broken,
        }
    })
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
/// (RFC 8446 section 4.4.2, RFC 5246 section 7.4.6), unless the config insists.
pub(crate) fn for_client(
    config: &ClientConfig,
    accepted: &Accepted<'_>,
) -> Result<Option<Credential>, Broken> {
    let credentials = &config.credentials;
    let is_named = |credential: &&Credential| credential.is_below(accepted.authorities);
    let named = credentials.iter().filter(is_named);
    let others = credentials.iter().filter(|one| !is_named(one));
    match first_fitting(named.chain(others), accepted) {
        Err(broken) if config.insist_on_credential && !credentials.is_empty() => Err(broken),
        chosen => Ok(chosen.ok()),
    }
}

fn first_fitting<'c>(
    candidates: impl Iterator<Item = &'c Credential> + Clone,
    accepted: &Accepted<'_>,
) -> Result<Credential, Broken> {
    let mut own: Vec<SignatureScheme> = Vec::new();
    let (mut wrong_issuer, mut wrong_type) = (false, false);
    for credential in candidates.clone() {
        if !accepted.suits_type(credential) {
            wrong_type = true;
        } else if !suits_authorities(credential, accepted.authorities) {
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
    if own.is_empty() && wrong_type {
        return Err(accepted.no_type(candidates));
    }
    Err(Broken::offers(
        Fault::SchemeNotCommon,
        "signature schemes",
        accepted.schemes.iter(),
        own.iter(),
    ))
}
