//! The client until a version is chosen.

use crate::config::{Client, ClientPlan};
use crate::connection::{Broken, Output};
use crate::handshake::talk::Talk;
use crate::hello::client_hello::Offer;
use crate::time::Now;
use handfast_pki::name::ServerName;
use std::sync::Arc;

/// A client that has said its first ClientHello and waits for the answer.
pub(crate) struct ClientStart {
    pub(crate) talk: Talk,
    pub(crate) plan: Arc<ClientPlan>,
    pub(crate) name: ServerName,
    pub(crate) offer: Offer,
}

impl ClientStart {
    /// Says the first ClientHello.
    pub(crate) fn begin(
        client: &Client,
        name: ServerName,
        now: Now,
        out: &mut Output,
    ) -> Result<Self, Broken> {
        let plan = Arc::clone(&client.0);
        let mut offer = Offer::new(&plan, &name)?;
        offer.offer_session(&plan, &name, now);
        let mut talk = Talk::new(&plan.common, now);
        talk.client_random = offer.random;
        if let (ServerName::Dns(host), true) = (&name, plan.config.send_server_name) {
            talk.negotiated.server_name = Some(host.as_str().to_owned());
        }
        offer.say(&mut talk, &plan, &name, out)?;
        Ok(Self {
            talk,
            plan,
            name,
            offer,
        })
    }
}
