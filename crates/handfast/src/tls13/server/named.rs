//! What a ClientHello names among the keys that both sides may have known before.

use crate::config::PskForm;
use crate::fault::Fault;
use handfast_wire::codec::Wire;
use handfast_wire::extension::ImportedIdentity;
use handfast_wire::handshake::ClientHelloExtensions;
use smallvec::SmallVec;

/// The keys that a client names.
#[derive(Default)]
pub(crate) struct Named {
    /// Identities that the caller is to be asked for; the next one last.
    pub(crate) wanted: Vec<Vec<u8>>,
    /// Those for which the caller has no key.
    pub(crate) refused: Vec<Vec<u8>>,
    /// Those that are known here, this server's best first.
    pub(crate) known: SmallVec<[PskForm; 2]>,
    /// The one that is used if its binder is right.
    pub(crate) chosen: Option<usize>,
    /// Names are hidden, and the client has shown of none that it knows the key.
    pub(crate) unproved: bool,
    /// Why none is taken.
    pub(crate) modes_unfit: bool,
    /// It may stand without a key exchange.
    pub(crate) may_stand_alone: bool,
    /// It does.
    pub(crate) alone: bool,
}

impl Named {
    /// The key that is used if its binder is right.
    pub(crate) fn chosen(&self) -> Option<&PskForm> {
        self.chosen.and_then(|at| self.known.get(at))
    }

    /// Keeps the key that the client has shown to know, of those that are known here, or none. Who
    /// knows no key gets to know nothing then: what follows is as if nobody knew the name.
    pub(crate) fn keep_proved(&mut self, proved: Option<usize>) {
        let proved = proved.filter(|at| *at < self.known.len());
        self.known = proved
            .map(|at| self.known.swap_remove(at))
            .into_iter()
            .collect();
        self.unproved = self.known.is_empty();
    }

    /// True where the caller was asked for the key of this name, as it is or imported, and has none.
    pub(crate) fn refuses(&self, identity: &[u8]) -> bool {
        self.refused.iter().any(|name| {
            let imported = ImportedIdentity::decode(name).ok();
            name == identity || imported.is_some_and(|one| one.external_identity.0 == identity)
        })
    }

    /// True where the client means a key, and need not take certificates.
    pub(crate) fn means_key(&self) -> bool {
        self.chosen.is_some() || self.unproved
    }

    /// RFC 8446 s4.1.2: a client may drop keys that do not go with the suite, and no others.
    pub(crate) fn check_still_there(
        &self,
        extensions: &ClientHelloExtensions<'_>,
    ) -> Result<(), Fault> {
        let Some(form) = self.chosen() else {
            return Ok(());
        };
        let offered = extensions
            .pre_shared_key
            .ok_or(Fault::PskMissingAfterRetry)?;
        let mut names = offered.identities.iter();
        if names.any(|one| form.is_named(one.identity.0)) {
            Ok(())
        } else {
            Err(Fault::PskGoneAfterRetry)
        }
    }
}
