//! What each key exchange has of its own: parameters, public values, the premaster secret. In what
//! order messages come is the business of `client` and `server`, and what signs the parameters
//! that of `signed`.

mod answered;
#[cfg(feature = "legacy")]
pub(super) mod dhe;
pub(super) mod ecdhe;
#[cfg(feature = "legacy")]
pub(super) mod psk;
#[cfg(feature = "legacy")]
pub(super) mod rsa;
pub(super) mod signed;

use crate::classic::key_exchange::answered::Answered;
use crate::config::ClientPlan;
use crate::connection::{Broken, Negotiated};
use handfast_crypto::secret::SharedSecret;
use handfast_pki::name::ServerName;
use handfast_wire::codec::{Reader, Writer};

/// The server's key, from its ServerKeyExchange to the client's answer.
pub(super) enum OwnPart {
    Curve(ecdhe::OwnPart),
    #[cfg(feature = "legacy")]
    Field(Box<dhe::OwnPart>),
}

impl OwnPart {
    /// Writes the parameters.
    pub(super) fn write_params(&self, out: &mut Writer<'_>) {
        match self {
            Self::Curve(own) => own.write_params(out),
            #[cfg(feature = "legacy")]
            Self::Field(own) => own.write_params(out),
        }
    }

    /// Tells of the group.
    pub(super) fn tell(&self, negotiated: &mut Negotiated) {
        match self {
            Self::Curve(own) => negotiated.group = own.group(),
            #[cfg(feature = "legacy")]
            Self::Field(own) => dhe::tell(own.field(), negotiated),
        }
    }

    /// The premaster secret, by the client's public value.
    pub(super) fn agree(&self, reader: &mut Reader<'_>) -> Result<SharedSecret, Broken> {
        match self {
            Self::Curve(own) => own.agree(reader),
            #[cfg(feature = "legacy")]
            Self::Field(own) => own.agree(reader),
        }
    }
}

/// What the client keeps until it says ClientKeyExchange.
pub(super) enum Kept {
    Answered(Answered),
    #[cfg(feature = "legacy")]
    Field(Box<dhe::PeerPart>),
}

impl Kept {
    #[cfg_attr(
        not(feature = "legacy"),
        expect(
            unused_variables,
            reason = "all is known where no field is to be looked at"
        )
    )]
    pub(super) fn answer(self, plan: &ClientPlan, server: &ServerName) -> Result<Answered, Broken> {
        match self {
            Self::Answered(answered) => Ok(answered),
            #[cfg(feature = "legacy")]
            Self::Field(peer) => peer.answer(plan, server),
        }
    }
}
