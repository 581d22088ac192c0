//! The file of exceptions: what it says, and what it says wrong.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast::config::{Exception, Peer, Relaxed};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, ServerName, SignatureScheme};
use handfast_pki::pin::Pin;
use handfast_pki::verify::Purpose;
use handfast_policy::openssl;
use jiff::Timestamp;
use serde::Deserialize;
use std::path::Path;

/// Reads the exceptions of a file, for peers of this kind.
pub(crate) fn read(path: &Path, peers: Peers) -> Result<Vec<Exception>, Failure> {
    let bytes = load::read(Exit::Usage, path)?;
    let wrong =
        |why: String| Failure::usage(format!("{}: {why}", path.display())).hint(FORM.to_owned());
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    let file: File =
        toml::from_str(&text).map_err(|fault| wrong(fault.to_string().trim_end().to_owned()))?;
    // A server that runs is to have none one day, too.
    if file.exception.is_empty() && peers == Peers::Servers {
        return Err(wrong("it holds no [[exception]]".to_owned()));
    }
    let each = file.exception.iter().enumerate().map(|(at, entry)| {
        let exception = entry.read(path, peers);
        exception.map_err(|unread| match unread {
            Unread::Why(why) => wrong(format!("exception {}: {why}", at + 1)),
            Unread::File(failure) => failure,
        })
    });
    each.collect()
}

/// Who the peers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peers {
    /// Those that are connected to.
    Servers,
    /// Those that come.
    Clients,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exception: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    peer: Option<String>,
    pin: Option<String>,
    relax: String,
    reason: String,
    until: toml::value::Datetime,
}

/// Why an entry cannot be read.
enum Unread {
    Why(String),
    /// Another file that it names.
    File(Failure),
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

impl Entry {
    fn read(&self, path: &Path, peers: Peers) -> Result<Exception, Unread> {
        let peer = match (&self.peer, &self.pin) {
            (Some(name), None) => Peer::Name(server_name(name)?),
            (None, Some(pin)) => Peer::Pin(
                pin.parse::<Pin>()
                    .map_err(|fault| format!("pin {pin}: {fault}"))?,
            ),
            _ => return Err("name the peer by one of `peer` and `pin`".to_owned().into()),
        };
        let purpose = match peers {
            Peers::Servers => Purpose::ServerAuth,
            Peers::Clients => Purpose::ClientAuth,
        };
        let relaxed = relaxed(&self.relax, path, purpose)?;
        if let (Peers::Clients, Some(why)) = (peers, idle_of_clients(&relaxed)) {
            return Err(format!("relax = \"{}\": {why}", self.relax).into());
        }
        let until = until(&self.until.to_string())?;
        Ok(Exception::danger_relax(peer, relaxed, &self.reason, until))
    }
}

fn server_name(text: &str) -> Result<ServerName, String> {
    ServerName::parse(text).map_err(|fault| format!("{text}: {fault}"))
}

/// The first second at which it is over: that of a day is the day's first, in UTC.
fn until(text: &str) -> Result<u64, String> {
    let moment = match text.contains([':', 'T', ' ']) {
        // With its offset: a moment by whose clock is not said could be hours off.
        true => text.parse::<Timestamp>(),
        false => text
            .parse::<jiff::civil::Date>()
            .and_then(|day| Ok(day.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())),
    };
    let unread = |_: jiff::Error| {
        format!("until = {text} is neither a day (2027-04-01) nor a moment (2027-04-01T12:00:00Z)")
    };
    let seconds = moment.map_err(unread)?.as_second();
    u64::try_from(seconds).map_err(|_| format!("until = {text} lies before 1970"))
}

/// The rule by its name, and what stands behind it.
fn relaxed(text: &str, path: &Path, purpose: Purpose) -> Result<Relaxed, Unread> {
    let (name, about) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let about = about.trim();
    let relaxed = match name {
        "version" => Relaxed::Version(version(about)?),
        "suite" => Relaxed::Suite(suite(about)?),
        "group" => Relaxed::Group(group(about)?),
        "scheme" => Relaxed::Scheme(scheme(about)?),
        "small-rsa-key" => Relaxed::SmallRsaKey,
        "expired" => Relaxed::Expired,
        "not-yet-valid" => Relaxed::NotYetValid,
        "sha1-certificate" => Relaxed::Sha1Certificate,
        "common-name" => Relaxed::CommonName,
        "root-of-version-1" => Relaxed::RootOfVersion1,
        "other-name" => Relaxed::OtherName(server_name(about)?),
        "roots" => {
            let file = path.parent().unwrap_or(Path::new("")).join(about);
            Relaxed::Roots(load::roots(&[file], purpose).map_err(Unread::File)?)
        }
        "revocation-unknown" => Relaxed::RevocationUnknown,
        _ => return Err(not_a_rule(text).into()),
    };
    let takes = matches!(
        name,
        "version" | "suite" | "group" | "scheme" | "other-name" | "roots"
    );
    if !takes && !about.is_empty() {
        return Err(format!("relax = \"{text}\": nothing stands behind {name}").into());
    }
    Ok(relaxed)
}

/// Why a rule is none that clients are held to one by one.
fn idle_of_clients(relaxed: &Relaxed) -> Option<&'static str> {
    match relaxed {
        Relaxed::Version(_)
        | Relaxed::Suite(_)
        | Relaxed::Group(_)
        | Relaxed::Scheme(_)
        | Relaxed::SmallRsaKey => Some(
            "a client shows who it is only after that is agreed on, so it cannot be for one client \
             alone; for all of them it takes --policy, --min, --ciphers, --groups or --sigalgs",
        ),
        Relaxed::CommonName | Relaxed::OtherName(_) => {
            Some("no name is wanted of a client: --allow says whom to serve")
        }
        _ => None,
    }
}

fn version(text: &str) -> Result<ProtocolVersion, String> {
    match text.trim_start_matches("TLS ") {
        "1.0" => Ok(ProtocolVersion::TLS_1_0),
        "1.1" => Ok(ProtocolVersion::TLS_1_1),
        "1.2" => Ok(ProtocolVersion::TLS_1_2),
        "1.3" => Ok(ProtocolVersion::TLS_1_3),
        _ => Err(format!("version {text}: 1.0, 1.1, 1.2 or 1.3")),
    }
}

/// As IANA or OpenSSL calls it.
fn suite(text: &str) -> Result<CipherSuite, String> {
    let by_openssl = || openssl::suite(text);
    let found = named(text, CipherSuite::ALL, CipherSuite::name).or_else(by_openssl);
    found.ok_or_else(|| format!("{text} is no suite that is known here: handfast list suites"))
}

/// As the registry or OpenSSL calls it.
fn group(text: &str) -> Result<NamedGroup, String> {
    let by_openssl = || {
        let one = openssl::groups(text).ok()?.groups?;
        let [only] = one[..] else { return None };
        Some(only.item)
    };
    let found = named(text, NamedGroup::ALL, NamedGroup::name).or_else(by_openssl);
    found.ok_or_else(|| format!("{text} is no group that is known here: handfast list groups"))
}

/// As the registry or OpenSSL calls it.
fn scheme(text: &str) -> Result<SignatureScheme, String> {
    let by_openssl = || match openssl::sigalgs(text).ok()?.schemes?[..] {
        [only] => Some(only),
        _ => None,
    };
    let found = named(text, SignatureScheme::ALL, SignatureScheme::name).or_else(by_openssl);
    found.ok_or_else(|| {
        format!("{text} is no signature scheme that is known here: handfast list sigalgs")
    })
}

fn named<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> Option<&'static str>) -> Option<T> {
    let is_called = |one: &T| name(*one).is_some_and(|known| known.eq_ignore_ascii_case(text));
    all.iter().copied().find(is_called)
}

/// What OpenSSL and curl call a rule, by the name that it has here.
fn not_a_rule(text: &str) -> String {
    let squeezed: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let lower = squeezed.to_lowercase();
    let meant = SYNONYMS.iter().find(|(words, _)| lower.contains(words));
    match meant {
        Some((_, rule)) => {
            format!("relax = \"{text}\" names no rule; \"{rule}\" may be meant; {RULES}")
        }
        None => format!("relax = \"{text}\" names no rule; {RULES}"),
    }
}

/// What rules are called elsewhere: letters and digits alone, in lower case.
const SYNONYMS: [(&str, &str); 12] = [
    ("hasexpired", "expired"),
    ("notyet", "not-yet-valid"),
    ("hostname", "other-name NAME"),
    ("mismatch", "other-name NAME"),
    ("unabletoget", "roots FILE"),
    ("selfsigned", "roots FILE"),
    ("unknownca", "roots FILE"),
    ("mdtooweak", "sha1-certificate"),
    ("sha1", "sha1-certificate"),
    ("keytoosmall", "small-rsa-key"),
    ("crl", "revocation-unknown"),
    ("tlsv1", "version 1.0"),
];

const RULES: &str = "there are: version V, suite NAME, group NAME, scheme NAME, small-rsa-key, \
                     expired, not-yet-valid, sha1-certificate, common-name, root-of-version-1, \
                     other-name NAME, roots FILE, revocation-unknown";

const FORM: &str = "write for each: [[exception]], peer = \"printer.test\" (or pin = \"sha256/…\"), \
                    relax = \"expired\", reason = \"why\", until = 2027-04-01";
