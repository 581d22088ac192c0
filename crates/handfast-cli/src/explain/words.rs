//! Words that standards and this project have given meanings to.

use crate::explain::called;
use crate::explain::meaning::Meaning;
use crate::given::Given;
use crate::list::registries::grade_name;
use crate::peer_policy::Name;
use crate::refusal::words::for_operators;
use handfast::connection::Plaintext;
use handfast::report::{Advice, alert_advice, alert_id};
use handfast::{
    AlertDescription, CipherSuite, Fault, NamedGroup, ProtocolVersion, SignatureScheme,
};
use handfast_policy::{Policy, openssl, preset};
use handfast_wire::registry::{ExtensionType, Grade, Reason, museum};

/// All senses of a word.
pub(crate) fn meanings(word: &str) -> Vec<Meaning> {
    let wanted = Wanted::new(word);
    let mut all = Vec::new();
    all.extend(
        Fault::ALL
            .iter()
            .filter(|one| wanted.is_id(one.id(), one.name()))
            .map(|one| fault(*one)),
    );
    all.extend(
        Plaintext::ALL
            .iter()
            .filter(|one| wanted.is(one.id(), None) && Fault::by_id(one.id()).is_none())
            .map(|one| plaintext(*one)),
    );
    let alerts = AlertDescription::ALL.iter();
    all.extend(
        alerts
            .filter(|one| {
                wanted.is_row(one.name(), None)
                    || wanted.plain == Some(one.0.into())
                    || wanted.is(alert_id(**one), None)
            })
            .map(|one| alert(*one)),
    );
    all.extend(offered(word, &wanted));
    all.extend(preset::find(word).ok().map(policy));
    all.extend(Some(word).filter(|_| all.is_empty()).and_then(string));
    all
}

/// What a Hello has code points for.
fn offered(word: &str, wanted: &Wanted) -> Vec<Meaning> {
    let mut all = Vec::new();
    let (by_suite, by_group) = (called::suite(word), called::group(word));
    let (by_scheme, by_version) = (called::scheme(word), called::version(word));
    let suites = CipherSuite::ALL.iter();
    all.extend(
        suites
            .filter(|one| wanted.is_row(one.name(), Some(one.0)) || by_suite == Some(**one))
            .map(|one| suite(*one)),
    );
    let groups = NamedGroup::ALL.iter();
    all.extend(
        groups
            .filter(|one| wanted.is_row(one.name(), Some(one.0)) || by_group == Some(**one))
            .map(|one| graded("group", one.to_string(), one.0, one.grade(), one.reasons())),
    );
    let schemes = SignatureScheme::ALL.iter();
    all.extend(
        schemes
            .filter(|one| wanted.is_row(one.name(), Some(one.0)) || by_scheme == Some(**one))
            .map(|one| {
                graded(
                    "signature scheme",
                    one.to_string(),
                    one.0,
                    one.grade(),
                    one.reasons(),
                )
            }),
    );
    let extensions = ExtensionType::ALL.iter();
    all.extend(
        extensions
            .filter(|one| {
                wanted.is_row(one.name(), Some(one.0))
                    || wanted.plain == Some(one.0)
                    || called::is_short_for(word, **one)
            })
            .map(|one| {
                graded(
                    "extension",
                    one.to_string(),
                    one.0,
                    one.grade(),
                    one.reasons(),
                )
            }),
    );
    let versions = ProtocolVersion::ALL.iter();
    all.extend(
        versions
            .filter(|one| {
                let name = called::version(&one.to_string());
                wanted.is_row(one.name(), Some(one.0)) || name == by_version
            })
            .map(|one| version(*one)),
    );
    all
}

/// Every name that is explained.
pub(crate) fn names() -> Vec<String> {
    let mut all: Vec<String> = AlertDescription::ALL
        .iter()
        .map(ToString::to_string)
        .collect();
    all.extend(Fault::ALL.iter().map(|one| one.id().to_owned()));
    all.extend(
        AlertDescription::ALL
            .iter()
            .map(|one| alert_id(*one).to_owned()),
    );
    all.extend(Plaintext::ALL.iter().map(|one| one.id().to_owned()));
    all.extend(CipherSuite::ALL.iter().map(ToString::to_string));
    all.extend(
        CipherSuite::ALL
            .iter()
            .filter_map(|one| openssl::name(*one)),
    );
    all.extend(NamedGroup::ALL.iter().map(ToString::to_string));
    all.extend(SignatureScheme::ALL.iter().map(ToString::to_string));
    all.extend(ExtensionType::ALL.iter().map(ToString::to_string));
    all.extend(ProtocolVersion::ALL.iter().map(ToString::to_string));
    all.extend(preset::names().map(str::to_owned));
    all
}

/// A string of OpenSSL's that names several suites, as `ECDHE+AESGCM:!aNULL`.
fn string(word: &str) -> Option<Meaning> {
    let is_string = !word.contains(' ') && word.contains(['+', ':', '!']);
    let settings = openssl::ciphers(word).ok().filter(|_| is_string)?;
    let named = settings.suites.iter().flatten().count();
    (named > 0).then(|| Meaning {
        kind: "cipher string of OpenSSL",
        name: word.to_owned(),
        code: None,
        id: None,
        says: format!("it names {named} suites"),
        section: None,
        try_this: Some(format!(
            "handfast list suites '{word}' shows what becomes of each"
        )),
    })
}

fn policy(policy: &'static Policy) -> Meaning {
    Meaning {
        kind: "policy",
        name: policy.name().to_owned(),
        code: None,
        id: None,
        says: format!("{}: {}", policy.title(), policy.limits()),
        section: Some(policy.source()),
        try_this: Some(format!(
            "--policy {} holds to it; handfast list policies {} shows what it allows",
            policy.family(),
            policy.family()
        )),
    }
}

/// A word, in the forms in which it is compared.
struct Wanted {
    word: String,
    /// As `0xc02f`.
    hex: Option<u16>,
    /// As `49199`.
    plain: Option<u16>,
}

impl Wanted {
    fn new(word: &str) -> Self {
        let word = word.trim().to_lowercase();
        let digits = word.replace(['{', '}', ' '], "");
        // OpenSSL and Wireshark write 0xC0,0x2F.
        let pair = digits.split_once(",0x").and_then(|(high, low)| {
            let joined = format!("{}{low:0>2}", high.strip_prefix("0x")?);
            u16::from_str_radix(&joined, 16).ok()
        });
        let hex = digits.strip_prefix("0x");
        let hex = hex.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        Self {
            hex: pair.or(hex),
            plain: word.parse().ok(),
            word,
        }
    }

    fn is(&self, name: &str, other: Option<&str>) -> bool {
        let same = |name: &str| squeezed(name) == squeezed(&self.word);
        same(name) || other.is_some_and(same)
    }

    fn is_id(&self, id: &str, name: &str) -> bool {
        self.is(id, Some(name))
    }

    fn is_row(&self, name: Option<&str>, code: Option<u16>) -> bool {
        let by_code = code.is_some() && self.hex == code;
        by_code || name.is_some_and(|name| self.is(name, name.strip_prefix("TLS_")))
    }
}

/// `unknown ca`, `unknown_ca` and `UNKNOWN-CA` are one word.
fn squeezed(word: &str) -> String {
    let letters = word
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

/// In flags, where the engine's words are for programmers.
pub(crate) fn advice(id: &str, words: &str) -> String {
    let given = Given {
        has_own: true,
        ..Given::default()
    };
    for_operators(id, &given).map_or_else(|| words.to_owned(), str::to_owned)
}

fn told(id: &str, told: Advice) -> Option<String> {
    Some(advice(id, told.words))
}

fn fault(fault: Fault) -> Meaning {
    Meaning {
        kind: "why a peer is refused",
        name: fault.name().to_owned(),
        code: None,
        id: Some(fault.id()),
        says: format!(
            "{}; it is told by the alert {}",
            fault.sentence(),
            fault.alert()
        ),
        section: Some(fault.section()),
        try_this: told(fault.id(), fault.advice()),
    }
}

fn plaintext(what: Plaintext) -> Meaning {
    Meaning {
        kind: "a protocol that is not TLS",
        name: what.name().to_owned(),
        code: None,
        id: Some(what.id()),
        says: format!("{}, known by its first bytes", what.fault().sentence()),
        section: Some(what.fault().section()),
        try_this: told(what.id(), what.advice()),
    }
}

fn alert(alert: AlertDescription) -> Meaning {
    let versions = alert.versions().map_or_else(String::new, |(since, until)| {
        if since == until {
            format!(" (in {since})")
        } else {
            format!(" ({since} to {until})")
        }
    });
    Meaning {
        kind: "alert",
        name: alert.to_string(),
        code: Some(alert.0.to_string()),
        id: Some(alert_id(alert)),
        says: format!("{}{versions}", alert.sentence().unwrap_or_default()),
        section: Some("RFC 8446 s6"),
        try_this: told(alert_id(alert), alert_advice(alert)),
    }
}

fn suite(suite: CipherSuite) -> Meaning {
    let mut says = standing(suite.grade(), suite.reasons());
    if let Some(parts) = suite.parts() {
        let exchange = parts.key_exchange.unwrap_or("by the extensions of TLS 1.3");
        let hash = parts
            .hash
            .map(|hash| format!(", hash {hash}"))
            .unwrap_or_default();
        says = format!(
            "key exchange {exchange}, cipher {}{hash}; {says}",
            parts.cipher
        );
    }
    let exhibit = museum::exhibits(suite).next();
    let try_this = match (
        handfast::suite::parts(suite),
        Name::that_takes(suite),
        exhibit,
    ) {
        (_, Some((name, true)), _) => Some(format!(
            "spoken under --policy {} --suites {suite}",
            name.word()
        )),
        (_, Some((name, false)), _) => Some(format!("spoken under --policy {}", name.word())),
        (Some(_), None, _) => Some("spoken here".to_owned()),
        (None, None, Some(exhibit)) => Some(format!(
            "not spoken: {}; instead: {} (handfast list museum {})",
            exhibit.because, exhibit.instead, exhibit.id
        )),
        (None, None, None) => Some("not spoken here".to_owned()),
    };
    Meaning {
        kind: "cipher suite",
        name: suite.to_string(),
        code: Some(format!("0x{:04x}", suite.0)),
        id: None,
        says,
        section: None,
        try_this,
    }
}

fn version(version: ProtocolVersion) -> Meaning {
    Meaning {
        kind: "protocol version",
        name: version.to_string(),
        code: Some(format!("0x{:04x}", version.0)),
        id: None,
        says: standing(version.grade(), version.reasons()),
        section: None,
        try_this: Name::that_speaks(version)
            .map(|name| format!("spoken under --policy {}", name.word())),
    }
}

fn graded(
    kind: &'static str,
    name: String,
    code: u16,
    grade: Option<Grade>,
    reasons: impl Iterator<Item = &'static Reason>,
) -> Meaning {
    let code = match kind {
        "extension" => code.to_string(),
        _ => format!("0x{code:04x}"),
    };
    Meaning {
        kind,
        name,
        code: Some(code),
        id: None,
        says: standing(grade, reasons),
        section: None,
        try_this: None,
    }
}

fn standing(grade: Option<Grade>, reasons: impl Iterator<Item = &'static Reason>) -> String {
    let grade = grade.map_or("unknown", grade_name);
    let reasons: Vec<_> = reasons.map(|reason| reason.because).collect();
    if reasons.is_empty() {
        grade.to_owned()
    } else {
        format!("{grade}: {}", reasons.join("; "))
    }
}
