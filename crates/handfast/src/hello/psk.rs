//! Coming back by a pre-shared key, the server's side (RFC 8446 section 4.2.11).

use crate::config::ServerPlan;
use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::talk::Talk;
use crate::session::{Keeping, Ticket};
use crate::suite::{Suite, find_suite};
use crate::tls13::key_schedule::binder;
use handfast_crypto::secret::constant_time_eq;
use handfast_wire::extension::OfferedPsks;
use handfast_wire::handshake::ClientHelloExtensions;
use handfast_wire::registry::{ProtocolVersion, PskKeyExchangeMode};

/// A session that the client may come back to.
pub(crate) struct Resumed {
    /// Its place in the client's list.
    pub(crate) index: u16,
    pub(crate) ticket: Ticket,
}

/// Identities that are tried at most: opening a ticket costs something.
const MOST_TRIED: usize = 4;

/// The first session offered that is ours, alive, of this host and these rules.
/// `hello` is the whole message, not yet in the transcript.
pub(crate) fn choose(
    plan: &ServerPlan,
    talk: &Talk,
    suite: &Suite,
    extensions: &ClientHelloExtensions<'_>,
    hello: &[u8],
) -> Result<Option<Resumed>, Broken> {
    let (Some(offered), Some(base)) = (extensions.pre_shared_key, &plan.scope) else {
        return Ok(None);
    };
    let keeping = Keeping::of(&plan.config);
    let modes = extensions.psk_key_exchange_modes;
    if !modes.is_some_and(|modes| modes.contains(&PskKeyExchangeMode::PSK_DHE_KE)) {
        return Ok(None);
    }
    let scope = base.of_host(talk.negotiated.server_name.as_deref());
    let pairs = offered.identities.iter().zip(offered.binders.iter());
    for (index, (identity, mac)) in (0_u16..).zip(pairs).take(MOST_TRIED) {
        let name = identity.identity.0;
        let sealed = keeping.open(name, talk.now);
        let is_kept = sealed.is_none();
        let Some(ticket) = sealed.or_else(|| keeping.find(name)) else {
            continue;
        };
        let same_hash = find_suite(ticket.suite).is_some_and(|known| known.hash == suite.hash);
        let usable = ticket.version == ProtocolVersion::TLS_1_3
            && same_hash
            && ticket.is_alive(talk.now.unix_ms)
            && ticket.scope == scope.0;
        if !usable {
            continue;
        }
        check_binder(talk, suite, &ticket, &offered, hello, mac.0)?;
        if is_kept && !keeping.use_up(name) {
            continue;
        }
        return Ok(Some(Resumed { index, ticket }));
    }
    Ok(None)
}

/// RFC 8446 s4.2.11: a key is not used before its binder is right.
fn check_binder(
    talk: &Talk,
    suite: &Suite,
    ticket: &Ticket,
    offered: &OfferedPsks<'_>,
    hello: &[u8],
    mac: &[u8],
) -> Result<(), Broken> {
    let binders = offered.binders.as_encoded().len().saturating_add(2);
    let truncated = hello
        .get(..hello.len().saturating_sub(binders))
        .unwrap_or_default();
    let secret = ticket.secret().map_err(|_| Fault::BinderWrong)?;
    let wanted = binder(
        suite.hash,
        &secret,
        &talk.transcript.with(suite.hash, truncated),
    )?;
    if constant_time_eq(wanted.as_ref(), mac) {
        Ok(())
    } else {
        Err(Fault::BinderWrong.into())
    }
}
