//! One lie, and how it is acted out.

use crate::certificates::KeyKind;
use crate::config;
use crate::liar::script::{Change, Edit};
use crate::pair::{Answerer, Delivery, End, Pair};
use handfast::connection::{Answer, Question, Renewal};
use handfast::{ClientConfig, Error, Fault, ProtocolVersion, ServerConfig};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::Arc;

/// Which end lies; the other is honest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// Both ends' configs, before they are sealed.
pub struct Setup {
    /// The client's.
    pub client: ClientConfig,
    /// The server's.
    pub server: ServerConfig,
}

/// How the lie is told.
#[derive(Clone, Copy, Debug)]
enum Trick {
    /// By the setup alone.
    Setup,
    /// In place of the `nth` message of a type (counted from 0), in the liar's transcript too.
    Says(HandshakeType, usize, Change),
    /// By changing the bytes of the liar's `nth` flight on the wire.
    Wire(usize, fn(Vec<u8>) -> Vec<u8>),
    /// By what the liar sends before it hears anything.
    Early(fn(&mut End) -> Vec<u8>),
    /// By what the liar sends once both are connected.
    Later(fn(&mut End) -> Vec<u8>),
}

/// One row of the table.
pub struct Lie {
    /// What the liar does, in a few words.
    pub name: &'static str,
    /// Who lies.
    pub liar: Side,
    /// What the honest end says to it.
    pub fault: Fault,
    /// False where the liar cannot read the alert: it comes under the keys of early data that the
    /// liar refused, or never knew.
    pub is_heard: bool,
    setup: fn(&mut Setup),
    answer: Option<fn(Question<'_>) -> Answer>,
    afterwards: Option<fn(&mut Pair)>,
    trick: Trick,
    renews: bool,
    has_honest_twin: bool,
}

/// How a lie ended.
#[derive(Debug)]
pub struct Outcome {
    /// What the honest end ended with.
    pub honest: Option<Error>,
    /// What the liar ended with.
    pub liar: Option<Error>,
    /// True when the honest end took the handshake for done before the lie was told.
    pub was_connected: bool,
    /// Application data that the honest end handed out.
    pub data: Vec<u8>,
}

impl Lie {
    fn new(liar: Side, name: &'static str, fault: Fault) -> Self {
        Self {
            name,
            liar,
            fault,
            is_heard: true,
            setup: |_| {},
            answer: None,
            afterwards: None,
            trick: Trick::Setup,
            renews: false,
            has_honest_twin: true,
        }
    }

    /// A client lies.
    #[must_use]
    pub fn by_client(name: &'static str, fault: Fault) -> Self {
        Self::new(Side::Client, name, fault)
    }

    /// A server lies.
    #[must_use]
    pub fn by_server(name: &'static str, fault: Fault) -> Self {
        Self::new(Side::Server, name, fault)
    }

    /// The configs that the lie needs.
    #[must_use]
    pub fn with(self, setup: fn(&mut Setup)) -> Self {
        Self { setup, ..self }
    }

    /// How the honest end's caller answers its asks.
    #[must_use]
    pub fn answered(self, answer: fn(Question<'_>) -> Answer) -> Self {
        Self {
            answer: Some(answer),
            ..self
        }
    }

    /// What both ends do once they are connected, in the lie and in its honest twin.
    #[must_use]
    pub fn afterwards(self, act: fn(&mut Pair)) -> Self {
        Self {
            afterwards: Some(act),
            ..self
        }
    }

    /// Lies in the first message of a type.
    #[must_use]
    pub fn says(self, msg_type: HandshakeType, change: Change) -> Self {
        self.says_nth(msg_type, 0, change)
    }

    /// Lies in the `nth` message of a type, counted from 0.
    #[must_use]
    pub fn says_nth(mut self, msg_type: HandshakeType, nth: usize, change: Change) -> Self {
        self.trick = Trick::Says(msg_type, nth, change);
        self
    }

    /// Lies on the wire, in the `nth` flight, counted from 0.
    #[must_use]
    pub fn on_the_wire(mut self, nth: usize, edit: fn(Vec<u8>) -> Vec<u8>) -> Self {
        self.trick = Trick::Wire(nth, edit);
        self
    }

    /// Lies behind its ClientHello, before it hears anything.
    #[must_use]
    pub fn early(mut self, act: fn(&mut End) -> Vec<u8>) -> Self {
        self.trick = Trick::Early(act);
        self
    }

    /// Lies once both ends are connected.
    #[must_use]
    pub fn later(mut self, act: fn(&mut End) -> Vec<u8>) -> Self {
        self.trick = Trick::Later(act);
        self
    }

    /// The liar cannot read what it is told.
    #[must_use]
    pub fn unheard(mut self) -> Self {
        self.is_heard = false;
        self
    }

    /// The liar begins a second handshake once both ends are connected.
    #[must_use]
    pub fn renews(self) -> Self {
        Self {
            renews: true,
            ..self
        }
    }

    /// The setup does not connect without the lie either.
    #[must_use]
    pub fn without_honest_twin(mut self) -> Self {
        self.has_honest_twin = false;
        self
    }

    /// True when the setup without the trick is an honest handshake.
    #[must_use]
    pub fn has_honest_twin(&self) -> bool {
        self.has_honest_twin && !matches!(self.trick, Trick::Setup)
    }

    /// Acts the lie out.
    ///
    /// # Panics
    /// When the setup cannot be sealed, or a lie that is told later finds no connection.
    #[must_use]
    pub fn tell(&self) -> Outcome {
        self.act(self.trick)
    }

    /// Acts the same setup out without the lie.
    ///
    /// # Panics
    /// As [`Lie::tell`].
    #[must_use]
    pub fn tell_the_truth(&self) -> Outcome {
        self.act(Trick::Setup)
    }

    fn act(&self, trick: Trick) -> Outcome {
        let mut pair = self.pair(trick);
        let mut flights = 0;
        if let Trick::Early(act) = trick {
            let (bytes, now) = (act(self.liar(&mut pair)), pair.now);
            self.honest(&mut pair).deliver(&bytes, now);
        }
        loop {
            let mut lying = self.liar(&mut pair).take_output();
            if let (Trick::Wire(nth, edit), false) = (trick, lying.is_empty()) {
                if flights == nth {
                    lying = edit(lying);
                }
                flights += 1;
            }
            let now = pair.now;
            self.honest(&mut pair).deliver(&lying, now);
            let honest = self.honest(&mut pair).take_output();
            self.liar(&mut pair).deliver(&honest, now);
            if lying.is_empty() && honest.is_empty() {
                break;
            }
        }
        let was_connected = self.honest(&mut pair).is_connected();
        if let Some(act) = self.afterwards {
            assert!(was_connected, "{}: not connected", self.name);
            act(&mut pair);
            pair.run(Delivery::Whole);
        }
        if self.renews {
            let now = pair.now;
            let begun = self.liar(&mut pair).connection.renew(Renewal::Keys, now);
            begun.expect("a second handshake begins");
            pair.run(Delivery::Whole);
        }
        if let Trick::Later(act) = trick {
            assert!(was_connected, "{}: not connected", self.name);
            let bytes = act(self.liar(&mut pair));
            let now = pair.now;
            self.honest(&mut pair).deliver(&bytes, now);
            pair.run(Delivery::Whole);
        }
        let honest = self.honest(&mut pair);
        let (honest, data) = (honest.error, core::mem::take(&mut honest.data));
        Outcome {
            honest,
            liar: self.liar(&mut pair).error,
            was_connected,
            data,
        }
    }

    fn pair(&self, trick: Trick) -> Pair {
        let mut setup = Setup {
            client: config::client(),
            server: config::server(KeyKind::EcP256),
        };
        // Rows name the other versions themselves.
        setup.client.common.versions = vec![ProtocolVersion::TLS_1_3];
        setup.server.common.versions = vec![ProtocolVersion::TLS_1_3];
        // A handshake that is quick: hybrids have rows of their own elsewhere.
        setup.client.common.groups.retain(|group| group.0 < 0x100);
        (self.setup)(&mut setup);
        if let Trick::Says(msg_type, nth, change) = trick {
            let script = Some(Arc::new(Edit::new(msg_type, nth, change)) as _);
            match self.liar {
                Side::Client => setup.client.common.danger_script = script,
                Side::Server => setup.server.common.danger_script = script,
            }
        }
        let client = setup.client.check().expect("the client's config is sound");
        let server = setup.server.check().expect("the server's config is sound");
        let mut pair = Pair::new(&client, &server);
        let answer = self.answer;
        self.honest(&mut pair).answerer = answer.map(|answer| Box::new(answer) as Answerer);
        pair
    }

    fn liar<'p>(&self, pair: &'p mut Pair) -> &'p mut End {
        match self.liar {
            Side::Client => &mut pair.client,
            Side::Server => &mut pair.server,
        }
    }

    fn honest<'p>(&self, pair: &'p mut Pair) -> &'p mut End {
        match self.liar {
            Side::Client => &mut pair.server,
            Side::Server => &mut pair.client,
        }
    }
}

/// The bytes of one record of any type and content, under the key in use.
///
/// # Panics
/// When the engine refuses.
pub fn record(liar: &mut End, content_type: ContentType, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0; content.len() + 2 * 16_384];
    let written = liar
        .connection
        .danger_send_record(content_type, content, &mut out)
        .expect("a liar sends anything");
    out.truncate(written);
    out
}
