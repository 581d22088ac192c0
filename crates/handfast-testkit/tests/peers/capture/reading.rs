//! What tshark makes of a capture, in the order in which it passed.

use handfast_testkit::peer::{Folder, Program};
use libtest_mimic::Failed;

use crate::ours::{LINE, SOON};

/// One thing that passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    /// A handshake message: its type (RFC 8446 appendix B.3) and its length without its header.
    Message(u8, usize),
    ChangeCipherSpec,
    /// The line that the trials say.
    Line,
    /// Its description: 0 is close_notify.
    Alert(u8),
}

/// What passed, and whether the server said it.
#[derive(Debug, Default)]
pub(super) struct Connection(pub(super) Vec<(bool, Event)>);

impl Connection {
    /// The order of it all but for alerts, which cross: who, and the types of what was said in a
    /// row. Those whose length the version and the suite fix are shown with it.
    pub(super) fn order(&self) -> String {
        let mut text = String::new();
        let mut speaker = None;
        for (by_server, event) in &self.0 {
            let word = match event {
                // ServerHelloDone, ClientKeyExchange, Finished.
                Event::Message(kind @ (14 | 16 | 20), length) => format!("{kind}({length})"),
                Event::Message(kind, _) => kind.to_string(),
                Event::ChangeCipherSpec => "ccs".to_owned(),
                Event::Line => "line".to_owned(),
                Event::Alert(_) => continue,
            };
            if speaker != Some(*by_server) {
                text += if text.is_empty() { "" } else { " | " };
                text += if *by_server { "server" } else { "client" };
                speaker = Some(*by_server);
            }
            text += " ";
            text += &word;
        }
        text
    }

    /// What one side said but for the data, in its order.
    pub(super) fn said(&self, by_server: bool) -> Vec<Event> {
        let said = self.0.iter().filter(|(server, _)| *server == by_server);
        let events = said.map(|(_, event)| *event);
        events.filter(|event| *event != Event::Line).collect()
    }
}

/// Reads a capture, connection by connection; the server's port is `port`.
pub(super) fn read(
    tshark: &Program,
    folder: &Folder,
    port: u16,
    more: &[&str],
) -> Result<Vec<Connection>, Failed> {
    let (file, tls) = (folder.file("capture"), format!("tcp.port=={port},tls"));
    let mut arguments = vec!["-n", "-r", &file, "-d", &tls, "-Y", "tls"];
    arguments.extend(["-V", "-O", "tls,data"]);
    arguments.extend(more);
    let outcome = tshark.run(arguments, b"", SOON)?;
    if !outcome.success() {
        return Err(outcome.stderr.into());
    }
    let mut reading = Reading::default();
    for line in outcome.text().lines() {
        reading.line(line, port)?;
    }
    Ok(reading.connections)
}

#[derive(Default)]
struct Reading {
    /// The clients' ports, in the order of their coming.
    clients: Vec<u16>,
    connections: Vec<Connection>,
    /// The connection and the speaker of this packet.
    at: Option<(usize, bool)>,
    /// The type of a message whose length is to follow.
    message: Option<u8>,
}

impl Reading {
    fn line(&mut self, line: &str, port: u16) -> Result<(), Failed> {
        let field = line.trim_start();
        if let Some(ports) = line.strip_prefix("Transmission Control Protocol, Src Port: ") {
            let mut numbers = ports.split(", ");
            let from: u16 = numbers.next().unwrap_or_default().parse()?;
            let to = numbers.next().unwrap_or_default();
            let to: u16 = to.trim_start_matches("Dst Port: ").parse()?;
            self.packet(from, to, port);
        } else if let Some(name) = field.strip_prefix("Handshake Type: ") {
            self.message = Some(code(name)?);
        } else if let (Some(kind), Some(length)) = (self.message, field.strip_prefix("Length: ")) {
            self.message = None;
            self.passed(Event::Message(kind, length.parse()?));
        } else if field == "Change Cipher Spec Message" {
            self.passed(Event::ChangeCipherSpec);
        } else if let Some(description) = field.strip_prefix("Description: ") {
            self.passed(Event::Alert(code(description)?));
        } else if let Some(data) = line.strip_prefix("    Data: ") {
            let expected: String = LINE.bytes().map(|byte| format!("{byte:02x}")).collect();
            if data != expected {
                return Err(format!("{expected} expected, got {data}").into());
            }
            self.passed(Event::Line);
        }
        Ok(())
    }

    fn packet(&mut self, from: u16, to: u16, port: u16) {
        let client = if from == port { to } else { from };
        let known = self.clients.iter().position(|known| *known == client);
        let at = known.unwrap_or_else(|| {
            self.clients.push(client);
            self.connections.push(Connection::default());
            self.clients.len() - 1
        });
        self.at = Some((at, from == port));
    }

    fn passed(&mut self, event: Event) {
        if let Some((at, by_server)) = self.at {
            self.connections[at].0.push((by_server, event));
        }
    }
}

/// The number behind a name: `Finished (20)`.
fn code(name: &str) -> Result<u8, Failed> {
    let number = name.rsplit_once('(').map(|(_, number)| number);
    let number = number.and_then(|number| number.strip_suffix(')'));
    Ok(number.ok_or("no number")?.parse()?)
}
