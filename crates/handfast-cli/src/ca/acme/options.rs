//! The flags of `ca serve --acme`.

use crate::ca::acme::networks::Network;
use crate::ca::names::permitted;
use crate::failure::Failure;
use crate::listening::address;
use clap::Args;
use handfast_acme::jws::decode;
use handfast_acme::message::ChallengeKind;
use handfast_acme::server::{External, Lifetimes, Settings};
use handfast_ca::profile::Subtree;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The flags.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "ACME")]
pub(crate) struct AcmeOptions {
    /// Give certificates by ACME too (RFC 8555): clients such as certbot, lego and handfast serve
    /// get them by proving their names
    #[arg(long)]
    pub(crate) acme: bool,
    /// Where ACME's clients connect to, over HTTPS: a port of this machine, or ADDRESS:PORT
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:14000", value_parser = address, requires = "acme")]
    pub(super) acme_listen: SocketAddr,
    /// A name by which clients reach it, for its own certificate; repeatable. The first stands in
    /// its URLs [default: localhost, 127.0.0.1, ::1]
    #[arg(long, value_name = "NAME", requires = "acme")]
    pub(super) acme_name: Vec<String>,
    /// Give certificates for this host and all below it, or this range of addresses, alone;
    /// repeatable
    #[arg(long, value_name = "NAME", requires = "acme", value_parser = permitted)]
    acme_allow: Vec<Vec<Subtree>>,
    /// Where challenges may be looked at: public, private, loopback, any, or a range of
    /// addresses; repeatable
    #[arg(long, value_name = "NETWORK", default_value = "public", requires = "acme", value_parser = Network::parse)]
    pub(super) acme_connect: Vec<Network>,
    /// Prove names by dns-01 too: the program that prints the TXT values of the name that it is
    /// given, one a line
    #[arg(long, value_name = "PROGRAM", requires = "acme")]
    pub(super) acme_dns_hook: Option<PathBuf>,
    /// The port at which http-01 is looked at
    #[arg(long, value_name = "PORT", default_value_t = 80, requires = "acme")]
    pub(super) acme_http_port: u16,
    /// The port at which tls-alpn-01 is looked at
    #[arg(long, value_name = "PORT", default_value_t = 443, requires = "acme")]
    pub(super) acme_tls_port: u16,
    /// How many days certificates are valid
    #[arg(long, value_name = "N", default_value_t = 90, requires = "acme", value_parser = clap::value_parser!(u32).range(1..=3650))]
    acme_days: u32,
    /// Accounts must agree to the terms at this URL
    #[arg(long, value_name = "URL", requires = "acme")]
    acme_terms: Option<String>,
    /// Accounts must be bound to one of those in FILE: a key identifier and its secret in
    /// base64url, a line each
    #[arg(long, value_name = "FILE", requires = "acme")]
    acme_eab: Option<PathBuf>,
}

impl AcmeOptions {
    /// What the server is to do, under this URL.
    pub(super) fn settings(&self, base: &str) -> Result<Settings, Failure> {
        let mut settings = Settings::new(base);
        settings.terms.clone_from(&self.acme_terms);
        if self.acme_dns_hook.is_some() {
            settings.challenges.push(ChallengeKind::Dns01);
        }
        if !self.acme_allow.is_empty() {
            settings.names.listed = Some(self.acme_allow.concat());
        }
        let life_s = u64::from(self.acme_days) * 86_400;
        settings.lifetimes = Lifetimes {
            certificate_s: life_s,
            certificate_max_s: life_s,
            ..Lifetimes::default()
        };
        if let Some(file) = &self.acme_eab {
            settings.external = external(file)?;
        }
        Ok(settings)
    }
}

/// Reads key identifiers and secrets.
fn external(file: &Path) -> Result<External, Failure> {
    let wrong = |line: usize, why: &str| {
        Failure::usage(format!("{} line {line}: {why}", file.display()))
            .hint("each line holds a key identifier, a space, and a secret in base64url")
    };
    let text = std::fs::read_to_string(file).map(zeroize::Zeroizing::new);
    let text =
        text.map_err(|error| Failure::file(crate::exit::Exit::Usage, "read", file, &error))?;
    let mut external = External {
        is_required: true,
        ..External::default()
    };
    for (at, line) in text.lines().enumerate() {
        let number = at.saturating_add(1);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(secret), None) = (words.next(), words.next(), words.next()) else {
            return Err(wrong(number, "not two words"));
        };
        let secret = decode(secret.trim_end_matches('='), "the secret")
            .map_err(|_| wrong(number, "the secret is not base64url"))?;
        if secret.len() < LEAST_SECRET_BYTES {
            return Err(wrong(number, "the secret has less than 16 bytes"));
        }
        if external
            .secrets
            .insert(name.to_owned(), secret.into())
            .is_some()
        {
            return Err(wrong(number, "the key identifier is there twice"));
        }
    }
    if external.secrets.is_empty() {
        return Err(wrong(1, "there is no key identifier"));
    }
    Ok(external)
}

/// RFC 7518 section 3.2 wants 32 for HS256; half of that still cannot be guessed.
const LEAST_SECRET_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_external_accounts_is_read_or_says_which_line_is_wrong() {
        let dir = handfast_testkit::peer::Folder::new().unwrap();
        let read = |text: &str| external(Path::new(&dir.write("eab", text).unwrap()));
        let good =
            read("# names\nkid-1 AAAAAAAAAAAAAAAAAAAAAA\n\nkid-2  AAAAAAAAAAAAAAAAAAAAAA==\n");
        assert_eq!(good.unwrap().secrets.len(), 2);
        for (text, line) in [
            ("", 1),
            ("kid", 1),
            ("a AAAAAAAAAAAAAAAAAAAAAA\nb %%%", 2),
            ("a AAAA", 1),
            ("a AAAAAAAAAAAAAAAAAAAAAA x", 1),
            ("a AAAAAAAAAAAAAAAAAAAAAA\na AAAAAAAAAAAAAAAAAAAAAA", 2),
        ] {
            let failure = read(text).unwrap_err();
            assert!(
                failure.message.contains(&format!("line {line}:")),
                "{text}: {}",
                failure.message
            );
            assert!(!failure.message.contains("AAAA"), "secrets are not told");
        }
    }
}
