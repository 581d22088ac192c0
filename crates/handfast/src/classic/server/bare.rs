//! The server's flight without a certificate: with a key that both sides have known before (RFC 4279
//! section 2), or with nothing at all (RFC 5246 section 7.4.3).

use crate::classic::server::{ServerHandshake, State};
use crate::config::ClientAuth;
use crate::connection::{Broken, Output};
use crate::fault::OwnFailure;
use crate::hello::credential;
use crate::session::SessionId;
use crate::suite::Suite;
use handfast_wire::codec::{Opaque16, Wire};
use handfast_wire::handshake::SharedKeyHint;
use handfast_wire::registry::HandshakeType;

impl ServerHandshake {
    /// A suite without a certificate that goes before all others here; or any, where nothing could be
    /// shown. Who refuses hosts that it has no certificate for does so under any suite.
    pub(super) fn bare_first(&self) -> Option<&'static Suite> {
        let config = &self.plan.config;
        if config.credentials.is_empty() && !config.ask_for_credential {
            return self.bare();
        }
        let name = self.shared.talk.negotiated.server_name.as_deref();
        let first = self.choice.suites.first().copied();
        self.bare()
            .filter(|suite| first.is_some_and(|first| first.code == suite.code))
            .filter(|_| credential::serves(config, name))
    }

    /// What is taken where no certificate suits the client: never a suite under which nobody is known.
    pub(super) fn bare_instead(&self) -> Option<&'static Suite> {
        self.bare().filter(|suite| suite.shares_key())
    }

    /// Our best suite in common without a certificate. Who insists on certificates of clients takes
    /// none.
    fn bare(&self) -> Option<&'static Suite> {
        if matches!(self.client_auth(), ClientAuth::Require(_)) {
            return None;
        }
        let mut suites = self.choice.suites.iter().copied();
        suites.find(|suite| !suite.shows_certificate())
    }

    /// Says the whole flight.
    pub(super) fn say_bare(
        &mut self,
        suite: &'static Suite,
        out: &mut Output,
    ) -> Result<State, Broken> {
        self.begin_transcript(suite);
        let mut draw = self
            .plan
            .common
            .draw_beside::<{ 32 + size_of::<SessionId>() }>();
        let own = match suite.agrees() {
            true => Some(self.choice.own_part(suite, &mut draw)?),
            false => None,
        };
        let drawn = draw.beside().map_err(|_| OwnFailure::Random)?;
        self.take_drawn(&drawn)?;
        if let Some(own) = &own {
            own.tell(&mut self.shared.talk.negotiated);
        }
        self.own_part = own;
        self.say_server_hello(None, out)?;
        self.say_unsigned(out)?;
        self.say_rest(out)
    }

    /// A ServerKeyExchange that nobody signs, where there is something to say: the hint, in front of
    /// the parameters.
    pub(super) fn say_unsigned(&mut self, out: &mut Output) -> Result<(), OwnFailure> {
        let Self { shared, plan, .. } = self;
        let hint = plan.config.psk_hint.as_deref().unwrap_or_default();
        let shares_key = shared.suite.shares_key();
        let own = self.own_part.as_ref();
        if own.is_none() && (hint.is_empty() || !shares_key) {
            return Ok(());
        }
        let psk_identity_hint = Opaque16(hint);
        shared
            .talk
            .say(out, HandshakeType::SERVER_KEY_EXCHANGE, |out| {
                if shares_key {
                    SharedKeyHint { psk_identity_hint }.write(out);
                }
                if let Some(own) = own {
                    own.write_params(out);
                }
            })
    }
}
