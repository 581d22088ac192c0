//! The machines behind one face: what the receiving half drives. The start of
//! a handshake belongs to no version; it ends in the machine of the one chosen.

use crate::classic;
use crate::config::{Client, ClientPlan, PskForm, Server, ServerPlan};
use crate::connection::{
    Answer, Ask, AskId, Broken, EarlyData, EarlyDataReason, Established, Negotiated, Output,
    Question, Renewal,
};
use crate::ech::EchStatus;
use crate::fault::Fault;
use crate::handshake::again::Again;
use crate::handshake::input::Input;
use crate::handshake::talk::{Talk, malformed};
use crate::hello::client_start::ClientStart;
use crate::hello::server_start::{Greeted, ServerStart, read};
use crate::hello::{java11, version};
use crate::near::Near;
use crate::observe::Passed;
use crate::report::facts::Facts;
use crate::time::Now;
use crate::tls13::client::ClientHandshake;
use crate::tls13::post_handshake::client::LaterClient;
use crate::tls13::post_handshake::server::LaterServer;
use crate::tls13::server::ServerHandshake;
use handfast_pki::name::ServerName;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{HandshakeHeader, ServerHello};
use handfast_wire::registry::{HandshakeType, ProtocolVersion};
use std::sync::Arc;

/// A running handshake, in its one block on the heap.
pub(crate) enum Machine {
    ClientStart(Box<ClientStart>),
    Client(Box<ClientHandshake>),
    ServerStart(Box<ServerStart>),
    Server(Box<ServerHandshake>),
    ClassicClient(Box<classic::client::ClientHandshake>),
    ClassicServer(Box<classic::server::ServerHandshake>),
    /// A connected client that is asked for a certificate.
    LaterClient(Box<LaterClient>),
    /// A connected server that has asked for one.
    LaterServer(Box<LaterServer>),
    /// Between two machines, and after a fault.
    Gone,
}

impl Machine {
    pub(crate) fn client(
        client: &Client,
        name: ServerName,
        now: Now,
        out: &mut Output,
    ) -> Result<Self, Broken> {
        ClientStart::begin(client, name, now, out).map(|start| Self::ClientStart(Box::new(start)))
    }

    pub(crate) fn server(server: Option<Server>, now: Now) -> Self {
        Self::ServerStart(Box::new(ServerStart::new(server, now)))
    }

    /// A client's second handshake on the connection.
    pub(crate) fn client_again(
        plan: &Arc<Near<ClientPlan>>,
        name: &ServerName,
        again: Box<Again>,
        now: Now,
        out: &mut Output,
    ) -> Result<Self, Broken> {
        let start = ClientStart::begin_again(plan, name, again, now, out)?;
        Ok(Self::ClientStart(Box::new(start)))
    }

    /// A server's second handshake on the connection.
    pub(crate) fn server_again(plan: &Arc<Near<ServerPlan>>, again: Box<Again>, now: Now) -> Self {
        Self::ServerStart(Box::new(ServerStart::again(plan, again, now)))
    }

    pub(crate) fn is_client(&self) -> bool {
        matches!(
            self,
            Self::ClientStart(_) | Self::Client(_) | Self::ClassicClient(_) | Self::LaterClient(_)
        )
    }

    fn talk_mut(&mut self) -> Option<&mut Talk> {
        match self {
            Self::ClientStart(start) => Some(&mut start.talk),
            Self::Client(handshake) => Some(&mut handshake.shared.talk),
            Self::ServerStart(start) => Some(&mut start.talk),
            Self::Server(handshake) => Some(&mut handshake.shared.talk),
            Self::ClassicClient(handshake) => Some(&mut handshake.shared.talk),
            Self::ClassicServer(handshake) => Some(&mut handshake.shared.talk),
            Self::LaterClient(client) => Some(&mut client.shared.talk),
            Self::LaterServer(server) => Some(&mut server.shared.talk),
            Self::Gone => None,
        }
    }

    fn talk(&self) -> Option<&Talk> {
        match self {
            Self::ClientStart(start) => Some(&start.talk),
            Self::Client(handshake) => Some(&handshake.shared.talk),
            Self::ServerStart(start) => Some(&start.talk),
            Self::Server(handshake) => Some(&handshake.shared.talk),
            Self::ClassicClient(handshake) => Some(&handshake.shared.talk),
            Self::ClassicServer(handshake) => Some(&handshake.shared.talk),
            Self::LaterClient(client) => Some(&client.shared.talk),
            Self::LaterServer(server) => Some(&server.shared.talk),
            Self::Gone => None,
        }
    }

    /// What is known so far, for a report.
    pub(crate) fn tell(&self, facts: &mut Facts) {
        facts.version = self.version();
        facts.suite = match self {
            Self::Client(handshake) => handshake.shared.suite.map(|suite| suite.code),
            Self::Server(handshake) => handshake.shared.suite.map(|suite| suite.code),
            Self::ClassicClient(handshake) => Some(handshake.shared.suite.code),
            Self::ClassicServer(handshake) => Some(handshake.shared.suite.code),
            _ => None,
        };
        if let Some(talk) = self.talk() {
            let group = talk.negotiated.group;
            facts.group = (group.0 != 0).then_some(group);
            facts.server_name.clone_from(&talk.negotiated.server_name);
            facts.was_asked = talk.negotiated.was_asked;
            facts.has_shown = talk.negotiated.own_scheme.is_some();
        }
        if let Self::ClientStart(start) = self {
            facts.wants_shared_key = start.plan.config.require_psk;
        }
    }

    /// The ClientHello that waits for its config, as observers see it.
    pub(crate) fn held_hello(&self) -> Option<Passed<'_>> {
        match self {
            Self::ServerStart(start) => start.held_hello(),
            _ => None,
        }
    }

    /// True from the first ClientHello to the end of the handshake that it begins.
    pub(crate) fn has_begun(&self) -> bool {
        match self {
            Self::ServerStart(start) => start.has_begun(),
            Self::LaterClient(_) | Self::LaterServer(_) => false,
            _ => true,
        }
    }

    pub(crate) fn advance(
        &mut self,
        input: Input<'_>,
        now: Now,
        established: Option<&mut Established>,
        out: &mut Output,
    ) -> Result<(), Broken> {
        if let Some(talk) = self.talk_mut() {
            talk.now = now;
        }
        match self {
            Self::ClientStart(_) => self.answered(input, out),
            Self::Client(handshake) => handshake.advance(input, out),
            Self::ServerStart(start) => {
                let greeted = start.advance(input)?;
                greeted.map_or(Ok(()), |greeted| self.greeted(greeted, out))
            }
            Self::Server(handshake) => handshake.advance(input, out),
            Self::ClassicClient(handshake) => handshake.advance(input, out),
            Self::ClassicServer(handshake) => handshake.advance(input, out),
            Self::LaterClient(client) => {
                let established = established.ok_or(Fault::MessageUnexpected)?;
                client.advance(input, established, out)
            }
            Self::LaterServer(server) => {
                let established = established.ok_or(Fault::MessageUnexpected)?;
                server.advance(input, established, out)
            }
            Self::Gone => Err(Fault::MessageUnexpected.into()),
        }
    }

    /// The ClientHello chooses the server's version.
    fn greeted(&mut self, greeted: Greeted<'_>, out: &mut Output) -> Result<(), Broken> {
        let Greeted {
            talk,
            plan,
            hello,
            #[cfg(feature = "legacy")]
            ssl2_hello,
        } = greeted;
        #[cfg(feature = "legacy")]
        if ssl2_hello.is_some() && !plan.common.set.reads_ssl2_hello() {
            return Err(Fault::Ssl2HelloRefused.into());
        }
        let (_, body) = HandshakeHeader::split(&hello).ok_or(Fault::ClientHelloMalformed)?;
        let read = read(body)?;
        let version = match &talk.again {
            None => {
                let spares = java11::is_spared(&plan, &read.0, &read.1);
                version::choose(&plan.common, &read.0, &read.1, spares)?
            }
            Some(again) => version::choose_again(again.version(), &read.0, &read.1)?,
        };
        if version == ProtocolVersion::TLS_1_3 {
            let mut handshake = Box::new(ServerHandshake::new(talk, plan));
            let chosen = handshake.choose(&hello, &read, out);
            let begun = chosen.and_then(|chosen| handshake.begin(&hello, chosen, out));
            *self = Self::Server(handshake);
            return begun;
        }
        let mut talk = talk;
        talk.negotiated.early_data = EarlyData::NotOffered(EarlyDataReason::Version);
        if read.1.encrypted_client_hello.is_some() {
            talk.negotiated.ech = EchStatus::Rejected;
        }
        let (mut handshake, search) =
            classic::server::ServerHandshake::choose(talk, plan, &read, version)?;
        let heard = hello.into_owned();
        #[cfg(feature = "legacy")]
        let heard = ssl2_hello.unwrap_or(heard);
        let begun = handshake.begin(heard, search, out);
        *self = Self::ClassicServer(handshake);
        begun
    }

    /// The server's answer chooses the client's version.
    fn answered(&mut self, input: Input<'_>, out: &mut Output) -> Result<(), Broken> {
        let message = match (input, &mut *self) {
            (Input::Message(message), _) => message,
            (Input::Answer(answer), Self::ClientStart(start)) => {
                return start.answered(answer, out);
            }
            _ => return Err(Fault::ChangeCipherSpecUnexpected.into()),
        };
        if message.msg_type != HandshakeType::SERVER_HELLO {
            return Err(Fault::MessageUnexpected.into());
        }
        let Self::ClientStart(start) = core::mem::replace(self, Self::Gone) else {
            return Err(Fault::MessageUnexpected.into());
        };
        let hello =
            ServerHello::decode(message.body).map_err(malformed(Fault::ServerHelloMalformed))?;
        let version = version::chosen(&start.plan.common, &hello)?;
        if let Some(again) = &start.talk.again
            && version != again.version()
        {
            return Err(Fault::VersionChanged.into());
        }
        if version == ProtocolVersion::TLS_1_3 {
            let mut handshake = Box::new(ClientHandshake::new(*start));
            let begun = handshake.advance(Input::Message(message), out);
            *self = Self::Client(handshake);
            return begun;
        }
        // RFC 8446 D.3: nobody who gave a ticket of TLS 1.3 knows it no more.
        if start.offer.early.is_some() {
            return Err(Fault::EarlyDataOlderVersion.into());
        }
        let mut start = start;
        start.talk.negotiated.early_data = EarlyData::NotOffered(EarlyDataReason::Version);
        start.settle_ech_by_version();
        let handshake =
            classic::client::ClientHandshake::begin(*start, message, &hello, version, out)?;
        *self = Self::ClassicClient(handshake);
        Ok(())
    }

    /// The ClientHello that is acted on next came so, in SSL 2.0's format.
    #[cfg(feature = "legacy")]
    pub(crate) fn heard_ssl2_hello(&mut self, message: &[u8]) {
        if let Self::ServerStart(start) = self {
            start.ssl2_hello = Some(message.to_vec());
        }
    }

    /// True where ChangeCipherSpec has a meaning.
    pub(crate) fn heeds_change_cipher_spec(&self) -> bool {
        matches!(self, Self::ClassicClient(_) | Self::ClassicServer(_))
    }

    /// True where a client that has no certificate says so by an alert.
    #[cfg(feature = "legacy")]
    pub(crate) fn heeds_no_certificate(&self) -> bool {
        matches!(self, Self::ClassicServer(handshake) if handshake.heeds_no_certificate())
    }

    /// True where data may still come, in a handshake on a connection that is there.
    pub(crate) fn takes_data(&self) -> bool {
        match self {
            Self::ClientStart(_) => true,
            Self::ClassicClient(handshake) => handshake.takes_data(),
            Self::ClassicServer(handshake) => handshake.takes_data(),
            Self::LaterClient(_) => true,
            // RFC 8446 s4.6.2: the messages of an answer stand together.
            Self::LaterServer(server) => !server.is_inside_answer(),
            _ => false,
        }
    }

    /// True for a message that is a step of what runs; others are taken as if nothing ran.
    pub(crate) fn takes_message(&self, msg_type: HandshakeType) -> bool {
        match self {
            Self::LaterClient(_) => false,
            Self::LaterServer(server) => {
                server.is_inside_answer() || server.begins_answer(msg_type)
            }
            _ => true,
        }
    }

    /// True where nothing is received before an open ask is answered. A client that chooses what to
    /// show may take its time, and the server's data does not wait for it.
    pub(crate) fn rests_while_asked(&self) -> bool {
        !matches!(self, Self::LaterClient(_))
    }

    /// True once there is nothing left to do.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::LaterClient(client) => client.is_over(),
            Self::LaterServer(server) => server.is_over(),
            _ => false,
        }
    }

    /// What a handshake on a connection that is there is for, as far as this side knows.
    pub(crate) fn renews(&self) -> Renewal {
        let again = match self {
            Self::ClassicServer(handshake) => handshake.shared.talk.again.as_ref(),
            _ => None,
        };
        match again {
            Some(again) if again.asks_client => Renewal::ClientCertificate,
            _ => Renewal::Keys,
        }
    }

    /// True for a client that is still to hear which version it will be, or is in one where it may
    /// be asked for another ClientHello.
    pub(crate) fn ignores_hello_request(&self) -> bool {
        match self {
            Self::ClientStart(start) => start.plan.common.speaks_classic(),
            Self::ClassicClient(_) => true,
            _ => false,
        }
    }

    /// True for a client whose ClientHello was not answered.
    pub(crate) fn waits_for_hello(&self) -> bool {
        matches!(self, Self::ClientStart(_))
    }

    /// The version, once one is chosen.
    pub(crate) fn version(&self) -> Option<ProtocolVersion> {
        match self {
            Self::Client(_) | Self::Server(_) | Self::LaterClient(_) | Self::LaterServer(_) => {
                Some(ProtocolVersion::TLS_1_3)
            }
            Self::ClassicClient(handshake) => Some(handshake.shared.profile.version),
            Self::ClassicServer(handshake) => Some(handshake.shared.profile.version),
            Self::ClientStart(_) | Self::ServerStart(_) | Self::Gone => None,
        }
    }

    /// What is agreed on already, of a server that takes early data.
    pub(crate) fn settled(&self) -> Option<&Negotiated> {
        match self {
            Self::Server(handshake) => handshake.settled(),
            _ => None,
        }
    }

    /// True once TLS 1.3 is chosen.
    pub(crate) fn is_tls13(&self) -> bool {
        matches!(
            self,
            Self::Client(_) | Self::Server(_) | Self::LaterClient(_) | Self::LaterServer(_)
        )
    }

    /// The answer to what the machine waits for, when the config has it.
    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        match self {
            Self::Client(handshake) => handshake.answer_from_config(),
            Self::Server(handshake) => handshake.answer_from_config(),
            Self::ClassicClient(handshake) => handshake.answer_from_config(),
            Self::ClassicServer(handshake) => handshake.answer_from_config(),
            Self::LaterClient(client) => client.answer_from_config(),
            Self::LaterServer(server) => server.answer_from_config(),
            Self::ClientStart(_) | Self::ServerStart(_) | Self::Gone => None,
        }
    }

    /// What the machine waits for, when only the caller can answer.
    pub(crate) fn asks_for(&self) -> Option<fn(AskId) -> Ask> {
        Some(match self.question()? {
            Question::Config { .. } => Ask::Config,
            Question::TicketKeys => Ask::TicketKeys,
            Question::LoadSession { .. } => Ask::LoadSession,
            Question::StrikeInsert { .. } => Ask::StrikeInsert,
            Question::Credential { .. } => Ask::Credential,
            Question::Sign { .. } => Ask::Sign,
            #[cfg(feature = "legacy")]
            Question::Decrypt { .. } => Ask::Decrypt,
            Question::Psk { .. } => Ask::Psk,
            Question::VerifyPeer { .. } => Ask::VerifyPeer,
        })
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self {
            Self::ServerStart(start) => start.question(),
            Self::Client(handshake) => handshake.question(),
            Self::Server(handshake) => handshake.question(),
            Self::ClassicClient(handshake) => handshake.question(),
            Self::ClassicServer(handshake) => handshake.question(),
            Self::LaterClient(client) => client.question(),
            Self::LaterServer(server) => server.question(),
            Self::ClientStart(start) => start.question(),
            Self::Gone => None,
        }
    }

    /// True when the answer is of the kind that the open question wants.
    pub(crate) fn takes(&self, answer: &Answer) -> bool {
        let Some(question) = self.question() else {
            return false;
        };
        #[cfg(feature = "legacy")]
        if matches!(
            (&question, answer),
            (Question::Decrypt { .. }, Answer::Decrypted(_))
        ) {
            return true;
        }
        if let (
            Question::Psk {
                version, identity, ..
            },
            Answer::Psk(Some(key)),
        ) = (&question, answer)
        {
            let is_it = |identity: &[u8]| match *version {
                ProtocolVersion::TLS_1_3 => PskForm::of(key, identity).is_some(),
                _ => identity == key.identity() && key.serves_classic(),
            };
            return identity.is_none_or(is_it);
        }
        if let (Question::Config { .. }, Answer::SameConfig) = (&question, answer) {
            return matches!(self, Self::ServerStart(start) if start.has_config());
        }
        if let (Question::Config { .. }, Answer::OuterHello) = (&question, answer) {
            return matches!(self, Self::ServerStart(start) if start.has_outer_hello());
        }
        matches!(
            (question, answer),
            (_, Answer::Failed)
                | (
                    Question::Config { .. },
                    Answer::Config(_) | Answer::Refused(_) | Answer::RefusedByAlert(_)
                )
                | (Question::TicketKeys, Answer::TicketKeys(_))
                | (Question::LoadSession { .. }, Answer::Sessions(_))
                | (Question::StrikeInsert { .. }, Answer::Strike(_))
                | (
                    Question::Credential { .. },
                    Answer::Credential(_) | Answer::Refused(_) | Answer::RefusedByAlert(_)
                )
                | (Question::Sign { .. }, Answer::Signature(_))
                | (Question::Psk { .. }, Answer::Psk(None))
                | (
                    Question::VerifyPeer { .. },
                    Answer::PeerAccepted
                        | Answer::PeerVerified(_)
                        | Answer::PeerExcepted { .. }
                        | Answer::DangerPeerUnverified
                        | Answer::PeerRejected(_)
                        | Answer::Refused(_)
                        | Answer::RefusedByAlert(_)
                )
        )
    }
}
