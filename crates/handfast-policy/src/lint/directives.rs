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
        words.is_some_and(|(first, rest)| is_command(first) || !meanings(first, rest).is_empty())
    })
}

pub(super) fn read(text: &str) -> Result<Settings, Unreadable> {
    let mut settings = Settings::default();
    let mut met: Vec<(Meaning, Settings, usize)> = Vec::new();
    let statements = statements(text);
    let speaks_to_clients = statements.iter().any(|statement| {
        let words = statement.words.split_first();
        words.is_some_and(|(first, rest)| !is_proxied(first) && !meanings(first, rest).is_empty())
    });
    for Statement { line, words } in &statements {
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        let bad = |wrong: String| {
            Unreadable::Directive(BadDirective {
                line: *line,
                directive: first.clone(),
                wrong,
            })
        };
        if let Some(wrong) = versions_by_command(first, rest) {
            return Err(bad(wrong));
        }
        if let Some(why) = unread(first, rest, speaks_to_clients) {
            settings.dropped.push(Dropped {
                item: Item::Word(words.join(" ")),
                reason: Reason::NotRead(why),
            });
            continue;
        }
        for (meaning, rest) in meanings(first, rest) {
            let said = said(meaning, &rest).map_err(bad)?;
            match met.iter().find(|(known, _, _)| *known == meaning) {
                Some((_, before, line)) if *before != said => {
                    return Err(bad(format!(
                        "line {line} says something else of the same, and only one of them would \
                         be judged: give one block at a time"
                    )));
                }
                Some(_) => {}
                None => met.push((meaning, said.clone(), *line)),
            }
            settings = settings.with(said);
        }
    }
    if met.is_empty() {
        Err(Unreadable::NoDirective)
    } else {
        Ok(settings)
    }
}

/// True for what runs a command of OpenSSL's configuration.
fn is_command(first: &str) -> bool {
    ["ssl_conf_command", "SSLOpenSSLConfCmd"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(first))
}

/// True for what is about connections to other servers.
fn is_proxied(first: &str) -> bool {
    ["proxy_ssl_", "SSLProxy", "ssl-default-server-"]
        .iter()
        .any(|start| {
            let head = first.get(..start.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(start))
        })
}

/// What is wrong with a command that sets versions: it holds over the directive for them, in ways that
/// programs and their versions do not share.
fn versions_by_command(first: &str, rest: &[String]) -> Option<String> {
    let command = rest.first().filter(|_| is_command(first))?;
    let sets = ["Protocol", "MinProtocol", "MaxProtocol"];
    if !sets.iter().any(|name| name.eq_ignore_ascii_case(command)) {
        return None;
    }
    let instead = match first.contains('_') {
        true => "ssl_protocols",
        false => "SSLProtocol",
    };
    Some(format!(
        "{} sets versions over those of {instead}, and is not read: say them by {instead}",
        command.escape_debug()
    ))
}

/// Why a statement is not read that may matter.
fn unread(first: &str, rest: &[String], speaks_to_clients: bool) -> Option<&'static str> {
    if first.eq_ignore_ascii_case("include") {
        return Some("what is included is not read: give that file too");
    }
    if is_command(first) && meanings(first, rest).is_empty() {
        return Some("this command of OpenSSL's is not read");
    }
    let is_readable = !meanings(first, rest).is_empty();
    let speaks_of_tls = ["protocol", "cipher", "ssl-default-server-"];
    let name = first.to_ascii_lowercase();
    let is_of_tls = is_readable || speaks_of_tls.iter().any(|word| name.contains(word));
    if is_proxied(first) && is_of_tls && (speaks_to_clients || !is_readable) {
        return Some(
            "it is about connections to other servers: what is judged are those of clients",
        );
    }
    None
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

/// What a statement means, and the words that go with each.
fn meanings(first: &str, rest: &[String]) -> Vec<(Meaning, Vec<String>)> {
    if first.eq_ignore_ascii_case("bind") && rest.iter().any(|word| word == "ssl") {
        return of_bind(rest);
    }
    meaning(first, rest).into_iter().collect()
}

/// HAProxy: what a listener has instead of the defaults.
fn of_bind(words: &[String]) -> Vec<(Meaning, Vec<String>)> {
    let (mut found, mut options) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        let meaning = match lower.as_str() {
            "ciphers" => Meaning::Ciphers,
            "ciphersuites" => Meaning::Ciphersuites,
            "curves" | "ecdhe" => Meaning::Groups,
            "sigalgs" => Meaning::Sigalgs,
            "ssl-min-ver" | "ssl-max-ver" => {
                options.push(word.clone());
                options.extend(words.next().cloned());
                continue;
            }
            _ if switched_off(&lower).is_some() || forced(&lower).is_some() => {
                options.push(word.clone());
                continue;
            }
            _ => continue,
        };
        found.push((meaning, words.next().cloned().into_iter().collect()));
    }
    if !options.is_empty() {
        found.push((Meaning::VersionOptions, options));
    }
    found
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

/// HAProxy: bounds, or versions that are switched off, which do not count beside bounds. Since 2.2 the
/// least is TLS 1.2 where none is said.
fn options(words: &[String]) -> Result<Vec<ProtocolVersion>, String> {
    let (mut least, mut most, mut off) = (None, None, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut bound = || {
            words
                .next()
                .map_or(Err("a version is missing".to_owned()), |word| version(word))
        };
        match word.to_ascii_lowercase().as_str() {
            "ssl-min-ver" => least = Some(bound()?),
            "ssl-max-ver" => most = Some(bound()?),
            word => {
                off.extend(switched_off(word));
                if let Some(only) = forced(word) {
                    (least, most) = (Some(only), Some(only));
                }
            }
        }
    }
    if least.is_some() || most.is_some() {
        off.clear();
    }
    let most = most.unwrap_or(ProtocolVersion::TLS_1_3);
    let least = least.unwrap_or(ProtocolVersion::TLS_1_2.min(most));
    let versions = CURRENT.iter().copied();
    Ok(versions
        .filter(|one| (least..=most).contains(one) && !off.contains(one))
        .collect())
}

/// HAProxy: the version that this word switches off.
fn switched_off(word: &str) -> Option<ProtocolVersion> {
    of_haproxy(word.strip_prefix("no-")?)
}

/// HAProxy: the one version that this word leaves.
fn forced(word: &str) -> Option<ProtocolVersion> {
    of_haproxy(word.strip_prefix("force-")?)
}

fn of_haproxy(name: &str) -> Option<ProtocolVersion> {
    match name {
        "sslv3" => Some(ProtocolVersion::SSL_3_0),
        "tlsv10" => Some(ProtocolVersion::TLS_1_0),
        "tlsv11" => Some(ProtocolVersion::TLS_1_1),
        "tlsv12" => Some(ProtocolVersion::TLS_1_2),
        "tlsv13" => Some(ProtocolVersion::TLS_1_3),
        _ => None,
    }
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
