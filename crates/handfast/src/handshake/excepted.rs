//! Which exceptions a handshake needed that more was offered under.

use crate::config::{CommonPlan, Relaxed};
use crate::connection::Negotiated;
use handfast_crypto::signature::KeyKind;

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
