//! Keys that both sides have known before, with OpenSSL and GnuTLS: in TLS 1.2 and 1.3, both ways, with
//! sessions that go on, and alone, without a key exchange.

use std::io::{Read, Write};
use std::sync::Arc;

use handfast::config::{PreSharedKey, SystemEntropy, Trust};
use handfast::connection::{PeerStanding, Resumption};
use handfast::session::{MemoryStore, TicketKeys};
use handfast::stream::now;
use handfast::{
    Client, ClientConfig, NamedGroup, ProtocolVersion, Roots, ServerConfig, ServerName,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::peer::{Program, Server as Running, trial};
use libtest_mimic::{Failed, Trial};

use crate::gnutls::server::{Peer, printed, with_peer};
use crate::old::openssl::reversed;
use crate::ours::{Files, LINE, SOON, Seen, ask, echo, run};
use crate::several::{Several, VERSIONS, named};

const IDENTITY: &str = "pump-7";
const KEY: [u8; 32] = [0x5a; 32];
const KEY_HEX: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// How the two meet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    /// With a key exchange beside the key, twice: by the session the second time.
    Twice,
    /// By the key alone (TLS 1.3's psk_ke).
    Alone,
}

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let ways = VERSIONS.map(|version| (version, How::Twice));
    for (version, how) in ways.into_iter().chain([(VERSIONS[1], How::Alone)]) {
        let name = |claim: &str| {
            let more = match how {
                How::Twice => "",
                How::Alone => "_alone",
            };
            format!("{claim}_by_a_shared_key{more}_in_{}", named(version))
        };
        trials.push(trial(
            &name("openssl::we_reach_s_server"),
            ["openssl"],
            move |[openssl]| s_server(&openssl, version, how),
        ));
        trials.push(trial(
            &name("openssl::s_client_reaches_us"),
            ["openssl"],
            move |[openssl]| s_client(&openssl, version, how),
        ));
        let claim = name("gnutls::we_reach_gnutls_serv");
        trials.push(with_peer(&claim, move |peer| {
            gnutls_serv(peer, version, how)
        }));
        // Version 3.7 falls over ECDHE-PSK before TLS 1.3, whoever it reaches; without ECDHE it is
        // tried among the old.
        if version == ProtocolVersion::TLS_1_3 {
            trials.push(trial(
                &name("gnutls::gnutls_cli_reaches_us"),
                ["gnutls-cli"],
                move |[program]| gnutls_cli(&program, version, how),
            ));
        }
    }
    trials
}

fn key() -> Result<PreSharedKey, Failed> {
    Ok(PreSharedKey::new(IDENTITY.as_bytes(), &KEY)?)
}

/// A client that takes nobody who does not know the key.
fn client(version: ProtocolVersion, how: How) -> Result<Client, Failed> {
    let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
    config.common.versions = vec![version];
    config.psks = vec![key()?];
    config.require_psk = true;
    match how {
        How::Twice => config.sessions = Some(Arc::new(MemoryStore::default())),
        How::Alone => {
            config.danger_psk_without_key_exchange = true;
            // The server has another one.
            config.common.groups = vec![NamedGroup::SECP384R1];
        }
    }
    Ok(config.check()?)
}

/// A server without a certificate.
fn server(version: ProtocolVersion, how: How) -> Result<ServerConfig, Failed> {
    let mut config = ServerConfig::without_credential();
    config.common.versions = vec![version];
    config.psks = vec![PreSharedKey::new(b"pump-6", &[6; 32])?, key()?];
    match how {
        How::Twice => {
            let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
            config.ticket_keys = Some(Arc::new(keys.map_err(|failure| format!("{failure:?}"))?));
        }
        How::Alone => {
            config.danger_psk_without_key_exchange = true;
            config.common.groups = vec![NamedGroup::X25519];
        }
    }
    Ok(config)
}

impl How {
    /// By what each connection goes on.
    fn visits(self, version: ProtocolVersion) -> Vec<Option<Resumption>> {
        let again = match version {
            ProtocolVersion::TLS_1_3 => Resumption::Psk,
            _ => Resumption::Ticket,
        };
        match self {
            Self::Twice => vec![None, Some(again)],
            Self::Alone => vec![None],
        }
    }

    /// They have met by the key, and so.
    fn fits(self, seen: &Seen, resumption: Option<Resumption>) -> Result<(), String> {
        let negotiated = &seen.negotiated;
        let fits = negotiated.peer_standing == PeerStanding::SharedKey
            && negotiated.psk_identity.as_deref() == Some(IDENTITY.as_bytes())
            && negotiated.resumption == resumption
            && (negotiated.group == NamedGroup(0)) == (self == Self::Alone);
        match fits {
            true => Ok(()),
            false => Err(format!("{resumption:?} expected: {negotiated:?}")),
        }
    }
}

/// Says a line, and expects it back as the peer changes it.
fn visit<T: Read + Write>(
    client: &Client,
    transport: T,
    expect: &str,
    (how, resumption): (How, Option<Resumption>),
) -> Result<(), String> {
    let name = ServerName::parse("localhost").map_err(|fault| format!("{fault:?}"))?;
    let connection = client.connect(name, now());
    let connection = connection.map_err(|error| error.to_string())?;
    let seen = run(connection, transport, ask(LINE, expect));
    how.fits(&seen.map_err(|ended| ended.to_string())?, resumption)
}

fn s_server(openssl: &Program, version: ProtocolVersion, how: How) -> Result<(), Failed> {
    let arguments = |port| {
        let address = format!("127.0.0.1:{port}");
        let mut words = vec!["s_server", "-accept", &address, "-rev", "-nocert"];
        words.extend(["-psk", KEY_HEX, "-psk_identity", IDENTITY]);
        words.push(flag(version));
        if how == How::Alone {
            words.extend(["-allow_no_dhe_kex", "-groups", "X25519"]);
        }
        words.into_iter().map(str::to_owned).collect()
    };
    let server = Running::start(openssl, arguments, SOON)?;
    let client = client(version, how)?;
    let back = String::from_utf8_lossy(&reversed(LINE.as_bytes())).into_owned();
    for resumption in how.visits(version) {
        let met = visit(&client, server.connect(SOON)?, &back, (how, resumption));
        met.map_err(|why| format!("{why}; peer: {}", server.output()))?;
    }
    Ok(())
}

fn s_client(openssl: &Program, version: ProtocolVersion, how: How) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let session = files.file("session");
    let visits = how.visits(version);
    let ours = Several::serve(
        server(version, how)?,
        visits.iter().map(|_| echo(LINE.len())),
    )?;
    let address = format!("127.0.0.1:{}", ours.port);
    let mut said = Vec::new();
    for resumption in &visits {
        let mut words = vec!["s_client", "-connect", &address, flag(version)];
        words.extend(["-psk", KEY_HEX, "-psk_identity", IDENTITY]);
        match (how, resumption) {
            (How::Alone, _) => words.extend(["-allow_no_dhe_kex", "-groups", "P-384"]),
            (How::Twice, None) => words.extend(["-sess_out", &session]),
            (How::Twice, Some(_)) => words.extend(["-sess_in", &session]),
        }
        let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
        let outcome = openssl.talk(words, say, SOON)?;
        said.push(format!("{}{}", outcome.text(), outcome.stderr));
    }
    let seen = ours.seen(&said)?;
    for ((seen, resumption), said) in seen.iter().zip(visits).zip(&said) {
        how.fits(seen, resumption)?;
        if !said.contains(LINE) {
            return Err(said.clone().into());
        }
    }
    Ok(())
}

fn flag(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLS_1_3 => "-tls1_3",
        _ => "-tls1_2",
    }
}

/// GnuTLS's words for a version and a way.
fn priority(version: ProtocolVersion, how: How) -> &'static str {
    match (version, how) {
        (ProtocolVersion::TLS_1_3, How::Twice) => {
            "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK:+DHE-PSK"
        }
        (ProtocolVersion::TLS_1_3, How::Alone) => "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK",
        _ => "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-PSK",
    }
}

fn gnutls_serv(peer: &Peer, version: ProtocolVersion, how: How) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let known = format!("pump-6:{}\n{IDENTITY}:{KEY_HEX}\n", "06".repeat(32));
    let known = files.folder.write("psk.txt", known)?;
    let priority = priority(version, how);
    let more = [
        "--echo",
        "-a",
        "--priority",
        priority,
        "--pskpasswd",
        &known,
    ];
    let server = peer.start(&files, &more)?;
    let client = client(version, how)?;
    for resumption in how.visits(version) {
        let met = visit(&client, server.connect()?, LINE, (how, resumption));
        met.map_err(|why| format!("{why}; peer: {}", printed(&files)))?;
    }
    Ok(())
}

fn gnutls_cli(program: &Program, version: ProtocolVersion, how: How) -> Result<(), Failed> {
    let visits = how.visits(version);
    let last = visits.len().saturating_sub(1);
    // Before it comes back it says nothing.
    let jobs = (0..visits.len()).map(|at| echo(if at == last { LINE.len() } else { 0 }));
    let ours = Several::serve(server(version, how)?, jobs)?;
    let port = ours.port.to_string();
    let mut words = vec!["--port", &port, "--priority", priority(version, how)];
    words.extend(["--pskusername", IDENTITY, "--pskkey", KEY_HEX]);
    words.extend(["--sni-hostname", "localhost", "127.0.0.1"]);
    if how == How::Twice {
        words.extend(["--resume", "--waitresumption"]);
    }
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let outcome = program.talk(words, say, SOON)?;
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    let seen = ours.seen(&said)?;
    for (seen, resumption) in seen.iter().zip(visits) {
        how.fits(seen, resumption)?;
    }
    match said.contains(LINE) {
        true => Ok(()),
        false => Err(said.into()),
    }
}
