//! Java's own TLS, which switches off by lists what is old: here they are empty.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use handfast::{CipherSuite, ProtocolVersion};
use handfast_testkit::certificates;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::case::{Case, How, Set, Side, all_lines, serve, visit};
use crate::ours::{Files, SOON, accept};

const PEER: &str = include_str!("Peer.java");

/// The trials with this Java: one machine each for a version, a role and a way.
pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (set, named) in Set::all() {
        // It reads a premaster secret under SSL 3.0 in the form of the version that was offered,
        // not of the one that was chosen; and it goes on with no session of SSL 3.0, whatever it is
        // allowed.
        let odd = matches!(set.how, How::Offered | How::ById);
        if odd && set.version == ProtocolVersion::SSL_3_0 {
            continue;
        }
        let claim = format!("old::java_is_reached_by_{named}");
        trials.push(trial(&claim, ["java", "openssl"], move |programs| {
            Java(programs, set).is_reached()
        }));
        let claim = format!("old::java_reaches_us_by_{named}");
        trials.push(trial(&claim, ["java", "openssl"], move |programs| {
            Java(programs, set).reaches_us()
        }));
    }
    trials
}

/// Java and OpenSSL, which makes its files, and what one start serves.
struct Java([Program; 2], Set);

impl Java {
    /// The cases that Java has too, with its names of their suites.
    fn cases(&self, peer: &str) -> Result<Vec<(Case, String)>, Failed> {
        let told = self.0[0].run([peer, "suites"], b"", SOON)?;
        let text = told.text();
        // What SSL 3.0 had is called after it.
        let known: HashMap<String, &str> = text
            .lines()
            .map(|name| (name.replacen("SSL_", "TLS_", 1), name))
            .collect();
        let name = |suite: CipherSuite| known.get(&suite.to_string()).copied();
        let cases = self.1.cases(|suite| name(suite).is_some())?.into_iter();
        let cases = cases.filter_map(|case| Some((case, name(case.suite)?.to_owned())));
        Ok(cases.collect())
    }

    /// The words that begin every command line, and the files.
    fn arguments(&self, role: &str, files: &Files) -> Result<Vec<String>, Failed> {
        let Self([_, openssl], set) = self;
        let peer = files.file("Peer.java");
        std::fs::write(&peer, PEER)?;
        let keys = files.file("keys.p12");
        let mut export = vec![
            "pkcs12",
            "-export",
            "-in",
            &files.chain,
            "-inkey",
            &files.key,
        ];
        export.extend(["-out", &keys, "-passout", "pass:handfast"]);
        let made = openssl.run(export, b"", SOON)?;
        if !made.success() {
            return Err(made.stderr.into());
        }
        let version = match set.version {
            ProtocolVersion::SSL_3_0 => "SSLv3",
            ProtocolVersion::TLS_1_0 => "TLSv1",
            ProtocolVersion::TLS_1_1 => "TLSv1.1",
            _ => "TLSv1.2",
        };
        let mutual = (set.how == How::Mutual).to_string();
        let tickets = (set.how == How::ByTicket).to_string();
        let words = [&peer, role, version, &keys, &files.root, &mutual, &tickets];
        Ok(words.map(str::to_owned).to_vec())
    }

    fn is_reached(&self) -> Result<(), Failed> {
        let files = Files::of(certificates::server(self.1.kind))?;
        let arguments = self.arguments("server", &files)?;
        let cases = self.cases(&files.file("Peer.java"))?;
        let server = Listening::start(&self.0[0], arguments)?;
        for (case, name) in cases {
            let client = case.client()?;
            for resumption in case.how.visits() {
                visit(&client, server.connect()?, <[u8]>::to_vec)
                    .and_then(|negotiated| case.fits(&negotiated, resumption, Side::Client))
                    .map_err(|why| format!("{name}: {why}; peer: {:?}", server.said))?;
            }
        }
        Ok(())
    }

    fn reaches_us(&self) -> Result<(), Failed> {
        let files = Files::of(certificates::client(self.1.kind))?;
        let mut arguments = self.arguments("client", &files)?;
        let cases = self.cases(&files.file("Peer.java"))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let visits = self.1.how.visits();
        let mut servers = Vec::new();
        for (case, _) in &cases {
            servers.push((*case, case.server()?));
        }
        let bytes = all_lines().len();
        let turns = visits.clone();
        let serving = thread::spawn(move || -> Result<(), String> {
            for (case, server) in servers {
                for resumption in &turns {
                    let transport = accept(&listener).map_err(|error| error.to_string())?;
                    serve(&server, transport, bytes)
                        .and_then(|negotiated| case.fits(&negotiated, *resumption, Side::Server))
                        .map_err(|why| format!("{}: {why}", case.suite))?;
                }
            }
            Ok(())
        });
        arguments.extend([
            port.to_string(),
            bytes.to_string(),
            visits.len().to_string(),
        ]);
        arguments.extend(cases.iter().map(|(_, name)| name.clone()));
        let outcome = self.0[0].run(&arguments, b"", SOON)?;
        let ours = serving.join().map_err(|_| "our side panicked")?;
        ours.map_err(|why| format!("{why}; peer: {}{}", outcome.text(), outcome.stderr))?;
        let said = outcome.text();
        let expected = cases.iter().flat_map(|(_, name)| {
            let version = arguments.get(2).cloned().unwrap_or_default();
            visits.iter().map(move |back| {
                let word = back.map_or("new", |_| "back");
                format!("{name} {version} {word} same")
            })
        });
        if said.lines().eq(expected) {
            return Ok(());
        }
        Err(format!("{said}{}", outcome.stderr).into())
    }
}

/// A server in Java; it ends when this is dropped.
struct Listening {
    child: Child,
    port: u16,
    said: Arc<Mutex<Vec<String>>>,
}

impl Listening {
    fn start(java: &Program, arguments: Vec<String>) -> Result<Self, Failed> {
        let mut command = java.command();
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().ok_or("it ended early")??;
        let said = Arc::<Mutex<Vec<String>>>::default();
        let hears = Arc::clone(&said);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(mut said) = hears.lock() {
                    said.push(line);
                }
            }
        });
        let port = first
            .strip_prefix("port ")
            .and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| format!("a port expected: {first}"))?;
        Ok(Self { child, port, said })
    }

    fn connect(&self) -> Result<TcpStream, Failed> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(SOON))?;
        stream.set_write_timeout(Some(SOON))?;
        Ok(stream)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
