//! Second handshakes with OpenSSL before TLS 1.3, begun by either side.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use handfast::config::{ClientAuth, Common, Renegotiation};
use handfast::connection::{PeerStanding, Renewal};
use handfast::observe::{Direction, Observer, Passed};
use handfast::obsolete::OBSOLETE;
use handfast::{ClientConfig, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, trial};
use handfast_wire::registry::HandshakeType;
use libtest_mimic::{Failed, Trial};

use super::client::arguments;
use super::server::{REVERSED, meet, start};
use crate::ours::{Files, Job, LINE, Ours, SOON, ask, asks_again, echo, reach};

const RSA: KeyKind = KeyKind::Rsa { bits: 2048 };
const ANY: &str = "ALL:@SECLEVEL=0";
const VERSIONS: [(ProtocolVersion, &str); 3] = [
    (ProtocolVersion::TLS_1_2, "-tls1_2"),
    (ProtocolVersion::TLS_1_1, "-tls1_1"),
    (ProtocolVersion::TLS_1_0, "-tls1"),
];

pub(super) fn trials() -> Vec<Trial> {
    type Test = fn(&Program, ProtocolVersion, &str) -> Result<(), Failed>;
    let tests: [(&str, Test); 5] = [
        ("we_begin_with_s_server", we_begin_with_server),
        ("s_server_that_declines_us_goes_on", declined),
        ("s_server_asks_us_who_we_are", server_begins),
        ("s_client_begins_with_us", client_begins),
        ("we_ask_s_client_who_it_is", we_begin_with_client),
    ];
    let mut trials = Vec::new();
    for (name, test) in tests {
        for (version, flag) in VERSIONS {
            let claim = format!("openssl::renegotiation_{name}_{version}");
            trials.push(trial(&claim, ["openssl"], move |[openssl]| {
                test(&openssl, version, flag)
            }));
        }
    }
    trials
}

/// Counts the Hellos that came.
#[derive(Debug, Default)]
struct Hellos(AtomicUsize);

impl Hellos {
    /// Waits until there were so many.
    fn wait(&self, hellos: usize) -> io::Result<()> {
        let end = Instant::now() + SOON;
        while self.0.load(Ordering::Acquire) < hellos {
            if Instant::now() > end {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Observer for Hellos {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let Passed::Handshake { msg_type, .. } = what else {
            return;
        };
        let is_hello =
            [HandshakeType::CLIENT_HELLO, HandshakeType::SERVER_HELLO].contains(&msg_type);
        if is_hello && direction == Direction::Received {
            self.0.fetch_add(1, Ordering::Release);
        }
    }
}

fn set(common: &mut Common, version: ProtocolVersion) -> Arc<Hellos> {
    let hellos = Arc::new(Hellos::default());
    common.allow_obsolete(&OBSOLETE);
    common.versions = vec![version];
    common.renegotiation = Renegotiation::ALLOW;
    common.observer = Some(Arc::clone(&hellos) as Arc<_>);
    hellos
}

fn client(version: ProtocolVersion) -> (ClientConfig, Arc<Hellos>) {
    let mut client = config::client();
    client.credentials = vec![config::credential(certificates::client(RSA))];
    let hellos = set(&mut client.common, version);
    (client, hellos)
}

fn server(version: ProtocolVersion) -> (ServerConfig, Arc<Hellos>) {
    let mut server = config::server(RSA);
    server.later_client_auth = ClientAuth::require(config::trust());
    let hellos = set(&mut server.common, version);
    (server, hellos)
}

/// A job in which the connection is renewed between lines, or is not.
fn renewing(wanted: [bool; 2]) -> Job<TcpStream> {
    Box::new(move |stream| {
        for wanted in wanted {
            ask(LINE, REVERSED)(stream)?;
            if stream.renew(Renewal::Keys)? != wanted {
                return Err(io::Error::other(format!("wanted: {wanted}")));
            }
        }
        ask(LINE, REVERSED)(stream)
    })
}

fn we_begin_with_server(
    openssl: &Program,
    version: ProtocolVersion,
    flag: &str,
) -> Result<(), Failed> {
    let files = Files::of(certificates::server(RSA))?;
    let more = [flag, "-client_renegotiation", "-cipher", ANY];
    let server = start(openssl, &files, &more)?;
    let (config, hellos) = client(version);
    meet(&server, config, "localhost", renewing([true, true]))
        .map_err(|ended| format!("{ended}; {}", server.output()))?;
    Ok(hellos.wait(3)?)
}

fn declined(openssl: &Program, version: ProtocolVersion, flag: &str) -> Result<(), Failed> {
    let files = Files::of(certificates::server(RSA))?;
    let server = start(openssl, &files, &[flag, "-cipher", ANY])?;
    let (config, _) = client(version);
    meet(&server, config, "localhost", renewing([false, false]))
        .map_err(|ended| format!("{ended}; {}", server.output()))?;
    Ok(())
}

fn server_begins(openssl: &Program, version: ProtocolVersion, flag: &str) -> Result<(), Failed> {
    let files = Files::of(certificates::server(RSA))?;
    let more = [flag, "-msg", "-cipher", ANY, "-CAfile", &files.root];
    let mut server = start(openssl, &files, &more)?;
    let (config, hellos) = client(version);
    let transport = server.connect(SOON)?;
    let talk = thread::spawn(move || {
        let job: Job<TcpStream> = Box::new(|stream| {
            ask(LINE, LINE)(stream)?;
            stream.write_all(LINE.as_bytes())
        });
        reach(config, "localhost", transport, job)
    });
    // In TLS 1.0 its first byte comes in a record of its own.
    server.printed(&LINE[1..], SOON)?;
    server.say("R\n")?;
    hellos.wait(2)?;
    server.printed("CertificateVerify", SOON)?;
    server.say(LINE)?;
    let seen = talk.join().map_err(|_| "our side panicked")?;
    let seen = seen.map_err(|ended| format!("{ended}; {}", server.output()))?;
    if seen.negotiated.own_chain().is_empty() {
        return Err("we were not asked".into());
    }
    Ok(())
}

fn client_begins(openssl: &Program, version: ProtocolVersion, flag: &str) -> Result<(), Failed> {
    let files = Files::of(certificates::server(RSA))?;
    let (config, hellos) = server(version);
    let job: Job<TcpStream> = Box::new(|stream| {
        echo(LINE.len())(stream)?;
        echo(LINE.len())(stream)
    });
    let ours = Ours::serve(config, job)?;
    let say = move |pipe: &mut dyn Write| {
        pipe.write_all(LINE.as_bytes())?;
        hellos.wait(1)?;
        // A word counts only where it is read alone.
        thread::sleep(Duration::from_millis(300));
        pipe.write_all(b"R\n")?;
        hellos.wait(2)?;
        pipe.write_all(LINE.as_bytes())
    };
    let more = [flag, "-cipher", ANY];
    let outcome = openssl.talk(arguments(ours.port, &files, &more), say, SOON)?;
    ours.seen(&(outcome.text(), &outcome.stderr))?;
    let text = outcome.text();
    if text.matches(LINE).count() == 2 && outcome.stderr.contains("RENEGOTIATING") {
        return Ok(());
    }
    Err(format!("{text}{}", outcome.stderr).into())
}

fn we_begin_with_client(
    openssl: &Program,
    version: ProtocolVersion,
    flag: &str,
) -> Result<(), Failed> {
    let files = Files::of(certificates::server(RSA))?;
    let shown = Files::of(certificates::client(RSA))?;
    let (config, _) = server(version);
    let ours = Ours::serve(config, asks_again())?;
    let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
    let more = [
        flag,
        "-cipher",
        ANY,
        "-cert",
        &shown.leaf,
        "-key",
        &shown.key,
        "-cert_chain",
        &shown.above,
    ];
    let outcome = openssl.talk(arguments(ours.port, &files, &more), say, SOON)?;
    let seen = ours.seen(&(outcome.text(), &outcome.stderr))?;
    if !outcome.text().contains(LINE) {
        return Err(format!("{}{}", outcome.text(), outcome.stderr).into());
    }
    let standing = seen.negotiated.peer_standing;
    if standing != PeerStanding::Verified || seen.negotiated.peer_chain.is_empty() {
        return Err(format!("{standing:?}").into());
    }
    Ok(())
}
