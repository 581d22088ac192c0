//! `handfast ca revoke`: a certificate is no longer good.

use crate::ca::lists::{Lists, WEEK_S};
use crate::ca::opened::{Signing, failure};
use crate::ca::rows::{described, is_on_hold, moment, serial, title};
use crate::ca::which::selector;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print_line};
use clap::Args;
use handfast::stream::now;
use handfast_ca::crl::RevocationReason;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::find::Selector;
use handfast_ca_store::row::{Row, State};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The flags of `ca revoke`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A name of the certificate, its serial number or SHA-256 fingerprint, or its file
    #[arg(value_name = "NAME|SERIAL|FINGERPRINT|FILE.pem")]
    which: String,
    /// Why: keyCompromise, affiliationChanged, superseded, cessationOfOperation,
    /// certificateHold (for now alone), removeFromCRL (no longer on hold), privilegeWithdrawn,
    /// CACompromise, AACompromise or unspecified
    #[arg(long, value_name = "REASON", default_value = "unspecified", value_parser = reason)]
    reason: RevocationReason,
    /// Every certificate in use that it fits, where there are several
    #[arg(long)]
    all: bool,
    /// Write the new revocation lists to FILE at once, as PEM, over what is there
    #[arg(long, value_name = "FILE")]
    crl: Option<PathBuf>,
    #[command(flatten)]
    signing: Signing,
}

fn reason(text: &str) -> Result<RevocationReason, String> {
    RevocationReason::parse(text).ok_or_else(|| {
        format!("{text} is no reason: RFC 5280 knows keyCompromise, superseded and those below")
    })
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = revoke(options, talk);
    talk.end("ca.revoke", &options.which, outcome)
}

/// What became of a certificate.
struct Done {
    row: Row,
    changed: bool,
}

fn revoke(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let wanted = selector(&options.which)?;
    let now_s = now().unix_s();
    // Keys are opened first where a list is to be signed: nothing is done by halves.
    let mut directory = match &options.crl {
        Some(_) => options.signing.open()?,
        None => options.signing.open_locked()?,
    };
    let mut done = Vec::new();
    for one in meant(&directory, &wanted, options, now_s)? {
        done.push(revoked(&mut directory, one, options.reason, now_s)?);
    }
    let mut lists = None;
    if let Some(path) = &options.crl {
        let made = Lists::make(&mut directory, WEEK_S, now_s)?;
        write(path, made.pem().as_bytes(), false, true)?;
        lists = Some(json!({ "file": path.display().to_string(), "lists": made.described() }));
    }
    if !talk.json {
        for one in &done {
            print_line(&one.words());
        }
        if let Some(path) = &options.crl {
            talk.tell(&format!("{}: the new revocation lists", path.display()));
        } else if done.iter().any(|one| one.changed) {
            talk.tell("whoever goes by lists learns of it from the next: handfast ca crl -o FILE");
        }
    }
    let done = done.iter().map(|one| {
        let mut row = described(&one.row, now_s);
        if let Some(row) = row.as_object_mut() {
            row.insert("changed".to_owned(), one.changed.into());
        }
        row
    });
    Ok(json!({ "certificates": done.collect::<Vec<_>>(), "crl": lists }))
}

/// Which certificates are meant: one, or all in use where that is asked for.
fn meant(
    directory: &CaDirectory,
    wanted: &Selector,
    options: &Options,
    now_s: u64,
) -> Result<Vec<Selector>, Failure> {
    if !options.all {
        return Ok(vec![wanted.clone()]);
    }
    let found = directory.find(wanted).map_err(|fault| failure(&fault))?;
    let releases = options.reason == RevocationReason::RemoveFromCrl;
    let is_meant = |row: &&Row| match row.state(now_s) {
        State::Valid | State::NotYetValid => !releases,
        _ => is_on_hold(row),
    };
    let meant: Vec<_> = found.iter().filter(is_meant).collect();
    if meant.is_empty() {
        // The store says what there is instead.
        return Ok(vec![wanted.clone()]);
    }
    Ok(meant.iter().map(|row| Selector::Id(row.id)).collect())
}

fn revoked(
    directory: &mut CaDirectory,
    wanted: Selector,
    reason: RevocationReason,
    now_s: u64,
) -> Result<Done, Failure> {
    use handfast_ca_store::error::StoreError;
    let fault = |fault: StoreError| failure(&fault);
    let before = directory.find_one(&wanted, now_s);
    let wanted = match &before {
        // On hold counts as revoked, so a name may fit only such ones.
        Ok(row) if reason != RevocationReason::RemoveFromCrl => Selector::Id(row.id),
        _ => wanted,
    };
    match directory.revoke(&wanted, reason, now_s) {
        Ok(row) => {
            let same = |before: Row| before.id == row.id && before.reason == row.reason;
            let changed = !before.is_ok_and(same);
            Ok(Done { row, changed })
        }
        // What is revoked stays revoked, for the reason that was given first.
        Err(StoreError::AlreadyRevoked { row }) => Ok(Done {
            row: *row,
            changed: false,
        }),
        Err(StoreError::NoneLeft { wanted, candidates })
            if reason == RevocationReason::RemoveFromCrl =>
        {
            let mut failed = fault(StoreError::NoneLeft {
                wanted: wanted.clone(),
                candidates,
            });
            failed.message = format!("none that fits {wanted} is on hold, so nothing is released");
            Err(failed.hint("certificateHold alone can be taken back"))
        }
        Err(several @ StoreError::Ambiguous { .. }) => {
            Err(fault(several).hint("name one by its serial number, or say --all"))
        }
        Err(other) => Err(fault(other)),
    }
}

impl Done {
    fn words(&self) -> String {
        let row = &self.row;
        let (title, number) = (title(row), serial(row));
        let Some(reason) = row.reason.map(RevocationReason::openssl_name) else {
            return format!("{title} is no longer on hold, serial {number}");
        };
        let at = row.revoked_at.map(moment).unwrap_or_default();
        match (self.changed, is_on_hold(row)) {
            (true, true) => format!("{title} is on hold, serial {number}"),
            (true, false) => format!("{title} is revoked, serial {number}: {reason}"),
            (false, _) => format!("{title} was revoked before, at {at}: {reason}, serial {number}"),
        }
    }
}
