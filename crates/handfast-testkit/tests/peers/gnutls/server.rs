//! We reach `gnutls-serv`. It listens on every address, so it runs in a network of its own with
//! nothing but loopback, and a relay carries the bytes from a Unix socket.

use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use handfast::config::Trust;
use handfast::{AlertDescription, ClientConfig, Error, Fault, NamedGroup, Roots};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::{GROUPS, KINDS, SUITES, everything, priority};
use crate::ours::{
    Ended, Files, Job, LABEL, LINE, SOON, Seen, Watch, ask, reach, same_log, stranger,
    stranger_client,
};
use crate::several::VERSIONS;

/// The server's port, in its own network.
const PORT: &str = "4433";

const RELAY: &str = include_str!("relay.py");

pub(super) fn trials() -> Vec<Trial> {
    type Test = fn(&Peer) -> Result<(), Failed>;
    let tests: [(&str, Test); 9] = [
        ("by_every_suite", every_suite),
        ("by_every_group", every_group),
        ("with_a_certificate_of_every_kind", every_kind),
        ("and_retry_when_asked", retries),
        ("and_show_a_certificate_of_every_kind", shows_certificates),
        (
            "and_are_refused_with_a_certificate_of_a_stranger",
            stranger_is_refused,
        ),
        ("and_refuse_it_below_an_unknown_root", unknown_root),
        (
            "and_replace_keys_within_a_record_size_limit",
            updates_and_limits,
        ),
        ("and_export_and_log_what_it_does", exports),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let claim = format!("gnutls::we_reach_gnutls_serv_{name}");
        with_peer(&claim, test)
    });
    trials.collect()
}

/// A trial with the server and what it takes to reach it.
pub(crate) fn with_peer(
    claim: &str,
    test: impl FnOnce(&Peer) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let needs = ["gnutls-serv", "unshare", "python3"];
    trial(claim, needs, |[server, unshare, python]| {
        test(&Peer {
            server,
            unshare,
            python,
        })
    })
}

/// The programs of a trial.
pub(crate) struct Peer {
    server: Program,
    unshare: Program,
    python: Program,
}

/// A server behind its relay; both end when this is dropped.
pub(crate) struct Relay {
    child: Child,
    path: String,
}

impl Relay {
    pub(crate) fn connect(&self) -> Result<UnixStream, Failed> {
        let end = Instant::now() + SOON;
        loop {
            match UnixStream::connect(&self.path) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(SOON))?;
                    stream.set_write_timeout(Some(SOON))?;
                    return Ok(stream);
                }
                Err(error) if Instant::now() > end => return Err(error.into()),
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // The relay ends with its standard input, and ends its server.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Peer {
    pub(crate) fn start(&self, files: &Files, more: &[&str]) -> Result<Relay, Failed> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = files.file(&format!("socket-{count}"));
        let log = std::fs::File::create(files.file("output"))?;
        let mut command = self.unshare.command();
        command.arg("-rn").arg(self.python.path());
        command
            .args(["-c", RELAY, &path, PORT])
            .arg(self.server.path());
        command.args(["--port", PORT, "--x509cafile", &files.root]);
        command.args(["--x509certfile", &files.chain, "--x509keyfile", &files.key]);
        command.args(more).env("SSLKEYLOGFILE", files.file("keys"));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log);
        let child = command.spawn()?;
        Ok(Relay { child, path })
    }

    fn meet(
        &self,
        config: ClientConfig,
        files: &Files,
        more: &[&str],
        job: Job<UnixStream>,
    ) -> Result<Result<Seen, Ended>, Failed> {
        let relay = self.start(files, &[&["--echo"], more].concat())?;
        let transport = relay.connect()?;
        Ok(reach(config, "localhost", transport, job))
    }

    /// A line goes there and comes back.
    pub(super) fn talks(
        &self,
        config: ClientConfig,
        files: &Files,
        more: &[&str],
    ) -> Result<Seen, Failed> {
        self.meet(config, files, more, ask(LINE, LINE))?
            .map_err(|ended| format!("{ended}; peer: {}", printed(files)).into())
    }
}

/// What the server printed.
pub(crate) fn printed(files: &Files) -> String {
    std::fs::read_to_string(files.file("output")).unwrap_or_default()
}

fn files() -> Result<Files, Failed> {
    Files::of(certificates::server(KeyKind::EcP256))
}

fn every_suite(peer: &Peer) -> Result<(), Failed> {
    for (suite, _) in SUITES {
        let mut config = config::client();
        config.common.suites = vec![suite];
        let seen = peer.talks(config, &files()?, &["-a", "--priority", &everything()])?;
        if seen.negotiated.suite != suite {
            return Err(format!("{suite} was not chosen").into());
        }
    }
    Ok(())
}

fn every_group(peer: &Peer) -> Result<(), Failed> {
    for (group, _) in GROUPS {
        let mut config = config::client();
        config.common.groups = vec![group];
        let seen = peer.talks(config, &files()?, &["-a", "--priority", &everything()])?;
        if seen.negotiated.group != group {
            return Err(format!("{group} was not chosen").into());
        }
    }
    Ok(())
}

fn every_kind(peer: &Peer) -> Result<(), Failed> {
    for kind in KINDS {
        peer.talks(
            config::client(),
            &Files::of(certificates::server(kind))?,
            &["-a"],
        )?;
    }
    Ok(())
}

fn retries(peer: &Peer) -> Result<(), Failed> {
    let mut config = config::client();
    config.key_shares = Some(vec![NamedGroup::X25519]);
    let priority = priority(&["AES-256-GCM"], &["GROUP-SECP384R1"]);
    let seen = peer.talks(config, &files()?, &["-a", "--priority", &priority])?;
    if seen.negotiated.retried {
        return Ok(());
    }
    Err("no retry".into())
}

fn shows_certificates(peer: &Peer) -> Result<(), Failed> {
    for kind in KINDS {
        let mut config = config::client();
        let credential = config::credential(certificates::client(kind));
        // It names the root, which issued the intermediate.
        config.credentials = vec![credential.only_for_matching_issuer()];
        let files = files()?;
        let seen = peer.talks(config, &files, &["-r", "--verify-client-cert"])?;
        if seen.negotiated.own_scheme.is_none() {
            return Err(format!("{kind:?} was not shown").into());
        }
    }
    Ok(())
}

fn stranger_is_refused(peer: &Peer) -> Result<(), Failed> {
    let mut config = config::client();
    config.credentials = vec![config::credential(&stranger_client()?)];
    let files = files()?;
    let more = ["-r", "--verify-client-cert"];
    let ended = peer.meet(config, &files, &more, ask(LINE, LINE))?.err();
    let error = ended.and_then(|ended| ended.error);
    // gnutls-serv looks at the certificate itself, and knows this one alert.
    if error == Some(Error::PeerAlert(AlertDescription::ACCESS_DENIED)) {
        return Ok(());
    }
    Err(format!("ours: {error:?}; {}", printed(&files)).into())
}

fn unknown_root(peer: &Peer) -> Result<(), Failed> {
    let mut roots = Roots::new();
    roots
        .add(stranger()?.root_der().clone())
        .map_err(|fault| format!("{fault:?}"))?;
    let config = ClientConfig::new(Trust::Roots(roots));
    let files = files()?;
    let relay = peer.start(&files, &["-a", "--echo"])?;
    let ended = reach(config, "localhost", relay.connect()?, ask(LINE, LINE)).err();
    let error = ended.and_then(|ended| ended.error);
    if error != Some(Error::Fault(Fault::CertificateAuthorityUnknown)) {
        return Err(format!("ours: {error:?}; {}", printed(&files)).into());
    }
    let end = Instant::now() + SOON;
    while !printed(&files).contains("A TLS fatal alert has been received") {
        if Instant::now() > end {
            return Err(format!("no alert: {}", printed(&files)).into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn updates_and_limits(peer: &Peer) -> Result<(), Failed> {
    let watch = Watch::new();
    let mut config = config::client();
    config.common.observer = Some(Arc::clone(&watch) as Arc<_>);
    config.common.record_size_limit = Some(600);
    let job: Job<UnixStream> = Box::new(|stream| {
        let long = format!("{}\n", "abcdefgh".repeat(300));
        ask(&long, &long)(stream)?;
        // Writing needs the transport's exclusive use: let a spent key do it.
        ask(LINE, LINE)(stream)
    });
    config.common.key_update_after = Some(3);
    let files = files()?;
    let more = ["-a", "--recordsize", "1000"];
    let ended = peer.meet(config, &files, &more, job)?;
    let seen = ended.map_err(|ended| format!("{ended}; {}", printed(&files)))?;
    let limits = (seen.negotiated.send_limit, seen.negotiated.receive_limit);
    if limits == (1000, 599) && watch.updates().0 >= 1 {
        return Ok(());
    }
    Err(format!("{limits:?}, updates: {:?}", watch.updates()).into())
}

fn exports(peer: &Peer) -> Result<(), Failed> {
    for version in VERSIONS {
        let watch = Watch::new();
        let mut config = config::client();
        config.common.versions = vec![version];
        config.common.key_log = Some(Arc::clone(&watch) as Arc<_>);
        let files = files()?;
        let more = ["-a", "--keymatexport", LABEL, "--keymatexportsize", "32"];
        let seen = peer.talks(config, &files, &more)?;
        if !printed(&files).to_uppercase().contains(&seen.exported) {
            return Err(format!("{} expected in: {}", seen.exported, printed(&files)).into());
        }
        same_log(&watch, &files.file("keys"), version)?;
    }
    Ok(())
}
