//! Revocation lists: made ahead of time, and as soon as something was revoked or released.

use crate::ca::serve::desk::{Desk, Held, List};
use crate::ca::serve::document::Document;
use crate::ca::serve::log::Log;
use handfast_ca::serial::SerialNumber;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::Filter;
use handfast_ca_store::row::{Level, State, Status};
use handfast_pki::crl::Crl;
use handfast_pki::load::to_pem;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;

/// Whoever makes the lists.
pub(super) struct Publisher {
    /// How long a list is good.
    life_seconds: u64,
    /// Whether somebody has written since the lists were compared with the records.
    is_changed: bool,
    /// Whether it was told that a list is due whose authority's key is not here.
    is_absence_told: bool,
}

impl Publisher {
    pub(super) fn new(life_seconds: u64) -> Self {
        Self {
            life_seconds,
            is_changed: true,
            is_absence_told: false,
        }
    }

    /// Somebody has written.
    pub(super) fn changed(&mut self) {
        self.is_changed = true;
    }

    /// Sees to it that each authority has a list that says what the records say.
    pub(super) fn publish(
        &mut self,
        directory: &mut CaDirectory,
        desk: &Desk,
        now_unix: u64,
        log: Log,
    ) -> Result<(), String> {
        for held in &desk.authorities {
            let told =
                |fault: StoreError| format!("the list of the {} authority: {fault}", held.name);
            if self.is_changed
                && let Some(last) = directory.last_crl(held.level).map_err(told)?
            {
                show(held, &last, now_unix);
            }
            let list = held.list.load_full();
            let is_due = list.as_ref().is_none_or(|list| list.is_due(now_unix));
            if is_due
                || (self.is_changed && !is_whole(directory, held, list.as_deref()).map_err(told)?)
            {
                match directory.next_crl_of(held.level, self.life_seconds, now_unix) {
                    // A root's key is best kept elsewhere: its last list goes on.
                    Err(StoreError::KeyMissing { .. }) if held.level == Level::Root => {
                        self.tell_absent(held, log);
                        continue;
                    }
                    made => show(held, &made.map_err(told)?, now_unix),
                }
                self.is_absence_told = false;
                tell(held, log);
            }
        }
        self.is_changed = false;
        Ok(())
    }

    /// Tells once that a list is due whose authority's key is not here.
    fn tell_absent(&mut self, held: &Held, log: Log) {
        if self.is_absence_told || log.is_silent() {
            return;
        }
        self.is_absence_told = true;
        let next = held.list.load_full().map(|list| list.next_update_unix);
        let next = next.and_then(|next| i64::try_from(next).ok());
        let next = next.and_then(|next| jiff::Timestamp::from_second(next).ok());
        let next = next.map(|next| next.to_string());
        let object = json!({ "level": held.name, "next_update": next });
        let good = match &next {
            Some(next) => format!("the last one is good until {next}"),
            None => "there is none".to_owned(),
        };
        let sentence = format!(
            "a list of {} is due, and its key is not here; {good}: make one with handfast ca crl \
             while the key is here",
            held.name
        );
        log.event("ca.list_due", object, &sentence);
    }
}

impl List {
    /// Whether less than a third of its life is left.
    fn is_due(&self, now_unix: u64) -> bool {
        let life = self.next_update_unix.saturating_sub(self.this_update_unix);
        self.next_update_unix.saturating_sub(now_unix) <= life / 3
    }
}

/// Gives this list to clients from now on, unless they have it already.
fn show(held: &Held, der: &[u8], now_unix: u64) {
    let Ok(view) = Crl::parse(der) else {
        return;
    };
    let number: String = view
        .number()
        .iter()
        .fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet))
        .to_string();
    if held
        .list
        .load()
        .as_ref()
        .is_some_and(|list| list.number == number)
    {
        return;
    }
    let unix = |time: i64| u64::try_from(time).unwrap_or(0);
    let (first, last) = (unix(view.this_update().0), unix(view.next_update().0));
    // A cache asks often: for who has it already the answer is short.
    let fresh = (last.saturating_sub(now_unix) / 4).min(MOST_FRESH_SECONDS);
    let document = |bytes: Vec<u8>, media| Document::new(bytes, media, first).until(last, fresh);
    let pem = to_pem("X509 CRL", der).to_string();
    held.list.store(Some(Arc::new(List {
        der: document(der.to_vec(), "application/pkix-crl"),
        pem: document(pem.into_bytes(), "application/x-pem-file"),
        number,
        this_update_unix: first,
        next_update_unix: last,
        serials: serials(&view),
    })));
}

fn serials(view: &Crl<'_>) -> HashSet<SerialNumber> {
    let serials = view.revoked();
    serials
        .filter_map(|entry| SerialNumber::from_bytes(entry.serial).ok())
        .collect()
}

/// Whether a list names all that is revoked, and nothing that no longer is.
fn is_whole(directory: &CaDirectory, held: &Held, list: Option<&List>) -> Result<bool, StoreError> {
    let Some(list) = list else {
        return Ok(false);
    };
    // What has expired need not be on a list any more (RFC 5280 section 3.3).
    let now_unix = handfast::stream::now().unix_s();
    let filter = Filter {
        state: Some((State::Revoked, now_unix)),
        ..Filter::default()
    };
    let revoked = directory.list(&filter)?;
    let mut own = revoked
        .iter()
        .filter(|row| row.issuer == held.level && now_unix <= row.not_after);
    if own.any(|row| !list.serials.contains(&row.serial)) {
        return Ok(false);
    }
    for serial in &list.serials {
        if directory.status_at(held.level, serial)? == Status::Good {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Tells that there is a new one.
fn tell(held: &Held, log: Log) {
    let Some(list) = held.list.load_full() else {
        return;
    };
    let (number, entries) = (&list.number, list.serials.len());
    let next = jiff::Timestamp::from_second(i64::try_from(list.next_update_unix).unwrap_or(0));
    let next = next.map_or_else(|_| String::new(), |next| next.to_string());
    let object = json!({
        "level": held.name,
        "number": number,
        "entries": entries,
        "next_update": next,
    });
    let sentence = format!(
        "list {number} of {}: {entries} revoked, the next by {next}",
        held.name
    );
    log.event("ca.list", object, &sentence);
}

/// However long a list is good, caches ask after so many seconds whether there is another.
const MOST_FRESH_SECONDS: u64 = 300;
