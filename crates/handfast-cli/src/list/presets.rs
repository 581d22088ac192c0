//! The presets in `handfast list policies`: what each puts into a config, and what it allows beside.

use crate::demo::wrap::wrap;
use handfast_policy::policy::{List, Reach};
use handfast_policy::{Policy, preset};
use serde_json::{Value, json};
use std::fmt::Write;

/// One line a preset.
pub(super) fn table() -> String {
    let mut out = String::from(
        "\nBy a standard, and nothing else; a name without its date means the newest:\n",
    );
    for policy in preset::ALL {
        let title = wrap(policy.title(), 43).join("\n                                    ");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {:<33} {title}", policy.name());
    }
    out
}

/// All of one preset, for people.
pub(super) fn text(policy: &Policy) -> String {
    let mut out = format!("{policy}: {}\n", policy.title());
    line(
        &mut out,
        "source",
        &format!("{} <{}>", policy.source(), policy.url()),
    );
    line(&mut out, "limits", policy.limits());
    list(&mut out, "versions", policy.versions());
    list(&mut out, "suites", policy.suites());
    list(&mut out, "groups", policy.groups());
    list(&mut out, "signatures", policy.schemes());
    if let Some(section) = policy.extended_master_secret() {
        let text = format!("only with the extended master secret of RFC 7627 ({section})");
        line(&mut out, "before 1.3", &text);
    }
    if let Some(rules) = policy.certificates() {
        let (least, most) = rules.rsa_bits();
        let whose = match rules.reach() {
            Reach::OwnLeaf => "one's own",
            Reach::WholeChain => "all of a chain",
        };
        let days = rules.days_max();
        let days = days.map_or_else(String::new, |days| format!(", for {days} days at most"));
        let keys = rules.keys();
        let text = format!("{whose}: {keys}; RSA of {least} to {most} bits{days}");
        line(
            &mut out,
            "certificates",
            &format!("{text} ({})", rules.section()),
        );
    }
    out
}

/// All of one preset, for programs.
pub(super) fn json(policy: &Policy) -> Value {
    let certificates = policy.certificates().map(|rules| {
        let (least, most) = rules.rsa_bits();
        json!({
            "section": rules.section(),
            "own_leaf_alone": rules.reach() == Reach::OwnLeaf,
            "keys": rules.keys().to_string(),
            "rsa_bits_min": least,
            "rsa_bits_max": most,
            "days_max": rules.days_max(),
        })
    });
    json!({
        "name": policy.name(),
        "family": policy.family(),
        "aliases": policy.aliases(),
        "title": policy.title(),
        "source": policy.source(),
        "url": policy.url(),
        "limits": policy.limits(),
        "reaches": policy.allowance().name(),
        "versions": rows(policy.versions()),
        "suites": rows(policy.suites()),
        "groups": rows(policy.groups()),
        "schemes": rows(policy.schemes()),
        "extended_master_secret": policy.extended_master_secret(),
        "certificates": certificates,
    })
}

fn rows<T: Copy + PartialEq + ToString>(list: &List<T>) -> Value {
    let names = |list: &[T]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({ "section": list.section(), "offered": names(list.sets()), "allowed": names(list.also()) })
}

fn list<T: Copy + PartialEq + ToString>(out: &mut String, label: &str, list: &List<T>) {
    if list.sets().is_empty() {
        return;
    }
    let names = |list: &[T]| {
        let names: Vec<_> = list.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    let section = list
        .section()
        .map_or_else(String::new, |section| format!(" ({section})"));
    line(out, label, &format!("{}{section}", names(list.sets())));
    if !list.also().is_empty() {
        line(out, "", &format!("allowed too: {}", names(list.also())));
    }
}

fn line(out: &mut String, label: &str, text: &str) {
    let lines = wrap(text, 66).join("\n                ");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  {label:<12}  {lines}");
}
