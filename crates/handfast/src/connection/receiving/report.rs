//! What is left of a connection that failed, for its report.

use crate::connection::broken::{Broken, Refusal, RefusalDetail};
use crate::connection::left::Left;
use crate::connection::plaintext::{Plaintext, first_line};
use crate::connection::receiving::Receiving;
use crate::fault::{Error, Fault};
use crate::machine::Machine;
use crate::report::facts::Facts;
use handfast_wire::registry::HandshakeType;
use std::borrow::Cow;
use std::sync::Arc;

impl Receiving {
    /// What is not a record: another protocol, where it is the first thing that the peer says.
    #[cold]
    pub(super) fn not_a_record(&self, fault: Fault, buffer: &[u8], consumed: usize) -> Broken {
        let front = buffer.get(consumed..).unwrap_or_default();
        let is_first = self.counts.records == 0 && self.key.is_none();
        match Plaintext::of(front).filter(|_| is_first) {
            Some(what) => Broken {
                error: what.fault().into(),
                detail: RefusalDetail::Plaintext {
                    what,
                    line: first_line(front),
                },
            },
            None => fault.into(),
        }
    }

    /// It fails by this message of the peer, which is kept where it helps to explain.
    #[cold]
    pub(super) fn note(&mut self, message: &[u8]) {
        let explains = matches!(
            message.first().copied().map(HandshakeType),
            Some(
                HandshakeType::CLIENT_HELLO
                    | HandshakeType::SERVER_HELLO
                    | HandshakeType::SERVER_KEY_EXCHANGE
                    | HandshakeType::CERTIFICATE_VERIFY
            )
        );
        if explains {
            let facts = Facts {
                message: Some(message.into()),
                ..Facts::default()
            };
            self.left = Some(Box::new(Left {
                refusal: None,
                facts: Arc::new(facts),
            }));
        }
    }

    /// Keeps what explains the failure, before all else goes.
    #[cold]
    pub(super) fn keep_for_report(&mut self, error: Error, detail: RefusalDetail) {
        let mut facts = self.known();
        let noted = self
            .left
            .take()
            .and_then(|left| Arc::into_inner(left.facts));
        facts.message = noted.and_then(|noted| noted.message);
        if let Some(Machine::Gone) = self.machine {
            // It went between two states, of which a ServerHello tells whose they were.
            let of_server =
                |message: &[u8]| message.first() == Some(&HandshakeType::SERVER_HELLO.0);
            facts.is_client |= facts.message.as_deref().is_some_and(of_server);
        }
        let facts = Arc::new(facts);
        let refusal = match error {
            Error::Fault(fault) => Some(Refusal {
                fault,
                detail,
                facts: Some(Arc::clone(&facts)),
            }),
            _ => None,
        };
        self.left = Some(Box::new(Left { refusal, facts }));
    }

    /// Why the connection failed, if it did.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.failed
    }

    /// What is known of the connection.
    pub(crate) fn facts(&self) -> Cow<'_, Arc<Facts>> {
        match &self.left {
            Some(left) => Cow::Borrowed(&left.facts),
            None => Cow::Owned(Arc::new(self.known())),
        }
    }

    fn known(&self) -> Facts {
        let mut facts = Facts {
            was_connected: self.established.is_some(),
            common: self.common.clone(),
            ..Facts::default()
        };
        if let Some(machine) = &self.machine {
            facts.is_client = machine.is_client();
            machine.tell(&mut facts);
        }
        if let Some(established) = &self.established {
            facts = Facts {
                common: facts.common,
                ..Facts::of_connected(established.is_client, &established.negotiated)
            };
        }
        facts
    }
}
