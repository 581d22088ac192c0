//! Judging under exceptions: strictly first; where that fails, by the one exception that answers
//! what failed, and so on. So the exceptions that are told are those that were needed.

use crate::config::{CommonPlan, Exception, Peer, Relaxed};
use crate::connection::Negotiated;
use crate::time::Now;
use handfast_crypto::signature::KeyKind;
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

/// What is judged less strictly: nothing, unless exceptions say so.
#[derive(Default)]
pub(crate) struct Loosened<'e> {
    weak: Vec<exceptions::Exception>,
    pub(crate) name: Option<&'e ServerName>,
    pub(crate) roots: Option<&'e Roots>,
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

    /// The policy for certificates.
    pub(crate) fn policy<'p>(&self, strict: &'p Policy) -> Cow<'p, Policy> {
        if self.weak.is_empty() {
            return Cow::Borrowed(strict);
        }
        Cow::Owned(Policy {
            exceptions: strict.exceptions.danger_and(&self.weak),
            ..strict.clone()
        })
    }

    /// How much must be known about revocation.
    pub(crate) fn mode(&self, strict: Mode) -> Mode {
        if self.unknown_revocation && strict == Mode::HardFail {
            Mode::SoftFail
        } else {
            strict
        }
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

/// What was refused, judged again by `judge` as long as an exception answers why it was: what it gives,
/// with the exceptions that it took.
pub(crate) fn judge_under<T>(
    rejection: Box<Rejection>,
    exceptions: &[Exception],
    whom: &Whom<'_>,
    now: Now,
    mut judge: impl FnMut(&Loosened<'_>) -> Result<T, Box<Rejection>>,
) -> Result<(T, Vec<Exception>), Box<Rejection>> {
    let mut tried: Vec<&Exception> = Vec::new();
    let mut needed: Vec<&Exception> = Vec::new();
    let mut refused = rejection;
    loop {
        let helps = |one: &&Exception| {
            answers(one.relaxed(), refused.reason())
                && one.holds_at(now)
                && !tried.contains(one)
                && whom.is_meant_by(one)
        };
        let Some(found) = exceptions.iter().find(helps) else {
            return Err(refused);
        };
        tried.push(found);
        needed.push(found);
        match judge(&Loosened::by(&needed)) {
            Ok(judged) => return Ok((judged, needed.into_iter().cloned().collect())),
            // It did not help.
            Err(again) if again.reason() == refused.reason() => drop(needed.pop()),
            Err(other) => refused = other,
        }
    }
}

impl CommonPlan {
    /// Notes which exceptions a handshake needed that more was offered under.
    #[cfg_attr(
        not(feature = "legacy"),
        expect(unused_variables, reason = "no key is taken that is too small")
    )]
    pub(crate) fn note_exceptions(&self, key: Option<KeyKind>, negotiated: &mut Negotiated) {
        if self.excepted.is_empty() {
            return;
        }
        let needed = self.excepted.iter().filter(|one| match one.relaxed() {
            Relaxed::Version(version) => negotiated.version == *version,
            Relaxed::Suite(suite) => negotiated.suite == *suite,
            Relaxed::Group(group) => negotiated.group == *group,
            Relaxed::Scheme(scheme) => negotiated.peer_scheme == Some(*scheme),
            #[cfg(feature = "legacy")]
            Relaxed::SmallRsaKey => key.is_some_and(is_small),
            _ => false,
        });
        let needed: Vec<_> = needed.cloned().collect();
        negotiated.keep_exceptions(needed);
    }
}

#[cfg(feature = "legacy")]
fn is_small(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } if bits < 2048)
}
