//! `handfast list suites [STRING]`: what a string of OpenSSL's or GnuTLS's means here.

use crate::demo::wrap::wrap;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::peer_policy::Name;
use crate::talk::{Talk, print, print_document};
use crate::wanted::refused;
use clap::Args;
use handfast::CipherSuite;
use handfast::config::Common;
use handfast_policy::gnutls;
use handfast_policy::openssl::{self, name};
use handfast_policy::{Allowance, Dropped, Item, Ranked, Reason, Settings};
use serde_json::{Value, json};
use std::fmt::Write;

/// The flags of `list suites`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A cipher string of OpenSSL's, as --ciphers takes it; without one: what is offered unasked
    #[arg(value_name = "STRING", allow_hyphen_values = true)]
    string: Option<String>,
    /// A priority string of GnuTLS's instead, as 'SECURE192:-VERS-ALL:+VERS-TLS1.2'
    #[arg(long, value_name = "STRING", conflicts_with = "string")]
    gnutls: Option<String>,
    /// What may be agreed on: modern (the default), compatible, obsolete or museum
    #[arg(
        long,
        value_name = "POLICY",
        value_enum,
        default_value = "modern",
        hide_default_value = true,
        hide_possible_values = true
    )]
    policy: Name,
}

/// Runs the list.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let (result, is_empty) = match list(options, talk) {
        Ok(listed) => listed,
        Err(failure) => return talk.end("list.suites", "suites", Err(failure)),
    };
    if !is_empty {
        return talk.end("list.suites", "suites", Ok(result));
    }
    // As with a verdict: it came to its end, and nobody could go on by the answer.
    if talk.json {
        print_document("list.suites", "suites", vec![("result", result)], Exit::Bad);
    }
    Exit::Bad
}

/// What a string means, and whether that is no suite at all.
fn list(options: &Options, talk: &Talk) -> Result<(Value, bool), Failure> {
    let meant = match (&options.string, &options.gnutls) {
        (Some(string), _) => openssl::ciphers(string).map_err(|bad| refused("STRING", &bad))?,
        (None, Some(string)) => {
            let read = gnutls::priorities(string);
            read.map_err(|bad| refused("--gnutls", &bad))?
        }
        (None, None) => usual(options.policy),
    };
    if count(&meant) == 0 {
        let message = "no suite is left of the whole string";
        let failure = Failure::usage(match options.gnutls {
            Some(_) => format!("--gnutls: {message}"),
            None => format!("STRING: {message}"),
        });
        let causes = meant.dropped.iter().map(ToString::to_string);
        return Err(causes.fold(failure, Failure::caused_by));
    }
    let fitted = meant.fit(allowance(options.policy));
    if !talk.json {
        print(&text(&meant, &fitted, options.policy));
    }
    Ok((document(options, &meant, &fitted), count(&fitted) == 0))
}

fn count(settings: &Settings) -> usize {
    let newest = settings.tls13_suites.iter().flatten().count();
    newest + settings.suites.iter().flatten().count()
}

const fn allowance(policy: Name) -> Allowance {
    match policy {
        Name::Modern => Allowance::Modern,
        Name::Compatible => Allowance::Compatible,
        Name::Obsolete => Allowance::Obsolete,
        Name::Museum => Allowance::Museum,
    }
}

/// What a config holds once the policy is named.
fn usual(policy: Name) -> Settings {
    let mut common = Common::default();
    if let Some(policy) = policy.allows() {
        common.allow_obsolete(policy);
    }
    Settings {
        suites: Some(Ranked::each(&common.suites)),
        ..Settings::default()
    }
}

/// For people.
fn text(meant: &Settings, fitted: &Settings, policy: Name) -> String {
    let newest = Ranked::each(fitted.tls13_suites.as_deref().unwrap_or_default());
    let suites: Vec<_> = newest
        .iter()
        .chain(fitted.suites.iter().flatten())
        .collect();
    let mut out = String::new();
    for one in &suites {
        let own = name(one.item).unwrap_or_default();
        let equal = if one.as_before { "=" } else { " " };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{equal} {own:<31} {} (0x{:04x})", one.item, one.item.0);
    }
    if suites.is_empty() {
        let _ = writeln!(out, "nothing is left under the policy {}", policy.word());
    }
    if suites.iter().any(|one| one.as_before) {
        out += "\n= ranks like the one above it\n";
    }
    for (label, names) in beside(fitted) {
        let lines = wrap(&names.join(", "), 66).join("\n            ");
        let _ = writeln!(out, "\n{label:<10}  {lines}");
    }
    let _ = match fitted.security_level {
        Some(level) => writeln!(out, "\nsecurity level {level}"),
        None => Ok(()),
    };
    let mut told: Vec<&Reason> = Vec::new();
    for one in &fitted.dropped {
        if told.contains(&&one.reason) {
            continue;
        }
        told.push(&one.reason);
        let alike = fitted
            .dropped
            .iter()
            .filter(|other| other.reason == one.reason);
        let items: Vec<String> = alike.map(|one| called(&one.item)).collect();
        let _ = writeln!(out, "\n{} ({}):", one.reason, items.len());
        for line in items.chunks(2) {
            let line = match line {
                [one, other] => format!("  {one:<38}{other}"),
                line => format!("  {}", line.concat()),
            };
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    if meant.suites.is_some() && fitted.dropped.is_empty() {
        out += "\nnothing drops out\n";
    }
    out
}

/// What is said beside suites.
fn beside(settings: &Settings) -> Vec<(&'static str, Vec<String>)> {
    let versions = settings.versions.iter().flatten().map(ToString::to_string);
    let groups = settings
        .groups
        .iter()
        .flatten()
        .map(|one| one.item.to_string());
    let schemes = settings.schemes.iter().flatten().map(ToString::to_string);
    let lists: [(_, Vec<String>); 3] = [
        ("versions", versions.collect()),
        ("groups", groups.collect()),
        ("signatures", schemes.collect()),
    ];
    lists
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .collect()
}

fn called(item: &Item) -> String {
    match item {
        Item::Suite(suite) => name(*suite).unwrap_or_else(|| suite.to_string()),
        item => item.to_string(),
    }
}

/// For programs.
fn document(options: &Options, meant: &Settings, fitted: &Settings) -> Value {
    let suite = |suite: CipherSuite| {
        json!({
            "name": suite.to_string(),
            "openssl": name(suite),
            "code": format!("0x{:04x}", suite.0),
        })
    };
    let newest = Ranked::each(fitted.tls13_suites.as_deref().unwrap_or_default());
    let suites = newest.iter().chain(fitted.suites.iter().flatten());
    let suites = suites.map(|one| {
        let mut row = suite(one.item);
        row["equal_to_before"] = one.as_before.into();
        row["by_name"] = one.by_name.into();
        row
    });
    let dropped = fitted.dropped.iter().map(|Dropped { item, reason }| {
        let mut row = match item {
            Item::Suite(one) => suite(*one),
            item => json!({ "name": item.to_string(), "openssl": null, "code": null }),
        };
        row["by_name"] = named(meant, item).into();
        row["reason"] = reason.id().into();
        row["because"] = reason.to_string().into();
        row["needs"] = match reason {
            Reason::Needs(allowance) => allowance.name().into(),
            _ => Value::Null,
        };
        row
    });
    json!({
        "string": options.string.as_ref().or(options.gnutls.as_ref()),
        "language": options.gnutls.as_ref().map_or("openssl", |_| "gnutls"),
        "policy": options.policy.word(),
        "suites": suites.collect::<Vec<_>>(),
        "security_level": fitted.security_level,
        "beside": beside(fitted).into_iter().map(|(of, names)| (of.to_owned(), json!(names))).collect::<serde_json::Map<_, _>>(),
        "dropped": dropped.collect::<Vec<_>>(),
    })
}

/// Whether it was named by itself.
fn named(meant: &Settings, item: &Item) -> bool {
    let Item::Suite(suite) = item else {
        return true;
    };
    let mut suites = meant.suites.iter().flatten();
    suites.any(|one| one.item == *suite && one.by_name)
}
