//! Elliptic curves, fresh for each handshake (RFC 8422 sections 5.4 and 5.7).

use crate::classic::key_exchange::answered::Answered;
use crate::connection::Broken;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::talk::malformed;
use crate::suite::{find_group, is_classic_group};
use handfast_crypto::agreement::{OwnKeyShare, respond};
use handfast_crypto::random::Random;
use handfast_crypto::secret::SharedSecret;
use handfast_wire::codec::{Opaque8, Reader, Wire, Writer};
use handfast_wire::handshake::{EcdheClientKeyExchange, EcdheParams};
use handfast_wire::registry::{EcCurveType, NamedGroup};

/// The server's key.
pub(in crate::classic) struct OwnPart {
    group: NamedGroup,
    share: OwnKeyShare,
}

impl OwnPart {
    pub(in crate::classic) fn generate(
        group: NamedGroup,
        random: &mut dyn Random,
    ) -> Result<Self, Broken> {
        let known = find_group(group).ok_or(OwnFailure::Crypto)?;
        let share = OwnKeyShare::generate(known, random)?;
        Ok(Self { group, share })
    }

    pub(in crate::classic) fn group(&self) -> NamedGroup {
        self.group
    }

    /// Writes `ServerECDHParams`.
    pub(in crate::classic) fn write_params(&self, out: &mut Writer<'_>) {
        let params = EcdheParams {
            curve_type: EcCurveType::NAMED_CURVE,
            named_curve: self.group,
            public: Opaque8(self.share.public()),
        };
        params.write(out);
    }

    /// The premaster secret, by the client's public value.
    pub(in crate::classic) fn agree(
        &self,
        reader: &mut Reader<'_>,
    ) -> Result<SharedSecret, Broken> {
        let exchange = EcdheClientKeyExchange::read(reader)
            .map_err(malformed(Fault::ClientKeyExchangeMalformed))?;
        Ok(self.share.agree(exchange.public.0)?)
    }
}

/// Whether a server may choose so: a curve by its name, one that was offered.
pub(in crate::classic) fn check(
    params: &EcdheParams<'_>,
    offered: &[NamedGroup],
) -> Result<(), Fault> {
    if params.curve_type != EcCurveType::NAMED_CURVE {
        return Err(Fault::CurveTypeWrong);
    }
    let group = params.named_curve;
    if !offered.contains(&group) || !is_classic_group(group) {
        return Err(Fault::GroupNotOffered);
    }
    Ok(())
}

/// The client's part, for parameters that were checked.
pub(in crate::classic) fn answer(
    params: &EcdheParams<'_>,
    random: &mut dyn Random,
) -> Result<Answered, Broken> {
    let group = find_group(params.named_curve).ok_or(Fault::GroupNotOffered)?;
    let (public, premaster) = respond(group, params.public.0, random)?;
    Ok(Answered { public, premaster })
}

/// Writes the client's public value.
pub(in crate::classic) fn write_public(public: &[u8], out: &mut Writer<'_>) {
    Opaque8::<1>(public).write(out);
}
