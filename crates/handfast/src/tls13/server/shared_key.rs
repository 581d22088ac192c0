//! A key that both sides have known before, the server's side (RFC 8446 section 4.2.11).
//!
//! A client names keys, a few of which may be tickets. A session goes before a key, a key before a
//! certificate; what is known must be known before a HelloRetryRequest names the suite.

use crate::config::{PreSharedKey, PskForm, psk_decoy};
use crate::connection::{Answer, Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::input::shared_key;
use crate::handshake::proof::PeerSettled;
use crate::hello::server_start::read;
use crate::hello::{credential, group, psk, suite};
use crate::suite::Suite;
use crate::tls13::server::named::Named;
use crate::tls13::server::{ServerHandshake, State};
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader};
use handfast_wire::registry::PskKeyExchangeMode;
use smallvec::SmallVec;

/// Identities that are compared at most: each costs a walk of all keys.
const MOST_NAMED: usize = 16;
/// Identities that the caller is asked for at most.
const MOST_ASKED: usize = 4;

impl ServerHandshake {
    /// Looks for the keys that the client names, once. True where the caller must be asked.
    pub(super) fn look_for_keys(&mut self, extensions: &ClientHelloExtensions<'_>) -> bool {
        let plan = &self.plan;
        let (Some(offered), None) = (extensions.pre_shared_key, &self.named) else {
            return false;
        };
        // RFC 8446 s4.1.2: a second ClientHello names no key that the first one did not.
        if self.retry.is_some() {
            return false;
        }
        let modes = extensions.psk_key_exchange_modes;
        let alone = modes.is_some_and(|modes| modes.contains(&PskKeyExchangeMode::PSK_KE));
        let mut named = Named {
            may_stand_alone: plan.config.danger_psk_without_key_exchange && alone,
            modes_unfit: !psk::takes_keys(&plan.config, extensions),
            ..Named::default()
        };
        let names = offered.identities.iter().map(|one| one.identity.0);
        let names: SmallVec<[&[u8]; 4]> = names.take(MOST_NAMED).collect();
        if named.modes_unfit {
        } else if plan.config.ask_for_psk {
            let (keeping, now) = (self.keeping(), self.shared.talk.now);
            let wanted = names
                .iter()
                .filter(|name| keeping.open(name, now).is_none());
            named.wanted = wanted.take(MOST_ASKED).map(|name| name.to_vec()).collect();
            named.wanted.reverse();
        } else {
            for form in &plan.forms {
                // Each is compared with all: time tells neither which keys there are nor their first
                // letters.
                let each = names.iter().map(|name| form.is_named(name));
                if each.fold(false, |any, one| any | one) {
                    named.known.push(form.clone());
                }
            }
        }
        let asks = !named.wanted.is_empty();
        self.named = Some(Box::new(named));
        asks
    }

    /// The identity that the caller is asked for.
    pub(super) fn wanted_key(&self) -> Option<&[u8]> {
        let named = self.named.as_ref()?;
        named.wanted.last().map(Vec::as_slice)
    }

    /// In `AwaitPsk`: the next identity, or on with the ClientHello.
    pub(super) fn psk(&mut self, answer: Answer, out: &mut Output) -> Result<State, Broken> {
        let key = match answer {
            // A store that is down for some identities would tell which it looked for.
            Answer::Failed if self.plan.config.hide_unknown_psks => None,
            other => shared_key(other)?,
        };
        if self.is_next_key(key)? {
            return Ok(State::AwaitPsk);
        }
        let hello = core::mem::take(&mut self.hello);
        let (_, body) = HandshakeHeader::split(&hello).ok_or(Fault::ClientHelloMalformed)?;
        let chosen = self.choose(&hello, &read(body)?, out)?;
        self.answer(&hello, chosen, out)
    }

    /// Keeps what the caller knows. True where it is to be asked for the next one.
    fn is_next_key(&mut self, key: Option<PreSharedKey>) -> Result<bool, Broken> {
        let plan = &self.plan;
        let named = self.named.as_mut().ok_or(OwnFailure::Crypto)?;
        let identity = named.wanted.pop().ok_or(OwnFailure::Crypto)?;
        let form = key.and_then(|key| PskForm::of(&key, &identity));
        if form.is_none() {
            named.refused.push(identity);
        }
        if let Some(form) = form.filter(|form| plan.common.has_hash(form.hash)) {
            named.known.push(form);
            // How often the caller is asked would tell that it knows this one.
            if !plan.config.hide_unknown_psks {
                named.wanted.clear();
            }
        }
        Ok(!named.wanted.is_empty())
    }

    /// The suite: our best, but by a key that the client names and we know where there is one.
    pub(super) fn choose_suite(
        &mut self,
        bytes: &[u8],
        hello: &ClientHello<'_>,
        extensions: &ClientHelloExtensions<'_>,
    ) -> Result<&'static Suite, Broken> {
        let plan = &self.plan;
        let hides = plan.config.hide_unknown_psks;
        if let Some(retry) = &self.retry {
            let named = self.named.as_deref().filter(|_| !hides);
            named.map_or(Ok(()), |named| named.check_still_there(extensions))?;
            // RFC 8446 s4.1.4: that of the HelloRetryRequest, by which the key was chosen.
            return Ok(retry.suite);
        }
        let best = suite::choose(&plan.common, hello)?;
        let Some(named) = self.named.as_deref_mut() else {
            return Ok(best);
        };
        if hides && !named.modes_unfit {
            let first = plan.forms.first();
            let decoy = psk_decoy(
                first.map(|form| &form.key),
                first.map_or(best.hash, |form| form.hash),
                &mut plan.common.draw(),
            )?;
            let talk = &self.shared.talk;
            named.keep_proved(psk::proved(talk, &named.known, &decoy, MOST_NAMED, bytes)?);
        }
        named.chosen = named.known.iter().position(|form| form.hash == best.hash);
        if named.chosen.is_some() {
            return Ok(best);
        }
        for (at, form) in named.known.iter().enumerate() {
            if let Some(suite) = suite::with_hash(&plan.common, hello, form.hash) {
                named.chosen = Some(at);
                return Ok(suite);
            }
        }
        Ok(best)
    }

    /// True where the key that is chosen stands without a key exchange: both let it, and the client
    /// wants none, or there is no group for one.
    pub(super) fn key_stands_alone(&mut self, extensions: &ClientHelloExtensions<'_>) -> bool {
        let Some(named) = self.named.as_deref_mut() else {
            return false;
        };
        named.alone = named.means_key()
            && named.may_stand_alone
            && !(psk::wants_sessions(extensions) && group::has_common(&self.plan, extensions));
        named.alone
    }

    /// True where the client means a key: it need not take certificates then.
    pub(super) fn has_key(&self) -> bool {
        let named = self.named.as_deref();
        named.is_some_and(Named::means_key)
    }

    /// No session goes on: by a key that both sides have known before, or by a certificate.
    pub(super) fn begin_anew(&mut self, hello: &[u8], out: &mut Output) -> Result<State, Broken> {
        let shows_nothing = self.plan.config.shows_nothing();
        let host = self.shared.talk.negotiated.server_name.as_deref();
        // Who refuses hosts that it has no certificate for does so with any key.
        let serves = credential::serves(&self.plan.config, host);
        let named = self.named.take().filter(|_| serves);
        let Some(named) = named.as_deref().filter(|named| named.means_key()) else {
            return self.begin_with_certificate(named.as_deref(), hello);
        };
        let suite = self.shared.suite()?;
        let met = match named.chosen() {
            Some(form) => psk::check_form(&self.shared.talk, suite, form, hello)?.zip(Some(form)),
            None => None,
        };
        let Some(((index, early, heard), form)) = met else {
            // RFC 8446 appendix E.6: the alert would tell that the name is known.
            if self.plan.config.hide_unknown_psks && !shows_nothing && !named.alone {
                return self.begin_with_certificate(Some(named), hello);
            }
            return Err(Fault::BinderWrong.into());
        };
        let transcript = &mut self.shared.talk.transcript;
        transcript.add_from(heard.context, hello, heard.bytes);
        self.shared.early = Some(early);
        self.shared.meet_by(form.key.clone());
        let mut choice = self.choice.take().ok_or(OwnFailure::Crypto)?;
        choice.psk_index = Some(index);
        self.say_bare_flight(&choice, out)?;
        Ok(self.second_flight(Some(PeerSettled::by_shared_key(&form.key))))
    }

    fn begin_with_certificate(
        &mut self,
        named: Option<&Named>,
        hello: &[u8],
    ) -> Result<State, Broken> {
        if self.plan.config.shows_nothing() {
            let unfit = named.is_some_and(|named| named.modes_unfit);
            return Err(match unfit {
                true => Fault::PskModesNotCommon.into(),
                false => Fault::PskNotCommon.into(),
            });
        }
        self.shared.talk.transcript.add(hello);
        Ok(State::AwaitCredential)
    }
}
