//! Judging under exceptions: strictly first; where that fails, by the one exception that answers
//! what failed, and so on. So the exceptions that are told are those that were needed.

use crate::config::exception::{Exception, Peer, Relaxed};
use crate::time::Now;
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::exceptions::{self, Exceptions};
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::revocation::Mode;
use std::borrow::Cow;

/// The exceptions for one peer, for a caller who judges it ([`crate::config::Verification::ask`]): strictly first, and
/// after each refusal as [`Leniency::after`] says. The answer is then
/// [`crate::Answer::PeerExcepted`], with what was [`Leniency::needed`].
///
/// ```
/// use handfast::config::{Exception, Leniency, Loosened};
/// use handfast::{Now, ServerName};
/// use handfast_pki::verify::rejection::Rejection;
///
/// fn judge(
///     exceptions: &[Exception], server: &ServerName, leaf: &[u8], now: Now,
///     verify: impl Fn(&Loosened<'_>) -> Result<(), Box<Rejection>>,
/// ) -> Result<Vec<Exception>, Box<Rejection>> {
///     let mut leniency = Leniency::new(exceptions, Some(server), Some(leaf), now);
///     let mut judged = verify(&Loosened::default());
///     while let Err(rejection) = &judged {
///         match leniency.after(rejection) {
///             Some(loosened) => judged = verify(&loosened),
///             None => break,
///         }
///     }
///     judged.map(|()| leniency.needed())
/// }
/// ```
#[derive(Debug)]
pub struct Leniency<'e> {
    exceptions: &'e [Exception],
    whom: Whom<'e>,
    now: Now,
    tried: Vec<&'e Exception>,
    needed: Vec<&'e Exception>,
    /// What the last one was to answer.
    refused: Option<Reason>,
}

impl<'e> Leniency<'e> {
    /// Of these exceptions, those for the peer that shows `leaf` first: the server that was wanted as
    /// `server`, or, with nothing there, a client.
    #[must_use]
    pub fn new(
        exceptions: &'e [Exception],
        server: Option<&'e ServerName>,
        leaf: Option<&'e [u8]>,
        now: Now,
    ) -> Self {
        Self {
            exceptions,
            whom: Whom {
                wanted: server,
                leaf,
            },
            now,
            tried: Vec::new(),
            needed: Vec::new(),
            refused: None,
        }
    }

    /// What to judge by after this refusal; nothing where no exception answers it. What is refused for
    /// the same reason again has not helped, and is not needed.
    pub fn after(&mut self, rejection: &Rejection) -> Option<Loosened<'e>> {
        if self.refused.as_ref() == Some(rejection.reason()) {
            self.needed.pop();
        }
        let helps = |one: &&'e Exception| {
            answers(one.relaxed(), rejection.reason())
                && one.holds_at(self.now)
                && !self.tried.contains(one)
                && self.whom.is_meant_by(one)
        };
        let found = self.exceptions.iter().find(helps)?;
        self.refused = Some(rejection.reason().clone());
        self.tried.push(found);
        self.needed.push(found);
        Some(Loosened::by(&self.needed))
    }

    /// Those that it took so far.
    #[must_use]
    pub fn needed(&self) -> Vec<Exception> {
        self.needed.iter().copied().cloned().collect()
    }
}

/// What is judged less strictly: nothing, unless exceptions say so.
#[derive(Clone, Debug, Default)]
pub struct Loosened<'e> {
    weak: Vec<exceptions::Exception>,
    name: Option<&'e ServerName>,
    roots: Option<&'e Roots>,
    unknown_revocation: bool,
}

impl<'e> Loosened<'e> {
    fn by(exceptions: &[&'e Exception]) -> Self {
        let mut loosened = Self::default();
        for exception in exceptions {
            loosened.loosen(exception.relaxed());
        }
        loosened
    }

    /// The policy for certificates, where it is this one strictly.
    #[must_use]
    pub fn policy<'p>(&self, strict: &'p Policy) -> Cow<'p, Policy> {
        if self.weak.is_empty() {
            return Cow::Borrowed(strict);
        }
        Cow::Owned(Policy {
            exceptions: strict.exceptions.danger_and(&self.weak),
            ..strict.clone()
        })
    }

    /// How much must be known about revocation, where it is this strictly.
    #[must_use]
    pub fn mode(&self, strict: Mode) -> Mode {
        if self.unknown_revocation && strict == Mode::HardFail {
            Mode::SoftFail
        } else {
            strict
        }
    }

    /// The name that the certificate may bear, where it is another.
    #[must_use]
    pub fn name(&self) -> Option<&'e ServerName> {
        self.name
    }

    /// The roots that are believed, where they are others.
    #[must_use]
    pub fn roots(&self) -> Option<&'e Roots> {
        self.roots
    }

    fn loosen(&mut self, relaxed: &'e Relaxed) {
        match relaxed {
            #[cfg(feature = "legacy")]
            Relaxed::SmallRsaKey => self.weak.push(Exceptions::RSA_1024),
            Relaxed::Expired => self.weak.push(Exceptions::EXPIRED),
            Relaxed::NotYetValid => self.weak.push(Exceptions::NOT_YET_VALID),
            Relaxed::Sha1Certificate => self.weak.push(Exceptions::SHA1),
            Relaxed::CommonName => self.weak.push(Exceptions::COMMON_NAME),
            Relaxed::RootOfVersion1 => self.weak.push(Exceptions::X509_V1),
            Relaxed::OtherName(name) => self.name = Some(name),
            Relaxed::Roots(roots) => self.roots = Some(roots),
            Relaxed::RevocationUnknown => self.unknown_revocation = true,
            Relaxed::Version(_) | Relaxed::Suite(_) | Relaxed::Group(_) | Relaxed::Scheme(_) => {}
        }
    }
}

/// Whom exceptions are looked for.
#[derive(Debug)]
pub(crate) struct Whom<'w> {
    /// The server that was wanted; nothing where the peer is a client.
    pub(crate) wanted: Option<&'w ServerName>,
    pub(crate) leaf: Option<&'w [u8]>,
}

impl Whom<'_> {
    /// True where the exception is for this peer, and about certificates.
    pub(crate) fn is_meant_by(&self, exception: &Exception) -> bool {
        exception.relaxed().is_judged()
            && match exception.peer() {
                Peer::Name(name) => match self.wanted {
                    Some(wanted) => wanted == name,
                    None => self.bears(name),
                },
                Peer::Pin(pin) => self.certificate().is_some_and(|leaf| pin.is_of(&leaf)),
            }
    }

    fn bears(&self, name: &ServerName) -> bool {
        self.certificate().is_some_and(|leaf| {
            // A wildcard is for whoever has it, not for the one that is meant.
            let is_wild = |presented: &GeneralName<'_>| {
                matches!(presented, GeneralName::Dns(text) if text.starts_with('*'))
            };
            let mut names = leaf.subject_alt_names();
            names.any(|presented| name.is_proved_by(&presented) && !is_wild(&presented))
        })
    }

    fn certificate(&self) -> Option<Certificate<'_>> {
        Certificate::parse(self.leaf?).ok()
    }
}

/// True for a relaxation that lets this pass.
fn answers(relaxed: &Relaxed, reason: &Reason) -> bool {
    match relaxed {
        #[cfg(feature = "legacy")]
        Relaxed::SmallRsaKey => matches!(reason, Reason::WeakKey { .. }),
        Relaxed::Expired => matches!(reason, Reason::Expired { .. }),
        Relaxed::NotYetValid => matches!(reason, Reason::NotYetValid { .. }),
        Relaxed::Sha1Certificate => matches!(reason, Reason::WeakSignature { .. }),
        Relaxed::CommonName | Relaxed::OtherName(_) => {
            matches!(reason, Reason::NameMismatch { .. })
        }
        Relaxed::RootOfVersion1 => matches!(reason, Reason::NotACa),
        Relaxed::Roots(_) => {
            matches!(reason, Reason::UnknownIssuer { .. } | Reason::SelfSigned)
        }
        Relaxed::RevocationUnknown => matches!(
            reason,
            Reason::RevocationUnknown { .. } | Reason::StapleMissing { .. }
        ),
        Relaxed::Version(_) | Relaxed::Suite(_) | Relaxed::Group(_) | Relaxed::Scheme(_) => false,
    }
}
