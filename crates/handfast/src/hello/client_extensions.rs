//! The extensions of a ClientHello (RFC 8446 section 4.2): one slot a kind.
//!
//! A new extension is a [`Slot`], its place in the usual order, and an arm here.

use crate::config::ClientPlan;
use crate::hello::application_settings;
use crate::hello::certificate_type::is_worth_saying;
use crate::hello::client_hello::Offer;
use crate::hello::compression;
use crate::hello::credential::offer_delegated;
use crate::hello::form::Form;
use crate::hello::grease::Grease;
use crate::hello::offered_ech::OfferedEch;
use crate::hello::offered_psk;
use crate::hello::slot::Slot;
use crate::hello::srtp;
use handfast_pki::name::ServerName as PeerName;
use handfast_wire::codec::{Opaque8, Opaque16, Wire, Writer};
use handfast_wire::extension::{
    CertificateStatusRequest, EncryptedClientHello, ExtensionsWriter, ServerName,
};
use handfast_wire::registry::{
    CertificateStatusType, CertificateType, ExtensionType, NameType, ProtocolVersion,
    PskKeyExchangeMode,
};

impl Offer {
    /// Writes what the config and this offer call for, in the offer's order. `ech` is what stands in
    /// encrypted_client_hello, and before everybody's eyes in pre_shared_key.
    pub(super) fn write_extensions_with(
        &self,
        form: Form,
        ech: Option<&OfferedEch>,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut ExtensionsWriter<'_, '_>,
    ) {
        let wants = Wants {
            form,
            ech,
            classic: plan.common.extends_classic() && form != Form::Inner,
            tls13: plan.common.speaks(ProtocolVersion::TLS_1_3) && self.again.is_none(),
        };
        if let Some(grease) = &self.grease {
            grease.write_first(out);
        }
        for slot in &self.order {
            self.write_slot(*slot, &wants, plan, name, out);
        }
        if let Some(grease) = &self.grease {
            grease.write_last(out);
        }
        // RFC 8446 s4.2.11: always last.
        let disguise = ech.map(|ech| ech.disguise.as_slice()).unwrap_or_default();
        if form == Form::Outer {
            if !disguise.is_empty() {
                out.add(ExtensionType::PRE_SHARED_KEY, |out| out.bytes(disguise));
            }
        } else if !self.psks.is_empty() {
            out.add(ExtensionType::PRE_SHARED_KEY, |out| {
                offered_psk::write(&self.psks, out);
            });
        }
    }

    fn write_slot(
        &self,
        slot: Slot,
        wants: &Wants<'_>,
        plan: &ClientPlan,
        name: &PeerName,
        out: &mut ExtensionsWriter<'_, '_>,
    ) {
        let set = &plan.common.set;
        match slot {
            Slot::ServerName => write_server_name(wants.form, plan, name, out),
            Slot::RecordSizeLimit => {
                if let Some(limit) = set.record_size_limit {
                    out.add_value(ExtensionType::RECORD_SIZE_LIMIT, &limit);
                }
            }
            Slot::MaxFragmentLength => {
                if let Some(length) = set.max_fragment_length {
                    out.add_value(ExtensionType::MAX_FRAGMENT_LENGTH, &length);
                }
            }
            Slot::StatusRequest => write_status_request(plan, out),
            Slot::SupportedGroups => out.add(ExtensionType::SUPPORTED_GROUPS, |out| {
                out.prefixed::<2>(|out| {
                    self.greased(Grease::write_group, out);
                    out.bytes(&plan.common.encoded_groups);
                });
            }),
            Slot::SignatureAlgorithms => self.write_signature_algorithms(plan, out),
            Slot::UseSrtp => srtp::write(&set.srtp_profiles, out),
            Slot::Alpn => {
                if wants.shows_alpn(plan) {
                    self.write_alpn(plan, out);
                }
            }
            Slot::ApplicationSettings => {
                if wants.tls13 && wants.shows_alpn(plan) {
                    application_settings::offer(&plan.common, out);
                }
            }
            Slot::EncryptedClientHello => write_ech(wants, out),
            Slot::SignedCertificateTimestamp => {
                if plan.config.request_scts {
                    out.add(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP, |_| {});
                }
            }
            Slot::ClientCertificateType => {
                let types = &plan.own_certificate_types;
                write_types(ExtensionType::CLIENT_CERTIFICATE_TYPE, types, out);
            }
            Slot::ServerCertificateType => {
                let types = &plan.config.server_certificate_types;
                write_types(ExtensionType::SERVER_CERTIFICATE_TYPE, types, out);
            }
            Slot::EncryptThenMac
            | Slot::ExtendedMasterSecret
            | Slot::SessionTicket
            | Slot::RenegotiationInfo
            | Slot::EcPointFormats => {
                if wants.classic {
                    self.write_classic(slot, plan, out);
                }
            }
            Slot::CompressCertificate
            | Slot::DelegatedCredential
            | Slot::SupportedVersions
            | Slot::Cookie
            | Slot::PskKeyExchangeModes
            | Slot::PostHandshakeAuth
            | Slot::KeyShare
            | Slot::EarlyData
            | Slot::TicketRequest => {
                if wants.tls13 {
                    self.write_tls13(slot, wants.form, plan, out);
                }
            }
        }
    }

    /// Writes what means nothing, where any is said.
    fn greased(&self, write: impl FnOnce(&Grease, &mut Writer<'_>), out: &mut Writer<'_>) {
        if let Some(grease) = &self.grease {
            write(grease, out);
        }
    }

    fn write_signature_algorithms(&self, plan: &ClientPlan, out: &mut ExtensionsWriter<'_, '_>) {
        // RFC 5246 s7.4.1.4.1: not of clients that speak nothing as new.
        if plan.common.legacy_version() >= ProtocolVersion::TLS_1_2 {
            out.add(ExtensionType::SIGNATURE_ALGORITHMS, |out| {
                out.prefixed::<2>(|out| {
                    self.greased(Grease::write_scheme, out);
                    out.bytes(&plan.common.encoded_schemes);
                });
            });
        }
    }

    fn write_alpn(&self, plan: &ClientPlan, out: &mut ExtensionsWriter<'_, '_>) {
        let protocols = &plan.common.encoded_alpn;
        // A connection has one protocol, which no second handshake changes.
        if !protocols.is_empty() && self.again.is_none() {
            let alpn = ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;
            out.add(alpn, |out| {
                out.prefixed::<2>(|out| {
                    self.greased(Grease::write_protocol, out);
                    out.bytes(protocols);
                });
            });
        }
    }

    /// What only TLS 1.2 and older read.
    fn write_classic(&self, slot: Slot, plan: &ClientPlan, out: &mut ExtensionsWriter<'_, '_>) {
        match slot {
            Slot::EncryptThenMac if plan.common.offers_encrypt_then_mac => {
                out.add(ExtensionType::ENCRYPT_THEN_MAC, |_| {});
            }
            Slot::ExtendedMasterSecret => out.add(ExtensionType::EXTENDED_MASTER_SECRET, |_| {}),
            Slot::SessionTicket if plan.keeps_sessions() => {
                let session = self.classic.as_ref();
                let ticket = session.and_then(|session| session.identity.ticket());
                out.add(ExtensionType::SESSION_TICKET, |out| {
                    out.bytes(ticket.unwrap_or_default());
                });
            }
            Slot::RenegotiationInfo => {
                let info = self.again.as_deref().unwrap_or_default();
                out.add_value(ExtensionType::RENEGOTIATION_INFO, &Opaque8::<0, 255>(info));
            }
            // RFC 8422 s5.1.2: uncompressed points, the only format.
            Slot::EcPointFormats => {
                out.add_value(ExtensionType::EC_POINT_FORMATS, &Opaque8::<1>(&[0]));
            }
            _ => {}
        }
    }

    /// What only TLS 1.3 reads.
    fn write_tls13(
        &self,
        slot: Slot,
        form: Form,
        plan: &ClientPlan,
        out: &mut ExtensionsWriter<'_, '_>,
    ) {
        match slot {
            Slot::SupportedVersions => out.add(ExtensionType::SUPPORTED_VERSIONS, |out| {
                out.prefixed::<1>(|out| {
                    self.greased(Grease::write_version, out);
                    match form {
                        Form::Inner => ProtocolVersion::TLS_1_3.write(out),
                        Form::Plain | Form::Outer => out.bytes(&plan.common.encoded_versions),
                    }
                });
            }),
            Slot::CompressCertificate if !plan.common.encoded_compression.is_empty() => {
                compression::offer(&plan.common, out);
            }
            Slot::DelegatedCredential => offer_delegated(&plan.common, out),
            Slot::Cookie => {
                if let Some(cookie) = &self.cookie {
                    out.add_value(ExtensionType::COOKIE, &Opaque16::<1>(cookie));
                }
            }
            Slot::PskKeyExchangeModes if plan.keeps_sessions() || self.names_keys => {
                out.add(ExtensionType::PSK_KEY_EXCHANGE_MODES, |out| {
                    out.prefixed::<1>(|out| {
                        PskKeyExchangeMode::PSK_DHE_KE.write(out);
                        if plan.config.danger_psk_without_key_exchange {
                            PskKeyExchangeMode::PSK_KE.write(out);
                        }
                        self.greased(Grease::write_psk_mode, out);
                    });
                });
            }
            Slot::PostHandshakeAuth if plan.config.post_handshake_auth => {
                out.add(ExtensionType::POST_HANDSHAKE_AUTH, |_| {});
            }
            Slot::KeyShare => out.add(ExtensionType::KEY_SHARE, |out| {
                out.prefixed::<2>(|out| self.write_shares(out));
            }),
            Slot::TicketRequest => {
                if let Some(request) = plan.config.ticket_request.filter(|_| plan.keeps_sessions())
                {
                    out.add_value(ExtensionType::TICKET_REQUEST, &request);
                }
            }
            Slot::EarlyData if self.early.is_some() => out.add(ExtensionType::EARLY_DATA, |_| {}),
            _ => {}
        }
    }
}

/// Which versions' extensions are called for.
struct Wants<'w> {
    form: Form,
    ech: Option<&'w OfferedEch>,
    classic: bool,
    tls13: bool,
}

impl Wants<'_> {
    /// True where the application protocols stand here.
    fn shows_alpn(&self, plan: &ClientPlan) -> bool {
        self.form != Form::Outer || plan.config.ech_shows_alpn
    }
}

fn write_ech(wants: &Wants<'_>, out: &mut ExtensionsWriter<'_, '_>) {
    let ech = ExtensionType::ENCRYPTED_CLIENT_HELLO;
    match (wants.form, wants.ech) {
        (Form::Inner, _) => out.add_value(ech, &EncryptedClientHello::Inner),
        (_, Some(offered)) => out.add(ech, |out| out.bytes(&offered.content)),
        (_, None) => {}
    }
}

fn write_server_name(
    form: Form,
    plan: &ClientPlan,
    name: &PeerName,
    out: &mut ExtensionsWriter<'_, '_>,
) {
    // RFC 9849 s6.1: the outer ClientHello always names the public one.
    let is_said = plan.config.send_server_name || form == Form::Outer;
    if let (PeerName::Dns(host), true) = (name, is_said) {
        out.add(ExtensionType::SERVER_NAME, |out| {
            let entry = ServerName {
                name_type: NameType::HOST_NAME,
                name: Opaque16(host.as_str().as_bytes()),
            };
            out.prefixed::<2>(|out| entry.write(out));
        });
    }
}

fn write_status_request(plan: &ClientPlan, out: &mut ExtensionsWriter<'_, '_>) {
    if plan.config.request_ocsp {
        let request = CertificateStatusRequest {
            status_type: CertificateStatusType::OCSP,
            responder_id_list: Opaque16(&[]),
            request_extensions: Opaque16(&[]),
        };
        out.add_value(ExtensionType::STATUS_REQUEST, &request);
    }
}

fn write_types(
    extension: ExtensionType,
    types: &[CertificateType],
    out: &mut ExtensionsWriter<'_, '_>,
) {
    if is_worth_saying(types) {
        out.add(extension, |out| {
            out.prefixed::<1>(|out| types.iter().for_each(|one| one.write(out)));
        });
    }
}
