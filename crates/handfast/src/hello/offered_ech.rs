//! What a client keeps of Encrypted ClientHello while it shakes hands.

use crate::config::{ClientPlan, Ech};
use crate::ech::{Confirmed, EchConfigList, EchStatus, EchTarget, confirm_hello, confirm_retry};
use crate::ech::{zeroed_hello, zeroed_retry};
use crate::fault::OwnFailure;
use crate::handshake::transcript::Transcript;
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hpke::{HpkeFailed, Sender};
use handfast_crypto::random::Random;
use handfast_wire::extension::Extensions;
use std::sync::Arc;

/// Encrypted ClientHello, or what looks like it.
pub(crate) struct OfferedEch {
    /// How encrypted_client_hello stood in the ClientHello that was said last.
    pub(crate) content: Vec<u8>,
    /// What stands in pre_shared_key for everybody to see; nothing where no key is offered.
    pub(crate) disguise: Vec<u8>,
    pub(crate) meant: Option<Meant>,
}

/// An encrypted ClientHello that is meant.
pub(crate) struct Meant {
    pub(crate) target: Arc<EchTarget>,
    pub(crate) sender: Sender,
    /// What the server needs of the sender's key; it stands in the first ClientHello alone.
    pub(crate) enc: Vec<u8>,
    /// The inner ClientHello's random.
    pub(crate) random: [u8; 32],
    /// What was said if the server has opened it; empty once that is settled.
    pub(crate) transcript: Transcript,
    pub(crate) standing: Standing,
    /// What the server would have had instead.
    pub(crate) retry_configs: Option<EchConfigList>,
}

/// What the server has done with it, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing yet.
    Open,
    /// It has opened it, says its HelloRetryRequest.
    OpenedBeforeRetry,
    Accepted,
    Rejected,
}

impl OfferedEch {
    /// What the config calls for.
    pub(crate) fn of(plan: &ClientPlan) -> Result<Option<Box<Self>>, OwnFailure> {
        let meant = match &plan.config.ech {
            Ech::Off => return Ok(None),
            Ech::Grease => None,
            Ech::Configs(_) => Some(Meant::new(plan)?),
        };
        Ok(Some(Box::new(Self {
            content: Vec::new(),
            disguise: Vec::new(),
            meant,
        })))
    }

    /// How it stands where it is meant.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.meant.as_ref().map(|meant| meant.standing)
    }

    /// How it stands, in the words of what was negotiated.
    pub(crate) fn status(&self) -> EchStatus {
        match self.standing() {
            None => EchStatus::Grease,
            Some(Standing::Accepted) => EchStatus::Accepted,
            Some(_) => EchStatus::Rejected,
        }
    }
}

impl Meant {
    fn new(plan: &ClientPlan) -> Result<Self, OwnFailure> {
        let target = plan.ech.clone().ok_or(OwnFailure::Crypto)?;
        let mut random = [0; 32];
        let mut draw = plan.common.draw();
        draw.fill(&mut random).map_err(|_| OwnFailure::Random)?;
        let make = match plan.common.set.key_log {
            Some(_) => Sender::new_logged,
            None => Sender::new,
        };
        let info = target.info();
        let made = make(target.suite, &target.public_key, &info, &mut draw);
        let (sender, enc) = made.map_err(|failed| match failed {
            HpkeFailed::Random => OwnFailure::Random,
            _ => OwnFailure::Crypto,
        })?;
        Ok(Self {
            target,
            sender,
            enc,
            random,
            transcript: Transcript::new(),
            standing: Standing::Open,
            retry_configs: None,
        })
    }

    /// What a HelloRetryRequest, header included, says whose sender has opened it. The transcript becomes
    /// that of a handshake which is asked for another ClientHello.
    pub(crate) fn confirmed_retry(
        &mut self,
        hash: HashAlgorithm,
        message: &[u8],
        extensions: Extensions<'_>,
    ) -> Result<Confirmed, OwnFailure> {
        self.transcript.restart_with_message_hash(hash);
        let zeroed = zeroed_retry(message, extensions);
        let heard = self.transcript.with(hash, &zeroed).current();
        confirm_retry(hash, &self.random, &heard)
    }

    /// What a ServerHello, header included, says whose sender has opened it, after `transcript`.
    pub(crate) fn confirmed_hello(
        &self,
        hash: HashAlgorithm,
        transcript: &Transcript,
        message: &[u8],
    ) -> Result<Confirmed, OwnFailure> {
        let heard = transcript.with(hash, &zeroed_hello(message)).current();
        confirm_hello(hash, &self.random, &heard)
    }
}
