//! ClientHello (RFC 5246 section 7.4.1.2).

use crate::classic::key_block::Randoms;
use crate::classic::server::choice::Choice;
use crate::classic::server::{ServerHandshake, State};
use crate::classic::shared::Shared;
use crate::config::ServerPlan;
use crate::connection::{Broken, Output};
use crate::fault::{Fault, OwnFailure};
use crate::handshake::side::Side;
use crate::handshake::talk::Talk;
use crate::hello::server_start::Read;
use crate::hello::{alpn, group, limits, server_name, suite, version};
use crate::near::Near;
use crate::suite::Family;
use handfast_crypto::random::Random;
use handfast_wire::handshake::ClientHelloExtensions;
use handfast_wire::registry::{CipherSuite, SignatureScheme};
use std::sync::Arc;

/// What a client that names no schemes accepts (RFC 5246 section 7.4.1.4.1) is
/// SHA-1, which is not made here.
const NO_SCHEMES: &[SignatureScheme] = &[];

impl ServerHandshake {
    /// Chooses by topic, in the RFC's order.
    pub(crate) fn begin(
        mut talk: Talk,
        plan: Arc<Near<ServerPlan>>,
        bytes: &[u8],
        (hello, extensions): &Read<'_>,
        out: &mut Output,
    ) -> Result<Self, Broken> {
        if !hello.legacy_compression_methods.contains(&0) {
            return Err(Fault::CompressionOffered.into());
        }
        let suites = suite::common_classic(&plan.common, hello)?;
        let group = group::choose_classic(&plan, extensions)?;
        check_extensions(extensions)?;
        let name = server_name::read(extensions.server_name)?;
        let protocol = alpn::choose(&plan, extensions.alpn)?;
        let limits = limits::choose(&plan.common, extensions, Family::Classic)?;
        let scsv = CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV;
        let choice = Choice {
            group,
            groups: extensions
                .supported_groups
                .map(|groups| groups.iter().collect()),
            schemes: match extensions.signature_algorithms {
                Some(schemes) => schemes.iter().collect(),
                None => NO_SCHEMES.to_vec(),
            },
            authorities: extensions
                .certificate_authorities
                .iter()
                .flat_map(|list| list.iter().map(|name| name.to_vec()))
                .collect(),
            limits,
            names_server: name.is_some(),
            wants_status: extensions.status_request.is_some(),
            wants_scts: extensions.signed_certificate_timestamp.is_some(),
            names_point_formats: extensions.ec_point_formats.is_some(),
            secure_renegotiation: extensions.renegotiation_info.is_some()
                || hello.cipher_suites.contains(&scsv),
            ticket: extensions.session_ticket.map(<[u8]>::to_vec),
            session_id: hello.legacy_session_id.to_vec(),
            suites,
        };
        let mut server = [0; 32];
        plan.common
            .draw()
            .fill(&mut server)
            .map_err(|_| OwnFailure::Random)?;
        version::mark_downgrade(&plan.common, &mut server);
        talk.client_random = *hello.random;
        talk.negotiated.server_name = name;
        talk.negotiated.alpn = protocol;
        talk.transcript.add(bytes);
        let first = choice
            .suites
            .first()
            .copied()
            .ok_or(Fault::SuiteNotCommon)?;
        let randoms = Randoms {
            client: *hello.random,
            server,
        };
        let mut shared = Shared::new(talk, Side::Server, first, randoms);
        shared.extended_master_secret = extensions.extended_master_secret.is_some();
        let mut handshake = Self {
            shared,
            state: State::AwaitCredential,
            plan,
            choice,
            share: None,
            shown: None,
            session: None,
            given_id: None,
            keys: None,
            wanted: Vec::new(),
        };
        handshake.state = handshake.look_for_session(out)?;
        Ok(handshake)
    }
}

/// What a first handshake of these versions may carry.
fn check_extensions(extensions: &ClientHelloExtensions<'_>) -> Result<(), Fault> {
    // RFC 5746 s3.6: empty in a first handshake.
    if extensions
        .renegotiation_info
        .is_some_and(|info| !info.is_empty())
    {
        return Err(Fault::RenegotiationInfoWrong);
    }
    if extensions
        .ec_point_formats
        .is_some_and(|formats| !formats.contains(&0))
    {
        return Err(Fault::PointFormatsWrong);
    }
    Ok(())
}
