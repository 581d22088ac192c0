//! The tour as one JSON document.

use crate::demo::cast::HOST;
use crate::demo::judge::{Who, noticed_by};
use crate::demo::numbers;
use crate::demo::play::{End, Played};
use crate::demo::report::{Report, Summary};
use crate::demo::side::Entry;
use crate::demo::words::classic::CHANGE_CIPHER_SPEC;
use crate::demo::words::{self, Reading};
use crate::summary::resumption;
use handfast::Error;
use handfast::observe::Direction;
use serde_json::{Value, json};

/// The whole document.
pub(super) fn document(reports: &[Report], summary: &Summary) -> Value {
    json!({
        "schema": "handfast.demo/1",
        "tool": concat!("handfast ", env!("CARGO_PKG_VERSION")),
        "target": HOST,
        "result": {
            "good": summary.good,
            "acts": reports.iter().map(act).collect::<Vec<_>>(),
        },
        "exit": summary.exit().code(),
    })
}

fn act(report: &Report) -> Value {
    let checks: Vec<_> = report
        .checks
        .iter()
        .map(|one| json!({ "claim": one.claim, "holds": one.holds }))
        .collect();
    let mut value = json!({
        "id": report.act.id(),
        "title": report.act.title(),
        "must": if report.act.is_refusal() { "be refused" } else { "succeed" },
        "as_expected": report.as_expected(),
        "checks": checks,
        "why": report.act.moral(),
    });
    let more = match &report.outcome {
        Ok(played) => played_fields(played),
        Err(why) => json!({ "error": { "kind": "not played", "words": why } }),
    };
    if let (Value::Object(value), Value::Object(mut more)) = (&mut value, more) {
        value.append(&mut more);
        if let (true, Ok(played)) = (report.act.is_lesson(), &report.outcome) {
            value.insert("numbers".to_owned(), numbers::json(played).into());
        }
        if let Some(first) = &report.first {
            let first = json!({ "client": end(&first.client), "server": end(&first.server) });
            value.insert("first_visit".to_owned(), first);
        }
    }
    value
}

fn played_fields(played: &Played) -> Value {
    let noticed = noticed_by(played).map(|(who, _)| match who {
        Who::Client => "client",
        Who::Server => "server",
    });
    let mut reading = Reading::default();
    let wire = played.wire();
    let wire = wire.iter().map(|one| entry(one, &mut reading));
    json!({
        "address": played.address.to_string(),
        "wire": wire.collect::<Vec<_>>(),
        "noticed_by": noticed,
        "client": end(&played.client),
        "server": end(&played.server),
    })
}

fn entry(entry: &Entry, reading: &mut Reading) -> Value {
    match entry {
        Entry::Message {
            direction,
            msg_type,
            bytes,
        } => json!({
            "from": from(*direction),
            "message": words::name(*msg_type),
            "bytes": bytes.len(),
            "says": reading.says(*msg_type, bytes),
        }),
        Entry::Alert {
            direction,
            level,
            description,
            ..
        } => json!({
            "from": from(*direction),
            "alert": description.to_string(),
            "level": level.to_string(),
        }),
        Entry::ChangeCipherSpec { direction } => json!({
            "from": from(*direction),
            "message": "ChangeCipherSpec",
            "bytes": 1,
            "says": CHANGE_CIPHER_SPEC,
        }),
        Entry::Data {
            direction,
            bytes,
            says,
        } => json!({
            "from": from(*direction),
            "data": says,
            "bytes": bytes,
        }),
        Entry::Meddled { says, bytes } => json!({
            "from": "somebody",
            "meddled": says,
            "bytes": bytes,
        }),
    }
}

/// Entries are the client's.
fn from(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "client",
        Direction::Received => "server",
    }
}

fn end(end: &End) -> Value {
    let failure = end.failure.as_ref().map(|failure| match failure.error {
        Some(Error::Fault(fault)) => json!({
            "kind": "fault",
            "fault": fault.name(),
            "alert": fault.alert().to_string(),
            "section": fault.section(),
            "words": failure.words,
        }),
        Some(Error::PeerAlert(alert)) => json!({
            "kind": "peer alert",
            "alert": alert.to_string(),
            "words": failure.words,
        }),
        _ => json!({ "kind": "other", "words": failure.words }),
    });
    let negotiated = end.negotiated.as_ref().map(|negotiated| {
        json!({
            "version": negotiated.version.to_string(),
            "suite": negotiated.suite.to_string(),
            "group": negotiated.group.to_string(),
            "resumption": negotiated.resumption.map(resumption),
            "peer": format!("{:?}", negotiated.peer_standing),
        })
    });
    json!({
        "negotiated": negotiated,
        "handshake_us": end.handshake.map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
        "bytes_sent": end.crossed.sent.len(),
        "bytes_received": end.crossed.received.len(),
        "error": failure,
    })
}
