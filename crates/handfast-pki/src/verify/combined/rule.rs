//! What must hold, as a value.

use crate::dane::{Dane, WithoutRecords};
use crate::pin::{PinScope, Pins};
use crate::roots::Roots;
use crate::sct::log::{LogList, LogState};
use crate::sct::policy::CtPolicy;
use crate::verify::request::Request;
use handfast_crypto::hash::{HashAlgorithm, HashContext};
use std::fmt;

/// What must hold.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Rule {
    /// The chain verifies as [`crate::verify::verify`] judges it, by the request's roots.
    Chain,
    /// The same by other roots.
    ChainTo(Roots),
    /// A certificate of the path, or the peer's own, is one that is known (RFC 7469 s2.6). By
    /// itself it verifies no path.
    Pinned(Pins),
    /// Logs have seen the certificate (RFC 6962). By itself it verifies no path.
    Logged(Logged),
    /// The peer is the one that its zone's TLSA records mean (RFC 6698, RFC 7671). Records of
    /// usage 2 and 3 do without the request's roots; those of usage 3 without name and dates too.
    Dane(Dane),
    /// The peer's own certificate or key is one that is known, **and nothing else is asked**:
    /// neither name nor dates, purpose nor revocation.
    DangerPinnedLeaf(Pins),
    /// Every part holds.
    All(Vec<Rule>),
    /// One part holds at least. All are judged, so that the verdict says which.
    AnyOf(Vec<Rule>),
}

/// Which logs must have seen a certificate.
#[derive(Clone, Debug, Default)]
pub struct Logged {
    /// The logs that are known.
    pub logs: LogList,
    /// How many are enough.
    pub policy: CtPolicy,
}

/// A rule that was found sound: bounded, and with a path for whatever judges one.
///
/// ```
/// use handfast_pki::verify::combined::rule::{Combination, Rule};
/// use handfast_pki::pin::Pins;
///
/// let pins = Pins::parse("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")?;
/// let pinned = Rule::All(vec![Rule::Chain, Rule::Pinned(pins.clone())]);
/// assert!(Combination::new(pinned).is_ok());
///
/// let alone = Combination::new(Rule::Pinned(pins)).unwrap_err();
/// assert_eq!(alone.to_string(), "pins judge a path, and nothing beside them verifies one: put a chain into the same All");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Combination {
    rule: Rule,
}

/// What is to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The chain, and what judges it.
    pub request: Request<'a>,
    /// The SCTs that came in the handshake: a SignedCertificateTimestampList in its TLS form.
    /// Those that were stapled are found in `request.revocation.staple`.
    pub sct_list: Option<&'a [u8]>,
}

impl Combination {
    /// Takes a rule that is sound.
    ///
    /// # Errors
    /// [`RuleFault`] says what is wrong with it.
    pub fn new(rule: Rule) -> Result<Self, RuleFault> {
        let mut parts = 0;
        check(&rule, false, 1, &mut parts)?;
        Ok(Self { rule })
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Whether some way to hold leaves path validation out on nobody's word but the caller's
    /// ([`Rule::DangerPinnedLeaf`]).
    #[must_use]
    pub fn is_danger(&self) -> bool {
        is_danger(&self.rule)
    }

    /// Whether SCTs are part of what is judged, so that they should be asked for.
    #[must_use]
    pub fn asks_for_scts(&self) -> bool {
        asks_for_scts(&self.rule)
    }

    /// A digest that is equal for equal rules, on every machine: what was verified by other rules
    /// is worth nothing to these.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        let mut context = HashContext::new(HashAlgorithm::Sha256);
        hash(&self.rule, &mut context);
        context.finish().as_bytes().to_vec()
    }
}

impl Default for Combination {
    /// The chain and nothing else.
    fn default() -> Self {
        Self { rule: Rule::Chain }
    }
}

/// How deep rules may nest.
pub const MAX_DEPTH: usize = 4;
/// How many parts a rule may have, itself included.
pub const MAX_PARTS: usize = 32;

/// What is wrong with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleFault {
    /// It nests deeper than [`MAX_DEPTH`].
    TooDeep,
    /// It has more parts than [`MAX_PARTS`].
    TooManyParts,
    /// An `All` or `AnyOf` without parts.
    Empty,
    /// Pins without a path.
    PinsWithoutPath,
    /// Logs without a path.
    LogsWithoutPath,
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooDeep => return write!(f, "rules nest deeper than {MAX_DEPTH}"),
            Self::TooManyParts => return write!(f, "a rule has more than {MAX_PARTS} parts"),
            Self::Empty => "an All or AnyOf has no parts, so that it says nothing",
            Self::PinsWithoutPath => {
                "pins judge a path, and nothing beside them verifies one: put a chain into the \
                 same All"
            }
            Self::LogsWithoutPath => {
                "logs judge a path, and nothing beside them verifies one: put a chain into the \
                 same All"
            }
        })
    }
}

impl std::error::Error for RuleFault {}

/// `has_path`: a rule around this one verifies a path.
fn check(rule: &Rule, has_path: bool, depth: usize, parts: &mut usize) -> Result<(), RuleFault> {
    *parts += 1;
    if depth > MAX_DEPTH {
        return Err(RuleFault::TooDeep);
    }
    if *parts > MAX_PARTS {
        return Err(RuleFault::TooManyParts);
    }
    match rule {
        Rule::Pinned(_) if !has_path => Err(RuleFault::PinsWithoutPath),
        Rule::Logged(_) if !has_path => Err(RuleFault::LogsWithoutPath),
        Rule::All(list) | Rule::AnyOf(list) if list.is_empty() => Err(RuleFault::Empty),
        Rule::All(list) => {
            let has_path = has_path || list.iter().any(gives_path);
            list.iter()
                .try_for_each(|one| check(one, has_path, depth + 1, parts))
        }
        Rule::AnyOf(list) => list
            .iter()
            .try_for_each(|one| check(one, has_path, depth + 1, parts)),
        _ => Ok(()),
    }
}

/// Whether a rule that holds has certificates to show for it.
fn gives_path(rule: &Rule) -> bool {
    match rule {
        Rule::Chain | Rule::ChainTo(_) | Rule::Dane(_) | Rule::DangerPinnedLeaf(_) => true,
        Rule::Pinned(_) | Rule::Logged(_) => false,
        Rule::All(list) => list.iter().any(gives_path),
        Rule::AnyOf(list) => list.iter().all(gives_path),
    }
}

/// When a part of an `All` is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It gives a path and judges none of others.
    Path,
    /// It gives a path and judges those of others too.
    Both,
    /// It needs the path of another.
    Condition,
}

pub(crate) fn turn_of(rule: &Rule) -> Turn {
    match (gives_path(rule), judges_path(rule)) {
        (true, false) => Turn::Path,
        (true, true) => Turn::Both,
        (false, _) => Turn::Condition,
    }
}

fn judges_path(rule: &Rule) -> bool {
    match rule {
        Rule::Pinned(_) | Rule::Logged(_) => true,
        Rule::All(list) | Rule::AnyOf(list) => list.iter().any(judges_path),
        Rule::Chain | Rule::ChainTo(_) | Rule::Dane(_) | Rule::DangerPinnedLeaf(_) => false,
    }
}

fn is_danger(rule: &Rule) -> bool {
    match rule {
        Rule::DangerPinnedLeaf(_) => true,
        // A part that verifies more makes the whole as good as itself.
        Rule::All(list) => {
            list.iter().any(is_danger) && !list.iter().any(|one| gives_path(one) && !is_danger(one))
        }
        Rule::AnyOf(list) => list.iter().any(is_danger),
        _ => false,
    }
}

fn asks_for_scts(rule: &Rule) -> bool {
    match rule {
        Rule::Logged(_) => true,
        Rule::All(list) | Rule::AnyOf(list) => list.iter().any(asks_for_scts),
        _ => false,
    }
}

fn hash(rule: &Rule, context: &mut HashContext) {
    let mut part = |bytes: &[u8]| {
        context.update(&count(bytes.len()));
        context.update(bytes);
    };
    match rule {
        Rule::Chain => part(b"chain"),
        Rule::ChainTo(roots) => {
            part(b"chain to");
            let mut anchors: Vec<&[u8]> = roots.encodings().collect();
            anchors.sort_unstable();
            part(&count(anchors.len()));
            anchors.into_iter().for_each(part);
        }
        Rule::Pinned(pins) | Rule::DangerPinnedLeaf(pins) => {
            let leaf_alone = matches!(rule, Rule::DangerPinnedLeaf(_));
            part(if leaf_alone { b"leaf" } else { b"pinned" });
            let scope = match pins.scope() {
                PinScope::Path => "path",
                PinScope::Leaf => "leaf",
            };
            part(scope.as_bytes());
            let pins: Vec<_> = pins.pins().iter().map(ToString::to_string).collect();
            part(pins.join(";").as_bytes());
        }
        Rule::Logged(Logged { logs, policy }) => {
            part(b"logged");
            part(format!("{policy:?}").as_bytes());
            part(&count(logs.len()));
            for (id, log) in logs.iter() {
                part(&id.0);
                part(log.operator.as_bytes());
                let state: &LogState = &log.state;
                part(format!("{state}{:?}", log.interval).as_bytes());
            }
        }
        Rule::Dane(dane) => {
            part(b"dane");
            part(match dane.without() {
                WithoutRecords::Refuse => b"or none",
                WithoutRecords::Chain => b"or chain",
            });
            let records: Vec<_> = dane.records().map(|(record, _)| record).collect();
            part(&count(records.len()));
            for record in records {
                part(&[record.usage, record.selector, record.matching]);
                part(&record.data);
            }
        }
        Rule::All(list) | Rule::AnyOf(list) => {
            let all = matches!(rule, Rule::All(_));
            part(if all { b"all" } else { b"any" });
            part(&count(list.len()));
            list.iter().for_each(|one| hash(one, context));
        }
    }
}

/// The same on machines of every width.
fn count(length: usize) -> [u8; 8] {
    u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes()
}
