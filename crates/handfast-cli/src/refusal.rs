//! The report of a refusal, as the command shows it: with its own flags for what the engine calls
//! settings.

use handfast::connection::Plaintext;
use handfast::report::{Change, Offer, Remedy, Report};
use serde_json::{Value, json};

/// The report in lines, to stand behind the failure itself.
pub(crate) fn lines(report: &Report) -> String {
    let text = report.to_string();
    // The failure's own line stands before it.
    let known = text.lines().skip(1).filter(|line| !is_remedy(line));
    let mut lines: Vec<String> = known.map(str::to_owned).collect();
    for (at, remedy) in report.remedies().iter().enumerate() {
        let label = if at == 0 { "remedy:" } else { "    or:" };
        lines.push(format!("  {label}  {}", advice(remedy)));
    }
    lines.join("\n")
}

fn is_remedy(line: &str) -> bool {
    line.starts_with("  remedy:") || line.starts_with("      or:")
}

/// What to do, with the flags for it.
pub(crate) fn advice(remedy: &Remedy) -> String {
    let flags: Vec<String> = remedy.changes.iter().map(flag).collect();
    let likely = if remedy.is_likely { "likely: " } else { "" };
    let mut words = format!("{likely}{}", remedy.words);
    if !flags.is_empty() {
        words += &format!(" ({})", flags.join(", "));
    }
    if let Some(lets_in) = remedy.lets_in {
        words += &format!("; that lets in {lets_in}");
    }
    words
}

/// The flag by which a setting is changed.
fn flag(change: &Change) -> String {
    match change {
        Change::Policy(policy) => format!("--policy {}", policy.name()),
        Change::Version(version) => {
            let word = version.to_string();
            let word = word.rsplit(' ').next().unwrap_or_default();
            format!("--min {word} or --max {word}")
        }
        Change::Suite(suite) => format!("--suites with {suite}"),
        Change::NoFields => "--suites without TLS_DHE_*".to_owned(),
        Change::Group(group) => format!("--groups with {group}"),
        Change::Scheme(scheme) => format!("--sigalgs with {scheme}"),
        Change::Protocol(name) => format!("--alpn {}", name.escape_ascii()),
        Change::NoProtocols => "no --alpn".to_owned(),
        Change::SayServerName => "--sni NAME".to_owned(),
        Change::Credential(_) => "--cert FILE --key FILE".to_owned(),
        other => other.setting().to_owned(),
    }
}

/// One JSON object, of the schema `handfast.refusal/1`.
pub(crate) fn to_json(report: &Report) -> Value {
    let agreed = report.agreed();
    let rejection = report.rejection().map(|rejection| {
        json!({
            "id": rejection.reason().id(),
            "sentence": rejection.reason().to_string(),
            "place": rejection.place().to_string(),
            "subject": rejection.subject(),
            "field": rejection.field(),
            "section": rejection.section(),
        })
    });
    json!({
        "schema": "handfast.refusal/1",
        "id": report.id(),
        "sentence": report.sentence(),
        "section": report.section(),
        "alert": report.alert().map(|alert| alert.to_string()),
        "side": if report.is_client() { "client" } else { "server" },
        "detail": report.detail(),
        "plaintext": report.plaintext().map(Plaintext::name),
        "own": report.own().map(offer),
        "peer": report.peer().map(offer),
        "agreed": {
            "version": agreed.version.map(|one| one.to_string()),
            "suite": agreed.suite.map(|one| one.to_string()),
            "group": agreed.group.map(|one| one.to_string()),
        },
        "certificate": rejection,
        "remedies": report.remedies().iter().map(remedy).collect::<Vec<_>>(),
    })
}

fn remedy(remedy: &Remedy) -> Value {
    let changes = remedy.changes.iter().map(|change| {
        json!({
            "setting": change.setting(),
            "flag": flag(change),
            "words": change.to_string(),
        })
    });
    json!({
        "who": remedy.who.name(),
        "words": remedy.words,
        "likely": remedy.is_likely,
        "lets_in": remedy.lets_in,
        "changes": changes.collect::<Vec<_>>(),
    })
}

fn offer(offer: &Offer) -> Value {
    fn names<T: ToString>(list: Option<&Vec<T>>) -> Option<Vec<String>> {
        list.map(|list| list.iter().map(ToString::to_string).collect())
    }
    let protocols = offer.alpn.as_ref().map(|list| {
        let names = list.iter().map(|name| name.escape_ascii().to_string());
        names.collect::<Vec<_>>()
    });
    json!({
        "is_choice": offer.is_choice,
        "versions": names(offer.versions.as_ref()),
        "suites": names(offer.suites.as_ref()),
        "groups": names(offer.groups.as_ref()),
        "shares": names(offer.shares.as_ref()),
        "schemes": names(offer.schemes.as_ref()),
        "protocols": protocols,
        "certificate_types": names(offer.certificate_types.as_ref()),
        "server_name": offer.server_name,
    })
}
