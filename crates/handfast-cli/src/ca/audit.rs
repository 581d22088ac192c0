//! `handfast ca audit`: what was done, when and by whom.

use crate::ca::opened::{failure, open};
use crate::ca::place::Place;
use crate::ca::rows::{moment, time};
use crate::ca::table::{Mood, Table};
use crate::ca::which::selector;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print};
use clap::Args;
use handfast::stream::now;
use handfast_ca_store::audit::{AuditFilter, AuditRow};
use serde_json::{Value, json};

/// The flags of `ca audit`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// What was done with this certificate alone
    #[arg(value_name = "NAME|SERIAL|FINGERPRINT|FILE.pem")]
    which: Option<String>,
    /// Only what was done so: create, adopt, issue, renew, revoke, release, crl, import
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// The last N entries alone
    #[arg(short = 'n', long, value_name = "N")]
    last: Option<u32>,
    #[command(flatten)]
    place: Place,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = audit(options, talk);
    talk.end("ca.audit", &options.place.name(), outcome)
}

fn audit(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let directory = open(&options.place)?;
    let fault = |fault| failure(&fault);
    let which = options.which.as_deref().map(selector).transpose()?;
    let about = which.map(|which| directory.find_one(&which, now().unix_s()));
    let about = about.transpose().map_err(fault)?;
    let filter = AuditFilter {
        serial: about.map(|row| row.serial),
        action: options.action.clone(),
        limit: options.last,
        ..AuditFilter::default()
    };
    let mut entries = directory.audit(&filter).map_err(fault)?;
    // As it went on, as in every log.
    entries.reverse();
    if !talk.json {
        tell(&entries, talk);
    }
    let entries = entries.iter().map(described);
    Ok(json!({ "entries": entries.collect::<Vec<_>>() }))
}

fn tell(entries: &[AuditRow], talk: &Talk) {
    if entries.is_empty() {
        return talk.tell("nothing fits");
    }
    let mut table = Table::new(["WHEN", "WHO", "WHAT", "SERIAL", ""]);
    for entry in entries {
        let cells = [
            moment(entry.at),
            entry.actor.clone(),
            entry.action.clone(),
            serial(entry).unwrap_or_default(),
            entry.detail.clone(),
        ];
        table.row(cells, Mood::Plain);
    }
    print(&table.text());
}

fn described(entry: &AuditRow) -> Value {
    json!({
        "at": time(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "serial": serial(entry),
        "detail": entry.detail,
    })
}

fn serial(entry: &AuditRow) -> Option<String> {
    let serial = entry.serial.as_ref()?;
    Some(serial.to_string().to_ascii_lowercase())
}
