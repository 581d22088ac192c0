//! `--suites`, `--ciphers`, `--groups`, `--sigalgs`: what is offered or taken in place of the usual.

use crate::failure::Failure;
use crate::talk::Talk;
use clap::Args;
use handfast::config::Common;
use handfast::{CipherSuite, NamedGroup, SignatureScheme};
use handfast_policy::{BadString, Dropped, Item, NothingLeft, Reason, Settings, openssl};

/// What is named.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Cipher suites, best first, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    suites: Vec<String>,
    /// Cipher suites of TLS 1.2 and older by a string of OpenSSL's, as
    /// 'ECDHE+AESGCM:!aNULL:@STRENGTH'; those of TLS 1.3 stay. `handfast list suites STRING` shows
    /// what it means
    #[arg(
        long,
        value_name = "STRING",
        conflicts_with = "suites",
        allow_hyphen_values = true
    )]
    ciphers: Option<String>,
    /// Groups for the key exchange, best first: x25519, P-256, ...; a client sends a share at once of
    /// those with a *, and ?NAME may be unknown
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    groups: Vec<String>,
    /// Signature schemes that the peer may sign with, best first: rsa_pss_rsae_sha256, or as OpenSSL
    /// has them: ECDSA+SHA256:RSA-PSS+SHA256
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    sigalgs: Vec<String>,
}

impl Wanted {
    /// Puts it in the place of the usual. Gives the groups whose shares a client sends at once, where
    /// some are marked.
    pub(crate) fn apply(
        &self,
        common: &mut Common,
        talk: &Talk,
    ) -> Result<Option<Vec<NamedGroup>>, Failure> {
        self.name_suites(common)?;
        let mut shares = None;
        if !self.groups.is_empty() {
            let named = openssl::groups(&self.groups.join(":"));
            let named =
                named.map_err(|bad| hinted("--groups", &bad, &common.groups, NamedGroup::name))?;
            pass_over("--groups", &named.dropped, talk);
            let groups = named.groups.into_iter().flatten();
            common.groups = groups.map(|one| one.item).collect();
            shares = named.key_shares;
        }
        if !self.sigalgs.is_empty() {
            let named = openssl::sigalgs(&self.sigalgs.join(":"));
            let named = named
                .map_err(|bad| hinted("--sigalgs", &bad, &common.schemes, SignatureScheme::name))?;
            pass_over("--sigalgs", &named.dropped, talk);
            common.schemes = named.schemes.unwrap_or_default();
        }
        // Last: a security level holds for whatever else is named.
        if let Some(string) = &self.ciphers {
            let settings = openssl::ciphers(string).map_err(|bad| refused("--ciphers", &bad))?;
            let level = settings.security_level;
            let dropped = settings
                .apply(common)
                .map_err(|nothing| lost(string, &nothing))?;
            tell(string, &settings, &dropped, talk);
            if level.is_some_and(|level| level > 2) {
                talk.warn(
                    "--ciphers: @SECLEVEL counts for versions, suites, groups and signatures; keys in \
                     certificates are judged as ever, RSA from 2048 bits on, and tickets are given",
                );
            }
        }
        // A share belongs to a group that is still there.
        let shares = shares.map(|mut shares: Vec<_>| {
            shares.retain(|one| common.groups.contains(one));
            shares
        });
        Ok(shares.filter(|shares| !shares.is_empty()))
    }

    /// The suites that `--suites` names.
    pub(crate) fn suites(&self) -> &[String] {
        &self.suites
    }

    /// The flags that leave something out.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let flags = [
            ("--suites", !self.suites.is_empty()),
            ("--ciphers", self.ciphers.is_some()),
            ("--groups", !self.groups.is_empty()),
            ("--sigalgs", !self.sigalgs.is_empty()),
        ];
        let given = flags.into_iter().filter(|(_, given)| *given);
        given.map(|(flag, _)| flag).collect()
    }

    fn name_suites(&self, common: &mut Common) -> Result<(), Failure> {
        if self.suites.is_empty() {
            return Ok(());
        }
        // What is offered unasked is what works.
        let usual: Vec<_> = common.suites.iter().filter_map(|one| one.name()).collect();
        let called = |wanted: &String| {
            let mut all = CipherSuite::ALL.iter().copied();
            let is_called = |name: &str| name.eq_ignore_ascii_case(wanted);
            let found = all.find(|suite| suite.name().is_some_and(is_called));
            found.or_else(|| openssl::suite(wanted)).ok_or_else(|| {
                Failure::usage(format!("{wanted} is no cipher suite"))
                    .hint(format!("the names are {}", usual.join(", ")))
            })
        };
        common.suites = self.suites.iter().map(called).collect::<Result<_, _>>()?;
        Ok(())
    }
}

/// A string that cannot be read.
pub(crate) fn refused(flag: &str, bad: &BadString) -> Failure {
    let failure = Failure::usage(format!("{flag}: {bad}"));
    let causes = bad.dropped.iter().map(ToString::to_string);
    causes.fold(failure, Failure::caused_by)
}

/// The same, with the names that work.
fn hinted<T: Copy>(
    flag: &str,
    bad: &BadString,
    usual: &[T],
    name: fn(T) -> Option<&'static str>,
) -> Failure {
    let usual: Vec<_> = usual.iter().filter_map(|one| name(*one)).collect();
    refused(flag, bad).hint(format!("the names are {}", usual.join(", ")))
}

/// All that a cipher string names drops out.
fn lost(string: &str, nothing: &NothingLeft) -> Failure {
    let failure = Failure::usage(format!("--ciphers: {nothing}"));
    let first = nothing.dropped.iter().take(SHOWN).map(ToString::to_string);
    let failure = first.fold(failure, Failure::caused_by);
    match nothing.needs() {
        Some(allowance) => failure.hint(format!("--policy {allowance} lets some of them in")),
        None => failure.hint(format!(
            "handfast list suites '{string}' shows what becomes of each"
        )),
    }
}

/// How many reasons are told one by one.
const SHOWN: usize = 6;

/// Tells what was named by itself and drops out, one by one, and how much else does.
fn tell(string: &str, settings: &Settings, dropped: &[Dropped], talk: &Talk) {
    let by_name = |one: &&Dropped| match &one.item {
        Item::Suite(suite) => {
            let mut named = settings.suites.iter().flatten();
            named.any(|ranked| ranked.item == *suite && ranked.by_name)
        }
        _ => true,
    };
    let (named, others): (Vec<&Dropped>, Vec<&Dropped>) = dropped.iter().partition(by_name);
    for one in named {
        talk.warn(&format!("--ciphers: {one}"));
    }
    let needed = others
        .iter()
        .filter(|one| matches!(one.reason, Reason::Needs(_)))
        .count();
    if talk.verbose > 0 && !others.is_empty() {
        talk.tell(&format!(
            "--ciphers: {} suites that its words mean drop out, {needed} of them for want of a --policy: \
             handfast list suites '{string}'",
            others.len()
        ));
    }
}

/// Tells what was marked with a ? and is passed over.
fn pass_over(flag: &str, dropped: &[Dropped], talk: &Talk) {
    for one in dropped.iter().filter(|_| talk.verbose > 0) {
        talk.tell(&format!("{flag}: {one}"));
    }
}
