//! Recorded certificates, as they are told.

use crate::ca::table::{Mood, Table};
use crate::cert::inspect::shown::{hex, plain};
use crate::cert::moment::{stamp, words};
use handfast_ca::crl::RevocationReason;
use handfast_ca_store::row::{Row, State};
use serde_json::{Value, json};

/// A certificate for programs.
pub(crate) fn described(row: &Row, now_s: u64) -> Value {
    let names = row.names.iter();
    let names = names.map(|name| json!({ "kind": name.kind, "name": name.text }));
    json!({
        "name": row.title(),
        "profile": row.profile,
        "status": status(row, now_s),
        "days_left": days_left(row, now_s),
        "serial": serial(row),
        "sha256": row.fingerprint.as_ref().map(|bytes| hex(bytes)),
        "subject": row.subject,
        "names": names.collect::<Vec<_>>(),
        "not_before": row.not_before.map(time),
        "not_after": time(row.not_after),
        "issued_at": time(row.issued_at),
        "revoked_at": row.revoked_at.map(time),
        "reason": row.reason.map(RevocationReason::openssl_name),
        "file": row.file,
    })
}

/// How it stands, in a word that never changes its meaning.
pub(crate) fn status(row: &Row, now_s: u64) -> &'static str {
    match row.state(now_s) {
        State::Revoked if is_on_hold(row) => "on hold",
        state => state.name(),
    }
}

/// Whether it is revoked for now alone.
pub(crate) fn is_on_hold(row: &Row) -> bool {
    row.reason == Some(RevocationReason::CertificateHold)
}

/// All of them for people.
pub(crate) fn table(rows: &[Row], now_s: u64) -> String {
    let mut table = Table::new(["NAME", "PROFILE", "STATUS", "DAYS LEFT", "SERIAL"]);
    for row in rows {
        let state = row.state(now_s);
        let left = days_left(row, now_s);
        let soon = left.is_some_and(|days| days < SOON_DAYS && 3 * days < life_days(row));
        let mood = match state {
            State::Valid if soon => Mood::Soon,
            State::Revoked => Mood::Bad,
            _ => Mood::Plain,
        };
        let why = row.reason.filter(|_| state == State::Revoked);
        let status = match why.filter(|_| !is_on_hold(row)) {
            Some(reason) => format!("revoked: {}", reason.openssl_name()),
            None => status(row, now_s).to_owned(),
        };
        let left = match state {
            State::Valid => left.map_or_else(String::new, |days| days.to_string()),
            _ => "-".to_owned(),
        };
        let cells = [row.title(), row.profile.clone(), status, left, serial(row)];
        table.row(cells, mood);
    }
    table.text()
}

/// One of several that a name fits: enough to choose by.
pub(crate) fn candidate(row: &Row, now_s: u64) -> String {
    format!(
        "{}: {} {}, issued {}, {}",
        serial(row),
        row.profile,
        title(row),
        moment(row.issued_at),
        status(row, now_s)
    )
}

/// What a certificate is called, for people: whoever asked for it has chosen the name.
pub(crate) fn title(row: &Row) -> String {
    plain(&row.title())
}

/// The serial number as it is typed: lower-case hexadecimal digits, as `cert inspect` shows it.
pub(crate) fn serial(row: &Row) -> String {
    row.serial.to_string().to_ascii_lowercase()
}

/// A moment for people.
pub(crate) fn moment(unix_s: u64) -> String {
    words(i64::try_from(unix_s).unwrap_or(i64::MAX))
}

/// A moment for programs.
pub(crate) fn time(unix_s: u64) -> String {
    stamp(i64::try_from(unix_s).unwrap_or(i64::MAX))
}

/// Whole days until it ends; nothing once it has.
fn days_left(row: &Row, now_s: u64) -> Option<u64> {
    let left = row.not_after.checked_sub(now_s)?;
    Some(left / DAY_S)
}

fn life_days(row: &Row) -> u64 {
    let first = row.not_before.unwrap_or(row.issued_at);
    row.not_after.saturating_sub(first) / DAY_S
}

const DAY_S: u64 = 86_400;
const SOON_DAYS: u64 = 30;
