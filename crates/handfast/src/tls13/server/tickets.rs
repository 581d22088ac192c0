//! NewSessionTicket (RFC 8446 section 4.6.1).

use crate::connection::{Broken, Output};
use crate::session::{Keeping, LIFETIME_S, SessionSecret, Ticket, lifetime_within};
use crate::tls13::key_schedule::{expander, ticket_secret};
use crate::tls13::server::ServerHandshake;
use handfast_crypto::secret::Secret;
use handfast_wire::codec::{Opaque8, Opaque16, Wire};
use handfast_wire::extension::Extensions;
use handfast_wire::handshake::NewSessionTicket;
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

impl ServerHandshake {
    /// Gives the client as many tickets as the config says, each with a key of its own.
    pub(super) fn say_tickets(&mut self, out: &mut Output) -> Result<(), Broken> {
        let plan = Arc::clone(&self.plan);
        let keys = self.keys.clone();
        let keeping = Keeping::of(&plan.config, keys.as_deref());
        let (Some(base), true) = (
            &plan.scope,
            self.wants_tickets && (keeping.seals() || keeping.keeps()),
        ) else {
            return Ok(());
        };
        let suite = self.shared.suite()?;
        let mut resumption = Secret::zeros(0);
        self.shared.resumption_secret(&mut resumption)?;
        let resumption = expander(suite, &resumption);
        let now = self.shared.talk.now;
        let lifetime_s = lifetime_within(&self.shared.talk.negotiated.peer_chain, now, LIFETIME_S);
        if lifetime_s == 0 {
            return Ok(());
        }
        let (key, asks) = (self.shared.psk.as_ref(), plan.config.ask_for_psk);
        if key.is_some() && !plan.common.scopes_keys(asks) {
            return Ok(());
        }
        let scope = base.of_host(self.shared.talk.negotiated.server_name.as_deref());
        let scope = scope.of_connection(self.session.as_ref(), key, false);
        let early_data = early_data_extension(plan.config.max_early_data);
        let early_data = (plan.config.max_early_data > 0).then_some(early_data.as_slice());
        for number in 0..plan.config.tickets {
            let nonce = [number];
            let mut secret = SessionSecret::zeros(suite.hash.output_len());
            ticket_secret(&resumption, &nonce, secret.as_mut_bytes())?;
            let (age_add, name) = keeping.draw_age_and_name()?;
            let negotiated = &self.shared.talk.negotiated;
            let state = Ticket {
                version: negotiated.version,
                suite: suite.code,
                extended: true,
                secret,
                group: negotiated.group,
                peer_scheme: negotiated.peer_scheme,
                lineage_ms: self
                    .session
                    .as_ref()
                    .map_or(now.unix_ms, |session| session.lineage_ms),
                issued_ms: now.unix_ms,
                lifetime_s,
                age_add,
                max_early_data: plan.config.max_early_data,
                scope: scope.0,
                alpn: negotiated.alpn.as_deref().unwrap_or_default().to_vec(),
                peer_standing: negotiated.peer_standing,
                psk_identity: negotiated.psk_identity.clone(),
                peer_chain: negotiated.peer_chain.clone(),
            };
            // A chain that fills a ticket is not kept: that client starts anew.
            let Some(ticket) = keeping.give(&state, &name, now, out)? else {
                return Ok(());
            };
            let message = NewSessionTicket {
                ticket_lifetime: lifetime_s,
                ticket_age_add: age_add,
                ticket_nonce: Opaque8(&nonce),
                ticket: Opaque16(&ticket),
                extensions: Extensions::from_encoded(early_data.unwrap_or_default()),
            };
            self.shared
                .talk
                .say(out, HandshakeType::NEW_SESSION_TICKET, |out| {
                    message.write(out);
                })?;
        }
        Ok(())
    }
}

/// The ticket's early_data, encoded: how many bytes of it may come (RFC 8446 section 4.2.10).
fn early_data_extension(max_early_data: u32) -> [u8; 8] {
    let [a, b] = ExtensionType::EARLY_DATA.0.to_be_bytes();
    let [c, d, e, f] = max_early_data.to_be_bytes();
    [a, b, 0, 4, c, d, e, f]
}
