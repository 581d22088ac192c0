//! GnuTLS's priority strings, read only: what they mean here.
//!
//! ```
//! use handfast_policy::{gnutls, openssl};
//!
//! let settings = gnutls::priorities("SECURE192:-VERS-ALL:+VERS-TLS1.2:-RSA:%COMPAT")?;
//! let suites = settings.suites.unwrap_or_default();
//! assert_eq!(openssl::name(suites[0].item).as_deref(), Some("ECDHE-ECDSA-AES256-GCM-SHA384"));
//! assert_eq!(settings.tls13_suites, Some(Vec::new()));
//! assert_eq!(settings.dropped[0].reason.id(), "not-read");
//! # Ok::<(), handfast_policy::BadString>(())
//! ```

mod names;

use crate::bad_string::{BadString, Fault};
use crate::dropped::{Dropped, Item, Reason};
use crate::kind::is_tls13;
use crate::near::nearest;
use crate::settings::{Ranked, Settings};
use handfast::{CipherSuite, ProtocolVersion};
use names::{GROUPS, KEY_EXCHANGES, Level, MODIFIERS, SCHEMES, VERSIONS};

/// Reads a priority string as GnuTLS 3.7 does: a level (`NORMAL`, `SECURE128`, `SECURE192`, `SECURE256`,
/// `PFS`, `PERFORMANCE`, `LEGACY`, `SUITEB128`, `SUITEB192`, `NONE`), and what is put to it (`+`) or taken
/// from it (`-`, `!`), separated by `:`.
///
/// What a string says beside versions, suites, groups and signature schemes is told in
/// [`Settings::dropped`].
///
/// # Errors
/// [`BadString`] for a name that stands for nothing, and for strings that stand elsewhere (`@SYSTEM`).
pub fn priorities(text: &str) -> Result<Settings, BadString> {
    if text.starts_with('@') {
        return Err(BadString::new(Fault::Elsewhere, 0, text));
    }
    let mut lists = Lists::default();
    let mut at = 0;
    for (number, element) in text.split(':').enumerate() {
        let word = element.trim_matches(' ');
        let place = at + element.len() - element.trim_start_matches(' ').len();
        lists.read(number == 0, word, place)?;
        at += element.len() + 1;
    }
    Ok(lists.settings())
}

/// What is on, each in order, by GnuTLS's names.
#[derive(Default)]
struct Lists {
    versions: Vec<&'static str>,
    ciphers: Vec<&'static str>,
    macs: Vec<&'static str>,
    exchanges: Vec<&'static str>,
    groups: Vec<&'static str>,
    schemes: Vec<&'static str>,
    dropped: Vec<Dropped>,
}

impl Lists {
    fn read(&mut self, is_first: bool, word: &str, at: usize) -> Result<(), BadString> {
        if is_first {
            let level = Level::called(word).ok_or_else(|| unknown(word, at, Level::names()))?;
            self.add_level(level);
            return Ok(());
        }
        if let Some(modifier) = word.strip_prefix('%') {
            let mut all = MODIFIERS.iter().copied();
            if !all.any(|one| one.eq_ignore_ascii_case(modifier)) {
                return Err(unknown(modifier, at, MODIFIERS.iter().copied()));
            }
            self.not_read(word, "a setting beside what may be agreed on");
            return Ok(());
        }
        let (adds, name) = match word.strip_prefix('+') {
            Some(name) => (true, name),
            None => match word.strip_prefix(['-', '!']) {
                Some(name) => (false, name),
                None => return Err(BadString::new(Fault::SignMissing, at, word)),
            },
        };
        if adds && let Some(level) = Level::called(name) {
            self.add_level(level);
            return Ok(());
        }
        self.change(adds, name)
            .ok_or_else(|| unknown(name, at, names::all()))
    }

    fn add_level(&mut self, level: &Level) {
        let lists = [
            (&mut self.versions, level.versions),
            (&mut self.ciphers, level.ciphers),
            (&mut self.macs, level.macs),
            (&mut self.exchanges, level.exchanges),
            (&mut self.groups, level.groups),
            (&mut self.schemes, level.schemes),
        ];
        for (list, more) in lists {
            put(list, more);
        }
    }

    /// Puts something to its list, or takes it off; nothing where no list has the name.
    fn change(&mut self, adds: bool, name: &str) -> Option<()> {
        let name = name.to_ascii_uppercase();
        if name.starts_with("CTYPE-") || name.starts_with("COMP-") {
            let word = format!("{}{name}", if adds { '+' } else { '-' });
            self.not_read(&word, "not about suites, groups, signatures or versions");
            return Some(());
        }
        let all = Level::called("NORMAL")?;
        let named = |table: &[&'static str]| {
            let mut table = table.iter().copied();
            table
                .find(|one| one.eq_ignore_ascii_case(&name))
                .map(|one| vec![one])
        };
        let (list, which): (&mut Vec<_>, Vec<_>) = match &*name {
            "VERS-ALL" => (&mut self.versions, all.versions.to_vec()),
            "VERS-TLS-ALL" => (&mut self.versions, names::of_tls(all.versions)),
            "VERS-DTLS-ALL" => (&mut self.versions, names::of_dtls(all.versions)),
            "CIPHER-ALL" => (&mut self.ciphers, all.ciphers.to_vec()),
            "MAC-ALL" => (&mut self.macs, all.macs.to_vec()),
            "KX-ALL" => (&mut self.exchanges, all.exchanges.to_vec()),
            "GROUP-ALL" | "CURVE-ALL" => (&mut self.groups, all.groups.to_vec()),
            "GROUP-DH-ALL" => (&mut self.groups, names::fields(all.groups)),
            "GROUP-EC-ALL" => (&mut self.groups, names::curves(all.groups)),
            "SIGN-ALL" => (&mut self.schemes, all.schemes.to_vec()),
            _ => {
                let keys = |table: &[(&'static str, &'static str)]| -> Vec<_> {
                    table.iter().map(|(name, _)| *name).collect()
                };
                if let Some(found) = named(VERSIONS) {
                    (&mut self.versions, found)
                } else if let Some(found) = named(&keys(names::CIPHERS)) {
                    (&mut self.ciphers, found)
                } else if let Some(found) = named(&keys(names::MACS)) {
                    (&mut self.macs, found)
                } else if let Some(found) = named(&keys(KEY_EXCHANGES)) {
                    (&mut self.exchanges, found)
                } else {
                    let groups: Vec<_> = GROUPS.iter().map(|(name, _)| *name).collect();
                    let schemes: Vec<_> = SCHEMES.iter().map(|(name, _)| *name).collect();
                    match named(&groups).or_else(|| named(&names::as_groups(&name))) {
                        Some(found) => (&mut self.groups, found),
                        None => (&mut self.schemes, named(&schemes)?),
                    }
                }
            }
        };
        // `-ALL` takes off what is not in the usual list, too.
        match (
            adds,
            name.ends_with("-ALL") && !name.contains("TLS-") && !name.starts_with("GROUP-"),
        ) {
            (true, _) => put(list, &which),
            (false, true) => list.clear(),
            (false, false) => list.retain(|one| !which.contains(one)),
        }
        Some(())
    }

    fn not_read(&mut self, word: &str, why: &'static str) {
        let item = Item::Word(word.to_owned());
        let reason = Reason::NotRead(why);
        self.dropped.push(Dropped { item, reason });
    }

    fn settings(mut self) -> Settings {
        // GnuTLS gives TLS 1.3 up for what it lacks.
        let lacks = |one: &&str| one.starts_with("SRP") || ["RSA-PSK", "NULL"].contains(one);
        if self.exchanges.iter().chain(&self.ciphers).any(lacks) {
            self.versions.retain(|one| *one != "VERS-TLS1.3");
        }
        let mut versions = Vec::new();
        for name in &self.versions {
            match names::version(name) {
                Some(version) => versions.push(version),
                None if self.versions.iter().any(|one| one.starts_with("VERS-TLS")) => {}
                None => {
                    let item = Item::Word((*name).to_owned());
                    let reason = Reason::NotImplemented;
                    self.dropped.push(Dropped { item, reason });
                }
            }
        }
        let groups = self.groups.iter().filter_map(|name| find(GROUPS, name));
        let groups: Vec<_> = groups.collect();
        let mut schemes = Vec::new();
        for scheme in self.schemes.iter().filter_map(|name| find(SCHEMES, name)) {
            // Two names stand for one number where TLS 1.3 has fixed the curve.
            if !schemes.contains(&scheme) {
                schemes.push(scheme);
            }
        }
        Settings {
            suites: Some(self.suites(&versions)),
            tls13_suites: Some(self.newest(&versions)),
            groups: Some(Ranked::each(&groups)),
            schemes: Some(schemes),
            versions: Some(versions),
            dropped: self.dropped,
            ..Settings::default()
        }
    }

    /// Key exchange by key exchange, cipher by cipher.
    fn suites(&self, versions: &[ProtocolVersion]) -> Vec<Ranked<CipherSuite>> {
        let classic = versions
            .iter()
            .filter(|one| **one < ProtocolVersion::TLS_1_3);
        let Some(newest) = classic.max() else {
            return Vec::new();
        };
        let mut suites = Vec::new();
        for exchange in &self.exchanges {
            for cipher in &self.ciphers {
                for mac in &self.macs {
                    let Some(suite) = names::suite(exchange, cipher, mac) else {
                        continue;
                    };
                    if names::is_of(suite) <= *newest {
                        // By a word for many, always.
                        suites.push(Ranked {
                            by_name: false,
                            ..Ranked::new(suite)
                        });
                    }
                }
            }
        }
        suites
    }

    fn newest(&self, versions: &[ProtocolVersion]) -> Vec<CipherSuite> {
        if !versions.contains(&ProtocolVersion::TLS_1_3) || !self.macs.contains(&"AEAD") {
            return Vec::new();
        }
        let suites = self.ciphers.iter().filter_map(|cipher| {
            let (_, part) = names::CIPHERS.iter().find(|(name, _)| name == cipher)?;
            let all = CipherSuite::ALL.iter().copied();
            let mut newer = all.filter(|suite| is_tls13(*suite));
            newer.find(|suite| {
                let parts = suite.parts();
                parts.is_some_and(|parts| {
                    parts.cipher == *part && parts.hash != Some("ASCONHASH256")
                })
            })
        });
        suites.collect()
    }
}

fn put(list: &mut Vec<&'static str>, more: &[&'static str]) {
    for one in more {
        if !list.contains(one) {
            list.push(one);
        }
    }
}

fn find<T: Copy>(table: &[(&'static str, T)], name: &str) -> Option<T> {
    table
        .iter()
        .find(|(one, _)| *one == name)
        .map(|(_, item)| *item)
}

fn unknown(word: &str, at: usize, names: impl Iterator<Item = &'static str>) -> BadString {
    let nearest = nearest(word, names);
    BadString::new(Fault::Unknown, at, word).with_nearest(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openssl::name;
    use proptest::prelude::*;

    /// Whole lists are held against GnuTLS itself in tests/peers.
    #[test]
    fn levels_and_what_is_put_to_them_choose_suites() {
        let names = |text: &str| -> Vec<String> {
            let suites = priorities(text).unwrap().suites.unwrap().into_iter();
            suites.filter_map(|one| name(one.item)).collect()
        };
        assert_eq!(names("SUITEB192"), ["ECDHE-ECDSA-AES256-GCM-SHA384"]);
        assert_eq!(
            names("NONE:+VERS-TLS1.2:+AES-128-CBC:+sha1:+AEAD:+ECDHE-RSA:+RSA:+AES-128-GCM:-RSA"),
            ["ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-GCM-SHA256"]
        );
        assert_eq!(names("NORMAL:-VERS-ALL:+VERS-TLS1.3"), [""; 0]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let bad = |text: &str| {
            let bad = priorities(text).unwrap_err();
            (bad.fault, bad.at, bad.nearest)
        };
        assert_eq!(bad("NORMALE").0, Fault::Unknown);
        assert_eq!(
            bad("NORMAL:+AES-129-CBC"),
            (Fault::Unknown, 7, Some("AES-128-CBC".to_owned()))
        );
        assert_eq!(bad("NORMAL:AES-128-CBC"), (Fault::SignMissing, 7, None));
        assert_eq!(
            bad("NORMAL: %COMPATT"),
            (Fault::Unknown, 8, Some("COMPAT".to_owned()))
        );
        assert_eq!(bad("@SYSTEM"), (Fault::Elsewhere, 0, None));
        assert_eq!(bad("NORMAL:-SECURE192").0, Fault::Unknown);
        assert_eq!(bad("").0, Fault::Unknown);
    }

    #[test]
    fn anonymous_suites_are_meant_by_a_word_and_so_drop_out() {
        let settings = priorities("NORMAL:-KX-ALL:+ANON-DH").unwrap();
        assert!(!settings.suites.clone().unwrap().is_empty());
        let fitted = settings.fit(crate::Allowance::Museum);
        assert_eq!(fitted.suites, Some(Vec::new()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_string_is_too_odd(text in "(NORMAL|NONE|[:+!%@ -]|AES-128-GCM|VERS-ALL|KX-ALL|RSA|\\PC){0,10}") {
            let _ = priorities(&text);
        }
    }
}
