//! From settings to the engine's configs. What the engine cannot be told is
//! not honoured.

use crate::ciphers;
use crate::credentials::{self, Held, unfit};
use crate::memory::Memory;
use crate::preset;
use crate::settings::{SelectAlpn, Settings};
use crate::stop::Stop;
use crate::trace::Trace;
use handfast::config::{ClientAuth, Common, PreSharedKey, UnknownName, Verification};
use handfast::obsolete::{COMPATIBLE, OBSOLETE};
use handfast::session::TicketKeys;
use handfast::{
    Client, ClientConfig, Connection, Credential, NamedGroup, Now, Server, ServerConfig,
    ServerName, SignatureScheme,
};
use std::sync::Arc;

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
    pub(crate) ticket_keys: Arc<TicketKeys>,
}

/// What an end can show of itself.
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
        let side = if settings.server {
            Side::Server(server(settings, common, shown, memory)?)
        } else {
            client(settings, common, shown, memory)?
        };
        Ok(Self {
            side,
            held,
            psks,
            trace,
            ticket_keys: Arc::clone(&memory.ticket_keys),
        })
    }

    /// A connection, which for a server may not have its config yet.
    pub(crate) fn begin(&self, settings: &Settings, now: Now) -> Result<Connection, Stop> {
        Ok(match &self.side {
            Side::Client(client, name) => client.connect(name.clone(), now)?,
            Side::Server(_) if settings.sees_client_hello() => Connection::accept_any(now),
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
    if settings.versions().is_empty() {
        return Err(Stop::NotHonoured("no version at all".to_owned()));
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
    let all = common.suites.clone();
    common
        .suites
        .retain(|suite| COMPATIBLE.suites().contains(suite) || !OBSOLETE.suites().contains(suite));
    if let Some(words) = &settings.ciphers {
        common.suites = ciphers::named(words, &all, &common.suites)
            .ok_or_else(|| Stop::NotHonoured(format!("-cipher {words}")))?;
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
    // It knows no Encrypt-then-MAC.
    common.encrypt_then_mac = false;
    if let Some(preset) = settings.policy.map(preset::of) {
        common.suites = preset.suites.to_vec();
        if !preset.groups.is_empty() {
            common.groups = preset.groups.to_vec();
        }
        if !preset.schemes.is_empty() {
            common.schemes = preset.schemes.to_vec();
        }
    }
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
    config.common = common;
    config.ask_for_psk = settings.psk.is_some();
    config.ask_for_credential = settings.asks_for_credential();
    config.credentials = shown.credentials;
    config.psks = shown.psks;
    config.require_psk = settings.requires_psk();
    config.send_server_name = settings.host_name.is_some();
    // Without a protocol the runner's library does not.
    let may = settings.advertise_alpn.is_some() || settings.false_start_without_alpn;
    config.false_start = settings.false_start && may;
    config.early_data = settings.early_data;
    config.sessions = Some(memory.store());
    config.reverify_on_resume = settings.reverify_on_resume;
    config.request_ocsp = settings.enable_ocsp;
    config.request_scts = settings.enable_scts;
    // Nobody checks this name: the runner judges peers by a stub.
    let name = settings.peer();
    let name = ServerName::parse(name)
        .map_err(|fault| Stop::NotHonoured(format!("host name {name}: {fault}")))?;
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
        SelectAlpn::Ignore | SelectAlpn::Decline => Vec::new(),
    };
    let mut config = ServerConfig::without_credential();
    config.common = common;
    config.ask_for_psk = settings.psk.is_some();
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
    config.check().map_err(unfit)
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
