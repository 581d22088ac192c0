//! ClientHello (RFC 5246 section 7.4.1.2).

use crate::classic::key_block::Randoms;
#[cfg(feature = "legacy")]
use crate::classic::key_exchange::dhe;
use crate::classic::profile;
use crate::classic::server::choice::{Choice, NamedSession};
use crate::classic::server::resume::Search;
use crate::classic::server::{ServerHandshake, State};
use crate::classic::shared::Shared;
use crate::config::ServerPlan;
use crate::connection::{Broken, Output};
use crate::fault::Fault;
use crate::handshake::again::Again;
use crate::handshake::side::Side;
use crate::handshake::talk::Talk;
use crate::hello::certificate_type::Named;
use crate::hello::server_start::Read;
use crate::hello::{alpn, group, java11, limits, server_name, srtp, suite, version};
use crate::near::Near;
use crate::suite::Family;
use handfast_wire::codec::Opaque8;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions};
use handfast_wire::registry::{CertificateType, CipherSuite, ProtocolVersion};
use std::sync::Arc;

impl ServerHandshake {
    /// Chooses. What a client names that comes back is looked for first, so that of its offers nothing is kept that it has no use for.
    pub(crate) fn choose(
        mut talk: Talk,
        plan: Arc<Near<ServerPlan>>,
        (hello, extensions): &Read<'_>,
        version: ProtocolVersion,
    ) -> Result<(Box<Self>, Search), Broken> {
        let unread = ClientHelloExtensions::default();
        let has_extensions = profile::find(version).has_extensions;
        // RFC 5746 s3.6: the one extension that counts where there are none.
        let info = extensions.renegotiation_info;
        let extensions = if has_extensions { extensions } else { &unread };
        let offers = Offers {
            hello,
            extensions,
            renegotiation_info: info,
            again: talk.again.as_deref(),
        };
        let Settled {
            choice,
            name,
            protocol,
        } = offers.settle(&plan, version)?;
        let bound = extensions.extended_master_secret.is_some();
        talk.client_random = *hello.random;
        talk.negotiated.server_name = name;
        talk.negotiated.alpn = protocol;
        let profiles = &plan.common.set.srtp_profiles;
        talk.negotiated.srtp_profile = srtp::choose(profiles, extensions.use_srtp);
        talk.negotiated.secure_renegotiation = choice.secure_renegotiation;
        if let Some(again) = &talk.again {
            Again::check_bound(bound)?;
            again.check_name(talk.negotiated.server_name.as_deref())?;
        }
        talk.peer_type = choice.types.client.unwrap_or(CertificateType::X509);
        let first = choice.suites.first().copied();
        let first = first.ok_or(Fault::SuiteNotCommon)?;
        // Ours is drawn with whatever else the flight needs.
        let randoms = Randoms {
            client: *hello.random,
            server: [0; 32],
        };
        let mut shared = Shared::new(talk, Side::Server, (version, first), randoms);
        shared.bind(bound)?;
        shared.encrypt_then_mac =
            extensions.encrypt_then_mac.is_some() && plan.common.offers_encrypt_then_mac;
        let mut handshake = Box::new(Self {
            shared,
            state: State::AwaitCredential,
            plan,
            choice,
            own_part: None,
            #[cfg(feature = "legacy")]
            encrypted: Vec::new(),
            #[cfg(feature = "legacy")]
            meant: None,
            shown: None,
            given_id: None,
            keys: None,
            ticket: None,
            wanted: Vec::new(),
            returning: None,
            renewed: None,
        });
        let search = handshake.look_for_session(extensions.session_ticket);
        if !matches!(search, Search::Found(_)) {
            let signatures = handshake.shared.profile.signatures;
            #[cfg(feature = "legacy")]
            {
                handshake.choice.obsolete = handshake.shared.obsolete_schemes();
            }
            handshake.choice.keep_offers(extensions, signatures);
        }
        Ok((handshake, search))
    }

    /// Our random of the ServerHello, from bytes that were drawn for it.
    pub(super) fn take_random(&mut self, drawn: [u8; 32]) {
        let random = &mut self.shared.randoms.server;
        *random = drawn;
        let (plan, version) = (&self.plan.common, self.shared.profile.version);
        version::mark_downgrade(plan, version, self.choice.spares_java11, random);
    }

    /// Goes on by what was found; `hello` is the ClientHello, header included.
    pub(crate) fn begin(
        &mut self,
        hello: Vec<u8>,
        search: Search,
        out: &mut Output,
    ) -> Result<(), Broken> {
        if let Search::Found(returning) = &search {
            // No CertificateVerify comes: only the hash is needed.
            self.shared.suite = returning.suite;
            self.shared.begin_transcript(false);
            self.shared.talk.transcript.add(&hello);
        } else {
            self.shared.talk.transcript.add_owned(hello);
        }
        self.state = self.go_on(search, out)?;
        Ok(())
    }
}

/// What a client offers, as its version lets it count.
struct Offers<'o, 'h> {
    hello: &'o ClientHello<'h>,
    extensions: &'o ClientHelloExtensions<'h>,
    renegotiation_info: Option<Opaque8<'h>>,
    /// What the handshake before has settled.
    again: Option<&'o Again>,
}

/// What came of it.
struct Settled {
    choice: Box<Choice>,
    name: Option<Box<str>>,
    protocol: Option<Box<[u8]>>,
}

impl Offers<'_, '_> {
    /// Chooses by topic, in the RFC's order.
    fn settle(&self, plan: &ServerPlan, version: ProtocolVersion) -> Result<Settled, Broken> {
        let Offers {
            hello,
            extensions,
            renegotiation_info,
            again,
        } = *self;
        if !hello.legacy_compression_methods.contains(&0) {
            return Err(Fault::CompressionOffered.into());
        }
        let suites = suite::common_classic(&plan.common, hello, version)?;
        let group = group::choose_classic(plan, extensions);
        #[cfg(feature = "legacy")]
        let field = match suites.iter().any(|suite| suite.has_field()) {
            true => dhe::choose(plan, extensions).map(Box::new),
            false => None,
        };
        let scsv = CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV;
        let says_scsv = hello.cipher_suites.contains(&scsv);
        check_renegotiation_info(renegotiation_info, says_scsv, again)?;
        check_point_formats(extensions)?;
        let name = server_name::read(extensions.server_name)?;
        let protocol = match again {
            None => alpn::choose(plan, extensions.alpn)?,
            Some(again) => again.protocol(),
        };
        let limits = limits::choose(&plan.common, extensions, Family::Classic)?;
        let mut choice = Box::new(Choice {
            group: group.as_ref().ok().copied(),
            #[cfg(feature = "legacy")]
            field,
            #[cfg(feature = "legacy")]
            client_version: hello.legacy_version,
            groups: None,
            schemes: Vec::new(),
            #[cfg(feature = "legacy")]
            obsolete: &[],
            authorities: Vec::new(),
            limits,
            types: Named::read(plan, extensions)?,
            names_server: name.is_some() && plan.config.confirm_server_name,
            spares_java11: java11::is_spared(plan, hello, extensions),
            wants_status: extensions.status_request.is_some(),
            wants_scts: extensions.signed_certificate_timestamp.is_some(),
            names_point_formats: extensions.ec_point_formats.is_some(),
            secure_renegotiation: renegotiation_info.is_some() || says_scsv,
            wants_ticket: extensions.session_ticket.is_some(),
            session_id: NamedSession::new(hello.legacy_session_id.0),
            suites,
        });
        // Whoever has no curve may still take a suite that wants none.
        if group.is_err() || choice.wants_field() {
            choice.keep_suites_that_agree();
        }
        if choice.suites.is_empty() {
            return Err(group.err().unwrap_or(Fault::GroupNotCommon.into()));
        }
        Ok(Settled {
            choice,
            name,
            protocol,
        })
    }
}

/// RFC 5746 s3.6 and s3.7: empty in a first handshake; in another one, what the one before ended with.
fn check_renegotiation_info(
    info: Option<Opaque8<'_>>,
    says_scsv: bool,
    again: Option<&Again>,
) -> Result<(), Fault> {
    match again {
        None if info.is_some_and(|info| !info.is_empty()) => Err(Fault::RenegotiationInfoWrong),
        None => Ok(()),
        Some(_) if says_scsv => Err(Fault::RenegotiationForgotten),
        Some(again) => Again::check_info(info.map(|info| info.0), again.client_info()),
    }
}

fn check_point_formats(extensions: &ClientHelloExtensions<'_>) -> Result<(), Fault> {
    if extensions
        .ec_point_formats
        .is_some_and(|formats| !formats.contains(&0))
    {
        return Err(Fault::PointFormatsWrong);
    }
    Ok(())
}
