//! Another handshake on a connection before TLS 1.3 (RFC 5246 section 7.4.1.1, RFC 5746).

use crate::config::{ClientAuth, Renegotiation};
use crate::connection::broken::Broken;
use crate::connection::mailbox::Post;
use crate::connection::output::Output;
use crate::connection::receiving::{Pending, Receiving};
use crate::connection::renewable::{Asked, End, Wish};
use crate::connection::renewal::Renewal;
use crate::fault::{Error, Fault, Misuse};
use crate::handshake::again::Again;
use crate::handshake::input::{Input, Message};
use crate::machine::Machine;
use crate::observe::{Direction, Passed};
use crate::session::Counted;
use crate::time::Now;
use handfast_wire::registry::{AlertDescription, HandshakeType, ProtocolVersion};

/// HelloRequest, header and all (RFC 5246 section 7.4.1.1). It is part of no transcript.
const HELLO_REQUEST: [u8; 4] = [0; 4];

impl Receiving {
    pub(super) fn renegotiate(&mut self, what: Renewal, now: Now) -> Result<(), Error> {
        let own = self.renegotiation().own();
        let renewable = self
            .established
            .as_mut()
            .and_then(|established| established.renewable.as_mut())
            .filter(|renewable| own && renewable.is_bound && renewable.holds_at(now))
            .ok_or(Misuse::RenewalNotAllowed)?;
        if let End::Server(plan) = &renewable.end {
            let later = &plan.config.later_client_auth;
            if what == Renewal::ClientCertificate && matches!(later, ClientAuth::None) {
                return Err(Misuse::RenewalNotAllowed.into());
            }
            // A client may leave HelloRequest unheard (RFC 5246 section 7.4.1.1), so it is said again.
            if renewable
                .asked
                .as_ref()
                .is_some_and(|asked| asked.is_fresh(now))
            {
                return Err(Misuse::RenewalRunning.into());
            }
            renewable.asked = Some(Asked {
                what: renewable.asked.map_or(what, |asked| asked.what.also(what)),
                at: now,
            });
            self.ask_for_hello();
            return Ok(());
        }
        if what == Renewal::ClientCertificate {
            return Err(Misuse::RenewalNotAllowed.into());
        }
        self.say_hello_again(now)
            .map_err(|broken| self.fail(broken))
    }

    fn renegotiation(&self) -> Renegotiation {
        let common = self.common.as_ref();
        common.map_or(Renegotiation::Refuse, |common| common.set.renegotiation)
    }

    /// Says HelloRequest.
    fn ask_for_hello(&self) {
        let mut posts = self.mailbox.borrow();
        posts.append(|queue| queue.extend_from_slice(&HELLO_REQUEST));
        self.mailbox.give_back(posts);
        if let Some(observer) = self
            .common
            .as_ref()
            .and_then(|common| common.set.observer.as_ref())
        {
            let msg_type = HandshakeType::HELLO_REQUEST;
            let bytes = &HELLO_REQUEST;
            observer.passed(Direction::Sent, Passed::Handshake { msg_type, bytes });
        }
    }

    /// A client's second handshake begins.
    fn say_hello_again(&mut self, now: Now) -> Result<(), Broken> {
        let Some(established) = self.established.as_deref() else {
            return Ok(());
        };
        let (Some(renewable), Some(again)) =
            (&established.renewable, Again::of(established, false))
        else {
            return Ok(());
        };
        let End::Client(plan, name) = &renewable.end else {
            return Ok(());
        };
        let posts = self.mailbox.borrow();
        let mark = posts.mark();
        let mut out = Output::on(posts);
        let machine = Machine::client_again(plan, name, again, now, &mut out);
        if machine.is_err() {
            out.posts.go_back(mark);
        } else {
            out.hold();
        }
        self.mailbox.give_back(out.posts);
        let machine = machine?;
        plan.common.set.count(Counted::ConnectRenegotiate);
        self.machine = Some(machine);
        Ok(())
    }

    /// HelloRequest came, and no handshake runs.
    pub(super) fn hello_request(&mut self, message: Message<'_>, now: Now) -> Result<(), Broken> {
        if !message.body.is_empty() {
            return Err(Fault::HelloRequestMalformed.into());
        }
        match self.peer_wishes(now) {
            Wish::Granted => self.say_hello_again(now),
            Wish::Told => {
                self.pending = Some(Pending::RenewalWanted);
                Ok(())
            }
            Wish::Unheard => Ok(self.counts.hello_request()?),
            Wish::Declined => self.decline(),
            Wish::Refused => Err(Fault::RenegotiationRefused.into()),
        }
    }

    /// HelloRequest came while a handshake runs.
    pub(super) fn ignore_hello_request(&mut self, message: Message<'_>) -> Result<(), Broken> {
        if !message.body.is_empty() {
            return Err(Fault::HelloRequestMalformed.into());
        }
        Ok(self.counts.hello_request()?)
    }

    /// A ClientHello came on a connection that is there.
    pub(super) fn hello_again(&mut self, message: Message<'_>, now: Now) -> Result<(), Broken> {
        let asked = self
            .established
            .as_mut()
            .and_then(|established| established.renewable.as_mut())
            .and_then(|renewable| renewable.asked.take());
        let wish = match asked {
            Some(_) => Wish::Granted,
            None => self.peer_wishes(now),
        };
        match wish {
            Wish::Granted | Wish::Told => {}
            Wish::Declined => return self.decline(),
            Wish::Unheard | Wish::Refused => return Err(Fault::RenegotiationRefused.into()),
        }
        let Some(established) = self.established.as_deref() else {
            return Ok(());
        };
        let wants = |asked: Asked| asked.what == Renewal::ClientCertificate;
        let asks_client = asked.is_some_and(wants);
        if let (Some(renewable), Some(again)) =
            (&established.renewable, Again::of(established, asks_client))
            && let End::Server(plan) = &renewable.end
        {
            plan.common.set.count(Counted::AcceptRenegotiate);
            self.machine = Some(Machine::server_again(plan, again, now));
            self.mailbox.put(Post::Hold(true));
        }
        self.advance(Input::Message(message), now)
    }

    fn peer_wishes(&mut self, now: Now) -> Wish {
        let setting = self.renegotiation();
        let renewable = self
            .established
            .as_mut()
            .and_then(|established| established.renewable.as_mut());
        renewable.map_or(Wish::Refused, |renewable| {
            renewable.peer_wishes(setting, now)
        })
    }

    /// Tells the peer no, and goes on. SSL 3.0 has no word for it: a client says nothing.
    fn decline(&mut self) -> Result<(), Broken> {
        let version = self.negotiated().map(|negotiated| negotiated.version);
        if version > Some(ProtocolVersion::SSL_3_0) {
            let alert = AlertDescription::NO_RENEGOTIATION_RESERVED;
            self.mailbox.put(Post::Warning(alert));
            return Ok(());
        }
        Ok(self.counts.hello_request()?)
    }

    /// The peer says no to what was asked of it, if anything was.
    pub(super) fn is_declined(&mut self) -> bool {
        let Some(established) = self.established.as_mut() else {
            return false;
        };
        let renewable = established.renewable.as_mut();
        let asked = renewable.and_then(|renewable| renewable.asked.take());
        let begun = self.machine.take_if(|machine| machine.waits_for_hello());
        if begun.is_some() {
            self.mailbox.put(Post::Hold(false));
        }
        if asked.is_none() && begun.is_none() {
            return false;
        }
        // What a client begins is for keys.
        let what = asked.map_or(Renewal::Keys, |asked| asked.what);
        self.pending = Some(Pending::RenewalDeclined(what));
        true
    }
}
