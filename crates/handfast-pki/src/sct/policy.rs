//! How many SCTs are enough.

use crate::certificate::Certificate;
use crate::sct::finding::{Origin, SctFinding};
use crate::sct::log::{LogId, LogState};
use std::collections::BTreeSet;
use std::fmt;

/// What is asked of the SCTs that count. The default is [`CtPolicy::WEB`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CtPolicy {
    /// A certificate whose validity lasts this many days at most is short-lived.
    pub short_life_days: u32,
    /// From how many different logs a short-lived certificate must embed SCTs.
    pub embedded_short: usize,
    /// From how many different logs any other certificate must embed SCTs.
    pub embedded_long: usize,
    /// From how many different logs SCTs must come that are not embedded, instead.
    pub delivered: usize,
    /// By how many different operators those logs must be run.
    pub operators: usize,
}

impl CtPolicy {
    /// What browsers ask for since 2022: Chrome (Certificate Transparency Policy, "CT-Compliant
    /// Certificates") and Apple (support article 103214) with the same numbers.
    ///
    /// Either SCTs embedded in the certificate, from 2 logs if it is valid for 180 days at most,
    /// else from 3; one of the logs at least must not be retired. Or SCTs from 2 logs that are not
    /// retired, in the handshake or the OCSP response. Both times by 2 operators at least.
    pub const WEB: Self = Self {
        short_life_days: 180,
        embedded_short: 2,
        embedded_long: 3,
        delivered: 2,
        operators: 2,
    };

    /// Whether what was found about a certificate's SCTs is enough.
    ///
    /// # Errors
    /// [`CtLack`] says how much was asked of the SCTs that the certificate embeds, and how much
    /// was there, in both ways.
    pub fn judge(&self, leaf: &Certificate<'_>, findings: &[SctFinding]) -> Result<(), CtLack> {
        let wanted = self.embedded(leaf);
        let embedded = Tally::of(findings, |origin| origin == Origin::Embedded);
        let delivered = Tally::of(findings, |origin| origin != Origin::Embedded);
        let enough = embedded.logs >= wanted
            && embedded.current >= 1
            && embedded.operators >= self.operators
            || delivered.current >= self.delivered && delivered.current_operators >= self.operators;
        if enough {
            return Ok(());
        }
        Err(CtLack {
            wanted,
            wanted_delivered: self.delivered,
            wanted_operators: self.operators,
            embedded: embedded.logs,
            embedded_current: embedded.current,
            embedded_operators: embedded.operators,
            delivered: delivered.current,
            delivered_operators: delivered.current_operators,
        })
    }

    /// From how many logs the certificate must embed SCTs.
    fn embedded(&self, leaf: &Certificate<'_>) -> usize {
        let validity = leaf.validity();
        let life_s = validity.not_after.0.saturating_sub(validity.not_before.0);
        if life_s <= i64::from(self.short_life_days) * DAY_S {
            self.embedded_short
        } else {
            self.embedded_long
        }
    }
}

impl Default for CtPolicy {
    fn default() -> Self {
        Self::WEB
    }
}

const DAY_S: i64 = 86_400;

/// What the SCTs that count amount to.
struct Tally {
    logs: usize,
    operators: usize,
    /// Of logs that are not retired.
    current: usize,
    current_operators: usize,
}

impl Tally {
    fn of(findings: &[SctFinding], origin: impl Fn(Origin) -> bool) -> Self {
        let counting = findings
            .iter()
            .filter(|one| one.counts() && origin(one.origin));
        let current = |one: &&SctFinding| !matches!(one.state, Some(LogState::Retired { .. }));
        let logs = |list: &mut dyn Iterator<Item = &SctFinding>| -> (usize, usize) {
            let (mut logs, mut operators) = (BTreeSet::<LogId>::new(), BTreeSet::new());
            for one in list {
                logs.extend(one.log_id);
                operators.extend(one.operator.as_deref());
            }
            (logs.len(), operators.len())
        };
        let (all, operators) = logs(&mut counting.clone());
        let (current, current_operators) = logs(&mut counting.filter(current));
        Self {
            logs: all,
            operators,
            current,
            current_operators,
        }
    }
}

/// How far what was there falls short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CtLack {
    /// From how many logs SCTs were to be embedded.
    pub wanted: usize,
    /// From how many logs SCTs were to come otherwise, instead.
    pub wanted_delivered: usize,
    /// By how many operators those logs were to be run.
    pub wanted_operators: usize,
    /// From how many logs SCTs that count were embedded.
    pub embedded: usize,
    /// How many of those logs are not retired.
    pub embedded_current: usize,
    /// How many operators run them.
    pub embedded_operators: usize,
    /// From how many logs that are not retired SCTs that count came otherwise.
    pub delivered: usize,
    /// How many operators run them.
    pub delivered_operators: usize,
}

impl fmt::Display for CtLack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SCTs from {} logs of {} operators are wanted in the certificate, or from {} beside \
             it; ",
            self.wanted, self.wanted_operators, self.wanted_delivered
        )?;
        write!(
            f,
            "those that count are from {} logs of {} operators, and from {} of {}",
            self.embedded, self.embedded_operators, self.delivered, self.delivered_operators
        )?;
        if self.embedded > 0 && self.embedded_current == 0 {
            f.write_str("; all logs of the former are retired")?;
        }
        Ok(())
    }
}
