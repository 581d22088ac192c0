//! What a ClientHello names among the keys that both sides may have known before.

use crate::config::PskForm;
use crate::fault::Fault;
use handfast_wire::handshake::ClientHelloExtensions;
use smallvec::SmallVec;

/// The keys that a client names.
#[derive(Default)]
pub(crate) struct Named {
    /// Identities that the caller is to be asked for; the next one last.
    pub(crate) wanted: Vec<Vec<u8>>,
    /// Those that are known here, this server's best first.
    pub(crate) known: SmallVec<[PskForm; 2]>,
    /// The one that is used if its binder is right.
    pub(crate) chosen: Option<usize>,
    /// It stands for a key that is not known.
    pub(crate) is_decoy: bool,
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

    /// RFC 8446 s4.1.2: a client may drop keys that do not go with the suite, and no others.
    pub(crate) fn check_still_there(
        &self,
        extensions: &ClientHelloExtensions<'_>,
    ) -> Result<(), Fault> {
        let Some(form) = self.chosen().filter(|_| !self.is_decoy) else {
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
