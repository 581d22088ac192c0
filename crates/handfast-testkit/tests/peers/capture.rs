//! A capture of our traffic, read by Wireshark's `tshark` with our key log: what an operator does.

mod reading;
mod running;

use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use handfast::observe::{Direction, Observer, Passed};
use handfast::{CipherSuite, ClientConfig, NamedGroup, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Folder, Program, free_port, trial};
use libtest_mimic::{Failed, Trial};

use crate::ours::{LINE, Ours, SOON, Watch, ask, echo, reach};
use crate::several::{self, Keeps};
use reading::{Connection, Event, read};
use running::{Capture, may_capture};

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

/// Connections of one client with one server, each as it is to be read: with the keys, and
/// without. The numbers are types of messages; 4 is NewSessionTicket, 20 Finished.
struct Flow {
    client: ClientConfig,
    server: ServerConfig,
    connections: &'static [[&'static str; 2]],
}

fn flows() -> Result<Vec<Flow>, Failed> {
    Ok(vec![
        full(),
        mutual(ProtocolVersion::TLS_1_3),
        retry(),
        resumed(Keeps::Tickets, ProtocolVersion::TLS_1_3)?,
        mutual(ProtocolVersion::TLS_1_2),
        resumed(Keeps::Tickets, ProtocolVersion::TLS_1_2)?,
        resumed(Keeps::Cache, ProtocolVersion::TLS_1_2)?,
    ])
}

fn full() -> Flow {
    let mut client = several::returning(ProtocolVersion::TLS_1_3, false);
    client.common.suites = vec![CipherSuite::TLS_CHACHA20_POLY1305_SHA256];
    client.common.groups = vec![NamedGroup::X25519];
    Flow {
        client,
        server: several::plain(ProtocolVersion::TLS_1_3, false),
        connections: &[[
            "client 1 | server 2 ccs 8 11 15 20(32) | client ccs 20(32) | server line | client line",
            "client 1 | server 2 ccs | client ccs",
        ]],
    }
}

fn mutual(version: ProtocolVersion) -> Flow {
    let mut client = several::returning(version, false);
    client.credentials = vec![config::credential(certificates::client(KeyKind::Ed25519))];
    let mut server = config::mutual_server(KeyKind::EcP384);
    server.common.versions = vec![version];
    let connections: &[_] = match version {
        ProtocolVersion::TLS_1_2 => &[[
            "client 1 | server 2 11 12 13 14(0) | client 11 16(33) 15 ccs 20(12) | server ccs 20(12) line | client line",
            "client 1 | server 2 11 12 13 14(0) | client 11 16(33) 15 ccs | server ccs",
        ]],
        _ => &[[
            "client 1 | server 2 ccs 8 13 11 15 20(32) | client ccs 11 15 20(32) | server line | client line",
            "client 1 | server 2 ccs | client ccs",
        ]],
    };
    Flow {
        client,
        server,
        connections,
    }
}

fn retry() -> Flow {
    let mut client = several::returning(ProtocolVersion::TLS_1_3, false);
    client.common.suites = vec![CipherSuite::TLS_AES_256_GCM_SHA384];
    client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP384R1];
    let mut server = several::plain(ProtocolVersion::TLS_1_3, false);
    server.common.groups = vec![NamedGroup::SECP384R1];
    Flow {
        client,
        server,
        connections: &[[
            "client 1 | server 2 ccs | client ccs 1 | server 2 8 11 15 20(48) | client 20(48) | server line | client line",
            "client 1 | server 2 ccs | client ccs 1 | server 2",
        ]],
    }
}

/// Full, and then by what the first left behind.
fn resumed(keeps: Keeps, version: ProtocolVersion) -> Result<Flow, Failed> {
    let mut server = several::keeping(keeps, version, false)?;
    server.tickets = 1;
    let connections: &[_] = match (version, keeps) {
        (ProtocolVersion::TLS_1_2, Keeps::Tickets) => &[
            [
                "client 1 | server 2 11 12 14(0) | client 16(33) ccs 20(12) | server 4 ccs 20(12) line | client line",
                "client 1 | server 2 11 12 14(0) | client 16(33) ccs | server 4 ccs",
            ],
            [
                "client 1 | server 2 ccs 20(12) | client ccs 20(12) | server line | client line",
                "client 1 | server 2 ccs | client ccs",
            ],
        ],
        (ProtocolVersion::TLS_1_2, Keeps::Cache) => &[
            [
                "client 1 | server 2 11 12 14(0) | client 16(33) ccs 20(12) | server ccs 20(12) line | client line",
                "client 1 | server 2 11 12 14(0) | client 16(33) ccs | server ccs",
            ],
            [
                "client 1 | server 2 ccs 20(12) | client ccs 20(12) | server line | client line",
                "client 1 | server 2 ccs | client ccs",
            ],
        ],
        _ => &[
            [
                "client 1 | server 2 ccs 8 11 15 20(32) | client ccs 20(32) | server 4 line | client line",
                "client 1 | server 2 ccs | client ccs",
            ],
            [
                "client 1 | server 2 ccs 8 20(32) | client ccs 20(32) | server 4 line | client line",
                "client 1 | server 2 ccs | client ccs",
            ],
        ],
    };
    Ok(Flow {
        client: several::returning(version, false),
        server,
        connections,
    })
}

fn captured(tshark: &Program) -> Result<(), Failed> {
    let (folder, port, watch) = (Folder::new()?, free_port()?, Watch::new());
    let capture = Capture::start(tshark, &folder, port)?;
    let (mut expected, mut witnesses) = (Vec::new(), Vec::new());
    for flow in flows()? {
        for read in flow.connections {
            let witness = Arc::new(Witness::default());
            let mut server = flow.server.clone();
            server.common.key_log = Some(Arc::clone(&watch) as Arc<_>);
            server.common.observer = Some(Arc::clone(&witness) as Arc<_>);
            // The server speaks first, so that what it says has an order.
            let ours = Ours::serve_at(port, server, ask(LINE, LINE))?;
            let transport = TcpStream::connect(("127.0.0.1", port))?;
            transport.set_read_timeout(Some(SOON))?;
            let job = echo(LINE.len());
            reach(flow.client.clone(), "localhost", transport, job)
                .map_err(|ended| ended.to_string())?;
            ours.seen(&"")?;
            expected.push(*read);
            witnesses.push(witness);
        }
    }
    capture.stop()?;

    let keys = folder.write("keys", watch.key_log().join("\n") + "\n")?;
    let option = format!("tls.keylog_file:{keys}");
    let seen = read(tshark, &folder, port, &["-o", &option])?;
    in_order(&seen, expected.iter().map(|[with_keys, _]| *with_keys))?;
    for (connection, witness) in seen.iter().zip(&witnesses) {
        witness.saw(connection)?;
    }
    // The control: without the keys nothing that is protected can be read.
    let blind = read(tshark, &folder, port, &[])?;
    in_order(&blind, expected.iter().map(|[_, without]| *without))
}

fn in_order<'e>(
    seen: &[Connection],
    expected: impl Iterator<Item = &'e str>,
) -> Result<(), Failed> {
    let orders: Vec<_> = seen.iter().map(Connection::order).collect();
    let expected: Vec<_> = expected.collect();
    if orders == expected {
        return Ok(());
    }
    Err(format!("{expected:#?} expected, got {orders:#?}").into())
}

/// What our server's observer saw.
#[derive(Debug, Default)]
struct Witness(Mutex<Connection>);

impl Witness {
    /// Both saw the same messages and alerts, of the same lengths.
    fn saw(&self, theirs: &Connection) -> Result<(), Failed> {
        let ours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for by_server in [false, true] {
            let (ours, theirs) = (ours.said(by_server), theirs.said(by_server));
            if ours != theirs {
                return Err(format!("ours: {ours:?}, tshark: {theirs:?}").into());
            }
        }
        Ok(())
    }
}

impl Observer for Witness {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let event = match what {
            Passed::Handshake { msg_type, bytes } => Event::Message(msg_type.0, bytes.len() - 4),
            Passed::Alert { description, .. } => Event::Alert(description.0),
            Passed::ChangeCipherSpec => Event::ChangeCipherSpec,
            _ => return,
        };
        let by_server = direction == Direction::Sent;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.0.push((by_server, event));
    }
}
