//! A finite field, fresh keys for each handshake (RFC 5246 sections 7.4.3, 7.4.7.2 and 8.1.2,
//! RFC 7919).

use crate::classic::key_exchange::answered::Answered;
use crate::config::{ClientPlan, ServerPlan};
use crate::connection::{Broken, Negotiated};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::talk::malformed;
use crate::suite::{NO_GROUP, Suite, find_group, group_name, is_field};
use handfast_crypto::legacy::finite_field::{Field, FieldFailed, FieldUnfit, OwnKey};
use handfast_crypto::random::Random;
use handfast_crypto::secret::SharedSecret;
use handfast_pki::name::ServerName;
use handfast_wire::codec::{List16, Opaque16, Reader, Wire, Writer};
use handfast_wire::handshake::{ClientHelloExtensions, DheClientKeyExchange, DheParams};
use handfast_wire::registry::NamedGroup;

/// The server's field: of those of RFC 7919 that the client names our best, or nothing where it names
/// others alone (RFC 7919 section 4). Where it names none, the one that was loaded, or our best.
pub(in crate::classic) fn choose(
    plan: &ServerPlan,
    extensions: &ClientHelloExtensions<'_>,
) -> Option<Field> {
    let set = plan.common.set.groups.iter().copied();
    let mut own: Vec<NamedGroup> = set.filter(|group| is_field(*group)).collect();
    if own.is_empty() {
        own.extend_from_slice(UNNAMED);
    }
    let named = || extensions.supported_groups.iter().flat_map(List16::iter);
    let chosen = if named().any(is_field) {
        let is_named = |group: &NamedGroup| named().any(|one| one == *group);
        own.into_iter().find(is_named)
    } else if let Some(loaded) = &plan.config.dh_group {
        return Some(loaded.field().clone());
    } else {
        own.first().copied()
    };
    Field::of_group(find_group(chosen?)?)
}

/// The server's key.
pub(in crate::classic) struct OwnPart(OwnKey);

impl OwnPart {
    pub(in crate::classic) fn generate(
        field: &Field,
        random: &mut dyn Random,
    ) -> Result<Self, Broken> {
        Ok(Self(OwnKey::generate(field, random).map_err(failed)?))
    }

    /// Writes `ServerDHParams`.
    pub(in crate::classic) fn write_params(&self, out: &mut Writer<'_>) {
        let params = DheParams {
            dh_p: Opaque16(self.0.field().prime()),
            dh_g: Opaque16(self.0.field().generator()),
            dh_ys: Opaque16(self.0.public()),
        };
        params.write(out);
    }

    /// The premaster secret, by the client's public value.
    pub(in crate::classic) fn agree(
        &self,
        reader: &mut Reader<'_>,
    ) -> Result<SharedSecret, Broken> {
        let exchange = DheClientKeyExchange::read(reader)
            .map_err(malformed(Fault::ClientKeyExchangeMalformed))?;
        premaster(&self.0, exchange.dh_yc.0)
    }

    pub(in crate::classic) fn field(&self) -> &Field {
        self.0.field()
    }
}

/// What the server sent, as far as its numbers are in range.
pub(in crate::classic) struct PeerPart {
    field: Field,
    public: Vec<u8>,
}

impl PeerPart {
    /// Checks what can be seen at once: sizes and ranges. Where nobody will be judged before the field
    /// is used, only published primes are taken: anybody could have us test others, for a second each.
    pub(in crate::classic) fn new(params: &DheParams<'_>, suite: &Suite) -> Result<Self, Fault> {
        let field = Field::new(params.dh_p.0, params.dh_g.0).map_err(|unfit| match unfit {
            FieldUnfit::PrimeShort { .. } => Fault::PrimeShort,
            FieldUnfit::PrimeLong { .. } => Fault::PrimeLong,
            FieldUnfit::GeneratorOutOfRange => Fault::GeneratorWrong,
            _ => Fault::PrimeUnsafe,
        })?;
        if !suite.shows_certificate() && !field.is_known() {
            return Err(Fault::PrimeUnsafe);
        }
        if !field.has(params.dh_ys.0) {
            return Err(Fault::PublicValueWrong);
        }
        let public = params.dh_ys.to_vec();
        Ok(Self { field, public })
    }

    pub(in crate::classic) fn field(&self) -> &Field {
        &self.field
    }

    /// The client's part. Whether an unknown prime is safe takes long to find out, so this waits
    /// until the server's certificate was judged.
    pub(in crate::classic) fn answer(
        &self,
        plan: &ClientPlan,
        server: &ServerName,
    ) -> Result<Answered, Broken> {
        if !plan.safe_primes.has(server, &self.field) {
            return Err(Fault::PrimeUnsafe.into());
        }
        let own = OwnKey::generate(&self.field, &mut plan.common.draw()).map_err(failed)?;
        Ok(Answered {
            premaster: premaster(&own, &self.public)?,
            public: own.public().to_vec(),
        })
    }
}

/// Writes the client's public value.
pub(in crate::classic) fn write_public(public: &[u8], out: &mut Writer<'_>) {
    Opaque16::<1>(public).write(out);
}

/// What is told of the field.
pub(in crate::classic) fn tell(field: &Field, negotiated: &mut Negotiated) {
    negotiated.group = field.group().and_then(group_name).unwrap_or(NO_GROUP);
    negotiated.prime_bits = Some(field.bits());
}

/// RFC 5246 s8.1.2: leading zero bytes are stripped, which shows in the time that the PRF takes
/// (Raccoon). An attacker who measures it learns something of a key that serves once.
fn premaster(own: &OwnKey, peer: &[u8]) -> Result<SharedSecret, Broken> {
    let shared = own.agree(peer).map_err(failed)?;
    let stripped = SharedSecret::from_slice(shared.without_leading_zeros());
    Ok(stripped.map_err(|_| OwnFailure::Crypto)?)
}

fn failed(failed: FieldFailed) -> Broken {
    match failed {
        FieldFailed::PublicOutOfRange => Fault::PublicValueWrong.into(),
        FieldFailed::Random(_) => OwnFailure::Random.into(),
        _ => OwnFailure::Crypto.into(),
    }
}

/// What a server takes whose config names no finite field.
const UNNAMED: &[NamedGroup] = &[
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
];
