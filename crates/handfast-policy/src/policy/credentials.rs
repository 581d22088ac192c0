//! What credentials show, and sign by, beside what a policy asks of them.

use crate::policy::{Certificates, Policy, Reach, Rule, Violation};
use handfast::Credential;
use handfast_pki::certificate::Certificate;
use handfast_pki::verify::key_kinds::KeyKinds;

/// All that the credentials of a config have outside of the policy.
pub(super) fn credentials(found: &mut Vec<Violation>, policy: &Policy, held: &[Credential]) {
    for credential in held {
        if let Some(section) = policy.schemes.section {
            let stray = credential.schemes().iter();
            let stray = stray.filter(|scheme| !policy.schemes.allows(**scheme));
            for scheme in stray {
                found.push(Violation {
                    rule: Rule::CredentialScheme,
                    what: scheme.to_string(),
                    section,
                    remedy: "narrow it by Credential::with_schemes, or show a key of another kind"
                        .to_owned(),
                });
            }
        }
        if let Some(rules) = &policy.certificates {
            chain(found, rules, credential);
        }
        delegated(found, policy, credential);
    }
}

/// The key that signs in place of the leaf's, and the scheme by which the leaf's vouches for it (RFC
/// 9345): it is held to what is asked of the leaf's own.
fn delegated(found: &mut Vec<Violation>, policy: &Policy, credential: &Credential) {
    let Some(by) = credential.delegated_by() else {
        return;
    };
    if let (Some(section), false) = (policy.schemes.section, policy.schemes.allows(by)) {
        found.push(Violation {
            rule: Rule::CredentialScheme,
            what: format!("{by}, by which its certificate vouches for the delegated key"),
            section,
            remedy: "have the key delegated by another scheme".to_owned(),
        });
    }
    let kind = credential.key_kind();
    let rules = policy.certificates.as_ref();
    if let Some(rules) = rules.filter(|rules| !rules.accepts_key(&kind)) {
        let allowed = allowed_keys(rules);
        found.push(Violation {
            rule: Rule::CredentialKey,
            what: format!("delegated: {}", words(&kind)),
            section: rules.section,
            remedy: format!("delegate to a key among {allowed}"),
        });
    }
}

/// The certificates of a credential, leaf first. A root that is shown for no reason is an anchor, whose
/// own signature nobody looks at.
fn chain(found: &mut Vec<Violation>, rules: &Certificates, credential: &Credential) {
    let shown = match rules.reach {
        Reach::OwnLeaf => 1,
        Reach::WholeChain => usize::MAX,
    };
    let chain = credential.chain().iter().take(shown);
    for (at, der) in chain.enumerate() {
        let Ok(certificate) = Certificate::parse(der) else {
            // A leaf that cannot be read is no credential; others are for the peer to judge.
            continue;
        };
        let mut add = |rule, what: String, remedy: &str| {
            found.push(Violation {
                rule,
                what: format!("certificate {at}: {what}"),
                section: rules.section,
                remedy: remedy.to_owned(),
            });
        };
        let kind = certificate.key_kind();
        if !kind.as_ref().is_ok_and(|kind| rules.accepts_key(kind)) {
            let what = kind.map_or_else(
                |_| "a kind that is not known".to_owned(),
                |kind| words(&kind),
            );
            let allowed = allowed_keys(rules);
            add(
                Rule::CredentialKey,
                what,
                &format!("have it issued for a key among {allowed}"),
            );
        }
        let is_anchor = at > 0 && certificate.issuer().der() == certificate.subject().der();
        let algorithm = certificate.known_signature_algorithm();
        if !is_anchor && !algorithm.is_some_and(|one| rules.accepts_signature(one)) {
            let what = algorithm.map_or_else(
                || "an algorithm that is not known".to_owned(),
                |algorithm| format!("{algorithm:?}"),
            );
            add(
                Rule::CredentialSignature,
                what,
                "have it issued by an authority that signs otherwise",
            );
        }
        let validity = certificate.validity();
        let seconds = validity.not_after.0.saturating_sub(validity.not_before.0);
        if let Some(most) = rules
            .days_max
            .filter(|most| seconds > i64::from(*most) * DAY)
        {
            let days = seconds / DAY;
            add(
                Rule::CredentialLife,
                format!("{days} days"),
                &format!("have it issued for {most} days at most"),
            );
        }
    }
}

fn words(kind: &handfast_pki::algorithm::KeyKind) -> String {
    use handfast_pki::algorithm::KeyKind;
    match kind {
        KeyKind::Rsa { bits } => format!("RSA of {bits} bits"),
        KeyKind::RsaPss { bits } => format!("RSA-PSS of {bits} bits"),
        other => format!("{other:?}"),
    }
}

fn allowed_keys(rules: &Certificates) -> String {
    let (least, most) = rules.rsa_bits;
    let sizes = if KeyKinds::RSA.are_among(rules.keys) {
        format!(" (RSA of {least} to {most} bits)")
    } else {
        String::new()
    };
    format!("{}{sizes}", rules.keys)
}

/// Seconds of a day.
const DAY: i64 = 86_400;
