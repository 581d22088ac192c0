//! `handfast list policies`: what the engine takes under each policy. There is no second list: it
//! is asked about every row of every registry.

use crate::demo::wrap::wrap;
use crate::exit::Exit;
use crate::list::presets;
use crate::peer_policy::{Chosen, Name, chosen};
use crate::talk::{Talk, print};
use clap::{Args, ValueEnum};
use handfast::config::{Common, PreSharedKey, Verification};
use handfast::suite::{SuiteParts, parts};
use handfast::{CipherSuite, ClientConfig, NamedGroup, ProtocolVersion, SignatureScheme};
use handfast_policy::{Policy, preset};
use serde_json::{Value, json};
use std::fmt::Write;

/// The flags of `list policies`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// This policy alone, with all that it takes from those before it
    #[arg(value_name = "POLICY", value_parser = chosen)]
    policy: Option<Chosen>,
}

/// Runs the list.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let mut presets: Vec<&Policy> = preset::ALL.to_vec();
    let one = match options.policy {
        None => None,
        Some(Chosen::Adds(name)) => {
            presets.clear();
            Some(name)
        }
        Some(Chosen::Holds(policy)) => return held(policy, talk),
    };
    let names = Name::value_variants().iter().copied();
    let all: Vec<Allowed> = names.map(Allowed::by).collect();
    let chosen = |allowed: &&Allowed| one.is_none_or(|name| name == allowed.name);
    if !talk.json {
        let mut text = String::from(LEGEND);
        for (at, allowed) in all.iter().enumerate().filter(|(_, one)| chosen(one)) {
            let before = at.checked_sub(1).and_then(|at| all.get(at));
            // Alone it is shown whole.
            text += &allowed.text(before.filter(|_| one.is_none()));
        }
        if !presets.is_empty() {
            text += &presets::table();
        }
        print(&text);
    }
    let policies = all.iter().filter(chosen).map(Allowed::json);
    let policies: Vec<Value> = policies.collect();
    let presets: Vec<Value> = presets.into_iter().map(presets::json).collect();
    talk.end(
        "list.policies",
        "policies",
        Ok(json!({ "policies": policies, "presets": presets })),
    )
}

/// One preset.
fn held(policy: &Policy, talk: &Talk) -> Exit {
    if !talk.json {
        print(&presets::text(policy));
    }
    talk.end(
        "list.policies",
        "policies",
        Ok(json!({ "policies": [], "presets": [presets::json(policy)] })),
    )
}

const LEGEND: &str = "Each policy adds to the one before it. What is marked * is offered under it;\n\
                      the rest must be named too.\n";

/// A row of a registry, and whether it is offered without being named.
#[derive(Clone, Copy, PartialEq)]
struct Row<T> {
    code: T,
    offered: bool,
}

/// What one policy allows.
struct Allowed {
    name: Name,
    versions: Vec<Row<ProtocolVersion>>,
    suites: Vec<(Row<CipherSuite>, Vec<ProtocolVersion>)>,
    groups: Vec<Row<NamedGroup>>,
    schemes: Vec<Row<SignatureScheme>>,
}

impl Allowed {
    /// Asks the engine.
    fn by(name: Name) -> Self {
        let offered = settings(name);
        let takes_with = |psk: Option<PreSharedKey>, change: &dyn Fn(&mut Common)| {
            // Nobody is met: whom to trust does not matter.
            let anyone = Verification::danger_accept_anyone();
            let mut config = ClientConfig::with_verification(anyone);
            config.common = settings(name);
            config.psks = psk.into_iter().collect();
            change(&mut config.common);
            config.check().is_ok()
        };
        let takes = |change: &dyn Fn(&mut Common)| takes_with(None, change);
        let versions = rows(ProtocolVersion::ALL, &offered.versions, |version| {
            takes(&|common| common.versions = vec![version])
        });
        let suites = rows(CipherSuite::ALL, &offered.suites, |suite| {
            let all: Vec<_> = versions.iter().map(|row| row.code).collect();
            let key = wants_key(suite).then(some_key).flatten();
            takes_with(key, &|common| {
                common.versions.clone_from(&all);
                common.suites = vec![suite];
            })
        });
        let spoken = |suite| {
            let versions = versions.iter().map(|row| row.code).filter(|version| {
                takes(&|common| {
                    common.versions = vec![*version];
                    common.suites = vec![suite];
                })
            });
            versions.collect()
        };
        // A config with a key adds suites by itself, so that one alone cannot be asked about.
        let suites = suites.into_iter().map(|row| {
            let versions = if wants_key(row.code) {
                Vec::new()
            } else {
                spoken(row.code)
            };
            (row, versions)
        });
        Self {
            name,
            suites: suites.collect(),
            groups: rows(NamedGroup::ALL, &offered.groups, |group| {
                // Beside one that every version has.
                takes(&|common| common.groups.extend(missing(&common.groups, group)))
            }),
            schemes: rows(SignatureScheme::ALL, &offered.schemes, |scheme| {
                takes(&|common| common.schemes.extend(missing(&common.schemes, scheme)))
            }),
            versions,
        }
    }

    /// How keys come to be agreed on, each way once.
    fn key_exchanges(&self) -> Vec<String> {
        let mut ways: Vec<String> = Vec::new();
        for parts in self.suites.iter().filter_map(|(row, _)| parts(row.code)) {
            let way = way(&parts);
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways
    }

    /// For people: only what `before` lacks.
    fn text(&self, before: Option<&Self>) -> String {
        let warning = self.name.warning();
        let head = warning.unwrap_or("what is current; the default");
        let head = format!("{}: {head}", self.name.word());
        let mut out = format!("\n{}\n", wrap(&head, 80).join("\n"));
        let old_ways = before.map(Self::key_exchanges).unwrap_or_default();
        let ways = self.key_exchanges().into_iter();
        let ways = ways.filter(|way| !old_ways.contains(way)).collect();
        let sections = [
            (
                "versions",
                new(&self.versions, before.map(|one| &one.versions)),
            ),
            ("key exchange", ways),
            ("groups", new(&self.groups, before.map(|one| &one.groups))),
            (
                "signatures",
                new(&self.schemes, before.map(|one| &one.schemes)),
            ),
        ];
        for (label, names) in sections.into_iter().filter(|(_, names)| !names.is_empty()) {
            let lines = wrap(&names.join(", "), 62).join("\n                ");
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  {label:<12}  {lines}");
        }
        let old = |row: &Row<CipherSuite>| {
            before.is_some_and(|before| before.suites.iter().any(|(old, _)| old == row))
        };
        for (row, versions) in self.suites.iter().filter(|(row, _)| !old(row)) {
            let name = marked(row);
            let versions = match wants_key(row.code) {
                true => "with a shared key".to_owned(),
                false => span(versions),
            };
            let _ = writeln!(out, "  {name:<48} {versions}");
        }
        out
    }

    /// For programs.
    fn json(&self) -> Value {
        let suites = self.suites.iter().map(|(row, versions)| {
            let parts = parts(row.code);
            json!({
                "name": row.code.to_string(),
                "code": format!("0x{:04x}", row.code.0),
                "offered": row.offered,
                "versions": versions.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "shared_key": wants_key(row.code),
                "key_exchange": parts.map(|parts| parts.key_exchange),
                "authentication": parts.map(|parts| parts.authentication),
                "cipher": parts.map(|parts| parts.cipher),
                "hash": parts.map(|parts| parts.hash),
            })
        });
        json!({
            "name": self.name.word(),
            "default": self.name == Name::default(),
            "warning": self.name.warning(),
            "versions": self.versions.iter().map(named).collect::<Vec<_>>(),
            "key_exchanges": self.key_exchanges(),
            "suites": suites.collect::<Vec<_>>(),
            "groups": self.groups.iter().map(named).collect::<Vec<_>>(),
            "schemes": self.schemes.iter().map(named).collect::<Vec<_>>(),
        })
    }
}

/// What a config holds once the policy is named.
fn settings(name: Name) -> Common {
    let mut common = Common::default();
    if let Some(policy) = name.allows() {
        common.allow_obsolete(policy);
    }
    common
}

/// What of a registry is taken: what is offered first, in the order of the offer.
fn rows<T: Copy + PartialEq>(all: &[T], offered: &[T], takes: impl Fn(T) -> bool) -> Vec<Row<T>> {
    let others = all.iter().filter(|code| !offered.contains(code));
    let offered = offered.iter().map(|code| (*code, true));
    let others = others.map(|code| (*code, false));
    let taken = offered.chain(others).filter(|(code, _)| takes(*code));
    taken.map(|(code, offered)| Row { code, offered }).collect()
}

/// A key that both sides have known before, which some suites want.
fn some_key() -> Option<PreSharedKey> {
    PreSharedKey::new(b"somebody", &[0x5a; 32]).ok()
}

fn missing<T: Copy + PartialEq>(list: &[T], code: T) -> Option<T> {
    (!list.contains(&code)).then_some(code)
}

fn new<T: PartialEq + ToString>(rows: &[Row<T>], before: Option<&Vec<Row<T>>>) -> Vec<String> {
    let old = |row: &&Row<T>| before.is_some_and(|before| before.contains(row));
    rows.iter().filter(|row| !old(row)).map(marked).collect()
}

fn marked<T: ToString>(row: &Row<T>) -> String {
    let mark = if row.offered { "*" } else { "" };
    format!("{}{mark}", row.code.to_string())
}

fn named<T: ToString>(row: &Row<T>) -> Value {
    json!({ "name": row.code.to_string(), "offered": row.offered })
}

/// True for a suite that wants a key which both sides have known before.
fn wants_key(suite: CipherSuite) -> bool {
    suite
        .parts()
        .and_then(|parts| parts.key_exchange)
        .is_some_and(|way| way.contains("PSK"))
}

/// `RSA`, `ECDHE signed by ECDSA`, `any group (TLS 1.3)`.
fn way(parts: &SuiteParts) -> String {
    let way = parts.key_exchange;
    match parts.authentication {
        "any scheme" => format!("{way} (TLS 1.3)"),
        same if same == way => way.to_owned(),
        other => format!("{way} signed by {other}"),
    }
}

/// `TLS 1.2`, or `SSL 3.0 to TLS 1.2`.
fn span(versions: &[ProtocolVersion]) -> String {
    match (versions.iter().min(), versions.iter().max()) {
        (Some(oldest), Some(newest)) if oldest == newest => newest.to_string(),
        (Some(oldest), Some(newest)) => format!("{oldest} to {newest}"),
        _ => String::new(),
    }
}
