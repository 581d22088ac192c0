//! A capture of our traffic, read by Wireshark's `tshark` with our key log: what an operator does.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use handfast::{CipherSuite, ClientConfig, NamedGroup, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Folder, Program, free_port, trial};
use libtest_mimic::{Failed, Trial};

use crate::ours::{LINE, Ours, SOON, Watch, ask, echo, reach};

pub(super) fn trials() -> Vec<Trial> {
    let claim = "capture::tshark_reads_our_traffic_with_our_key_log_and_not_without_it";
    // Where the system forbids captures, the program counts as missing.
    let tshark = if may_capture() {
        "tshark"
    } else {
        "tshark (and the right to capture)"
    };
    vec![trial(claim, [tshark], |[tshark]| captured(&tshark))]
}

/// Whether loopback can be opened for capturing; `dumpcap` is what tshark starts for it.
fn may_capture() -> bool {
    let lists = |dumpcap: Program| dumpcap.run(["-i", "lo", "-L"], b"", SOON);
    Program::find("dumpcap").is_some_and(|dumpcap| lists(dumpcap).is_ok_and(|o| o.success()))
}

/// The messages of a connection as tshark sees them: who, and the handshake types (RFC 8446
/// appendix B.3) of a packet. Alert 0 is close_notify.
const FULL: &str = "client 1 | server 2 | server 8 11 15 20 | client 20 | client data | server data | client alert 0 | server alert 0";
const MUTUAL: &str = "client 1 | server 2 | server 8 13 11 15 20 | client 11 15 20 | client data | server data | client alert 0 | server alert 0";
const RETRY: &str = "client 1 | server 2 | client 1 | server 2 | server 8 11 15 20 | client 20 | client data | server data | client alert 0 | server alert 0";

fn captured(tshark: &Program) -> Result<(), Failed> {
    let (folder, port, watch) = (Folder::new()?, free_port()?, Watch::new());
    let capture = Capture::start(tshark, &folder, port)?;
    let flows = [full as Flow, mutual, retry];
    for flow in flows {
        let (mut client, mut server) = (config::client(), config::server(KeyKind::EcP256));
        flow(&mut client, &mut server);
        server.common.key_log = Some(Arc::clone(&watch) as Arc<_>);
        let ours = Ours::serve_at(port, server, echo(LINE.len()))?;
        let transport = TcpStream::connect(("127.0.0.1", port))?;
        transport.set_read_timeout(Some(SOON))?;
        let job = ask(LINE, LINE);
        reach(client, "localhost", transport, job).map_err(|ended| ended.to_string())?;
        ours.seen(&"")?;
    }
    capture.stop()?;

    let keys = folder.write("keys", watch.key_log().join("\n") + "\n")?;
    let option = format!("tls.keylog_file:{keys}");
    let expected = [FULL, MUTUAL, RETRY];
    let seen = read(tshark, &folder, port, &["-o", &option])?;
    if seen != expected {
        return Err(format!("{expected:#?} expected, got {seen:#?}").into());
    }
    // The control: without the keys nothing after ServerHello can be read.
    let blind = read(tshark, &folder, port, &[])?;
    let hellos = "client 1 | server 2";
    if blind
        == [
            hellos.to_owned(),
            hellos.to_owned(),
            format!("{hellos} | {hellos}"),
        ]
    {
        return Ok(());
    }
    Err(format!("read without keys: {blind:#?}").into())
}

type Flow = fn(&mut ClientConfig, &mut ServerConfig);

fn full(client: &mut ClientConfig, _: &mut ServerConfig) {
    client.common.suites = vec![CipherSuite::TLS_CHACHA20_POLY1305_SHA256];
    client.common.groups = vec![NamedGroup::X25519];
}

fn mutual(client: &mut ClientConfig, server: &mut ServerConfig) {
    *server = config::mutual_server(KeyKind::EcP384);
    client.credentials = vec![config::credential(certificates::client(KeyKind::Ed25519))];
}

fn retry(client: &mut ClientConfig, server: &mut ServerConfig) {
    client.common.suites = vec![CipherSuite::TLS_AES_256_GCM_SHA384];
    client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP384R1];
    server.common.groups = vec![NamedGroup::SECP384R1];
}

/// What tshark makes of the three connections, in the form of [`FULL`].
fn read(
    tshark: &Program,
    folder: &Folder,
    port: u16,
    more: &[&str],
) -> Result<[String; 3], Failed> {
    let (file, port) = (folder.file("capture"), port.to_string());
    let tls = format!("tcp.port=={port},tls");
    let mut arguments = vec!["-n", "-r", &file, "-d", &tls, "-Y", "tls", "-T", "fields"];
    arguments.extend([
        "-E",
        "separator=;",
        "-E",
        "aggregator= ",
        "-e",
        "tcp.stream",
    ]);
    arguments.extend([
        "-e",
        "tcp.srcport",
        "-e",
        "tls.handshake.type",
        "-e",
        "data.data",
    ]);
    arguments.extend(["-e", "tls.alert_message.desc"]);
    arguments.extend(more);
    let outcome = tshark.run(arguments, b"", SOON)?;
    if !outcome.success() {
        return Err(outcome.stderr.into());
    }
    let mut seen = [(); 3].map(|()| Vec::new());
    for packet in outcome.text().lines() {
        let mut columns = packet.split(';');
        let [stream, from, types, data, alert] =
            [(); 5].map(|()| columns.next().unwrap_or_default());
        let stream = seen
            .get_mut(stream.parse::<usize>()?)
            .ok_or("a fourth connection")?;
        let who = if from == port { "server" } else { "client" };
        stream.extend(happened(types, data, alert).map(|what| format!("{who} {what}")));
    }
    Ok(seen.map(|stream| stream.join(" | ")))
}

/// What happened in one packet, given its columns.
fn happened(types: &str, data: &str, alert: &str) -> impl Iterator<Item = String> {
    let line: String = LINE.bytes().map(|byte| format!("{byte:02x}")).collect();
    // ServerHello may share a packet with what is protected.
    let (plain, protected) = match types.split_once(' ') {
        Some(("2", rest)) => ("2", rest),
        _ => ("", types),
    };
    let types = [plain, protected].map(str::to_owned).into_iter();
    let types = types.filter(|types| !types.is_empty());
    let data = (data == line).then(|| "data".to_owned());
    let alert = (!alert.is_empty()).then(|| format!("alert {alert}"));
    types.chain(data).chain(alert)
}

/// A running capture of one port of loopback.
struct Capture {
    child: Child,
    file: String,
    log: String,
}

impl Capture {
    fn start(tshark: &Program, folder: &Folder, port: u16) -> Result<Self, Failed> {
        let (file, log) = (folder.file("capture"), folder.file("log"));
        let filter = format!("tcp port {port}");
        let mut command = tshark.command();
        command.args([
            "-i",
            "lo",
            "-q",
            "-f",
            &filter,
            "-w",
            &file,
            "-a",
            "duration:20",
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(fs::File::create(&log)?).spawn()?;
        let capture = Self { child, file, log };
        // The file is there once packets are taken.
        capture.wait(|bytes| bytes > 0)?;
        Ok(capture)
    }

    /// Waits until the file has a length that will do.
    fn wait(&self, enough: impl Fn(u64) -> bool) -> Result<(), Failed> {
        let end = Instant::now() + SOON;
        while !fs::metadata(&self.file).is_ok_and(|file| enough(file.len())) {
            if Instant::now() > end {
                return Err(fs::read_to_string(&self.log)?.into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn stop(mut self) -> Result<(), Failed> {
        // What was captured reaches the file within its interval; then it ends as by Ctrl-C.
        thread::sleep(Duration::from_millis(500));
        let id = self.child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
