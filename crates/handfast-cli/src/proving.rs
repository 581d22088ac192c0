//! What the server must prove beside its chain, or instead of it, as flags: pins and TLSA records.

use crate::failure::Failure;
use clap::Args;
use handfast::Roots;
use handfast::config::{Trust, Verification};
use handfast_pki::dane::{Dane, Tlsa};
use handfast_pki::pin::{Pin, PinFault, Pins};
use handfast_pki::verify::combined::rule::{Combination, Rule};

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
}

impl Proving {
    /// How the server is judged, where that is more than by `verification`.
    ///
    /// `asks_more` is a flag that has the server judged by something else than the chain alone.
    pub(crate) fn verification(
        &self,
        verification: Verification,
        insecure: bool,
        asks_more: Option<&str>,
    ) -> Result<Verification, Failure> {
        if !self.is_given() {
            return Ok(verification);
        }
        let given = if self.tlsa.is_empty() {
            "--pin"
        } else {
            "--tlsa"
        };
        if let Some(other) = asks_more {
            let failure = Failure::usage(format!("{given} does not go with {other} yet"));
            return Err(failure.hint("give one of them"));
        }
        let rule = self.rule(insecure)?;
        let verification = match insecure {
            // No authority is asked, so none is needed.
            true => Verification::chain(Trust::Roots(Roots::new())),
            false => verification,
        };
        Ok(verification.with_rule(rule))
    }

    /// What `-k` means, in a line.
    pub(crate) fn warning(&self) -> &'static str {
        if self.pin.is_empty() {
            "-k: the server may be anyone"
        } else {
            "-k: nothing but the pin is asked of the server, neither its name nor its dates"
        }
    }

    /// What sessions are bound to beside the trust.
    pub(crate) fn label(&self, insecure: bool) -> Result<String, Failure> {
        if !self.is_given() {
            return Ok(String::new());
        }
        let print = self.rule(insecure)?.fingerprint();
        let digits: Vec<_> = print.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!(" {}", digits.concat()))
    }

    fn is_given(&self) -> bool {
        !self.pin.is_empty() || !self.tlsa.is_empty()
    }

    fn rule(&self, insecure: bool) -> Result<Combination, Failure> {
        let rule = match (insecure, self.pin.is_empty()) {
            (true, _) if !self.tlsa.is_empty() => {
                return Err(
                    Failure::usage("-k asks for nothing, and --tlsa for a record")
                        .hint("leave -k out: records of usage 2 and 3 need no authority"),
                );
            }
            (true, _) => Rule::DangerPinnedLeaf(self.pins()?),
            (false, true) => self.base(),
            (false, false) => Rule::All(vec![self.base(), Rule::Pinned(self.pins()?)]),
        };
        Combination::new(rule).map_err(|fault| Failure::usage(fault.to_string()))
    }

    /// What verifies a path.
    fn base(&self) -> Rule {
        match self.tlsa.is_empty() {
            true => Rule::Chain,
            false => Rule::Dane(Dane::new(self.tlsa.clone())),
        }
    }

    fn pins(&self) -> Result<Pins, Failure> {
        let pins = self.pin.iter().flat_map(Pins::pins).copied();
        let all: Result<Pins, PinFault> = Pins::new(pins.collect::<Vec<Pin>>());
        all.map_err(|fault| Failure::usage(fault.to_string()))
    }
}
