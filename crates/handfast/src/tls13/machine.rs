//! The two machines behind one face: what the receiving half drives.

use crate::config::{Client, Server};
use crate::connection::{Answer, Ask, AskId, Broken, Output, Question};
use crate::time::Now;
use crate::tls13::client::ClientHandshake;
use crate::tls13::input::Input;
use crate::tls13::server::ServerHandshake;
use crate::tls13::shared::Shared;
use handfast_crypto::secret::Secret;
use handfast_pki::name::ServerName;

/// A running handshake, in its one block on the heap.
pub(crate) enum Machine {
    Client(Box<ClientHandshake>),
    Server(Box<ServerHandshake>),
}

impl Machine {
    pub(crate) fn client(
        client: &Client,
        name: ServerName,
        now: Now,
        out: &mut Output,
    ) -> Result<Self, Broken> {
        ClientHandshake::begin(client, name, now, out)
            .map(|handshake| Self::Client(Box::new(handshake)))
    }

    pub(crate) fn server(server: Option<Server>, now: Now) -> Self {
        Self::Server(Box::new(ServerHandshake::new(server, now)))
    }

    pub(crate) fn is_client(&self) -> bool {
        matches!(self, Self::Client(_))
    }

    fn shared_mut(&mut self) -> &mut Shared {
        match self {
            Self::Client(handshake) => &mut handshake.shared,
            Self::Server(handshake) => &mut handshake.shared,
        }
    }

    /// True once a ClientHello was sent or received.
    pub(crate) fn has_begun(&self) -> bool {
        match self {
            Self::Client(_) => true,
            Self::Server(handshake) => handshake.has_begun(),
        }
    }

    pub(crate) fn advance(
        &mut self,
        input: Input<'_>,
        now: Now,
        out: &mut Output,
    ) -> Result<(), Broken> {
        self.shared_mut().now = now;
        match self {
            Self::Client(handshake) => handshake.advance(input, out),
            Self::Server(handshake) => handshake.advance(input, out),
        }
    }

    /// The answer to what the machine waits for, when the config has it.
    pub(crate) fn answer_from_config(&self) -> Option<Result<Answer, Broken>> {
        match self {
            Self::Client(handshake) => handshake.answer_from_config(),
            Self::Server(handshake) => handshake.answer_from_config(),
        }
    }

    /// What the machine waits for, when only the caller can answer.
    pub(crate) fn asks_for(&self) -> Option<fn(AskId) -> Ask> {
        Some(match self.question()? {
            Question::Config { .. } => Ask::Config,
            Question::Credential { .. } => Ask::Credential,
            Question::Sign { .. } => Ask::Sign,
            Question::VerifyPeer { .. } => Ask::VerifyPeer,
        })
    }

    pub(crate) fn question(&self) -> Option<Question<'_>> {
        match self {
            Self::Client(handshake) => handshake.question(),
            Self::Server(handshake) => handshake.question(),
        }
    }

    /// True when the answer is of the kind that the open question wants.
    pub(crate) fn takes(&self, answer: &Answer) -> bool {
        let Some(question) = self.question() else {
            return false;
        };
        matches!(
            (question, answer),
            (_, Answer::Failed)
                | (
                    Question::Config { .. },
                    Answer::Config(_) | Answer::Refused(_)
                )
                | (
                    Question::Credential { .. },
                    Answer::Credential(_) | Answer::Refused(_)
                )
                | (Question::Sign { .. }, Answer::Signature(_))
                | (
                    Question::VerifyPeer { .. },
                    Answer::PeerAccepted | Answer::Refused(_)
                )
        )
    }

    /// The secret behind the receiving key, kept for KeyUpdate.
    pub(crate) fn keep_receive_secret(&mut self, secret: Box<Secret>) {
        self.shared_mut().receive_secret = Some(secret);
    }

    pub(crate) fn into_receive_secret(mut self) -> Option<Box<Secret>> {
        self.shared_mut().receive_secret.take()
    }
}
