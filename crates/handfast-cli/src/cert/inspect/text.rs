//! What was found, for people: the worst first, then what is looked at most.

mod certificate;
mod revocation;

use crate::cert::inspect::found::{Found, Thing};
use crate::cert::inspect::shown::{hex, named, number, pin, plain};
use crate::demo::wrap::wrap;
use anstyle::{AnsiColor, Style};
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::crl::Crl;
use handfast_pki::fingerprint::sha256;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::registry;
use handfast_pki::subject_key::{KeyDetails, SubjectKey};
use std::io::IsTerminal;

/// Lines with labels, and where they end.
pub(super) struct Page {
    out: String,
    /// Columns; nothing where no terminal reads, as programs search in lines.
    width: Option<usize>,
}

impl Page {
    pub(super) fn new() -> Self {
        let width = std::io::stdout().is_terminal().then(|| {
            let size = terminal_size::terminal_size_of(std::io::stdout());
            size.map_or(USUAL, |(width, _)| width.0.into())
        });
        Self {
            out: String::new(),
            width,
        }
    }

    /// What stands above one thing.
    fn title(&mut self, title: &str, found: &Found, what: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        let source = plain(&found.source);
        let place = match found.of {
            1 => String::new(),
            of => format!(" {} of {of}", found.place),
        };
        self.out += &format!("{BOLD}{title}{BOLD:#}  {DIM}{what}{place} in {source}{DIM:#}\n");
    }

    /// A line with a label; nothing where there is no text.
    fn line(&mut self, label: &str, text: &str) {
        self.styled(label, text, Style::new());
    }

    fn styled(&mut self, label: &str, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let room = self
            .width
            .map(|width| width.saturating_sub(INDENT).max(LEAST));
        let lines = match room {
            Some(room) if text.chars().count() > room => wrap(text, room),
            _ => vec![text.to_owned()],
        };
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.out += &format!("  {label:<LABEL$}{style}{line}{style:#}\n");
        }
    }

    /// Several lines under one label.
    fn lines(&mut self, label: &str, texts: impl IntoIterator<Item = String>) {
        for (at, text) in texts.into_iter().enumerate() {
            self.line(if at == 0 { label } else { "" }, &text);
        }
    }

    /// The text, coloured.
    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// Adds one thing.
    pub(super) fn add(&mut self, found: &Found, now_s: i64) {
        match &found.thing {
            Thing::Certificate(der) => match Certificate::parse(der) {
                Ok(one) => self.certificate(found, &one, now_s),
                Err(fault) => self.broken(found, "a certificate that cannot be read", &fault),
            },
            Thing::Request(der) => match CertificationRequest::parse(der) {
                Ok(one) => self.request(found, &one),
                Err(fault) => self.broken(found, "a request that cannot be read", &fault),
            },
            Thing::Crl(der) => match Crl::parse(der) {
                Ok(one) => self.crl(found, &one, now_s),
                Err(fault) => self.broken(found, "a revocation list that cannot be read", &fault),
            },
            Thing::OcspResponse(der) => match OcspResponse::parse(der) {
                Ok(one) => self.response(found, &one, now_s),
                Err(fault) => self.broken(found, "an OCSP response that cannot be read", &fault),
            },
            Thing::PublicKey(spki) => {
                self.title(&key_words(spki), found, "public key");
                self.key_names(spki);
            }
            Thing::PrivateKey { key, encrypted } => {
                let what = if *encrypted {
                    "private key, encrypted"
                } else {
                    "private key, NOT encrypted"
                };
                self.title(&key_words(key.public_spki()), found, what);
                self.key_names(key.public_spki());
            }
        }
    }

    fn broken(&mut self, found: &Found, title: &str, fault: &dyn std::fmt::Display) {
        self.title(title, found, "damaged");
        self.styled("fault", &fault.to_string(), RED);
    }

    /// By what a key is known.
    fn key_names(&mut self, spki: &[u8]) {
        self.line("SPKI", &format!("SHA-256 {}", hex(&sha256(spki))));
        self.line("pin", &pin(spki));
    }
}

/// A key in words: `RSA, 2048 bits, exponent 65537`.
fn key_words(spki: &[u8]) -> String {
    let key = match SubjectKey::parse(spki) {
        Ok(key) => key,
        Err(fault) => return format!("unreadable: {fault}"),
    };
    let name = named(key.algorithm.oid, key.algorithm.name());
    match key.details {
        KeyDetails::Rsa { exponent, .. } => {
            let kind = if name == "id-RSASSA-PSS" {
                "RSA for PSS alone"
            } else {
                "RSA"
            };
            let bits = key.bits().unwrap_or(0);
            format!("{kind}, {bits} bits, exponent {}", number(exponent))
        }
        KeyDetails::Ec { curve } => match registry::curve_name(curve) {
            Some((name, _)) => format!("EC on {name}"),
            None => format!("EC on the unknown curve {curve}"),
        },
        KeyDetails::EcExplicit => "EC on a curve that is spelled out".to_owned(),
        KeyDetails::Dsa { .. } => match key.bits() {
            Some(bits) => format!("DSA, {bits} bits"),
            None => "DSA".to_owned(),
        },
        _ => name,
    }
}

const LABEL: usize = 14;
const INDENT: usize = LABEL + 2;
/// Columns where a terminal does not say.
const USUAL: usize = 80;
const LEAST: usize = 20;
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
