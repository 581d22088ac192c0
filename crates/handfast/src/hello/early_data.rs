//! Whether a client offers early data, and how it begins (RFC 8446 section 4.2.10).

use crate::config::ClientPlan;
use crate::connection::{EarlyData, EarlyDataReason, Output, PeerStanding};
use crate::fault::OwnFailure;
use crate::handshake::talk::Talk;
use crate::hello::client_hello::Offer;
use crate::hello::offered_psk::OfferedPsk;
use crate::session::Session;
use crate::suite::find_suite;
use crate::tls13::key_schedule::{early_traffic_secret, expander, traffic_key};
use handfast_wire::registry::ProtocolVersion;

impl Offer {
    /// Offers early data with the session that is offered, where both allow it.
    pub(crate) fn offer_early_data(&mut self, plan: &ClientPlan) -> EarlyData {
        // Only the first key brings it, and a session's is the first where there is one. No other
        // kind of key brings any.
        let session = self.psks.first().and_then(OfferedPsk::session);
        match most(
            plan,
            session.or(self.classic.as_ref()),
            self.judged.is_some(),
        ) {
            Ok(most) => {
                self.early = Some(most);
                // As good as any other word, until the server has said what it does.
                EarlyData::Rejected(EarlyDataReason::PeerDeclined)
            }
            Err(reason) => EarlyData::NotOffered(reason),
        }
    }

    /// The ClientHello is said: early data may follow it, under keys of its own.
    pub(crate) fn begin_early_data(
        &self,
        talk: &Talk,
        plan: &ClientPlan,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        let Some(most) = self.early else {
            return Ok(());
        };
        let psk = self.psks.first().ok_or(OwnFailure::Crypto)?;
        let session = psk.session().ok_or(OwnFailure::Crypto)?;
        let suite = find_suite(session.state.suite).ok_or(OwnFailure::Crypto)?;
        if plan.common.set.middlebox_compatibility {
            talk.say_change_cipher_spec(out);
        }
        // RFC 9849 s6.1: it belongs to the ClientHello that is meant.
        let meant = self.ech.as_ref().and_then(|ech| ech.meant.as_ref());
        let transcript = meant.map_or(&talk.transcript, |meant| &meant.transcript);
        let hello = transcript.with(psk.hash, &[]).current();
        let secret = early_traffic_secret(psk.hash, &psk.early, &hello)?;
        let random = meant.map_or(&talk.client_random, |meant| &meant.random);
        talk.log_under(random, "CLIENT_EARLY_TRAFFIC_SECRET", &secret);
        out.early_key(traffic_key(suite, &expander(suite, &secret))?, most);
        Ok(())
    }
}

/// Bytes of early data that may come with a session.
fn most(
    plan: &ClientPlan,
    session: Option<&Session>,
    is_judged: bool,
) -> Result<u32, EarlyDataReason> {
    if !plan.config.early_data {
        return Err(EarlyDataReason::Disabled);
    }
    if !plan.common.speaks(ProtocolVersion::TLS_1_3) {
        return Err(EarlyDataReason::Version);
    }
    let state = &session.ok_or(EarlyDataReason::NoSession)?.state;
    if state.max_early_data == 0 {
        return Err(EarlyDataReason::SessionUnfit);
    }
    // Where it was not given before, the verdict comes with the server's flight, too late for what was
    // sent before it. Of who knew a shared key there is nothing to judge.
    let is_known = is_judged || state.peer_standing == PeerStanding::SharedKey;
    if plan.config.reverify_on_resume && !is_known {
        return Err(EarlyDataReason::JudgedAgain);
    }
    // It is said under the session's protocol, so that one must be on offer.
    if !state.alpn.is_empty() && !plan.common.set.alpn.contains(&state.alpn) {
        return Err(EarlyDataReason::AlpnChanged);
    }
    // And under its settings, as the server has them; where it had none, the server knows better.
    let settings = &plan.common.set.application_settings;
    let kept = state.application_settings.as_ref();
    if kept.is_some_and(|kept| settings.of(&state.alpn) != Some(&kept.own)) {
        return Err(EarlyDataReason::SettingsChanged);
    }
    Ok(state.max_early_data)
}
