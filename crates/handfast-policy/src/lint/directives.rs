//! Lines of config files: what nginx, Apache and HAProxy say of TLS.
//!
//! Blocks are not told apart, so what is said twice must be the same twice: of two blocks that differ one
//! would be judged and the other not. What is included is not read, and told. What does not speak of TLS is
//! passed over.

use crate::bad_string::BadString;
use crate::dropped::{Dropped, Item, Reason};
use crate::lint::unreadable::{BadDirective, Unreadable};
use crate::openssl;
use crate::settings::Settings;
use handfast::ProtocolVersion;

/// True where a statement is a directive that is known.
pub(super) fn looks_so(text: &str) -> bool {
    statements(text).iter().any(|statement| {
        let words = statement.words.split_first();
        words.is_some_and(|(first, rest)| meaning(first, rest).is_some())
    })
}

pub(super) fn read(text: &str) -> Result<Settings, Unreadable> {
    let mut settings = Settings::default();
    let mut met: Vec<(Meaning, Settings, usize)> = Vec::new();
    for Statement { line, words } in statements(text) {
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        if first.eq_ignore_ascii_case("include") {
            settings.dropped.push(Dropped {
                item: Item::Word(words.join(" ")),
                reason: Reason::NotRead("what is included is not read: give that file too"),
            });
        }
        let Some((meaning, rest)) = meaning(first, rest) else {
            continue;
        };
        let bad = |wrong: String| {
            Unreadable::Directive(BadDirective {
                line,
                directive: first.clone(),
                wrong,
            })
        };
        let said = said(meaning, &rest).map_err(bad)?;
        match met.iter().find(|(known, _, _)| *known == meaning) {
            Some((_, before, line)) if *before != said => {
                return Err(bad(format!(
                    "line {line} says something else of the same, and only one of them would be \
                     judged: give one block at a time"
                )));
            }
            Some(_) => {}
            None => met.push((meaning, said.clone(), line)),
        }
        settings = settings.with(said);
    }
    if met.is_empty() {
        Err(Unreadable::NoDirective)
    } else {
        Ok(settings)
    }
}

/// What a directive speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Ciphers,
    Ciphersuites,
    Groups,
    Sigalgs,
    /// The versions by name.
    Versions,
    /// `all -SSLv3 +TLSv1.2`.
    SignedVersions,
    /// `ssl-min-ver TLSv1.2 no-sslv3 …`.
    VersionOptions,
}

/// What a directive means, and the words that are left of it.
fn meaning(first: &str, rest: &[String]) -> Option<(Meaning, Vec<String>)> {
    let all = || rest.to_vec();
    let inner = |known: &[(&str, Meaning)]| {
        let (what, values) = rest.split_first()?;
        let found = known
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(what));
        found.map(|(_, meaning)| (*meaning, values.to_vec()))
    };
    const COMMANDS: &[(&str, Meaning)] = &[
        ("CipherString", Meaning::Ciphers),
        ("Ciphersuites", Meaning::Ciphersuites),
        ("Curves", Meaning::Groups),
        ("Groups", Meaning::Groups),
        ("ECDHParameters", Meaning::Groups),
        ("SignatureAlgorithms", Meaning::Sigalgs),
    ];
    Some(match first.to_ascii_lowercase().as_str() {
        "ssl_ciphers" | "proxy_ssl_ciphers" | "ssl-default-bind-ciphers" => {
            (Meaning::Ciphers, all())
        }
        "ssl-default-bind-ciphersuites" => (Meaning::Ciphersuites, all()),
        "ssl_ecdh_curve" | "ssl-default-bind-curves" => (Meaning::Groups, all()),
        "ssl-default-bind-sigalgs" => (Meaning::Sigalgs, all()),
        "ssl_protocols" | "proxy_ssl_protocols" => (Meaning::Versions, all()),
        "sslprotocol" => (Meaning::SignedVersions, all()),
        "ssl-default-bind-options" => (Meaning::VersionOptions, all()),
        "ssl_conf_command" | "sslopensslconfcmd" => return inner(COMMANDS),
        "sslciphersuite" => match inner(&[
            ("TLSv1.3", Meaning::Ciphersuites),
            ("SSL", Meaning::Ciphers),
        ]) {
            Some(found) => found,
            None => (Meaning::Ciphers, all()),
        },
        _ => return None,
    })
}

fn said(meaning: Meaning, words: &[String]) -> Result<Settings, String> {
    let list = || match words {
        [] => Err("a value is missing".to_owned()),
        words => Ok(words.join(" ")),
    };
    let read = |read: fn(&str) -> Result<Settings, BadString>| {
        read(&list()?).map_err(|fault| fault.to_string())
    };
    let versions = match meaning {
        Meaning::Ciphers => return read(openssl::ciphers),
        Meaning::Ciphersuites => return read(openssl::ciphersuites),
        Meaning::Sigalgs => return read(openssl::sigalgs),
        // nginx's word for what the library holds by itself.
        Meaning::Groups if words == ["auto"] => return Ok(Settings::default()),
        Meaning::Groups => return read(openssl::groups),
        Meaning::Versions => {
            let versions = words.iter().map(|word| version(word));
            versions.collect::<Result<Vec<_>, _>>()?
        }
        Meaning::SignedVersions => signed(words)?,
        Meaning::VersionOptions => options(words)?,
    };
    if versions.is_empty() {
        return Err("no version is left".to_owned());
    }
    let mut versions = versions;
    versions.sort_by_key(|version| core::cmp::Reverse(version.0));
    versions.dedup();
    Ok(Settings {
        versions: Some(versions),
        ..Settings::default()
    })
}

/// Apache: each word adds or takes away; the first without a sign begins anew.
fn signed(words: &[String]) -> Result<Vec<ProtocolVersion>, String> {
    let mut versions: Vec<ProtocolVersion> = Vec::new();
    for word in words {
        let (sign, name) = match word.split_at_checked(1) {
            Some(("+", name)) => ('+', name),
            Some(("-", name)) => ('-', name),
            _ => (' ', word.as_str()),
        };
        let named = if name.eq_ignore_ascii_case("all") {
            // All but SSL 3.0, since 2.4.16.
            CURRENT.to_vec()
        } else {
            vec![version(name)?]
        };
        if sign == ' ' {
            versions.clear();
        }
        versions.retain(|one| !named.contains(one));
        if sign != '-' {
            versions.extend(named);
        }
    }
    Ok(versions)
}

/// HAProxy: bounds, and versions that are switched off.
fn options(words: &[String]) -> Result<Vec<ProtocolVersion>, String> {
    let mut versions = CURRENT.to_vec();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut bound = || {
            words
                .next()
                .map_or(Err("a version is missing".to_owned()), |word| version(word))
        };
        match word.to_ascii_lowercase().as_str() {
            "ssl-min-ver" => {
                let least = bound()?;
                versions.retain(|one| *one >= least);
            }
            "ssl-max-ver" => {
                let most = bound()?;
                versions.retain(|one| *one <= most);
            }
            "no-tlsv10" => versions.retain(|one| *one != ProtocolVersion::TLS_1_0),
            "no-tlsv11" => versions.retain(|one| *one != ProtocolVersion::TLS_1_1),
            "no-tlsv12" => versions.retain(|one| *one != ProtocolVersion::TLS_1_2),
            "no-tlsv13" => versions.retain(|one| *one != ProtocolVersion::TLS_1_3),
            // Options of another kind.
            _ => {}
        }
    }
    Ok(versions)
}

fn version(word: &str) -> Result<ProtocolVersion, String> {
    let known = KNOWN
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    known.map(|(_, version)| *version).ok_or_else(|| {
        let names = KNOWN.iter().map(|(name, _)| *name);
        let near = crate::near::nearest(word, names);
        let near = near.map_or_else(String::new, |near| format!("; the nearest is {near}"));
        let word: String = word.chars().take(64).collect();
        format!("no version is named {}{near}", word.escape_debug())
    })
}

/// What stands between two ends: its first line, from 1, and its words.
struct Statement {
    line: usize,
    words: Vec<String>,
}

/// The statements of a file, without comments and quotes. nginx ends them by semicolons and braces, over as
/// many lines as they take; Apache and HAProxy by the end of a line that no backslash continues.
fn statements(text: &str) -> Vec<Statement> {
    let by_lines = !is_ended_by_marks(text);
    let mut reading = Reading::default();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (reading.quote, letter) {
            (Some(open), letter) if letter == open => reading.quote = None,
            (Some(_), letter) if !(by_lines && letter == '\n') => reading.word.push(letter),
            (None, '"' | '\'') => reading.quote = Some(letter),
            (None, '#') if reading.word.is_empty() => {
                while letters.next_if(|letter| *letter != '\n').is_some() {}
            }
            (None, ';' | '{' | '}') => reading.end_statement(),
            (None, '\\') if by_lines && letters.next_if_eq(&'\n').is_some() => {
                reading.end_word();
                reading.line += 1;
            }
            (_, '\n') if by_lines => reading.end_statement(),
            (_, letter) if letter.is_whitespace() => reading.end_word(),
            (_, letter) => reading.word.push(letter),
        }
        reading.line += usize::from(letter == '\n');
    }
    reading.end_statement();
    reading.found
}

/// True where a semicolon ends something outside of comments and quotes.
fn is_ended_by_marks(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default().trim_end();
        line.ends_with([';', '{']) || line.contains("; ") || line.contains(";}")
    })
}

#[derive(Default)]
struct Reading {
    found: Vec<Statement>,
    words: Vec<String>,
    word: String,
    quote: Option<char>,
    /// Lines that are over.
    line: usize,
    /// Where the statement began.
    begun: usize,
}

impl Reading {
    fn end_word(&mut self) {
        let word = core::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        if self.words.is_empty() {
            self.begun = self.line + 1;
        }
        self.words.push(word);
    }

    fn end_statement(&mut self) {
        self.end_word();
        self.quote = None;
        let words = core::mem::take(&mut self.words);
        if !words.is_empty() {
            let line = self.begun;
            self.found.push(Statement { line, words });
        }
    }
}

const KNOWN: &[(&str, ProtocolVersion)] = &[
    ("TLSv1.3", ProtocolVersion::TLS_1_3),
    ("TLSv1.2", ProtocolVersion::TLS_1_2),
    ("TLSv1.1", ProtocolVersion::TLS_1_1),
    ("TLSv1.0", ProtocolVersion::TLS_1_0),
    ("TLSv1", ProtocolVersion::TLS_1_0),
    ("SSLv3", ProtocolVersion::SSL_3_0),
    ("SSLv2", ProtocolVersion::SSL_2_0),
];

/// What those programs mean by all, from the newest.
const CURRENT: &[ProtocolVersion] = &[
    ProtocolVersion::TLS_1_3,
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
];
