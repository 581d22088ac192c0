//! What a client offers in pre_shared_key, and the binders that prove that it knows each key
//! (RFC 8446 section 4.2.11).

use crate::config::PskForm;
use crate::fault::OwnFailure;
use crate::handshake::transcript::Transcript;
use crate::session::Session;
use crate::suite::find_suite;
use crate::time::Now;
use crate::tls13::key_schedule::{PskKind, binder, early_secret};
use handfast_crypto::hash::{HashAlgorithm, HashContext};
use handfast_crypto::hkdf::HmacKey;
use handfast_wire::codec::{Opaque8, Opaque16, Wire, Writer};
use handfast_wire::extension::PskIdentity;
use smallvec::SmallVec;

/// The keys that a client offers, in its order. Hardly ever more than the one of a session.
pub(crate) type OfferedKeys = SmallVec<[OfferedPsk; 1]>;

/// One key.
pub(crate) struct OfferedPsk {
    pub(crate) key: OfferedKey,
    /// The early secret of the key.
    pub(crate) early: HmacKey,
    /// The hash that it goes with: that of the suite that may be chosen with it.
    pub(crate) hash: HashAlgorithm,
    /// Milliseconds since the ticket came, disguised.
    obfuscated_age: u32,
}

/// What key it is.
pub(crate) enum OfferedKey {
    /// That of a session to come back to.
    Session(Session),
    /// One that both sides have known before.
    External(PskForm),
}

impl OfferedKey {
    fn identity(&self) -> &[u8] {
        match self {
            Self::Session(session) => session.identity.ticket().unwrap_or_default(),
            Self::External(form) => &form.identity,
        }
    }

    fn kind(&self) -> PskKind {
        match self {
            Self::Session(_) => PskKind::Resumption,
            Self::External(form) => kind_of(form),
        }
    }
}

impl OfferedPsk {
    /// The session that it comes back to.
    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.key {
            OfferedKey::Session(session) => Some(session),
            OfferedKey::External(_) => None,
        }
    }

    /// Of a session of TLS 1.3.
    pub(crate) fn of_session(session: Session, now: Now) -> Option<Self> {
        let state = &session.state;
        let hash = find_suite(state.suite)?.hash;
        let age_ms = now.unix_ms.saturating_sub(session.received_ms);
        // RFC 8446 s4.2.11.1: modulo 2^32.
        let age_ms = u32::try_from(age_ms & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        Some(Self {
            early: early_secret(hash, &state.secret),
            hash,
            obfuscated_age: age_ms.wrapping_add(state.age_add),
            key: OfferedKey::Session(session),
        })
    }

    /// Of a key that both sides have known before: of its age nothing is said (RFC 8446 s4.2.11).
    pub(crate) fn of_form(form: &PskForm) -> Result<Self, OwnFailure> {
        Ok(Self {
            early: form.early_secret().map_err(|_| OwnFailure::Crypto)?,
            hash: form.hash,
            obfuscated_age: 0,
            key: OfferedKey::External(form.clone()),
        })
    }
}

/// Where a key comes from that both sides have known before.
pub(crate) fn kind_of(form: &PskForm) -> PskKind {
    if form.is_imported() {
        PskKind::Imported
    } else {
        PskKind::External
    }
}

/// Writes the identities, and zeros where the binders will stand.
pub(crate) fn write(keys: &[OfferedPsk], out: &mut Writer<'_>) {
    out.prefixed::<2>(|out| {
        for key in keys {
            let identity = PskIdentity {
                identity: Opaque16(key.key.identity()),
                obfuscated_ticket_age: key.obfuscated_age,
            };
            identity.write(out);
        }
    });
    let zeros = [0; 64];
    out.prefixed::<2>(|out| {
        for key in keys {
            let zeros = zeros.get(..key.hash.output_len()).unwrap_or_default();
            Opaque8::<32>(zeros).write(out);
        }
    });
}

/// Puts the binders at the end of a ClientHello, header included, that [`write`] left room in. Gives
/// the hash of what stands before them, by the first key's algorithm, and how many bytes that is.
pub(crate) fn bind(
    keys: &[OfferedPsk],
    transcript: &Transcript,
    message: &mut [u8],
) -> Result<Option<(HashContext, usize)>, OwnFailure> {
    // RFC 8446 s4.2.11.2: a binder covers all that stands before the list of them, which begins with
    // its length; each begins with its own.
    let each = keys
        .iter()
        .map(|key| key.hash.output_len().saturating_add(1));
    let length = each.fold(2, usize::saturating_add);
    let covered = message.len().saturating_sub(length);
    let (truncated, mut binders) = message.split_at_mut_checked(covered).unwrap_or_default();
    binders = binders.get_mut(2..).unwrap_or_default();
    let mut first = None;
    for key in keys {
        let heard = transcript.with(key.hash, truncated);
        let mac = binder(key.key.kind(), key.hash, &key.early, &heard.current())?;
        for (to, from) in binders.iter_mut().skip(1).zip(mac.as_ref()) {
            *to = *from;
        }
        binders = binders
            .get_mut(1 + mac.as_ref().len()..)
            .unwrap_or_default();
        first.get_or_insert((heard, covered));
    }
    Ok(first)
}
