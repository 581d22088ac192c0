//! Coming back by a pre-shared key, the server's side (RFC 8446 section 4.2.11).

use crate::config::{PskForm, ServerConfig};
use crate::connection::Broken;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::talk::{Talk, malformed};
use crate::hello::offered_psk::kind_of;
use crate::session::{Counted, Keeping, Scope, SessionValue, Ticket};
use crate::suite::{Suite, find_suite};
use crate::time::Now;
use crate::tls13::key_schedule::{PskKind, binder, early_secret};
use handfast_crypto::hash::{Digest, HashAlgorithm, HashContext};
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::constant_time_eq;
use handfast_wire::codec::Wire;
use handfast_wire::extension::OfferedPsks;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader};
use handfast_wire::registry::{ExtensionType, ProtocolVersion, PskKeyExchangeMode};

/// A session that the client may come back to.
pub(crate) struct Resumed {
    /// Its place in the client's list.
    pub(crate) index: u16,
    /// What the client says of the ticket's age.
    pub(crate) obfuscated_age: u32,
    pub(crate) ticket: Ticket,
    /// The early secret of its key.
    pub(crate) early: HmacKey,
    pub(crate) heard: Heard,
}

impl Resumed {
    /// The name of the key by which it began.
    pub(crate) fn psk_identity(&self) -> Option<&[u8]> {
        self.ticket.psk_identity.as_deref()
    }
}

/// The hash of the ClientHello up to its binders, and of all before it.
pub(crate) struct Heard {
    pub(crate) context: HashContext,
    /// Bytes of the ClientHello.
    pub(crate) bytes: usize,
    /// The binder, which is right.
    pub(crate) binder: Digest,
}

/// Identities that are tried at most: opening a ticket costs something.
const MOST_TRIED: usize = 4;

/// Where the sessions that a client names are looked for.
pub(crate) enum Source<'s> {
    /// On this server.
    Here(Keeping<'s>),
    /// In the caller's answer, by the keys that it was asked for.
    Answered(&'s [Vec<u8>], &'s [Option<SessionValue>]),
}

impl Source<'_> {
    fn find(&self, name: &[u8], now: Now) -> Option<Ticket> {
        match self {
            Self::Here(keeping) => {
                let sealed = keeping.open(name, now).map(|sealed| sealed.session);
                sealed.or_else(|| keeping.find(name))
            }
            Self::Answered(keys, values) => {
                let at = keys.iter().position(|key| key == name)?;
                let value = values.get(at)?.as_ref()?;
                Ticket::from_stored(value.as_bytes()).ok()
            }
        }
    }

    /// False where the caller is asked next.
    fn is_last(&self) -> bool {
        match self {
            Self::Here(keeping) => !keeping.asks(),
            Self::Answered(..) => true,
        }
    }

    /// False when another connection has used it up first.
    fn use_up(&self, name: &[u8]) -> bool {
        match self {
            Self::Here(keeping) => keeping.use_up(name),
            Self::Answered(..) => true,
        }
    }
}

/// The names by which a client would come back, as many as are tried. Only a key
/// exchange beside the key is taken.
pub(crate) fn names<'h>(
    extensions: &ClientHelloExtensions<'h>,
) -> impl Iterator<Item = &'h [u8]> + use<'h> {
    let offered = extensions
        .pre_shared_key
        .filter(|_| wants_sessions(extensions));
    offered
        .into_iter()
        .flat_map(|offered| offered.identities.iter())
        .map(|identity| identity.identity.0)
        .take(MOST_TRIED)
}

/// True when the client takes keys with a key exchange beside them.
pub(crate) fn wants_sessions(extensions: &ClientHelloExtensions<'_>) -> bool {
    let modes = extensions.psk_key_exchange_modes;
    modes.is_some_and(|modes| modes.contains(&PskKeyExchangeMode::PSK_DHE_KE))
}

/// True when a client takes keys with a key exchange beside them, or else without one where the config
/// says so.
pub(crate) fn takes_keys(config: &ServerConfig, extensions: &ClientHelloExtensions<'_>) -> bool {
    let alone = || {
        let modes = extensions.psk_key_exchange_modes;
        modes.is_some_and(|modes| modes.contains(&PskKeyExchangeMode::PSK_KE))
    };
    wants_sessions(extensions) || (config.danger_psk_without_key_exchange && alone())
}

/// Checks the binder of a key that both sides may have known before; nothing where it is wrong, or the
/// client does not name the key. `hello` is the whole message, not yet in the transcript.
pub(crate) fn check_form(
    talk: &Talk,
    suite: &Suite,
    form: &PskForm,
    hello: &[u8],
) -> Result<Option<(u16, HmacKey, Heard)>, Broken> {
    let Some(offered) = offered(hello)? else {
        return Ok(None);
    };
    let pairs = offered.identities.iter().zip(offered.binders.iter());
    let mut pairs = (0_u16..).zip(pairs);
    let Some((index, (_, mac))) = pairs.find(|(_, (one, _))| form.is_named(one.identity.0)) else {
        return Ok(None);
    };
    let early = form.early_secret().map_err(|_| OwnFailure::Crypto)?;
    let (hash, kind) = (suite.hash, kind_of(form));
    let heard = check_binder(talk, hash, kind, &early, &offered, hello, mac.0)?;
    Ok(heard.map(|heard| (index, early, heard)))
}

/// The best of these keys of which the client shows that it knows it. Each name, of so many at most,
/// costs one binder, known or not, so that time tells neither. `hello` is the whole first ClientHello.
pub(crate) fn proved(
    talk: &Talk,
    known: &[PskForm],
    decoy: &PskForm,
    most: usize,
    hello: &[u8],
) -> Result<Option<usize>, Broken> {
    let Some(offered) = offered(hello)? else {
        return Ok(None);
    };
    let names = || offered.identities.iter().map(|one| one.identity.0);
    let mut proved: Option<usize> = None;
    for (number, (name, mac)) in names().zip(offered.binders.iter()).take(most).enumerate() {
        // One try for each key, however often it is named: who guesses gets no more.
        let is_new = !names().take(number).any(|earlier| earlier == name);
        let at = known.iter().position(|form| is_new && form.is_named(name));
        let form = at.and_then(|at| known.get(at)).unwrap_or(decoy);
        let early = form.early_secret().map_err(|_| OwnFailure::Crypto)?;
        let kind = kind_of(form);
        let heard = check_binder(talk, form.hash, kind, &early, &offered, hello, mac.0)?;
        if let (Some(at), Some(_)) = (at, heard) {
            proved = Some(proved.map_or(at, |best| best.min(at)));
        }
    }
    Ok(proved)
}

/// The keys that a ClientHello, header included, offers.
fn offered(hello: &[u8]) -> Result<Option<OfferedPsks<'_>>, Broken> {
    let hello_malformed = || malformed(Fault::ClientHelloMalformed);
    let (_, body) = HandshakeHeader::split(hello).ok_or(Fault::ClientHelloMalformed)?;
    let message = ClientHello::decode(body).map_err(hello_malformed())?;
    let offered = message.extensions.find(ExtensionType::PRE_SHARED_KEY);
    let offered = offered.map(OfferedPsks::decode);
    offered.transpose().map_err(hello_malformed())
}

/// The first session offered that is ours, alive, of this host and these rules; and how much early data
/// the first ticket of all allows, which is what the client may have sent whatever becomes of it.
/// `hello` is the whole message, not yet in the transcript; its client wants sessions.
pub(crate) fn choose(
    scope: Scope,
    config: &ServerConfig,
    source: &Source<'_>,
    talk: &Talk,
    suite: &Suite,
    hello: &[u8],
) -> Result<(Option<Resumed>, u32), Broken> {
    let Some(offered) = offered(hello)? else {
        return Ok((None, 0));
    };
    let pairs = offered.identities.iter().zip(offered.binders.iter());
    let mut early_data = 0;
    for (index, (identity, mac)) in (0_u16..).zip(pairs).take(MOST_TRIED) {
        let name = identity.identity.0;
        let Some(ticket) = source.find(name, talk.now) else {
            if source.is_last() {
                talk.common.set.count(Counted::Miss);
            }
            continue;
        };
        if index == 0 {
            early_data = ticket.max_early_data;
        }
        let is_alive = ticket.is_alive(talk.now.unix_ms)
            && ticket.is_alive_at_age(identity.obfuscated_ticket_age);
        if !is_alive {
            talk.common.set.count(Counted::Timeout);
        }
        let same_hash = find_suite(ticket.suite).is_some_and(|known| known.hash == suite.hash);
        let usable = ticket.version == ProtocolVersion::TLS_1_3
            && same_hash
            && is_alive
            && talk.common.takes_scheme(ticket.peer_scheme, ticket.version)
            && scope.may_hold(&ticket, &config.psks, config.ask_for_psk);
        if !usable {
            continue;
        }
        let early = early_secret(suite.hash, &ticket.secret);
        let kind = PskKind::Resumption;
        let heard = check_binder(talk, suite.hash, kind, &early, &offered, hello, mac.0)?;
        let heard = heard.ok_or(Fault::BinderWrong)?;
        if source.use_up(name) {
            let resumed = Resumed {
                index,
                obfuscated_age: identity.obfuscated_ticket_age,
                ticket,
                early,
                heard,
            };
            return Ok((Some(resumed), early_data));
        }
    }
    Ok((None, early_data))
}

/// RFC 8446 s4.2.11: a key is not used before its binder is right. Nothing where it is wrong.
fn check_binder(
    talk: &Talk,
    hash: HashAlgorithm,
    kind: PskKind,
    early: &HmacKey,
    offered: &OfferedPsks<'_>,
    hello: &[u8],
    mac: &[u8],
) -> Result<Option<Heard>, Broken> {
    let binders = offered.binders.as_encoded().len().saturating_add(2);
    let truncated = hello
        .get(..hello.len().saturating_sub(binders))
        .unwrap_or_default();
    let context = talk.transcript.with(hash, truncated);
    let wanted = binder(kind, hash, early, &context.current())?;
    let is_right = constant_time_eq(wanted.as_ref(), mac);
    let heard = Heard {
        context,
        bytes: truncated.len(),
        binder: wanted,
    };
    Ok(Some(heard).filter(|_| is_right))
}
