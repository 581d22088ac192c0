//! From settings to the engine's configs. What the engine cannot be told is
//! not honoured.

use crate::codecs;
use crate::credentials::{self, Held, unfit};
use crate::ech;
use crate::memory::Memory;
use crate::safe::Teller;
use crate::settings::{SelectAlpn, Settings};
use crate::stop::Stop;
use crate::trace::Trace;
use handfast::config::{
    AcrossNames, ApplicationSettings, ClientAuth, Common, PreSharedKey, ProtocolSettings,
    SettingsCodePoint, SystemEntropy, UnknownName, Verification,
};
use handfast::obsolete::{COMPATIBLE, OBSOLETE};
use handfast::session::TicketKeys;
use handfast::{
    CipherSuite, Client, ClientConfig, Connection, Credential, NamedGroup, Now, ProtocolVersion,
    Server, ServerConfig, ServerName, SignatureScheme,
};
use handfast_policy::policy::{Governed, Violations};
use handfast_policy::{Dropped, Item};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What the runner takes for the default when it names no schemes.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA1,
];

/// Bytes of early data that the runner's library takes; it looks at clocks to the minute.
const MAX_EARLY_DATA: u32 = 14_336;

/// One end, ready to connect.
pub(crate) struct Endpoint {
    side: Side,
    pub(crate) held: Vec<Held>,
    /// Keys that both may have known before, and the runner's numbers of them.
    pub(crate) psks: Vec<(i32, PreSharedKey)>,
    pub(crate) trace: Arc<Trace>,
    /// Why the config that the caller would choose is none.
    pub(crate) mistake: Option<String>,
    /// Who seals tickets, and keys that are sealed by that.
    pub(crate) teller: Arc<Teller>,
    pub(crate) ticket_keys: Arc<TicketKeys>,
}

/// What an end can show of itself.
#[derive(Clone)]
struct Shown {
    credentials: Vec<Credential>,
    psks: Vec<PreSharedKey>,
}

enum Side {
    Client(Client, ServerName),
    Server(Server),
}

impl Endpoint {
    /// Everything that does not need the peer.
    pub(crate) fn new(settings: &Settings, memory: &Memory) -> Result<Self, Stop> {
        refuse_what_is_not_there(settings)?;
        let held = credentials::held(settings)?;
        let trace = Arc::new(Trace::default());
        let mut common = common(settings)?;
        common.observer = Some(trace.clone());
        let psks = credentials::shared_keys(settings)?;
        let shown = Shown {
            credentials: held.iter().map(|held| held.credential.clone()).collect(),
            psks: psks.iter().map(|(_, key)| key.clone()).collect(),
        };
        let mut mistake = None;
        if settings.select_alpn == SelectAlpn::Empty {
            let mut chosen = settings.clone();
            chosen.select_alpn = SelectAlpn::Select(String::new());
            let refused = server(&chosen, common.clone(), shown.clone(), memory).err();
            mistake = refused.map(|stop| format!(":INVALID_ALPN_PROTOCOL: {stop}"));
        }
        let side = if settings.server {
            Side::Server(server(settings, common, shown, memory)?)
        } else {
            client(settings, common, shown, memory)?
        };
        let teller = Arc::new(Teller {
            safe: Arc::clone(&memory.safe),
            skips: settings.skip_ticket,
            renews: settings.renew_ticket,
            opened: AtomicU64::new(0),
        });
        let sealed_by = TicketKeys::sealed_by(Arc::clone(&teller) as _, Arc::new(SystemEntropy));
        Ok(Self {
            side,
            held,
            psks,
            trace,
            mistake,
            teller,
            ticket_keys: Arc::new(sealed_by),
        })
    }

    /// A connection, which for a server may not have its config yet.
    pub(crate) fn begin(&self, settings: &Settings, now: Now) -> Result<Connection, Stop> {
        Ok(match &self.side {
            Side::Client(client, name) => client.connect(name.clone(), now)?,
            // Who has keys for it opens the ClientHello before it is shown.
            Side::Server(_) if settings.sees_client_hello() && settings.ech.keys.is_empty() => {
                Connection::accept_any(now)
            }
            Side::Server(server) => server.accept(now)?,
        })
    }

    /// The server's config, once it is asked for.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.side {
            Side::Server(server) => Some(server),
            Side::Client(..) => None,
        }
    }
}

fn refuse_what_is_not_there(settings: &Settings) -> Result<(), Stop> {
    // Where flags switch all of them off, the config says so itself.
    if settings.versions().is_empty() && !settings.switches_all_versions_off() {
        return Err(Stop::NotHonoured("no version that there is".to_owned()));
    }
    if settings.no_ticket && !settings.server {
        return Err(Stop::NotHonoured("a client without tickets".to_owned()));
    }
    Ok(())
}

fn common(settings: &Settings) -> Result<Common, Stop> {
    let mut common = Common {
        // The stub judges alike on every connection.
        renegotiation: settings.renegotiation,
        session_scope: Some(b"the runner's stub".to_vec()),
        ..Common::default()
    };
    // The runner's library has these on by default, but not Triple DES.
    common.allow_obsolete(&OBSOLETE);
    if let Some(words) = &settings.ciphers {
        let not_honoured =
            |why: &dyn core::fmt::Display| Stop::NotHonoured(format!("-cipher {words}: {why}"));
        let named = handfast_policy::openssl::ciphers(words).map_err(|bad| not_honoured(&bad))?;
        let dropped = named
            .apply(&mut common)
            .map_err(|nothing| not_honoured(&nothing))?;
        let is_word = |one: &&Dropped| matches!(one.item, Item::Word(_));
        if let Some(word) = dropped.iter().find(is_word) {
            return Err(not_honoured(word));
        }
    } else {
        common.suites.retain(|suite| {
            COMPATIBLE.suites().contains(suite) || !OBSOLETE.suites().contains(suite)
        });
    }
    common.versions = settings.versions();
    common.schemes = SCHEMES.to_vec();
    if !settings.groups.is_empty() {
        common.groups = settings.groups.iter().copied().map(NamedGroup).collect();
    }
    if !settings.verify_prefs.is_empty() {
        common.schemes = settings
            .verify_prefs
            .iter()
            .copied()
            .map(SignatureScheme)
            .collect();
    }
    common.certificate_compression = codecs::installed(settings.all_codecs, settings.one_codec);
    common.max_send_fragment = settings.max_send_fragment;
    // It knows no Encrypt-then-MAC.
    common.encrypt_then_mac = false;
    Ok(common)
}

fn client(
    settings: &Settings,
    mut common: Common,
    shown: Shown,
    memory: &Memory,
) -> Result<Side, Stop> {
    if let Some(list) = &settings.advertise_alpn {
        common.alpn = wire_list(list)?;
    }
    let mut config = ClientConfig::with_verification(verification(settings));
    config.key_shares = settings
        .key_shares
        .as_ref()
        .map(|groups| groups.iter().copied().map(NamedGroup).collect());
    common.application_settings = application_settings(settings);
    let known = settings.server_groups.iter().copied();
    config.known_server_groups = known.map(NamedGroup).collect();
    config.common = common;
    config.ask_for_psk = settings.psk.is_some();
    config.ask_for_credential = settings.asks_for_credential();
    config.server_certificate_types = settings.accepted_types();
    config.client_certificate_types = settings.own_types();
    config.credentials = shown.credentials;
    config.psks = shown.psks;
    // The runner's library has its clients always do it.
    config.insist_on_credential = true;
    config.require_psk = settings.requires_psk();
    config.send_server_name = settings.host_name.is_some();
    // Without a protocol the runner's library does not.
    let may = settings.advertise_alpn.is_some() || settings.false_start_without_alpn;
    config.false_start = settings.false_start && may;
    config.early_data = settings.early_data;
    config.sessions = Some(memory.store());
    config.reverify_on_resume = settings.reverify_on_resume;
    // As the runner's library does.
    config.judge_before_early_data = true;
    config.request_ocsp = settings.enable_ocsp;
    config.request_scts = settings.enable_scts;
    config.grease = settings.grease;
    config.permute_extensions = settings.permute_extensions;
    config.require_secure_renegotiation = settings.no_legacy_server;
    config.fallback = settings.fallback;
    config.ech = ech::of_client(&settings.ech, &config.common)?;
    // It shows them; no flag of its own says so.
    config.ech_shows_alpn = true;
    // Nobody checks this name: the runner judges peers by a stub.
    let name = settings.peer();
    let name = ServerName::parse(name)
        .map_err(|fault| Stop::NotHonoured(format!("host name {name}: {fault}")))?;
    follow(settings, &mut config)?;
    Ok(Side::Client(config.check().map_err(unfit)?, name))
}

fn server(
    settings: &Settings,
    mut common: Common,
    shown: Shown,
    memory: &Memory,
) -> Result<Server, Stop> {
    common.alpn = match &settings.select_alpn {
        SelectAlpn::Select(protocol) => vec![protocol.clone().into_bytes()],
        // Nothing that a client offers is accepted, and this one never is.
        SelectAlpn::Reject => vec![b"nothing the runner offers".to_vec()],
        SelectAlpn::Ignore | SelectAlpn::Decline | SelectAlpn::Empty => Vec::new(),
    };
    common.application_settings = application_settings(settings);
    // Settings are for protocols that may be chosen: the others come behind the one that is to be.
    for (protocol, _) in &settings.application_settings {
        if !common.alpn.contains(&protocol.clone().into_bytes()) {
            common.alpn.push(protocol.clone().into_bytes());
        }
    }
    let mut config = ServerConfig::without_credential();
    // A server of the runner's library leaves these to its clients, unless a policy has its own order.
    if settings.policy.is_none() {
        common.equal_suites.push(vec![
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
        ]);
    }
    config.common = common;
    config.ech_keys = ech::keys(&settings.ech)?;
    config.ask_for_config = settings.sees_client_hello() && !config.ech_keys.is_empty();
    config.ask_for_psk = settings.psk.is_some();
    config.client_certificate_types = settings.accepted_types();
    config.keep_only_digests_of_clients = settings.only_digest;
    if settings.own_types().is_some() {
        return Err(Stop::NotHonoured("a server's available types".to_owned()));
    }
    let hint = settings.psk_identity.as_bytes();
    config.psk_hint = (!hint.is_empty()).then(|| hint.to_vec());
    config.credentials = shown.credentials;
    config.psks = shown.psks;
    if settings.ticket_callback {
        config.ask_for_ticket_keys = true;
    } else if settings.no_ticket {
        // What is kept here serves session IDs alone then.
        config.tickets = 0;
        config.session_cache = Some(Arc::clone(&memory.cache));
    } else {
        config.ticket_keys = Some(Arc::clone(&memory.ticket_keys));
        config.session_cache = Some(Arc::clone(&memory.cache));
    }
    if settings.early_data {
        config.max_early_data = MAX_EARLY_DATA;
        config.early_data_age_ms = 60_000;
        config.strikes = Some(Arc::clone(&memory.flights) as _);
    }
    // The runner's library has its servers always do it.
    config.grease = true;
    config.spare_java11 = settings.spares_java11;
    config.confirm_server_name = !settings.server_name_unconfirmed;
    if settings.resumes_across_names {
        config.resume_across_names = AcrossNames::All;
    }
    config.unknown_name = UnknownName::UseFirst;
    config.ask_for_credential = settings.asks_for_credential();
    config.client_auth = if settings.verify_peer {
        ClientAuth::Request(verification(settings))
    } else if settings.require_client_certificate {
        ClientAuth::Require(verification(settings))
    } else {
        ClientAuth::None
    };
    if let Some(list) = &settings.client_ca_list {
        config.client_authorities = hex_names(list)?;
    }
    follow(settings, &mut config)?;
    config.check().map_err(unfit)
}

/// Puts the policy that a flag names into the config, within the versions of the other flags. What a
/// policy forbids, such as a key that may sign nothing under it, ends the shim before it connects.
fn follow(settings: &Settings, config: &mut (impl Governed + Versions)) -> Result<(), Stop> {
    let Some(policy) = settings.policy else {
        return Ok(());
    };
    policy.apply(config);
    *config.versions() = settings.versions();
    let violated = |violations: Violations| Stop::Wrong(format!(":POLICY: {violations}"));
    policy.check(config).map_err(violated)
}

/// The versions of a config of either side.
trait Versions {
    fn versions(&mut self) -> &mut Vec<ProtocolVersion>;
}

impl Versions for ClientConfig {
    fn versions(&mut self) -> &mut Vec<ProtocolVersion> {
        &mut self.common.versions
    }
}

impl Versions for ServerConfig {
    fn versions(&mut self) -> &mut Vec<ProtocolVersion> {
        &mut self.common.versions
    }
}

fn application_settings(settings: &Settings) -> ApplicationSettings {
    let each = settings.application_settings.iter();
    ApplicationSettings {
        protocols: each
            .map(|(protocol, settings)| ProtocolSettings {
                protocol: protocol.clone().into_bytes(),
                settings: settings.clone().into_bytes(),
            })
            .collect(),
        code_point: match settings.old_settings_code_point {
            true => SettingsCodePoint::Old,
            false => SettingsCodePoint::New,
        },
    }
}

/// The runner judges by a stub. Where no flag speaks of it, nobody is asked.
fn verification(settings: &Settings) -> Verification {
    if settings.judges_peers() {
        Verification::ask()
    } else {
        Verification::danger_accept_anyone()
    }
}

/// Protocols as they stand in ALPN: each after one byte of length.
fn wire_list(list: &str) -> Result<Vec<Vec<u8>>, Stop> {
    let mut rest = list.as_bytes();
    let mut protocols = Vec::new();
    while let Some((length, tail)) = rest.split_first() {
        let (protocol, after) = tail
            .split_at_checked(usize::from(*length))
            .ok_or_else(|| Stop::NotHonoured("a list of protocols that is cut off".to_owned()))?;
        protocols.push(protocol.to_vec());
        rest = after;
    }
    Ok(protocols)
}

/// DER names in hexadecimal, separated by commas; or one of two words for none.
pub(crate) fn hex_names(list: &str) -> Result<Vec<Vec<u8>>, Stop> {
    if matches!(list, "<NULL>" | "<EMPTY>") {
        return Ok(Vec::new());
    }
    list.split(',').map(hex).collect()
}

fn hex(text: &str) -> Result<Vec<u8>, Stop> {
    let wrong = || Stop::Wrong(format!("{text} is not hexadecimal"));
    let byte = |pair: &[u8]| {
        core::str::from_utf8(pair)
            .ok()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    if !text.len().is_multiple_of(2) {
        return Err(wrong());
    }
    text.as_bytes()
        .chunks(2)
        .map(byte)
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::{hex_names, wire_list};

    #[test]
    fn a_wire_list_is_split_and_a_cut_one_refused() {
        assert_eq!(
            wire_list("\x03foo\x01b").unwrap(),
            [b"foo".to_vec(), b"b".to_vec()]
        );
        assert!(wire_list("\x04foo").is_err());
    }

    #[test]
    fn names_come_in_hexadecimal_or_not_at_all() {
        assert_eq!(hex_names("30ff,00").unwrap(), [vec![0x30, 0xff], vec![0]]);
        assert!(hex_names("<EMPTY>").unwrap().is_empty());
        assert!(hex_names("3").is_err());
    }
}
