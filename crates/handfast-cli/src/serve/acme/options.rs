//! The flags of `serve --acme`.

use crate::failure::Failure;
use crate::load;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::{Args, ValueEnum};
use handfast::Roots;
use handfast_acme::client::Binding;
use handfast_acme::message::ChallengeKind;
use handfast_pki::verify::Purpose;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The flags of `serve --acme`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Certificates by ACME")]
pub(crate) struct AcmeOptions {
    /// Get the certificates of hosts without a --cert from the authority whose ACME directory is at
    /// URL, and keep them fresh. DIR's is for the names of --name, a --host's for that host
    #[arg(long, value_name = "URL")]
    pub(super) acme: Option<String>,
    /// Trust the authority's server by the certificates in FILE instead of the system's; may be
    /// repeated
    #[arg(long, value_name = "FILE", requires = "acme")]
    acme_ca: Vec<PathBuf>,
    /// Where the authority may write to; may be repeated
    #[arg(long, value_name = "MAIL", requires = "acme")]
    acme_mail: Vec<String>,
    /// Agree to the authority's terms of service
    #[arg(long, requires = "acme")]
    acme_agree_tos: bool,
    /// Keep the account's key and the certificates here
    #[arg(
        long,
        value_name = "DIR",
        requires = "acme",
        default_value = ".handfast-acme"
    )]
    pub(crate) acme_dir: PathBuf,
    /// Prove the names by a TLS handshake on the port of --listen, which clients must find as port
    /// 443: tls-alpn-01; by a file on port 80: http-01; or by a DNS record: dns-01
    #[arg(
        long,
        value_name = "KIND",
        requires = "acme",
        default_value = "tls-alpn-01"
    )]
    pub(super) acme_challenge: Kind,
    /// With http-01, answer the authority here; port 80 of --listen's address if nothing is said
    #[arg(long, value_name = "[ADDRESS:]PORT", requires = "acme", value_parser = crate::listening::address)]
    pub(super) acme_http_listen: Option<SocketAddr>,
    /// With dns-01, run CMD with the arguments `set NAME VALUE` to add a TXT record, and `remove
    /// NAME VALUE` to take it out; it ends when that is done, and with 0 if it is
    #[arg(long, value_name = "CMD", requires = "acme")]
    pub(super) acme_dns_hook: Option<PathBuf>,
    /// Bind the account to the one named KID at the authority's office, by the MAC key (base64url)
    /// in FILE
    #[arg(long, value_name = "KID:FILE", requires = "acme", value_parser = eab)]
    acme_eab: Option<Eab>,
}

/// How names are proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// By a TLS handshake
    #[value(name = "tls-alpn-01")]
    TlsAlpn01,
    /// By a file on port 80
    #[value(name = "http-01")]
    Http01,
    /// By a DNS record
    #[value(name = "dns-01")]
    Dns01,
}

impl From<Kind> for ChallengeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::TlsAlpn01 => Self::TlsAlpn01,
            Kind::Http01 => Self::Http01,
            Kind::Dns01 => Self::Dns01,
        }
    }
}

#[derive(Clone, Debug)]
struct Eab {
    kid: String,
    file: PathBuf,
}

fn eab(text: &str) -> Result<Eab, String> {
    let (kid, file) = text.split_once(':').ok_or("write KID:FILE")?;
    if kid.is_empty() || file.is_empty() {
        return Err("write KID:FILE".to_owned());
    }
    Ok(Eab {
        kid: kid.to_owned(),
        file: file.into(),
    })
}

impl AcmeOptions {
    /// True where an authority is named.
    pub(crate) fn is_given(&self) -> bool {
        self.acme.is_some()
    }

    /// Whether flags and names fit together.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match (
            self.acme_challenge,
            &self.acme_dns_hook,
            self.acme_http_listen,
        ) {
            (Kind::Dns01, None, _) => {
                return Err(
                    Failure::usage("--acme-challenge dns-01 needs --acme-dns-hook")
                        .hint("name a program that sets and removes TXT records"),
                );
            }
            (Kind::TlsAlpn01 | Kind::Http01, Some(_), _) => {
                return Err(Failure::usage(
                    "--acme-dns-hook goes with --acme-challenge dns-01",
                ));
            }
            (Kind::TlsAlpn01 | Kind::Dns01, _, Some(_)) => {
                return Err(Failure::usage(
                    "--acme-http-listen goes with --acme-challenge http-01",
                ));
            }
            _ => {}
        }
        let wrong = |mail: &&String| !mail.contains('@') || mail.contains(char::is_whitespace);
        match self.acme_mail.iter().find(wrong) {
            Some(mail) => Err(Failure::usage(format!(
                "--acme-mail {mail}: no mail address"
            ))),
            None => Ok(()),
        }
    }

    /// Whom to trust as the authority's server; nothing: whom the system trusts.
    pub(super) fn roots(&self) -> Result<Option<Roots>, Failure> {
        if self.acme_ca.is_empty() {
            return Ok(None);
        }
        load::roots(&self.acme_ca, Purpose::ServerAuth).map(Some)
    }

    pub(super) fn contact(&self) -> Vec<String> {
        let mails = self.acme_mail.iter();
        mails.map(|mail| format!("mailto:{mail}")).collect()
    }

    pub(super) fn agrees_to_terms(&self) -> bool {
        self.acme_agree_tos
    }

    pub(super) fn binding(&self) -> Result<Option<Binding>, Failure> {
        let Some(Eab { kid, file }) = &self.acme_eab else {
            return Ok(None);
        };
        Ok(Some(Binding {
            kid: kid.clone(),
            secret: mac_key(file)?,
        }))
    }
}

/// The first line of a file, in base64url or base64: authorities give either.
fn mac_key(file: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let text = fs::read_to_string(file).map(Zeroizing::new);
    let text =
        text.map_err(|error| Failure::file(crate::exit::Exit::Usage, "read", file, &error))?;
    let line = text.lines().next().unwrap_or_default().trim();
    let bare = line.trim_end_matches('=');
    let key = URL_SAFE_NO_PAD
        .decode(bare)
        .or_else(|_| STANDARD.decode(line));
    match key {
        Ok(key) if key.len() >= LEAST_MAC_KEY => Ok(Zeroizing::new(key)),
        Ok(_) => Err(Failure::usage(format!(
            "{}: a MAC key has at least {LEAST_MAC_KEY} bytes",
            file.display()
        ))),
        Err(_) => Err(Failure::usage(format!(
            "{}: its first line is no key in base64url",
            file.display()
        ))
        .hint("write the MAC key as the authority's office gave it into the first line")),
    }
}

/// A shorter one could be guessed.
const LEAST_MAC_KEY: usize = 16;
