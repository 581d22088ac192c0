//! NewSessionTicket (RFC 8446 section 4.6.1).

use crate::config::ServerPlan;
use crate::connection::{Broken, Output};
use crate::fault::OwnFailure;
use crate::hello::grease;
use crate::session::{
    Keeping, LIFETIME_S, SessionSecret, SettingsPair, Ticket, lifetime_of_peer, lineage_of_peer,
};
use crate::tls13::key_schedule::{expander, ticket_secret};
use crate::tls13::server::ServerHandshake;
use handfast_crypto::secret::Secret;
use handfast_wire::codec::{Opaque8, Opaque16, Wire};
use handfast_wire::extension::Extensions;
use handfast_wire::handshake::NewSessionTicket;
use handfast_wire::registry::{ExtensionType, HandshakeType};
use smallvec::SmallVec;
use std::sync::Arc;

impl ServerHandshake {
    /// How many tickets the client is to have: the number of its own that it asks for (RFC 9149
    /// section 3), as far as the config goes along, else the config's.
    pub(super) fn tickets_to_say(&self) -> u8 {
        let config = &self.plan.config;
        let keeping = self.keeping();
        let gives = self.wants_tickets
            && self.plan.scope.is_some()
            && (keeping.seals() || keeping.keeps())
            && (self.shared.psk.is_none() || self.plan.common.scopes_keys(config.ask_for_psk));
        match self.ticket_request {
            _ if !gives || config.tickets == 0 => 0,
            None => config.tickets,
            Some(request) => {
                let resumes = self.shared.talk.negotiated.is_resumed();
                let wanted = if resumes {
                    request.resumption_count
                } else {
                    request.new_session_count
                };
                wanted.min(config.most_tickets)
            }
        }
    }

    /// Gives the client as many tickets as the config says, each with a key of its own.
    pub(super) fn say_tickets(&mut self, out: &mut Output) -> Result<(), Broken> {
        let most = self.tickets_to_say();
        if most == 0 {
            return Ok(());
        }
        let plan = Arc::clone(&self.plan);
        let keys = self.keys.clone();
        let keeping = Keeping::of(&plan.config, keys.as_deref());
        let host = self.shared.talk.negotiated.server_name.as_deref();
        let across_names = plan.is_across(host);
        let Some(scope) = plan.scope_of(host) else {
            return Ok(());
        };
        let suite = self.shared.suite()?;
        let mut resumption = Secret::zeros(0);
        self.shared.resumption_secret(&mut resumption)?;
        let resumption = expander(suite, &resumption);
        let now = self.shared.talk.now;
        let lifetime_s = lifetime_of_peer(&self.shared.talk.negotiated, now, LIFETIME_S);
        if lifetime_s == 0 || self.shared.talk.negotiated.is_peer_excepted() {
            return Ok(());
        }
        let scope = scope.of_connection(self.session.as_ref(), self.shared.psk.as_ref(), false);
        let extensions = extensions(&plan, across_names)?;
        for number in 0..most {
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
                lineage_ms: self.session.as_ref().map_or_else(
                    || lineage_of_peer(negotiated, now.unix_ms),
                    |session| session.lineage_ms,
                ),
                issued_ms: now.unix_ms,
                lifetime_s,
                age_add,
                max_early_data: plan.config.max_early_data,
                across_names,
                scope: scope.0,
                alpn: negotiated.alpn.as_deref().unwrap_or_default().to_vec(),
                peer_standing: negotiated.peer_standing,
                application_settings: SettingsPair::kept(
                    negotiated.application_settings.as_deref(),
                    plan.config.max_early_data,
                ),
                psk_identity: negotiated.psk_identity.clone(),
                peer_chain: negotiated.peer_chain.clone(),
                own_type: negotiated.own_type,
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
                extensions: Extensions::from_encoded(&extensions),
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

/// What stands in each ticket of a connection.
fn extensions(plan: &ServerPlan, across_names: bool) -> Result<SmallVec<[u8; 32]>, OwnFailure> {
    let mut encoded = SmallVec::new();
    let max_early_data = plan.config.max_early_data;
    if max_early_data > 0 {
        // How many bytes of it may come (RFC 8446 section 4.2.10).
        add(
            &mut encoded,
            ExtensionType::EARLY_DATA,
            &max_early_data.to_be_bytes(),
        );
    }
    if across_names {
        // One byte of length, and flag 8: the lowest bit of the second byte.
        add(&mut encoded, ExtensionType::TLS_FLAGS, &[2, 0, 1]);
    }
    if plan.config.grease {
        let (extension, _) = grease::of_server(&mut plan.common.draw())?;
        add(&mut encoded, extension, &[]);
    }
    Ok(encoded)
}

fn add(to: &mut SmallVec<[u8; 32]>, extension: ExtensionType, data: &[u8]) {
    let length = u16::try_from(data.len()).unwrap_or_default();
    to.extend_from_slice(&extension.0.to_be_bytes());
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(data);
}
