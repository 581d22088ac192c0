//! What the server must prove beside its chain, or instead of it, as flags: pins, TLSA records, and
//! that logs have seen its certificate.

use crate::failure::Failure;
use crate::talk::Talk;
use clap::Args;
use handfast_pki::dane::{Dane, Tlsa};
use handfast_pki::pin::{Pin, PinFault, Pins};
use handfast_pki::sct::policy::CtPolicy;
use handfast_pki::verify::combined::rule::{Combination, Logged, Rule};
use std::path::{Path, PathBuf};

/// The flags.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Proving {
    /// Believe the server only if a key or certificate of its chain has this digest; may be repeated
    ///
    /// sha256/BASE64 or, as curl spells it, sha256//BASE64 is a key's, cert-sha256/HEX a
    /// certificate's fingerprint. Any certificate of the verified path may match, the authority's
    /// too. With -k nothing else is asked, and it must be the server's own.
    #[arg(long, value_name = "PIN", value_parser = Pins::parse)]
    pin: Vec<Pins>,
    /// Believe the server by this TLSA record of its zone, as 3 1 1 HEX; may be repeated
    ///
    /// One of them must match (RFC 6698). Give only what DNSSEC has validated: nothing here asks.
    #[arg(long, value_name = "RECORD")]
    tlsa: Vec<Tlsa>,
    /// Believe the server only if enough logs of the list in FILE have seen its certificate
    ///
    /// A log_list.json of version 3, as Google and Apple publish them. SCTs (RFC 6962) that the
    /// certificate embeds, from 2 logs, from 3 if it is valid for more than 180 days; or that came
    /// in the handshake or the staple, from 2 logs; of 2 operators at least.
    #[arg(long, value_name = "FILE")]
    ct_logs: Option<PathBuf>,
}

impl Proving {
    /// Reads what must hold; `None` where that is the chain alone.
    pub(crate) fn read(&self, insecure: bool, talk: &Talk) -> Result<Option<Combination>, Failure> {
        if self.given().is_none() {
            return Ok(None);
        }
        let no_sense = |words: &str, hint: &str| Err(Failure::usage(words).hint(hint));
        let rule = match insecure {
            true if !self.tlsa.is_empty() => {
                return no_sense(
                    "-k asks for nothing, and --tlsa for a record",
                    "leave -k out: records of usage 2 and 3 need no authority",
                );
            }
            true if self.ct_logs.is_some() => {
                return no_sense(
                    "-k asks for nothing, and --ct-logs for what logs have seen",
                    "leave -k out; --cacert FILE trusts an authority of your own",
                );
            }
            true => Rule::DangerPinnedLeaf(self.pins()?),
            false => self.parts(talk)?,
        };
        let rule = Combination::new(rule).map_err(|fault| Failure::usage(fault.to_string()))?;
        Ok(Some(rule))
    }

    /// The first flag that is given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let flags = [
            (self.ct_logs.is_some(), "--ct-logs"),
            (!self.tlsa.is_empty(), "--tlsa"),
            (!self.pin.is_empty(), "--pin"),
        ];
        flags.into_iter().find(|flag| flag.0).map(|flag| flag.1)
    }

    /// What `-k` means, in a line.
    pub(crate) fn warning(&self) -> &'static str {
        if self.pin.is_empty() {
            "-k: the server may be anyone"
        } else {
            "-k: nothing but the pin is asked of the server, neither its name nor its dates"
        }
    }

    fn parts(&self, talk: &Talk) -> Result<Rule, Failure> {
        let mut parts = vec![match self.tlsa.is_empty() {
            true => Rule::Chain,
            false => Rule::Dane(Dane::new(self.tlsa.clone())),
        }];
        if !self.pin.is_empty() {
            parts.push(Rule::Pinned(self.pins()?));
        }
        if let Some(path) = &self.ct_logs {
            parts.push(logged(path, talk)?);
        }
        Ok(Rule::All(parts))
    }

    fn pins(&self) -> Result<Pins, Failure> {
        let pins = self.pin.iter().flat_map(Pins::pins).copied();
        let all: Result<Pins, PinFault> = Pins::new(pins.collect::<Vec<Pin>>());
        all.map_err(|fault| Failure::usage(fault.to_string()))
    }
}

/// What sessions are bound to beside the trust.
pub(crate) fn label(rule: &Combination) -> String {
    let print = rule.fingerprint();
    let digits: Vec<_> = print.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(" {}", digits.concat())
}

/// That logs of the list in a file have seen the certificate.
pub(crate) fn logged(path: &Path, talk: &Talk) -> Result<Rule, Failure> {
    let read = handfast_trust::log_list(path).map_err(|fault| {
        Failure::usage(format!("the list of logs cannot be read: {fault}"))
            .hint("--ct-logs takes a log_list.json of version 3, as Google and Apple publish them")
    })?;
    if let Some(first) = read.skipped.first() {
        talk.warn(&format!(
            "{}: {} of its logs cannot be read and do not count, first {first}",
            path.display(),
            read.skipped.len()
        ));
    }
    Ok(Rule::Logged(Logged {
        logs: read.logs,
        policy: CtPolicy::WEB,
    }))
}
