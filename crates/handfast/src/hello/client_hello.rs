//! What the client offers, and the message that says it (RFC 8446 section 4.1.2).

use crate::config::{ClientPlan, PskForm};
use crate::connection::Output;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::judge::{Shown, server_still_holds};
use crate::handshake::talk::Talk;
use crate::hello::form::Form;
use crate::hello::grease::{self, Grease};
use crate::hello::judged_before::Judged;
use crate::hello::offered_ech::OfferedEch;
use crate::hello::offered_psk;
use crate::hello::offered_psk::{OfferedKeys, OfferedPsk};
use crate::hello::slot::{self, Order, USUAL};
use crate::session::Session;
use crate::suite::{find_group, find_suite, group_name};
use crate::time::Now;
use handfast_crypto::agreement::{AgreementFailed, OwnKeyShare};
use handfast_crypto::random::Random;
use handfast_crypto::secret::SharedSecret;
use handfast_pki::name::ServerName as PeerName;
use handfast_wire::codec::{Opaque8, Opaque16, Wire, Writer};
use handfast_wire::extension::{ExtensionsWriter, KeyShareEntry};
use handfast_wire::handshake::HandshakeHeader;
use handfast_wire::registry::{CipherSuite, HandshakeType, NamedGroup, ProtocolVersion};
use smallvec::SmallVec;

/// What one connection offers.
pub(crate) struct Offer {
    pub(crate) random: [u8; 32],
    session_id: [u8; 32],
    session_id_length: usize,
    shares: SmallVec<[Share; 2]>,
    own: SmallVec<[OwnKeyShare; 1]>,
    pub(crate) cookie: Option<Vec<u8>>,
    /// What stands in pre_shared_key: a session's key first.
    pub(crate) psks: OfferedKeys,
    /// A key was named: how keys are taken is said again, also where none goes with a retry's suite.
    pub(super) names_keys: bool,
    /// Bytes of early data that may come with it; nothing where none is offered, or none any more.
    pub(crate) early: Option<u32>,
    /// How the server of the session stands, where it was judged before early data.
    pub(crate) judged: Option<Box<Judged>>,
    /// A session of TLS 1.2, offered by its ticket (RFC 5077) or its session ID.
    pub(crate) classic: Option<Session>,
    /// In a second handshake what the client said in Finished; then TLS 1.3 is not offered.
    pub(super) again: Option<Box<[u8]>>,
    /// Encrypted ClientHello, or what looks like it.
    pub(crate) ech: Option<Box<OfferedEch>>,
    /// How its extensions stand; a second ClientHello keeps to it.
    pub(super) order: Order,
    /// What means nothing, where the config has any said.
    pub(super) grease: Option<Grease>,
    /// False once a HelloRetryRequest has named the one group to send a share of.
    greases_share: bool,
}

/// Bytes of a ticket that a ClientHello is made with, at most: no server that gives longer
/// ones would take it.
const MOST_IDENTITY: usize = 30 * 1024;

/// One entry of key_share.
struct Share {
    group: NamedGroup,
    /// Which of the keys.
    own: usize,
    /// True when only the hybrid's classical part is meant.
    classical: bool,
}

impl Offer {
    /// Draws all randomness of a first ClientHello at once and makes its keys.
    pub(crate) fn new(plan: &ClientPlan, name: &PeerName) -> Result<Self, OwnFailure> {
        let mut draw = plan.common.draw_beside::<64>();
        let mut offer = Self {
            random: [0; 32],
            session_id: [0; 32],
            // RFC 8446 D.4: a mask for TLS 1.3, of no use without it.
            session_id_length: if plan.common.set.middlebox_compatibility
                && plan.common.speaks(ProtocolVersion::TLS_1_3)
            {
                32
            } else {
                0
            },
            shares: SmallVec::new(),
            own: SmallVec::new(),
            cookie: None,
            psks: OfferedKeys::new(),
            names_keys: false,
            early: None,
            judged: None,
            classic: None,
            again: None,
            ech: None,
            order: USUAL,
            grease: None,
            greases_share: true,
        };
        // Only TLS 1.3 reads them, and each costs a key.
        if plan.common.speaks(ProtocolVersion::TLS_1_3) {
            for group in plan.shares_for(name) {
                offer.add_share(group, &mut draw)?;
            }
        }
        let drawn = draw.beside().map_err(|_| OwnFailure::Random)?;
        let (random, session_id) = drawn.split_at(32);
        offer.random.copy_from_slice(random);
        offer.session_id.copy_from_slice(session_id);
        offer.draw_shape(plan)?;
        offer.ech = OfferedEch::of(plan)?;
        Ok(offer)
    }

    /// For a second handshake before TLS 1.3, which names what the first one ended with
    /// (RFC 5746 section 3.5).
    pub(crate) fn again(plan: &ClientPlan, info: &[u8]) -> Result<Self, OwnFailure> {
        let mut random = [0; 32];
        let drawn = plan.common.draw().fill(&mut random);
        drawn.map_err(|_| OwnFailure::Random)?;
        let mut offer = Self {
            random,
            session_id: [0; 32],
            session_id_length: 0,
            shares: SmallVec::new(),
            own: SmallVec::new(),
            cookie: None,
            psks: OfferedKeys::new(),
            names_keys: false,
            early: None,
            judged: None,
            classic: None,
            again: Some(info.into()),
            ech: None,
            order: USUAL,
            grease: None,
            greases_share: true,
        };
        offer.draw_shape(plan)?;
        Ok(offer)
    }

    /// Draws the order of the extensions, and what means nothing, where the config asks for them.
    fn draw_shape(&mut self, plan: &ClientPlan) -> Result<(), OwnFailure> {
        if plan.config.permute_extensions {
            let mut drawn = [0; slot::BYTES];
            let filled = plan.common.draw().fill(&mut drawn);
            filled.map_err(|_| OwnFailure::Random)?;
            self.order = slot::permuted(&drawn);
        }
        if plan.config.grease {
            let mut drawn = [0; grease::BYTES];
            let filled = plan.common.draw().fill(&mut drawn);
            filled.map_err(|_| OwnFailure::Random)?;
            self.grease = Some(Grease::of(drawn));
        }
        Ok(())
    }

    /// Sends a share of this group and of no other from here on.
    pub(crate) fn retry_with(
        &mut self,
        plan: &ClientPlan,
        group: NamedGroup,
    ) -> Result<(), OwnFailure> {
        self.shares.clear();
        self.own.clear();
        self.greases_share = false;
        self.add_share(group, &mut plan.common.draw())
    }

    fn add_share(&mut self, name: NamedGroup, draw: &mut dyn Random) -> Result<(), OwnFailure> {
        // A hybrid's own classical key serves the classical group too.
        let hybrid = self
            .own
            .iter()
            .position(|own| own.group().classical_part().and_then(group_name) == Some(name));
        if let Some(own) = hybrid {
            self.shares.push(Share {
                group: name,
                own,
                classical: true,
            });
            return Ok(());
        }
        let group = find_group(name).ok_or(OwnFailure::Crypto)?;
        let share = OwnKeyShare::generate(group, draw).map_err(own_failure)?;
        self.shares.push(Share {
            group: name,
            own: self.own.len(),
            classical: false,
        });
        self.own.push(share);
        Ok(())
    }

    /// True when a share of this group was sent.
    pub(crate) fn has_share(&self, group: NamedGroup) -> bool {
        self.shares.iter().any(|share| share.group == group)
    }

    /// The secret shared with the server's public value.
    pub(crate) fn agree(
        &self,
        entry: &KeyShareEntry<'_>,
    ) -> Result<SharedSecret, crate::fault::Error> {
        let share = self
            .shares
            .iter()
            .find(|share| share.group == entry.group)
            .ok_or(Fault::GroupNotOffered)?;
        let own = self.own.get(share.own).ok_or(Fault::GroupNotOffered)?;
        let agreed = if share.classical {
            own.agree_classical(entry.key_exchange.0)
        } else {
            own.agree(entry.key_exchange.0)
        };
        agreed.map_err(|failed| match failed {
            AgreementFailed::InvalidPeerShare => Fault::KeyShareWrong.into(),
            other => own_failure(other).into(),
        })
    }

    /// The session id, to be echoed by the server.
    pub(crate) fn session_id(&self) -> &[u8] {
        self.session_id
            .get(..self.session_id_length)
            .unwrap_or_default()
    }

    /// Offers to come back by a session that [`fits`].
    pub(crate) fn offer_session(&mut self, session: Session, now: Now) {
        let state = &session.state;
        if state.version != ProtocolVersion::TLS_1_3 {
            // RFC 5077 s3.4: the server echoes a session id to say that it resumes.
            self.session_id_length = self.session_id.len();
            if let Some(id) = session.identity.session_id() {
                self.session_id_length = id.len();
                for (to, from) in self.session_id.iter_mut().zip(id) {
                    *to = *from;
                }
            }
            self.classic = Some(session);
            return;
        }
        self.psks.extend(OfferedPsk::of_session(session, now));
        self.names_keys = true;
    }

    /// Offers keys that both sides may have known before, behind a session.
    pub(crate) fn offer_keys(&mut self, forms: &[PskForm]) -> Result<(), OwnFailure> {
        for form in forms {
            self.psks.push(OfferedPsk::of_form(form)?);
            self.names_keys = true;
        }
        Ok(())
    }

    /// Says a ClientHello.
    pub(crate) fn say(
        &mut self,
        talk: &mut Talk,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        if self.ech.is_some() {
            return self.say_beside_ech(talk, plan, name, out);
        }
        self.say_one(Form::Plain, talk, plan, name, out)
    }

    /// Says a ClientHello that has none in it.
    pub(super) fn say_one(
        &self,
        form: Form,
        talk: &mut Talk,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        if self.psks.is_empty() {
            return talk.say(out, HandshakeType::CLIENT_HELLO, |out| {
                self.write(form, plan, name, out);
            });
        }
        let mut message = Vec::with_capacity(2048);
        let mut writer = Writer::new(&mut message);
        HandshakeHeader::write(HandshakeType::CLIENT_HELLO, &mut writer, |out| {
            self.write(form, plan, name, out);
        });
        writer.finish().map_err(|_| OwnFailure::MessageTooLong)?;
        let bound = offered_psk::bind(&self.psks, &talk.transcript, &mut message)?;
        if let (Some((heard, bytes)), None) = (bound, &plan.common.set.danger_script) {
            talk.transcript.expect(heard, bytes);
        }
        let body = message.get(HandshakeHeader::LENGTH..).unwrap_or_default();
        talk.say(out, HandshakeType::CLIENT_HELLO, |out| out.bytes(body))
    }

    /// Writes the body of a ClientHello.
    fn write(&self, form: Form, plan: &ClientPlan, name: &PeerName, out: &mut Writer<'_>) {
        self.write_front(form, &self.random, self.session_id(), plan, out);
        if plan.common.legacy_version() > ProtocolVersion::SSL_3_0 {
            let ech = self.ech.as_deref();
            out.prefixed::<2>(|out| {
                let out = &mut ExtensionsWriter::new(out);
                self.write_extensions_with(form, ech, plan, name, out);
            });
        }
    }

    /// Writes what stands before the extensions.
    pub(super) fn write_front(
        &self,
        form: Form,
        random: &[u8; 32],
        session_id: &[u8],
        plan: &ClientPlan,
        out: &mut Writer<'_>,
    ) {
        plan.common.legacy_version().write(out);
        out.bytes(random);
        Opaque8::<0, 32>(session_id).write(out);
        let extends = plan.common.legacy_version() > ProtocolVersion::SSL_3_0;
        out.prefixed::<2>(|out| {
            if let (Some(grease), true) = (&self.grease, extends) {
                grease.write_suite(out);
            }
            match form {
                Form::Inner => write_tls13_suites(plan, out),
                Form::Plain | Form::Outer => out.bytes(&plan.common.encoded_suites),
            }
            if plan.config.fallback {
                CipherSuite::TLS_FALLBACK_SCSV.write(out);
            }
            if !extends {
                // RFC 5746 s3.4: where there are no extensions to say it by.
                CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV.write(out);
            }
        });
        out.bytes(&[1, 0]);
    }

    /// Writes the entries of key_share.
    pub(super) fn write_shares(&self, out: &mut Writer<'_>) {
        if let (Some(grease), true) = (&self.grease, self.greases_share) {
            grease.write_share(out);
        }
        self.shares
            .iter()
            .for_each(|share| self.write_share(share, out));
    }

    fn write_share(&self, share: &Share, out: &mut Writer<'_>) {
        let own = self.own.get(share.own);
        let public = own.and_then(|own| {
            if share.classical {
                own.classical_public()
            } else {
                Some(own.public())
            }
        });
        let entry = KeyShareEntry {
            group: share.group,
            key_exchange: Opaque16(public.unwrap_or_default()),
        };
        entry.write(out);
    }
}

/// The suites that may be chosen where nothing older is offered.
fn write_tls13_suites(plan: &ClientPlan, out: &mut Writer<'_>) {
    let suites = plan.common.set.suites.iter();
    let known = suites.filter_map(|suite| find_suite(*suite));
    for suite in known.filter(|suite| suite.belongs_to(ProtocolVersion::TLS_1_3)) {
        suite.code.write(out);
    }
}

/// True for a session that lives, and was made under these rules with this server.
pub(crate) fn fits(plan: &ClientPlan, server: &PeerName, session: &Session, now: Now) -> bool {
    let Some(base) = &plan.scope else {
        return false;
    };
    let state = &session.state;
    plan.common.speaks(state.version)
        // RFC 9849 s6.1: a session of an older version could only be shown to everybody.
        && (plan.ech.is_none() || state.version == ProtocolVersion::TLS_1_3)
        && state.is_alive(now.unix_ms)
        && (state.extended || plan.common.resumes_unbound())
        && plan.common.takes_scheme(state.peer_scheme, state.version)
        && plan.common.takes_group(state.group, state.version)
        && plan.common.set.suites.contains(&state.suite)
        && session.identity.len() <= MOST_IDENTITY
        && base
            .of_server_name(server)
            .holds(state, &plan.config.psks, plan.config.ask_for_psk)
        && server_still_holds(plan, server, &shown(session), now)
}

/// What the server showed when a session began.
pub(crate) fn shown(session: &Session) -> Shown<'_> {
    Shown {
        chain: &session.state.peer_chain,
        ocsp_response: session.staples.ocsp_response(),
        sct_list: session.staples.sct_list(),
    }
}

fn own_failure(failed: AgreementFailed) -> OwnFailure {
    match failed {
        AgreementFailed::Random(_) => OwnFailure::Random,
        _ => OwnFailure::Crypto,
    }
}
