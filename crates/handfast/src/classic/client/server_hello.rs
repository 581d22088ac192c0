//! ServerHello (RFC 5246 section 7.4.1.3), in the RFC's order of checks.

use crate::classic::client::{ClientHandshake, State};
use crate::classic::key_block::Randoms;
use crate::classic::profile;
use crate::classic::shared::Shared;
use crate::config::ClientPlan;
use crate::connection::{Broken, Output, PeerStanding, Resumption};
use crate::fault::Fault;
use crate::handshake::again::Again;
use crate::handshake::input::Message;
use crate::handshake::proof::{PeerSettled, SignatureValid};
use crate::handshake::side::Side;
use crate::handshake::talk::malformed;
use crate::hello::certificate_type::{Answers, is_worth_saying};
use crate::hello::client_start::ClientStart;
use crate::hello::{alpn, limits, srtp, suite};
use crate::session::{Identity, Ticket};
use crate::suite::{Family, Suite};
#[cfg(feature = "legacy")]
use handfast_pki::extension::KeyUsage;
use handfast_pki::name::ServerName;
use handfast_wire::handshake::{ClassicServerHelloExtensions, ServerHello};
use handfast_wire::registry::{ExtensionType, ProtocolVersion};

impl ClientHandshake {
    /// Goes on from the ClientHello that was said and a ServerHello that chose
    /// this family.
    pub(crate) fn begin(
        mut start: ClientStart,
        message: Message<'_>,
        hello: &ServerHello<'_>,
        version: ProtocolVersion,
        out: &mut Output,
    ) -> Result<Box<Self>, Broken> {
        let suite = suite::check_chosen(&start.plan.common, hello, version)?;
        if hello.legacy_compression_method != 0 {
            return Err(Fault::CompressionChosen.into());
        }
        // A session id that was made up comes back only for a ticket (RFC 5077 s3.4).
        let echoed = hello.legacy_session_id_echo.0;
        let resumes = !echoed.is_empty() && echoed == start.offer.session_id();
        let session = start.offer.classic.take().filter(|_| resumes);
        if resumes && session.is_none() {
            return Err(Fault::SessionIdInvented.into());
        }
        let ech_rejected = start.offer.is_ech_rejected();
        check_provable(ech_rejected, suite)?;
        let extensions = read_extensions(&start, hello, version)?;
        let randoms = Randoms {
            client: start.offer.random,
            server: *hello.random,
        };
        let mut shared = Shared::new(start.talk, Side::Client, (version, suite), randoms);
        shared.bind(extensions.extended_master_secret.is_some())?;
        let secure_renegotiation = extensions.renegotiation_info.is_some();
        shared.talk.negotiated.secure_renegotiation = secure_renegotiation;
        // RFC 7366 s3: of no meaning, and not to be said, where the suite has no blocks.
        shared.encrypt_then_mac = extensions.encrypt_then_mac.is_some() && suite.has_blocks();
        #[cfg(feature = "legacy")]
        if suite.transports_key() {
            shared.talk.leaf_usage = KeyUsage::KEY_ENCIPHERMENT;
        }
        out.version(version);
        let resumed = session.as_ref().map(|session| &session.state);
        settle_types(&start.plan, &extensions, resumed, &mut shared)?;
        agree(&start.plan, ech_rejected, &extensions, &mut shared, out)?;
        if shared.talk.again.is_some() {
            Again::check_bound(shared.extended_master_secret)?;
        }
        let scts = hello
            .extensions
            .find(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP);
        shared.talk.negotiated.sct_list = scts.map(Box::from);
        // Only a CertificateVerify of ours signs the messages themselves.
        let config = &start.plan.config;
        let may_sign = config.ask_for_credential || !config.credentials.is_empty();
        shared.begin_transcript(session.is_none() && may_sign);
        shared.talk.hear(message);
        let ticket_promised = extensions.session_ticket.is_some();
        let state = match &session {
            None => first_state(suite),
            Some(session) => {
                check_session(&session.state, &shared)?;
                let by = match session.identity {
                    Identity::Ticket(_) => Resumption::Ticket,
                    Identity::SessionId(_) => Resumption::SessionId,
                };
                shared.resume(session.state.clone(), by)?;
                session.staples.give(&mut shared.talk.negotiated);
                // Of who knew a shared key alone there is no certificate to judge anew.
                if config.reverify_on_resume
                    && session.state.peer_standing != PeerStanding::SharedKey
                {
                    State::AwaitVerdict(SignatureValid::in_session(&session.state))
                } else {
                    Self::after_own_part(ticket_promised, PeerSettled::in_session(&session.state))
                }
            }
        };
        Ok(Box::new(Self {
            shared,
            state,
            ticket_promised,
            session,
            given_id: (!resumes && !echoed.is_empty()).then(|| echoed.to_vec()),
            ticket: None,
            plan: start.plan,
            name: start.name,
            secure_renegotiation,
            ech_rejected,
            status_promised: extensions.status_request.is_some() && suite.shows_certificate(),
            leaf: None,
            kept: None,
            #[cfg(feature = "legacy")]
            hint: None,
            wish: None,
            shown: None,
        }))
    }
}

/// Who could not open the encrypted ClientHello must prove the public name, and without a certificate
/// cannot; and a shared key is not for it, nor its name, which would stand in the clear.
fn check_provable(ech_rejected: bool, suite: &Suite) -> Result<(), Broken> {
    match ech_rejected && (!suite.shows_certificate() || suite.shares_key()) {
        true => Err(Fault::EchRejectedUnproved.into()),
        false => Ok(()),
    }
}

/// What comes behind the ServerHello of a full handshake.
#[cfg(feature = "legacy")]
fn first_state(suite: &Suite) -> State {
    match SignatureValid::without_certificate(suite) {
        None => State::WaitCertificate,
        Some(_) if suite.agrees() => State::WaitServerKeyExchange,
        Some(proof) => State::WaitRequestOrDone(proof),
    }
}

#[cfg(not(feature = "legacy"))]
fn first_state(_: &Suite) -> State {
    State::WaitCertificate
}

/// What either side shows (RFC 7250 section 4.2).
fn settle_types(
    plan: &ClientPlan,
    extensions: &ClassicServerHelloExtensions<'_>,
    session: Option<&Ticket>,
    shared: &mut Shared,
) -> Result<(), Fault> {
    let answers = Answers {
        server: extensions.server_certificate_type,
        client: extensions.client_certificate_type,
    };
    let agreed = answers.check(
        &plan.config.server_certificate_types,
        &plan.own_certificate_types,
        session.map(Ticket::peer_type),
        shared.suite.shows_certificate(),
    )?;
    shared.talk.agree_on_types(agreed.client, agreed.server);
    Ok(())
}

/// What the server must say, and the protocol, the profile and the record limits that it chose.
fn agree(
    plan: &ClientPlan,
    hides_alpn: bool,
    extensions: &ClassicServerHelloExtensions<'_>,
    shared: &mut Shared,
    out: &mut Output,
) -> Result<(), Broken> {
    let set = &plan.common.set;
    if plan.config.require_secure_renegotiation && extensions.renegotiation_info.is_none() {
        return Err(Fault::RenegotiationInfoAbsent.into());
    }
    shared.talk.negotiated.srtp_profile =
        srtp::check_chosen(&set.srtp_profiles, extensions.use_srtp)?;
    if let Some(again) = &shared.talk.again {
        shared.talk.negotiated.alpn = again.protocol();
    } else if let Some(answer) = extensions.alpn {
        shared.talk.negotiated.alpn = Some(alpn::check_chosen(&set.alpn, answer)?);
    } else if !set.alpn.is_empty() && !plan.config.alpn_optional && !hides_alpn {
        return Err(Fault::AlpnNotCommon.into());
    }
    let answered = limits::Answered {
        max_fragment_length: extensions.max_fragment_length,
        record_size_limit: extensions.record_size_limit,
        family: Family::Classic,
    };
    let limits = limits::check_chosen(set, &answered)?;
    shared.talk.negotiated.send_limit = limits.send;
    shared.talk.negotiated.receive_limit = limits.receive;
    out.send_limit(limits.send);
    out.receive_limit(limits.receive);
    Ok(())
}

/// RFC 5246 s7.4.1.3 and RFC 7627 s5.3: a session comes back as it was.
fn check_session(session: &Ticket, shared: &Shared) -> Result<(), Fault> {
    if session.version != shared.profile.version {
        return Err(Fault::VersionChangedInSession);
    }
    if session.suite != shared.suite.code {
        return Err(Fault::SuiteChangedInSession);
    }
    match (session.extended, shared.extended_master_secret) {
        (true, false) => Err(Fault::ExtendedMasterSecretDropped),
        (false, true) => Err(Fault::ExtendedMasterSecretAdded),
        _ => Ok(()),
    }
}

fn read_extensions<'a>(
    start: &ClientStart,
    hello: &ServerHello<'a>,
    version: ProtocolVersion,
) -> Result<ClassicServerHelloExtensions<'a>, Broken> {
    let has_extensions = profile::find(version).has_extensions;
    let stray = hello.extensions.iter().any(|one| {
        let is_allowed = has_extensions || one.extension_type == ExtensionType::RENEGOTIATION_INFO;
        !is_allowed || !has_offered(start, one.extension_type)
    });
    if stray {
        return Err(Fault::ExtensionNotOffered.into());
    }
    let extensions = ClassicServerHelloExtensions::read(hello.extensions)
        .map_err(malformed(Fault::ServerHelloMalformed))?;
    // RFC 5746 s3.4 and s3.5: empty in a first handshake; in another one, what the one before ended
    // with.
    let info = extensions.renegotiation_info;
    match &start.talk.again {
        None if info.is_some_and(|info| !info.is_empty()) => {
            return Err(Fault::RenegotiationInfoWrong.into());
        }
        None => {}
        Some(again) => Again::check_info(info.map(|info| info.0), &again.server_info())?,
    }
    // RFC 8422 s5.2: uncompressed points must be among them.
    if extensions
        .ec_point_formats
        .is_some_and(|formats| !formats.contains(&0))
    {
        return Err(Fault::PointFormatsWrong.into());
    }
    Ok(extensions)
}

/// True for extensions that this client offered and that a server may answer here.
fn has_offered(start: &ClientStart, extension: ExtensionType) -> bool {
    let (config, set) = (&start.plan.config, &start.plan.common.set);
    match extension {
        ExtensionType::SERVER_NAME => {
            let is_said = config.send_server_name || start.offer.is_ech_rejected();
            is_said && matches!(start.name, ServerName::Dns(_))
        }
        ExtensionType::USE_SRTP => !set.srtp_profiles.is_empty(),
        ExtensionType::MAX_FRAGMENT_LENGTH => set.max_fragment_length.is_some(),
        ExtensionType::STATUS_REQUEST => config.request_ocsp,
        ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP => config.request_scts,
        ExtensionType::RECORD_SIZE_LIMIT => set.record_size_limit.is_some(),
        ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION => {
            let is_said = !start.offer.is_ech_rejected() || config.ech_shows_alpn;
            is_said && !set.alpn.is_empty() && start.talk.again.is_none()
        }
        ExtensionType::CLIENT_CERTIFICATE_TYPE => {
            is_worth_saying(&start.plan.own_certificate_types)
        }
        ExtensionType::SERVER_CERTIFICATE_TYPE => is_worth_saying(&config.server_certificate_types),
        ExtensionType::SESSION_TICKET => start.plan.keeps_sessions(),
        ExtensionType::ENCRYPT_THEN_MAC => start.plan.common.offers_encrypt_then_mac,
        ExtensionType::EC_POINT_FORMATS
        | ExtensionType::EXTENDED_MASTER_SECRET
        | ExtensionType::RENEGOTIATION_INFO => true,
        _ => false,
    }
}
