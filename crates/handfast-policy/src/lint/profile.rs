//! Settings beside a policy.

use crate::lint::{Finding, Language, Severity};
use crate::openssl;
use crate::policy::{Lists, Policy, Rule};
use crate::settings::Settings;

/// All that the settings hold outside of a policy, and what of it they say nothing about
/// (`policy.unsaid`), which cannot be judged.
#[must_use]
pub fn against(settings: &Settings, policy: &Policy) -> Vec<Finding> {
    let older = settings.suites.as_ref();
    let older = older.map(|list| list.iter().map(|one| one.item).collect::<Vec<_>>());
    let newer = settings.tls13_suites.clone();
    let suites = (older.is_some() || newer.is_some()).then(|| {
        let (newer, older) = (
            newer.clone().unwrap_or_default(),
            older.clone().unwrap_or_default(),
        );
        [newer, older].concat()
    });
    let groups = settings.groups.as_ref();
    let groups = groups.map(|list| list.iter().map(|one| one.item).collect::<Vec<_>>());
    let violations = policy.judge(Lists {
        versions: settings.versions.as_deref(),
        suites: suites.as_deref(),
        groups: groups.as_deref(),
        schemes: settings.schemes.as_deref(),
    });
    let mut found: Vec<Finding> = Vec::new();
    for violation in violations {
        let id = violation.rule.id();
        let same = found
            .iter_mut()
            .find(|one| one.id == id && one.section == violation.section);
        // Each list once, with all that is wrong in it.
        if let (Some(same), false) = (same, violation.rule == Rule::NothingLeft) {
            same.evidence.push(violation.what);
            continue;
        }
        found.push(Finding {
            id,
            severity: Severity::High,
            title: title(violation.rule, policy),
            fix: fix(violation.rule, policy, &violation.remedy),
            evidence: vec![violation.what],
            section: violation.section.to_owned(),
        });
    }
    found.extend(unsaid(settings, policy));
    found
}

/// The lists that the policy speaks of and the settings do not.
fn unsaid(settings: &Settings, policy: &Policy) -> Option<Finding> {
    let (versions, suites) = (policy.versions(), policy.suites().section().is_some());
    let speaks_old = versions
        .sets()
        .iter()
        .any(|one| *one < handfast::ProtocolVersion::TLS_1_3);
    let lists = [
        (
            "versions",
            settings.versions.is_none() && versions.section().is_some(),
        ),
        (
            "suites of TLS 1.3",
            settings.tls13_suites.is_none() && suites,
        ),
        ("suites", settings.suites.is_none() && suites && speaks_old),
        (
            "groups",
            settings.groups.is_none() && policy.groups().section().is_some(),
        ),
        (
            "signature schemes",
            settings.schemes.is_none() && policy.schemes().section().is_some(),
        ),
    ];
    let unsaid = lists.iter().filter(|(_, is)| *is);
    let unsaid: Vec<_> = unsaid.map(|(list, _)| (*list).to_owned()).collect();
    (!unsaid.is_empty()).then(|| Finding {
        id: "policy.unsaid",
        severity: Severity::Info,
        title: "nothing is said of these, so they are not judged: the program's own default holds"
            .to_owned(),
        evidence: unsaid,
        section: policy.source().to_owned(),
        fix: "name them too".to_owned(),
    })
}

/// True where nothing that was found stands outside of the policy.
#[must_use]
pub fn is_met(findings: &[Finding]) -> bool {
    findings.iter().all(|one| one.severity == Severity::Info)
}

/// What the policy says, in one of OpenSSL's languages; nothing where the policy says nothing of it,
/// or has no name there.
#[must_use]
pub fn spelled(policy: &Policy, language: Language) -> Option<String> {
    let settings = policy.settings();
    let joined = |names: Vec<String>| (!names.is_empty()).then(|| names.join(":"));
    match language {
        Language::Ciphers => {
            let suites = settings.suites.iter().flatten();
            joined(
                suites
                    .filter_map(|one| openssl::name(one.item).map(|name| name.to_string()))
                    .collect(),
            )
        }
        Language::Ciphersuites => {
            let suites = settings.tls13_suites.iter().flatten();
            joined(suites.map(ToString::to_string).collect())
        }
        Language::Groups => {
            let groups = settings.groups.iter().flatten();
            joined(groups.map(|one| one.item.to_string()).collect())
        }
        Language::Sigalgs => {
            let schemes = settings.schemes.iter().flatten();
            joined(schemes.map(ToString::to_string).collect())
        }
        Language::Policy | Language::Directives => None,
    }
}

fn title(rule: Rule, policy: &Policy) -> String {
    let what = match rule {
        Rule::Version => "versions outside of",
        Rule::Suite => "cipher suites outside of",
        Rule::SuiteOrder => "cipher suites in another order than in",
        Rule::Group => "groups outside of",
        Rule::Scheme => "signature schemes outside of",
        Rule::NothingLeft => "nothing that is allowed by",
        _ => "settings outside of",
    };
    format!("{what} {policy}")
}

fn fix(rule: Rule, policy: &Policy, remedy: &str) -> String {
    let language = match rule {
        Rule::Suite => Language::Ciphers,
        Rule::Group => Language::Groups,
        Rule::Scheme => Language::Sigalgs,
        _ => return remedy.to_owned(),
    };
    let whole = spelled(policy, language);
    whole.map_or_else(
        || "leave them out".to_owned(),
        |whole| format!("leave them out; the policy has {whole}"),
    )
}
