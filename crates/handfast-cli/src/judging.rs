//! What is asked about the server's certificates beyond their chain, as flags: revocation, and
//! issuers that are missing.

use crate::failure::Failure;
use crate::judged::Keeper;
use crate::load;
use crate::talk::{Talk, note};
use clap::{Args, ValueEnum};
use handfast::Roots;
use handfast::config::Exception;
use handfast_fetch::{Fetcher, Limits, Outcome, Reach, Verifier, Wanted};
use handfast_pki::verify::combined::outcome::CombinedVerdict;
use handfast_pki::verify::combined::rule::Combination;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_pki::verify::revocation::store::RevocationStore;
use handfast_pki::verify::revocation::{Mode, Status};
use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The flags.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Asking {
    /// What must be known about revocation
    #[arg(long, value_name = "MODE", value_enum, default_value_t)]
    revocation: Revocation,
    /// Ask the revocation lists in FILE (PEM or DER) before any is fetched; may be repeated
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// Fetch issuers that the server should have sent, from where its certificate says
    #[arg(long)]
    fetch_issuers: bool,
    /// Fetch from private addresses and from any port too, which certificates may then choose
    #[arg(long)]
    fetch_private: bool,
    /// Fetch anew what $XDG_CACHE_HOME/handfast/fetched has: lists and answers are kept there until
    /// their next update, and a certificate revoked since passes until then
    #[arg(long)]
    no_cache: bool,
}

/// What must be known about revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Revocation {
    /// Look at what the server staples, and fetch nothing
    #[default]
    Off,
    /// Ask responders and lists over http:// too; what cannot be found out passes
    Soft,
    /// The same; what cannot be found out does not pass
    Hard,
}

/// What the flags ask for, where that is more than a chain.
pub(crate) struct Judging {
    mode: Mode,
    known: RevocationStore,
    fetch_issuers: bool,
    fetcher: Fetcher,
}

impl Asking {
    /// Reads the files. `None` where the chain and the staple are enough. `timeout` is the
    /// handshake's.
    pub(crate) fn judging(
        &self,
        insecure: bool,
        timeout: Duration,
    ) -> Result<Option<Judging>, Failure> {
        let off = self.revocation == Revocation::Off;
        if off && !self.crl.is_empty() {
            return Err(
                Failure::usage("--crl without --revocation: it would not be asked")
                    .hint("add --revocation hard, or soft to let an unknown status pass"),
            );
        }
        if off && !self.fetch_issuers {
            return Ok(None);
        }
        if insecure {
            return Err(Failure::usage(
                "-k accepts every server: --revocation and --fetch-issuers would say nothing",
            )
            .hint("leave -k out; --cacert FILE trusts an authority of your own"));
        }
        let known = RevocationStore::default();
        for path in &self.crl {
            for list in load::crls(path)? {
                // It was read when it was loaded.
                let _ = known.add_crl(list);
            }
        }
        Ok(Some(Judging {
            mode: match self.revocation {
                Revocation::Off => Mode::Off,
                Revocation::Soft => Mode::SoftFail,
                Revocation::Hard => Mode::HardFail,
            },
            known,
            fetch_issuers: self.fetch_issuers,
            fetcher: self.fetcher(timeout),
        }))
    }

    fn fetcher(&self, timeout: Duration) -> Fetcher {
        let total = timeout.mul_f64(SHARE);
        let limits = Limits {
            total,
            request: total.mul_f64(SHARE),
            ..Limits::default()
        };
        let mut reach = Reach::default();
        if self.fetch_private {
            reach = reach.danger_private_addresses().danger_any_port();
        }
        let mut builder = Fetcher::builder().limits(limits).reach(reach);
        if let Some(folder) = cache_folder().filter(|_| !self.no_cache) {
            builder = builder.folder(folder, CACHE_BYTES);
        }
        builder.build()
    }
}

impl Judging {
    /// What sessions are bound to: they go on under the same questions alone.
    pub(crate) fn label(&self) -> String {
        format!("{:?} {}", self.mode, self.fetch_issuers)
    }

    /// The judge by this rule, and under exceptions about certificates, who tells `keeper` what it found.
    pub(crate) fn verifier(
        self,
        roots: Roots,
        rule: Combination,
        exceptions: Vec<Exception>,
        talk: &Talk,
        keeper: Arc<Keeper>,
    ) -> Verifier {
        let wanted = Wanted {
            mode: self.mode,
            known: Some(Arc::new(self.known)),
            fetch_issuers: self.fetch_issuers,
            facts: Some(Arc::<SignatureFacts>::default()),
            ..Wanted::server(roots)
        };
        let (verbose, quiet) = (talk.verbose > 0, talk.quiet || talk.json);
        let soft = wanted.mode == Mode::SoftFail;
        let verifier = Verifier::new(self.fetcher, wanted).with_rule(rule);
        let verifier = verifier.with_exceptions(exceptions);
        verifier.with_outcomes(move |outcome| {
            if verbose {
                outcome
                    .tried
                    .iter()
                    .for_each(|one| note(&format!("* fetch {one}")));
            }
            if soft
                && !quiet
                && let Some(doubt) = doubt(&outcome)
            {
                note(&format!("warning: {doubt}"));
            }
            keeper.keep_outcome(outcome);
        })
    }
}

/// What passed although it was not found out.
fn doubt(outcome: &Outcome<CombinedVerdict>) -> Option<String> {
    let path = outcome.result.as_ref().ok()?.verdict()?;
    let mut findings = path.revocation().iter();
    findings.find(|one| one.status == Status::Unknown)?;
    let failed = outcome.tried.iter().find(|one| one.outcome.is_err());
    let why = failed.map_or_else(
        || "nothing published speaks of it".to_owned(),
        ToString::to_string,
    );
    Some(format!(
        "not known whether the server's certificates are revoked (--revocation soft): {why}"
    ))
}

/// Where programs of a user keep what can be had again (XDG Base Directory Specification).
fn cache_folder() -> Option<PathBuf> {
    let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let named = named.filter(|path| path.is_absolute());
    let usual = || env::home_dir().map(|home| home.join(".cache"));
    let folder = named.or_else(usual).filter(|path| path.is_absolute())?;
    Some(folder.join("handfast").join("fetched"))
}

/// Fetching may take this share of the handshake's time, and one fetch this share of that.
const SHARE: f64 = 0.75;
/// What the cache may hold.
const CACHE_BYTES: u64 = 256 * 1024 * 1024;
