//! The report of a refusal, as the command shows it: with its own flags for what the engine calls
//! settings.

pub(crate) mod advice;
mod flags;
pub(crate) mod words;

use crate::given::Given;
use handfast::connection::Plaintext;
use handfast::report::{Offer, Remedy, Report};
use serde_json::{Value, json};

/// The report in lines, to stand behind the failure itself.
pub(crate) fn lines(report: &Report, given: &Given) -> String {
    let text = report.to_string();
    // The failure's own line stands before it.
    let known = text.lines().skip(1).filter(|line| !is_remedy(line));
    let mut lines: Vec<String> = known.map(str::to_owned).collect();
    for (at, words) in advice::all(report, given).iter().enumerate() {
        let label = if at == 0 { "remedy:" } else { "    or:" };
        lines.push(format!("  {label}  {words}"));
    }
    lines.join("\n")
}

/// The first remedy, which the failure itself shows.
pub(crate) fn hint(report: &Report, given: &Given) -> Option<String> {
    advice::all(report, given).into_iter().next()
}

fn is_remedy(line: &str) -> bool {
    line.starts_with("  remedy:") || line.starts_with("      or:")
}

/// One JSON object, of the schema `handfast.refusal/1`.
pub(crate) fn to_json(report: &Report, given: &Given) -> Value {
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
        "remedies": remedies(report, given),
    })
}

fn remedies(report: &Report, given: &Given) -> Vec<Value> {
    let remedies = report.remedies().iter();
    remedies.map(|one| remedy(one, report, given)).collect()
}

fn remedy(remedy: &Remedy, report: &Report, given: &Given) -> Value {
    let told = advice::one(remedy, report, given);
    let changes = remedy.changes.iter().map(|change| {
        let flags = flags::flags(std::slice::from_ref(change), report.own(), given);
        json!({
            "id": change.id(),
            "setting": change.setting(),
            "flag": flags.map(|flags| flags.words.join(", and ")),
            "words": change.to_string(),
        })
    });
    json!({
        "id": remedy.id,
        "who": remedy.who.name(),
        "words": remedy.words,
        "try": told.as_ref().map(|told| &told.words),
        "flags": told.as_ref().map(|told| &told.flags),
        "forbidden": told.as_ref().map(|told| told.is_forbidden),
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
