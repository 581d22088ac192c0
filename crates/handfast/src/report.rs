//! Reports: why a connection was refused, with everything that helps to mend it.
//!
//! A [`Report`] tells what each side offered, as far as it is known, which rule failed and where it
//! stands, and what would mend it, the nearest first. It is made from what is left of a connection that
//! failed; one that goes well keeps nothing for it. Every kind of failure has an id, as
//! `tls.suite.not-common` or `alert.handshake-failure`, which never changes its meaning.
//!
//! ```no_run
//! # fn example(connection: &mut handfast::Connection, bytes: &mut [u8], now: handfast::Now) {
//! if connection.receive(bytes, now).is_err() {
//!     if let Some(report) = connection.report() {
//!         eprintln!("{report}"); // a few lines in plain words
//!         for remedy in report.remedies() {
//!             println!("{}: {}", remedy.who.name(), remedy.words);
//!         }
//!     }
//! }
//! # }
//! ```

pub(crate) mod advice;
mod alerts;
mod ended;
mod exception;
pub(crate) mod facts;
mod faults;
mod likely;
mod mended;
mod nearest;
mod offer;
mod own;
mod remedy;
mod text;

pub use advice::{Advice, Who};
pub use alerts::{alert_advice, alert_id};
pub use ended::{Agreed, Ended};
pub use offer::Offer;
pub use remedy::{Change, PolicyName, Remedy};

use crate::connection::{Connection, Negotiated, Plaintext, Receiving, Refusal, RefusalDetail};
use crate::ech::EchConfigList;
use crate::fault::Error;
use core::fmt;
use facts::Facts;
use handfast_pki::verify::rejection::Rejection;
use handfast_wire::registry::AlertDescription;

/// Why a connection ended, for a person and for a program. Displayed as a few lines in plain words.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) ended: Ended,
    pub(crate) is_client: bool,
    pub(crate) detail: Option<String>,
    pub(crate) own: Option<Offer>,
    pub(crate) peer: Option<Offer>,
    pub(crate) agreed: Agreed,
    pub(crate) rejection: Option<Rejection>,
    pub(crate) plaintext: Option<Plaintext>,
    pub(crate) retry_configs: Option<EchConfigList>,
    pub(crate) remedies: Vec<Remedy>,
}

impl Report {
    /// What is known about an error where nothing of its connection is left.
    #[must_use]
    pub fn of(error: Error) -> Self {
        Self::make(Ended::By(error), &RefusalDetail::None, &Facts::default())
    }

    /// What is known about an error of a connection whose handshake was done, where its parts are out of
    /// reach by now: in a library of HTTP, say.
    #[must_use]
    pub fn of_connected(error: Error, is_client: bool, agreed: &Negotiated) -> Self {
        let facts = Facts::of_connected(is_client, agreed);
        Self::make(Ended::By(error), &RefusalDetail::None, &facts)
    }

    pub(crate) fn make(ended: Ended, detail: &RefusalDetail, facts: &Facts) -> Self {
        let own = facts.common.as_deref().map(|plan| Offer::of_config(plan));
        let peer = facts.message.as_deref().and_then(Offer::of_hello);
        let rejection = match detail {
            RefusalDetail::Certificate(rejection) => Some((**rejection).clone()),
            _ => None,
        };
        let plaintext = match detail {
            RefusalDetail::Plaintext { what, .. } => Some(*what),
            _ => None,
        };
        let retry_configs = match detail {
            RefusalDetail::Ech { retry_configs } => retry_configs.clone(),
            _ => None,
        };
        let remedies = mended::remedies(ended, detail, facts, peer.as_ref());
        Self {
            ended,
            is_client: facts.is_client,
            detail: text::detail(detail),
            own,
            peer,
            agreed: Agreed {
                version: facts.version,
                suite: facts.suite,
                group: facts.group,
            },
            rejection,
            plaintext,
            retry_configs,
            remedies,
        }
    }

    /// The kind of failure, as `tls.version.not-common`: it never changes its meaning.
    #[must_use]
    pub fn id(&self) -> &'static str {
        if let Some(what) = self.plaintext {
            return what.id();
        }
        match self.ended {
            Ended::By(Error::Fault(fault)) => fault.id(),
            Ended::By(Error::PeerAlert(alert)) => alert_id(alert),
            Ended::By(Error::Misuse(misuse)) => misuse.id(),
            Ended::By(Error::Own(own)) => own.id(),
            Ended::HungUp => "transport.hung-up",
            Ended::Silence => "transport.silence",
        }
    }

    /// What ended the connection.
    #[must_use]
    pub fn ended(&self) -> Ended {
        self.ended
    }

    /// True where this side began the connection.
    #[must_use]
    pub fn is_client(&self) -> bool {
        self.is_client
    }

    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.ended {
            Ended::By(Error::Fault(fault)) => fault.sentence().to_owned(),
            Ended::By(error) => error.to_string(),
            Ended::HungUp => {
                String::from("the peer closed the connection in the middle of the handshake")
            }
            Ended::Silence => String::from("the peer did not go on with the handshake in time"),
        }
    }

    /// Where the rule stands that was broken: an RFC and its section.
    #[must_use]
    pub fn section(&self) -> Option<&'static str> {
        match self.ended {
            _ if self.rejection.is_some() => self.rejection.as_ref().map(Rejection::section),
            Ended::By(Error::Fault(fault)) => Some(fault.section()),
            _ => None,
        }
    }

    /// The alert by which the peer was told, or told this side.
    #[must_use]
    pub fn alert(&self) -> Option<AlertDescription> {
        match self.ended {
            Ended::By(Error::Fault(fault)) => Some(fault.alert()),
            Ended::By(Error::PeerAlert(alert)) => Some(alert),
            _ => None,
        }
    }

    /// What is known beside the rule: the byte at which a message went wrong, the lists of credentials.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What this side offers or accepts.
    #[must_use]
    pub fn own(&self) -> Option<&Offer> {
        self.own.as_ref()
    }

    /// What the peer has offered or chosen, where the connection failed at its Hello.
    #[must_use]
    pub fn peer(&self) -> Option<&Offer> {
        self.peer.as_ref()
    }

    /// What was agreed on before it ended.
    #[must_use]
    pub fn agreed(&self) -> Agreed {
        self.agreed
    }

    /// Why the peer's certificates were refused. [`handfast_pki::verify::reason::Reason::id`] of its
    /// reason is the id that is nearer than [`Report::id`], as `chain.expired`.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        self.rejection.as_ref()
    }

    /// Which protocol the peer speaks, where its first bytes are not TLS and tell.
    #[must_use]
    pub fn plaintext(&self) -> Option<Plaintext> {
        self.plaintext
    }

    /// What a server that could not open the encrypted ClientHello has published instead, told by a peer
    /// that was accepted for the config's public name.
    #[must_use]
    pub fn retry_configs(&self) -> Option<&EchConfigList> {
        self.retry_configs.as_ref()
    }

    /// What would mend it, the nearest first; of an alert that came, guesses.
    #[must_use]
    pub fn remedies(&self) -> &[Remedy] {
        &self.remedies
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sentence())?;
        write!(f, "\n  id:      {}", self.id())?;
        if let Some(section) = self.section() {
            write!(f, "\n  rule:    {section}")?;
        }
        if let Some(rejection) = &self.rejection {
            write!(
                f,
                "\n  chain:   {}: {}",
                rejection.place(),
                rejection.reason()
            )?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "\n  detail:  {detail}")?;
        }
        if let Some(peer) = &self.peer {
            let label = if peer.is_choice { "chosen" } else { "peer" };
            text::lines(f, label, peer)?;
        }
        // What was agreed on is not what it failed of.
        if let Some(own) = self
            .own
            .as_ref()
            .filter(|_| self.agreed == Agreed::default())
        {
            text::lines(f, "here", own)?;
        }
        let Agreed {
            version,
            suite,
            group,
        } = self.agreed;
        if let Some(version) = version {
            write!(f, "\n  agreed:  {version}")?;
            if let Some(suite) = suite {
                write!(f, ", {suite}")?;
            }
            if let Some(group) = group {
                write!(f, ", {group}")?;
            }
        }
        for (at, remedy) in self.remedies.iter().enumerate() {
            let label = if at == 0 { "remedy:" } else { "    or:" };
            write!(f, "\n  {label}  {remedy}")?;
        }
        Ok(())
    }
}

impl Refusal {
    /// The refusal with what both sides offered, and what would mend it.
    #[must_use]
    pub fn report(&self) -> Report {
        let facts = self.facts.as_deref();
        let ended = Ended::By(Error::Fault(self.fault));
        match facts {
            Some(facts) => Report::make(ended, &self.detail, facts),
            None => Report::make(ended, &self.detail, &Facts::default()),
        }
    }
}

impl Receiving {
    /// Why the connection failed: a refusal, an alert that the peer sent, or a failure of our own.
    /// Nothing where it did not.
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        let error = self.failure()?;
        if let Some(refusal) = self.refusal() {
            return Some(refusal.report());
        }
        Some(Report::make(
            Ended::By(error),
            &RefusalDetail::None,
            &self.facts(),
        ))
    }

    /// The same for a transport that was closed in the middle of the handshake, as the caller saw.
    #[must_use]
    pub fn report_hung_up(&self) -> Report {
        self.report()
            .unwrap_or_else(|| Report::make(Ended::HungUp, &RefusalDetail::None, &self.facts()))
    }

    /// The same for a peer that did not go on in time, as the caller saw.
    #[must_use]
    pub fn report_silence(&self) -> Report {
        self.report()
            .unwrap_or_else(|| Report::make(Ended::Silence, &RefusalDetail::None, &self.facts()))
    }
}

impl Connection {
    /// See [`Receiving::report`].
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        self.receiving().report()
    }

    /// See [`Receiving::report_hung_up`].
    #[must_use]
    pub fn report_hung_up(&self) -> Report {
        self.receiving().report_hung_up()
    }

    /// See [`Receiving::report_silence`].
    #[must_use]
    pub fn report_silence(&self) -> Report {
        self.receiving().report_silence()
    }
}
