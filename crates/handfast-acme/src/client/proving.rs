//! Authorizations: which challenge to answer, and what became of it (RFC 8555 section 7.5).

use crate::client::fault::{ClientFault, FaultKind};
use crate::client::problem::{refused, shown};
use crate::client::proof::{Proof, is_token};
use crate::jws::{Jwk, key_authorization};
use crate::message::{
    Authorization, AuthorizationStatus, ChallengeKind, ChallengeStatus, ErrorKind,
};

/// How far an authorization is, where it has not failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    Open,
    Proven,
}

/// How far an authorization is.
pub(crate) fn judged(authorization: &Authorization) -> Result<Judged, ClientFault> {
    match authorization.status {
        AuthorizationStatus::Pending => Ok(Judged::Open),
        AuthorizationStatus::Valid => Ok(Judged::Proven),
        status => {
            let name = shown(&authorization.identifier.to_string());
            let mut failed = authorization
                .challenges
                .iter()
                .filter(|challenge| challenge.status == ChallengeStatus::Invalid);
            let problem = failed
                .find_map(|challenge| challenge.error.as_ref().map(|error| (challenge, error)));
            Err(match problem {
                Some((challenge, problem)) => {
                    let kind = shown(challenge.kind.name());
                    refused(&format!("{name} is not proven by {kind}"), problem)
                }
                None => {
                    let kind = FaultKind::Refused(ErrorKind::Blank);
                    let message =
                        format!("{name} is not proven: the authority says {status:?} and no more");
                    ClientFault::new(kind, message).hint("its log may tell; a new order is tried")
                }
            })
        }
    }
}

/// What answers the challenge of that kind, and the URL where to say so.
pub(crate) fn proof_of(
    authorization: &Authorization,
    kind: &ChallengeKind,
    key: &Jwk,
) -> Result<(Proof, String), ClientFault> {
    let offered = &authorization.challenges;
    let name = shown(&authorization.identifier.to_string());
    let Some(challenge) = offered.iter().find(|challenge| challenge.kind == *kind) else {
        let others: Vec<_> = offered
            .iter()
            .take(10)
            .map(|challenge| shown(challenge.kind.name()))
            .collect();
        let others = others.join(", ");
        let message = format!(
            "the authority offers no {} for {name}, but {others}",
            kind.name()
        );
        return Err(ClientFault::settings(message)
            .hint("choose one of those with --acme-challenge; a name with * takes dns-01 alone"));
    };
    if !is_token(&challenge.token) {
        return Err(ClientFault::protocol(format!(
            "the token of the challenge for {name} is not 1 to 256 letters of base64url"
        )));
    }
    let proof = Proof {
        name: authorization.identifier.clone(),
        kind: kind.clone(),
        token: challenge.token.clone(),
        key_authorization: key_authorization(&challenge.token, key),
    };
    Ok((proof, challenge.url.clone()))
}
