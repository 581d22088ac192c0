//! What the client offers, and the message that says it (RFC 8446 section 4.1.2).

use crate::config::{ClientPlan, PskForm};
use crate::connection::Output;
use crate::fault::{Fault, OwnFailure};
use crate::handshake::judge::{Shown, server_still_holds};
use crate::handshake::talk::Talk;
use crate::hello::offered_psk::{OfferedKeys, OfferedPsk};
use crate::hello::{limits, offered_psk};
use crate::session::Session;
use crate::suite::{find_group, group_name};
use crate::time::Now;
use handfast_crypto::agreement::{AgreementFailed, OwnKeyShare};
use handfast_crypto::random::Random;
use handfast_crypto::secret::SharedSecret;
use handfast_pki::name::ServerName as PeerName;
use handfast_wire::codec::{Opaque8, Opaque16, Wire, Writer};
use handfast_wire::extension::{
    CertificateStatusRequest, ExtensionsWriter, KeyShareEntry, ServerName,
};
use handfast_wire::handshake::HandshakeHeader;
use handfast_wire::registry::{
    CertificateStatusType, CipherSuite, ExtensionType, HandshakeType, NameType, NamedGroup,
    ProtocolVersion, PskKeyExchangeMode,
};
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
    names_keys: bool,
    /// Bytes of early data that may come with it; nothing where none is offered, or none any more.
    pub(crate) early: Option<u32>,
    /// A session of TLS 1.2, offered by its ticket (RFC 5077) or its session ID.
    pub(crate) classic: Option<Session>,
    /// In a second handshake what the client said in Finished; then TLS 1.3 is not offered.
    again: Option<Box<[u8]>>,
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
            classic: None,
            again: None,
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
        Ok(offer)
    }

    /// For a second handshake before TLS 1.3, which names what the first one ended with
    /// (RFC 5746 section 3.5).
    pub(crate) fn again(plan: &ClientPlan, info: &[u8]) -> Result<Self, OwnFailure> {
        let mut random = [0; 32];
        let drawn = plan.common.draw().fill(&mut random);
        drawn.map_err(|_| OwnFailure::Random)?;
        Ok(Self {
            random,
            session_id: [0; 32],
            session_id_length: 0,
            shares: SmallVec::new(),
            own: SmallVec::new(),
            cookie: None,
            psks: OfferedKeys::new(),
            names_keys: false,
            early: None,
            classic: None,
            again: Some(info.into()),
        })
    }

    /// Sends a share of this group and of no other from here on.
    pub(crate) fn retry_with(
        &mut self,
        plan: &ClientPlan,
        group: NamedGroup,
    ) -> Result<(), OwnFailure> {
        self.shares.clear();
        self.own.clear();
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
        &self,
        talk: &mut Talk,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut Output,
    ) -> Result<(), OwnFailure> {
        if self.psks.is_empty() {
            return talk.say(out, HandshakeType::CLIENT_HELLO, |out| {
                self.write(plan, name, out);
            });
        }
        let mut message = Vec::with_capacity(2048);
        let mut writer = Writer::new(&mut message);
        HandshakeHeader::write(HandshakeType::CLIENT_HELLO, &mut writer, |out| {
            self.write(plan, name, out);
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
    fn write(&self, plan: &ClientPlan, name: &PeerName, out: &mut Writer<'_>) {
        plan.common.legacy_version().write(out);
        out.bytes(&self.random);
        Opaque8::<0, 32>(self.session_id()).write(out);
        let extends = plan.common.legacy_version() > ProtocolVersion::SSL_3_0;
        out.prefixed::<2>(|out| {
            out.bytes(&plan.common.encoded_suites);
            if !extends {
                // RFC 5746 s3.4: where there are no extensions to say it by.
                CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV.write(out);
            }
        });
        out.bytes(&[1, 0]);
        if !extends {
            return;
        }
        out.prefixed::<2>(|out| self.write_extensions(plan, name, &mut ExtensionsWriter::new(out)));
    }

    fn write_extensions(
        &self,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut ExtensionsWriter<'_, '_>,
    ) {
        let common = &plan.common;
        if let (PeerName::Dns(host), true) = (name, plan.config.send_server_name) {
            out.add(ExtensionType::SERVER_NAME, |out| {
                let entry = ServerName {
                    name_type: NameType::HOST_NAME,
                    name: Opaque16(host.as_str().as_bytes()),
                };
                out.prefixed::<2>(|out| entry.write(out));
            });
        }
        limits::offer(&common.set, out);
        if plan.config.request_ocsp {
            let request = CertificateStatusRequest {
                status_type: CertificateStatusType::OCSP,
                responder_id_list: Opaque16(&[]),
                request_extensions: Opaque16(&[]),
            };
            out.add_value(ExtensionType::STATUS_REQUEST, &request);
        }
        out.add(ExtensionType::SUPPORTED_GROUPS, |out| {
            out.prefixed::<2>(|out| out.bytes(&common.encoded_groups));
        });
        // RFC 5246 s7.4.1.4.1: not of clients that speak nothing as new.
        if common.legacy_version() >= ProtocolVersion::TLS_1_2 {
            out.add(ExtensionType::SIGNATURE_ALGORITHMS, |out| {
                out.prefixed::<2>(|out| out.bytes(&common.encoded_schemes));
            });
        }
        // A connection has one protocol, which no second handshake changes.
        if !common.encoded_alpn.is_empty() && self.again.is_none() {
            out.add(
                ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
                |out| {
                    out.prefixed::<2>(|out| out.bytes(&common.encoded_alpn));
                },
            );
        }
        if plan.config.request_scts {
            out.add(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP, |_| {});
        }
        if common.extends_classic() {
            self.write_classic_extensions(plan, out);
        }
        if common.speaks(ProtocolVersion::TLS_1_3) && self.again.is_none() {
            self.write_tls13_extensions(plan, out);
        }
    }

    /// What only TLS 1.2 and older read.
    fn write_classic_extensions(&self, plan: &ClientPlan, out: &mut ExtensionsWriter<'_, '_>) {
        if plan.common.offers_encrypt_then_mac {
            out.add(ExtensionType::ENCRYPT_THEN_MAC, |_| {});
        }
        out.add(ExtensionType::EXTENDED_MASTER_SECRET, |_| {});
        if plan.keeps_sessions() {
            let ticket = self
                .classic
                .as_ref()
                .and_then(|session| session.identity.ticket());
            out.add(ExtensionType::SESSION_TICKET, |out| {
                out.bytes(ticket.unwrap_or_default());
            });
        }
        let info = self.again.as_deref().unwrap_or_default();
        out.add_value(ExtensionType::RENEGOTIATION_INFO, &Opaque8::<0, 255>(info));
        // RFC 8422 s5.1.2: uncompressed points, the only format.
        out.add_value(ExtensionType::EC_POINT_FORMATS, &Opaque8::<1>(&[0]));
    }

    /// What only TLS 1.3 reads; a pre-shared key stands last.
    fn write_tls13_extensions(&self, plan: &ClientPlan, out: &mut ExtensionsWriter<'_, '_>) {
        let common = &plan.common;
        out.add(ExtensionType::SUPPORTED_VERSIONS, |out| {
            out.prefixed::<1>(|out| out.bytes(&common.encoded_versions));
        });
        if let Some(cookie) = &self.cookie {
            out.add_value(ExtensionType::COOKIE, &Opaque16::<1>(cookie));
        }
        if plan.keeps_sessions() || self.names_keys {
            out.add(ExtensionType::PSK_KEY_EXCHANGE_MODES, |out| {
                out.prefixed::<1>(|out| {
                    PskKeyExchangeMode::PSK_DHE_KE.write(out);
                    if plan.config.danger_psk_without_key_exchange {
                        PskKeyExchangeMode::PSK_KE.write(out);
                    }
                });
            });
        }
        if plan.config.post_handshake_auth {
            out.add(ExtensionType::POST_HANDSHAKE_AUTH, |_| {});
        }
        out.add(ExtensionType::KEY_SHARE, |out| {
            out.prefixed::<2>(|out| {
                self.shares
                    .iter()
                    .for_each(|share| self.write_share(share, out));
            });
        });
        if self.early.is_some() {
            out.add(ExtensionType::EARLY_DATA, |_| {});
        }
        // RFC 8446 s4.2.11: always last.
        if !self.psks.is_empty() {
            out.add(ExtensionType::PRE_SHARED_KEY, |out| {
                offered_psk::write(&self.psks, out);
            });
        }
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

/// True for a session that lives, and was made under these rules with this server.
pub(crate) fn fits(plan: &ClientPlan, server: &PeerName, session: &Session, now: Now) -> bool {
    let Some(base) = &plan.scope else {
        return false;
    };
    let state = &session.state;
    plan.common.speaks(state.version)
        && state.is_alive(now.unix_ms)
        && (state.extended || plan.common.resumes_unbound())
        && plan.common.takes_scheme(state.peer_scheme, state.version)
        && plan.common.set.suites.contains(&state.suite)
        && session.identity.len() <= MOST_IDENTITY
        && base
            .of_server_name(server)
            .holds(state, &plan.config.psks, plan.config.ask_for_psk)
        && server_still_holds(
            plan,
            server,
            &Shown {
                chain: &state.peer_chain,
                ocsp_response: session.staples.ocsp_response(),
                sct_list: session.staples.sct_list(),
            },
            now,
        )
}

fn own_failure(failed: AgreementFailed) -> OwnFailure {
    match failed {
        AgreementFailed::Random(_) => OwnFailure::Random,
        _ => OwnFailure::Crypto,
    }
}
