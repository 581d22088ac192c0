//! `handfast list alerts|extensions|groups|sigalgs`: IANA's registries as the engine has them.

use crate::exit::Exit;
use crate::talk::{Talk, print};
use handfast::config::{Common, Verification};
use handfast::obsolete::MUSEUM;
use handfast::{AlertDescription, ClientConfig, NamedGroup, SignatureScheme};
use handfast_wire::registry::{ExtensionType, Grade};
use serde_json::{Value, json};
use std::fmt::Write;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registry {
    Alerts,
    Extensions,
    Groups,
    Schemes,
}

/// One row.
struct Row {
    name: String,
    code: String,
    spoken: Option<bool>,
    grade: Option<Grade>,
    says: String,
}

/// Runs the list.
pub(crate) fn run(registry: Registry, talk: &Talk) -> Exit {
    let (name, rows) = match registry {
        Registry::Alerts => ("alerts", AlertDescription::ALL.iter().map(alert).collect()),
        Registry::Extensions => ("extensions", extensions()),
        Registry::Groups => ("groups", NamedGroup::ALL.iter().map(group).collect()),
        Registry::Schemes => ("sigalgs", SignatureScheme::ALL.iter().map(scheme).collect()),
    };
    let rows: Vec<Row> = rows;
    if !talk.json {
        print(&text(&rows));
    }
    let list = rows.iter().map(Row::json).collect::<Vec<_>>();
    talk.end(&format!("list.{name}"), name, Ok(json!({ name: list })))
}

fn alert(alert: &AlertDescription) -> Row {
    let versions = alert.versions().map(|(since, until)| {
        if since == until {
            since.to_string()
        } else {
            format!("{since} to {until}")
        }
    });
    let sentence = alert.sentence().unwrap_or_default();
    Row {
        name: alert.to_string(),
        code: alert.0.to_string(),
        spoken: None,
        grade: None,
        says: format!("{sentence} ({})", versions.unwrap_or_default()),
    }
}

fn extensions() -> Vec<Row> {
    let rows = ExtensionType::ALL.iter().map(|extension| Row {
        name: extension.to_string(),
        code: extension.0.to_string(),
        spoken: None,
        grade: extension.grade(),
        says: because(extension.reasons()),
    });
    rows.collect()
}

fn group(group: &NamedGroup) -> Row {
    Row {
        name: group.to_string(),
        code: format!("0x{:04x}", group.0),
        spoken: Some(takes(
            |common| common.groups.push(*group),
            |common| common.groups.contains(group),
        )),
        grade: group.grade(),
        says: because(group.reasons()),
    }
}

fn scheme(scheme: &SignatureScheme) -> Row {
    Row {
        name: scheme.to_string(),
        code: format!("0x{:04x}", scheme.0),
        spoken: Some(takes(
            |common| common.schemes.push(*scheme),
            |common| common.schemes.contains(scheme),
        )),
        grade: scheme.grade(),
        says: because(scheme.reasons()),
    }
}

fn because(reasons: impl Iterator<Item = &'static handfast_wire::registry::Reason>) -> String {
    let words: Vec<_> = reasons.map(|reason| reason.because).collect();
    words.join("; ")
}

/// Whether the engine takes it under any policy: it is asked.
fn takes(add: impl Fn(&mut Common), has: impl Fn(&Common) -> bool) -> bool {
    let mut config = ClientConfig::with_verification(Verification::danger_accept_anyone());
    config.common.allow_obsolete(&MUSEUM);
    has(&config.common) || {
        add(&mut config.common);
        config.check().is_ok()
    }
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "code": self.code,
            "spoken": self.spoken,
            "grade": self.grade.map(grade_name),
            "says": self.says,
        })
    }
}

/// As it stands in lists and documents.
pub(crate) fn grade_name(grade: Grade) -> &'static str {
    match grade {
        Grade::Reserved => "reserved",
        Grade::Broken => "broken",
        Grade::Weak => "weak",
        Grade::Acceptable => "acceptable",
        Grade::Recommended => "recommended",
        _ => "unknown",
    }
}

fn text(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    if rows.iter().any(|row| row.spoken.is_some()) {
        out += "What is marked + is spoken here, under a --policy or without.\n";
    }
    for row in rows {
        let mark = match row.spoken {
            Some(true) => "+ ",
            Some(false) => "  ",
            None => "",
        };
        let grade = row.grade.map_or("", grade_name);
        let parts = [grade, &row.says];
        let words: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let words = words.join(": ");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{mark}{:>6}  {:<width$}  {words}", row.code, row.name);
    }
    out
}
