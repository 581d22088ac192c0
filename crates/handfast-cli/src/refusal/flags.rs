//! The flags by which settings are changed, given those that were used.

use crate::given::{Given, Verb};
use handfast::report::{Change, Offer, PolicyName};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_policy::openssl;

/// What to add or to leave out, in words that name flags.
#[derive(Debug, Default)]
pub(super) struct Flags {
    pub(super) words: Vec<String>,
    /// The preset of `--policy` does not let it in.
    pub(super) is_forbidden: bool,
}

/// All changes of a remedy; nothing where the command has no flag for one of them.
pub(super) fn flags(changes: &[Change], own: Option<&Offer>, given: &Given) -> Option<Flags> {
    let mut flags = Flags {
        words: Vec::new(),
        is_forbidden: changes.iter().any(|change| is_forbidden(change, given)),
    };
    let (mut suites, mut groups, mut schemes) = (Vec::new(), Vec::new(), Vec::new());
    let mut rules = Vec::new();
    let brings_policy = changes
        .iter()
        .any(|change| matches!(change, Change::Policy(_)));
    for change in changes {
        match change {
            Change::Policy(name) => flags.words.extend(policy(*name, given)),
            Change::Version(version) => flags.words.extend(range(*version, given)),
            Change::Newest(version) => flags.words.push(newest(*version, given)),
            Change::Suite(suite) => suites.push(*suite),
            Change::NoFields => flags.words.push(no_fields(given)),
            Change::Group(group) => groups.push(*group),
            Change::Scheme(scheme) => schemes.push(*scheme),
            Change::Protocol(name) if given.verb == Verb::Connect => {
                flags.words.push(format!("--alpn {}", name.escape_ascii()));
            }
            Change::NoProtocols if given.verb == Verb::Connect => {
                flags.words.push("leave out your --alpn".to_owned());
            }
            Change::SayServerName if given.is_client() => {
                flags.words.push("--sni NAME".to_owned());
            }
            Change::Credential(kind) if given.verb != Verb::Look => {
                flags.words.push(credential(kind, given));
            }
            Change::Exception(rule) if given.takes_exceptions => rules.push(rule.as_str()),
            _ => return None,
        }
    }
    flags
        .words
        .extend(list_of_suites(&suites, brings_policy, given));
    let known = own.and_then(|own| own.groups.as_deref());
    flags.words.extend(list(
        "--groups",
        &groups,
        known,
        NamedGroup::to_string,
        given,
    ));
    let known = own.and_then(|own| own.schemes.as_deref());
    flags.words.extend(list(
        "--sigalgs",
        &schemes,
        known,
        SignatureScheme::to_string,
        given,
    ));
    flags.words.extend(exceptions(&rules, given));
    (flags.is_forbidden || !flags.words.is_empty()).then_some(flags)
}

/// What a preset has no place for, whatever else is said.
fn is_forbidden(change: &Change, given: &Given) -> bool {
    let Some(preset) = given.preset else {
        return false;
    };
    match change {
        Change::Policy(_) | Change::Exception(_) => true,
        Change::Version(version) | Change::Newest(version) => !preset.versions().allows(*version),
        Change::Suite(suite) => !preset.suites().allows(*suite),
        Change::Group(group) => !preset.groups().allows(*group),
        Change::Scheme(scheme) => !preset.schemes().allows(*scheme),
        _ => false,
    }
}

/// The policy, and what would keep it from helping.
fn policy(name: PolicyName, given: &Given) -> Vec<String> {
    let mut words = vec![match (name, given.is_client()) {
        // A Hello that speaks of more is what such peers stumble over.
        (PolicyName::Museum, true) if given.max.is_none() => {
            "--policy museum --max ssl3".to_owned()
        }
        _ => format!("--policy {}", name.name()),
    }];
    // What the policy brings along, these would take away.
    let keeps_newer = name > PolicyName::Compatible;
    words.extend(given.min.clone().filter(|_| keeps_newer).map(left_out));
    let museum = given.max.clone();
    let is_newer = |flag: &(String, ProtocolVersion)| flag.1 > ProtocolVersion::SSL_3_0;
    let kept = museum.filter(is_newer);
    words.extend(
        kept.filter(|_| name == PolicyName::Museum)
            .map(|(flag, _)| format!("--max ssl3 in place of your {flag}")),
    );
    if given.has("--suites") {
        words.push("leave out your --suites".to_owned());
    }
    words
}

fn left_out((flag, _): (String, ProtocolVersion)) -> String {
    format!("leave out your {flag}")
}

/// A version that is not spoken: `--min` or `--max` leaves it out, or a list has no suite for it.
fn range(version: ProtocolVersion, given: &Given) -> Option<String> {
    let above = given.max.clone().filter(|(_, max)| *max < version);
    let below = given.min.clone().filter(|(_, min)| *min > version);
    match above.or(below) {
        Some(flag) => Some(left_out(flag)),
        // What keeps it away is told apart.
        None if given.has("--suites") || given.has("--ciphers") => None,
        None if given.preset.is_some() => None,
        None => Some(format!("--min {}", word(version))),
    }
}

fn newest(version: ProtocolVersion, given: &Given) -> String {
    let kept = given.min.clone().filter(|(_, min)| *min > version);
    match kept {
        Some((flag, _)) => format!("--max {} in place of your {flag}", word(version)),
        None => format!("--max {}", word(version)),
    }
}

/// As `--min` and `--max` take it.
fn word(version: ProtocolVersion) -> String {
    if version == ProtocolVersion::SSL_3_0 {
        return "ssl3".to_owned();
    }
    let name = version.to_string();
    name.rsplit(' ').next().unwrap_or_default().to_owned()
}

fn no_fields(given: &Given) -> String {
    if given.has("--suites") {
        return "leave those with DHE out of your --suites".to_owned();
    }
    if given.has("--ciphers") {
        return "add :!kDHE to your --ciphers".to_owned();
    }
    "--ciphers 'ALL:!kDHE'".to_owned()
}

fn credential(kind: &str, given: &Given) -> String {
    let another = if given.has_own { "another " } else { "" };
    format!("give {another}--cert FILE and --key FILE with {kind}")
}

/// Suites to be offered beside the others.
fn list_of_suites(suites: &[CipherSuite], brings_policy: bool, given: &Given) -> Option<String> {
    if suites.is_empty() {
        return None;
    }
    let names = |name: fn(CipherSuite) -> String| {
        let names: Vec<String> = suites.iter().copied().map(name).collect();
        names.join(" or ")
    };
    if given.has("--suites") {
        // A policy that is added has said so already.
        return match (brings_policy, suites.len()) {
            (true, _) => Some(format!("--suites {}", names(|one| one.to_string()))),
            (_, 1 | 2) => Some(format!(
                "add {} to your --suites",
                names(|one| one.to_string())
            )),
            _ => Some("leave out your --suites".to_owned()),
        };
    }
    if given.has("--ciphers") {
        let name = |suite| openssl::name(suite).unwrap_or_else(|| suite.to_string());
        return match suites.len() {
            1 | 2 => Some(format!("add {} to your --ciphers", names(name))),
            _ => Some("leave out your --ciphers".to_owned()),
        };
    }
    let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
    Some(format!("--suites {}", names.join(",")))
}

/// Groups or schemes to be offered beside the others.
fn list<T: Copy + PartialEq>(
    flag: &str,
    added: &[T],
    known: Option<&[T]>,
    name: fn(&T) -> String,
    given: &Given,
) -> Option<String> {
    if added.is_empty() || given.verb == Verb::Look {
        return None;
    }
    let names: Vec<String> = added.iter().map(name).collect();
    if given.has(flag) {
        return Some(format!("add {} to your {flag}", names.join(" or ")));
    }
    let known = known.unwrap_or_default().iter().map(name);
    let all: Vec<String> = known.chain(names).collect();
    Some(format!("{flag} {}", all.join(",")))
}

/// The file of exceptions that lets this peer through.
fn exceptions(rules: &[&str], given: &Given) -> Option<String> {
    let peer = given.peer.as_deref().unwrap_or("HOST");
    let entries = rules.iter().map(|rule| {
        let rule = rule.replacen("version TLS ", "version ", 1);
        format!("{{ peer = \"{peer}\", relax = \"{rule}\", reason = \"WHY\", until = YYYY-MM-DD }}")
    });
    let entries: Vec<String> = entries.collect();
    (!entries.is_empty()).then(|| {
        format!(
            "--exceptions FILE, with exception = [{}] in it",
            entries.join(", ")
        )
    })
}
