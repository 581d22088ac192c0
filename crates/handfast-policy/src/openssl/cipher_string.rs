//! Cipher strings: words that bring suites on, take them off, move them and rule them out.

use crate::bad_string::{BadString, Fault};
use crate::dropped::{Dropped, Item, Reason};
use crate::near::nearest;
use crate::openssl::edition::Edition;
use crate::openssl::order::Order;
use crate::openssl::row::{Row, table};
use crate::openssl::selector::Selector;
use crate::openssl::words;
use crate::settings::{Ranked, Settings};
use handfast::{CipherSuite, NamedGroup, SignatureScheme};

/// Reads a cipher string as OpenSSL 3.6 does: what it says of the suites of TLS 1.2 and older, in
/// OpenSSL's order.
///
/// Separators are `:`, `,`, `;` and spaces. A word brings on what it names; `-word` takes it off, `!word`
/// for good, `+word` moves it to the end; `a+b` is what both name. `@STRENGTH` sorts, `@SECLEVEL=n` sets
/// the level, `DEFAULT` may stand first, `SUITEB128` and its like instead of everything. `[a|b]` is
/// BoringSSL's: what stands in it ranks equal. Words that mean nothing are passed over, as in OpenSSL,
/// and told.
///
/// # Errors
/// [`BadString`] where OpenSSL refuses the string too: a character out of place, an unknown command, no
/// suite at all.
///
/// ```
/// use handfast_policy::openssl;
///
/// let settings = openssl::ciphers("kEDH+AESGCM:!aNULL:!DSS:@STRENGTH:RC4-MD5 ")?;
/// assert_eq!(settings.suites.map(|suites| suites.len()), Some(3));
/// let mistake = openssl::ciphers("AES256-SHA:AES+").unwrap_err();
/// assert_eq!(mistake.to_string(), "a word is missing at byte 15");
/// # Ok::<(), handfast_policy::BadString>(())
/// ```
pub fn ciphers(text: &str) -> Result<Settings, BadString> {
    ciphers_as(text, Edition::default())
}

/// The same, as a certain OpenSSL does.
///
/// # Errors
/// As [`ciphers`].
pub fn ciphers_as(text: &str, edition: Edition) -> Result<Settings, BadString> {
    let folds = edition == Edition::V4_0;
    if let Some(settings) = suite_b(text, folds) {
        return Ok(settings);
    }
    let table = table(edition);
    let mut reader = Reader {
        text,
        at: 0,
        table: &table,
        edition,
        order: Order::new(&table),
        group: None,
        has_group: false,
        settings: Settings::default(),
    };
    if let Some(rest) = strip(text, "DEFAULT", folds) {
        reader.read_default();
        reader.at = text.len() - rest.strip_prefix(':').unwrap_or(rest).len();
    }
    reader.read()?;
    let Reader {
        order,
        mut settings,
        ..
    } = reader;
    let suites = order.suites();
    if suites.is_empty() {
        return Err(BadString::new(Fault::NoSuite, 0, text).with_dropped(settings.dropped));
    }
    settings.suites = Some(suites);
    Ok(settings)
}

/// A string that is being read.
struct Reader<'a> {
    text: &'a str,
    /// How much of it was read, in bytes.
    at: usize,
    table: &'a [Row],
    edition: Edition,
    order: Order<'a>,
    /// In brackets: whether something of their rank is there.
    group: Option<bool>,
    has_group: bool,
    settings: Settings,
}

/// What is done with what a word names.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Add,
    Remove,
    Kill,
    ToEnd,
}

impl Reader<'_> {
    /// `ALL:!COMPLEMENTOFDEFAULT:!eNULL`.
    fn read_default(&mut self) {
        for (word, rule) in [
            ("ALL", Rule::Add),
            ("COMPLEMENTOFDEFAULT", Rule::Kill),
            ("eNULL", Rule::Kill),
        ] {
            if let Some(selector) = words::meaning(|name| name == word) {
                self.apply(rule, &selector);
            }
        }
    }

    fn read(&mut self) -> Result<(), BadString> {
        while let Some(next) = self.peek() {
            if self.group.is_some() {
                self.read_in_group(next)?;
                continue;
            }
            let rule = match next {
                next if is_separator(next) => {
                    self.skip(next);
                    continue;
                }
                '[' => {
                    self.skip(next);
                    (self.group, self.has_group) = (Some(false), true);
                    continue;
                }
                '@' => {
                    self.check_no_group()?;
                    self.skip(next);
                    self.read_command()?;
                    continue;
                }
                '-' => Rule::Remove,
                '+' => Rule::ToEnd,
                '!' => Rule::Kill,
                _ => Rule::Add,
            };
            if rule != Rule::Add {
                self.check_no_group()?;
                self.skip(next);
            }
            self.read_words(rule)?;
        }
        match self.group {
            Some(_) => Err(self.mistake(Fault::GroupOpen)),
            None => Ok(()),
        }
    }

    fn read_in_group(&mut self, next: char) -> Result<(), BadString> {
        match next {
            '|' => self.skip(next),
            ']' => {
                self.skip(next);
                self.group = None;
                if self.peek().is_some_and(|next| !is_separator(next)) {
                    return Err(self.mistake(Fault::AfterGroup));
                }
            }
            next if next.is_ascii_alphanumeric() => self.read_words(Rule::Add)?,
            _ => return Err(self.mistake(Fault::InGroup)),
        }
        Ok(())
    }

    /// What moves suites would take equal ranks apart.
    fn check_no_group(&self) -> Result<(), BadString> {
        match self.has_group {
            true => Err(self.mistake(Fault::OrderedGroup)),
            false => Ok(()),
        }
    }

    /// `word+word+word`.
    fn read_words(&mut self, rule: Rule) -> Result<(), BadString> {
        let from = self.at;
        let mut selector = Some(Selector::default());
        loop {
            let word = self.take_word();
            if word.is_empty() {
                return Err(self.mistake(Fault::WordMissing));
            }
            let meaning = self.meaning(word);
            selector = match (selector, meaning) {
                (Some(all), Some(one)) => all.and(&one),
                _ => None,
            };
            if meaning.is_none() {
                self.drop_word(word);
            }
            // What comes behind does not count any more.
            if selector.is_none() {
                self.skip_to_separator();
                break;
            }
            match self.peek() {
                Some('+') => self.skip('+'),
                _ => break,
            }
        }
        let Some(selector) = selector else {
            return Ok(());
        };
        self.apply(rule, &selector);
        if self.at == from {
            return Err(self.mistake(Fault::WordMissing));
        }
        Ok(())
    }

    fn apply(&mut self, rule: Rule, selector: &Selector) {
        match (rule, self.group) {
            (Rule::Add, None) => self.order.add(selector),
            (Rule::Add, Some(joined)) => {
                self.group = Some(self.order.add_equal(selector, joined));
            }
            (Rule::Remove, _) => self.order.remove(selector),
            (Rule::Kill, _) => self.order.kill(selector),
            (Rule::ToEnd, _) => self.order.put_last(selector),
        }
    }

    /// Behind `@`.
    fn read_command(&mut self) -> Result<(), BadString> {
        let at = self.at;
        let word = self.take_word();
        let folds = self.folds();
        if strip(word, "STRENGTH", folds) == Some("") {
            self.order.sort_by_strength();
        } else if let Some(level) = strip(word, "SECLEVEL=", folds) {
            let level = match level.as_bytes() {
                [digit @ b'0'..=b'5'] => digit - b'0',
                _ => return Err(BadString::new(Fault::Level, at, word)),
            };
            self.settings.security_level = Some(level);
        } else {
            return Err(BadString::new(Fault::Command, at, word)
                .with_nearest(nearest(word, ["STRENGTH", "SECLEVEL=2"].into_iter())));
        }
        self.skip_to_separator();
        Ok(())
    }

    fn meaning(&self, word: &str) -> Option<Selector> {
        let folds = self.folds();
        let is_word = |name: &str| match folds {
            true => name.eq_ignore_ascii_case(word),
            false => name == word,
        };
        let is_called = |row: &&Row| {
            let by_iana = self.edition != Edition::V3_0 && row.suite.name().is_some_and(is_word);
            // A suite of ours alone has no other name.
            by_iana || is_word(&row.name) && row.is != Selector::of(row.suite)
        };
        if let Some(row) = self.table.iter().find(is_called) {
            return Some(row.is);
        }
        let is_gone = self.edition == Edition::V4_0 && ["SSLv3", "FIPS"].into_iter().any(is_word);
        words::meaning(is_word).filter(|_| !is_gone)
    }

    /// Whether large and small letters are the same.
    fn folds(&self) -> bool {
        self.edition == Edition::V4_0
    }

    fn drop_word(&mut self, word: &str) {
        let names = self.table.iter().map(|row| row.name.as_str());
        let is_tls13 = |suite: &&CipherSuite| suite.name() == Some(word);
        let reason = match CipherSuite::ALL.iter().find(is_tls13) {
            Some(_) => Reason::NotRead("suites of TLS 1.3 are chosen by a list of their own"),
            None if word == "DEFAULT" => Reason::NotRead("it means something in front alone"),
            None => Reason::Unknown {
                nearest: nearest(word, words::all().chain(names)),
            },
        };
        let item = Item::Word(word.to_owned());
        self.settings.dropped.push(Dropped { item, reason });
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, one: char) {
        self.at += one.len_utf8();
    }

    fn skip_to_separator(&mut self) {
        let in_group = self.group.is_some();
        let ends = |c: char| is_separator(c) || in_group && (c == '|' || c == ']');
        let rest = self.rest();
        self.at += rest.find(ends).unwrap_or(rest.len());
    }
}

impl<'a> Reader<'a> {
    fn take_word(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let takes_underscore = self.edition != Edition::V3_0;
        let is_of_word = |c: char| {
            c.is_ascii_alphanumeric() || "-.=".contains(c) || c == '_' && takes_underscore
        };
        let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn mistake(&self, fault: Fault) -> BadString {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find(is_separator).unwrap_or(rest.len());
        BadString::new(fault, self.at, rest.get(..end).unwrap_or_default())
    }
}

const fn is_separator(c: char) -> bool {
    matches!(c, ':' | ',' | ';' | ' ')
}

/// What stands behind a prefix.
fn strip<'a>(text: &'a str, prefix: &str, folds: bool) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    (start == prefix || folds && start.eq_ignore_ascii_case(prefix)).then_some(rest)
}

/// Suite B (RFC 6460): what stands behind its word does not count.
fn suite_b(text: &str, folds: bool) -> Option<Settings> {
    const LOWER: (CipherSuite, NamedGroup, SignatureScheme) = (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        NamedGroup::SECP256R1,
        SignatureScheme::ECDSA_SECP256R1_SHA256,
    );
    const HIGHER: (CipherSuite, NamedGroup, SignatureScheme) = (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        NamedGroup::SECP384R1,
        SignatureScheme::ECDSA_SECP384R1_SHA384,
    );
    let is = |word| strip(text, word, folds).is_some();
    let (suites, levels): (&[_], &[_]) = if is("SUITEB128ONLY") {
        (&[LOWER.0], &[LOWER])
    } else if is("SUITEB128C2") {
        (&[HIGHER.0], &[LOWER, HIGHER])
    } else if is("SUITEB128") {
        (&[LOWER.0, HIGHER.0], &[LOWER, HIGHER])
    } else if is("SUITEB192") {
        (&[HIGHER.0], &[HIGHER])
    } else {
        return None;
    };
    let groups: Vec<_> = levels.iter().map(|level| level.1).collect();
    Some(Settings {
        suites: Some(Ranked::each(suites)),
        groups: Some(Ranked::each(&groups)),
        schemes: Some(levels.iter().map(|level| level.2).collect()),
        ..Settings::default()
    })
}

#[cfg(test)]
mod tests;
