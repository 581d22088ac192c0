//! `handfast ca renew`: the same names for longer, of one certificate or of all that end soon.
//!
//! A certificate's file is replaced only where it holds that very certificate; the old one stays
//! beside it as `.old`.

use crate::ca::issue::Life;
use crate::ca::names::file_stem;
use crate::ca::opened::{Signing, failure};
use crate::ca::output::beside;
use crate::ca::rows::{described, moment, serial, title};
use crate::ca::serve::signing::SIGNER;
use crate::ca::span::{span, words};
use crate::ca::which::selector;
use crate::cert::renew::replaced::{finish, replace};
use crate::cert::reserved::Reserved;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::{Talk, print_line};
use clap::Args;
use handfast::stream::now;
use handfast_ca::issued::certificate_pem;
use handfast_ca::key;
use handfast_ca::profile::Validity;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::row::{Row, State};
use handfast_pki::fingerprint::sha256;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The flags of `ca renew`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A name of the certificate, its serial number or SHA-256 fingerprint, or its file
    #[arg(
        value_name = "NAME|SERIAL|FINGERPRINT|FILE.pem",
        required_unless_present = "all"
    )]
    which: Option<String>,
    /// All in use that end soon and whose files are here
    #[arg(long, conflicts_with = "which")]
    all: bool,
    /// Only if it ends within this span [default with --all: 30d, or a third of its life]
    #[arg(long, value_name = "SPAN", value_parser = span)]
    within: Option<u64>,
    /// Make a new key too; the old one stays beside it as .old
    #[arg(long)]
    new_key: bool,
    #[command(flatten)]
    life: Life,
    /// The certificate's file, or the folder with such files [default: NAME.pem]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    signing: Signing,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = renew(options, talk);
    let target = options.which.clone();
    let target = target.unwrap_or_else(|| options.signing.place.name());
    let (result, failure) = match outcome {
        Ok((result, failure)) => (Some(result), failure),
        Err(failure) => (None, Some(failure)),
    };
    talk.end_partly("ca.renew", &target, result, failure)
}

/// What was renewed, and why some that were due were not.
fn renew(options: &Options, talk: &Talk) -> Result<(Value, Option<Failure>), Failure> {
    let now_s = now().unix_s();
    let locked = options.signing.open_locked()?;
    let (due, skipped) = options.due(&locked, now_s)?;
    drop(locked);
    let missed = options.all.then(|| missed(skipped.len())).flatten();
    for (row, why) in &skipped {
        talk.tell(&format!("{}, serial {}: {why}", title(row), serial(row)));
    }
    if due.is_empty() && missed.is_none() && !talk.json {
        print_line("nothing to renew");
    }
    let mut done = Vec::new();
    if !due.is_empty() {
        let mut directory = options.signing.open()?;
        for one in due {
            let new = one.renew(options, &mut directory, now_s)?;
            if !talk.json {
                let (file, until) = (one.file.display(), moment(new.not_after));
                print_line(&format!(
                    "{file}: renewed until {until}, serial {}",
                    serial(&new)
                ));
            }
            let mut told = described(&new, now_s);
            if let Some(told) = told.as_object_mut() {
                told.insert("file".to_owned(), one.file.display().to_string().into());
                told.insert("renews".to_owned(), serial(&one.row).into());
            }
            done.push(told);
        }
    }
    let skipped = skipped
        .iter()
        .map(|(row, why)| json!({ "name": row.title(), "serial": serial(row), "why": why }));
    let result = json!({ "renewed": done, "skipped": skipped.collect::<Vec<_>>() });
    Ok((result, missed))
}

/// What is wrong where certificates end soon and were not renewed.
fn missed(count: usize) -> Option<Failure> {
    let message = match count {
        0 => return None,
        1 => "1 certificate is due and was not renewed: its file is not here".to_owned(),
        more => {
            format!("{more} certificates are due and were not renewed: their files are not here")
        }
    };
    let failed = Failure::new(Exit::Bad, "not_renewed", "renew", message);
    Some(failed.hint(
        "name the folder with the files with -o, renew each by handfast ca renew FILE, or revoke \
         those that are out of use",
    ))
}

/// A certificate that is to be renewed, and its file.
struct Due {
    row: Row,
    file: PathBuf,
    /// Whether the file is there, and holds the certificate.
    is_there: bool,
}

/// What is renewed, and what is not and why.
type Sorted = (Vec<Due>, Vec<(Row, String)>);

impl Options {
    fn due(&self, directory: &CaDirectory, now_s: u64) -> Result<Sorted, Failure> {
        let fault = |fault| failure(&fault);
        let Some(which) = &self.which else {
            return self.all_due(directory, now_s);
        };
        if Path::new(which).is_file() {
            whole(Path::new(which))?;
        }
        let row = match directory.find_one(&selector(which)?, now_s) {
            // One that has a successor in use is not what is meant.
            Err(StoreError::Ambiguous { wanted, candidates }) => last(wanted, candidates),
            found => found,
        }
        .map_err(fault)?;
        let left = row.not_after.saturating_sub(now_s);
        if self.within.is_some_and(|within| left > within) {
            let why = format!("{} left, and so it is not due", words(left));
            return Ok((Vec::new(), vec![(row, why)]));
        }
        // Who names the file means it.
        let named = Path::new(which);
        let own = self.output.is_none() && named.is_file();
        let file = if own {
            named.to_owned()
        } else {
            self.file(&row)
        };
        let is_there = file.symlink_metadata().is_ok();
        if !is_there && self.output.is_none() && !self.new_key {
            let message = format!(
                "{} is not here: the successor would stand alone, and its key elsewhere",
                file.display()
            );
            return Err(Failure::usage(message).hint(
                "name the certificate's file, or say with -o where the successor goes; --new-key \
                 makes a key beside it",
            ));
        }
        if is_there && !own {
            whole(&file)?;
        }
        if is_there && !holds(&file, &row) {
            let message = format!("{} holds another certificate", file.display());
            return Err(Failure::usage(message)
                .hint("name the certificate's own file, or another that is not there, with -o"));
        }
        Ok((
            vec![Due {
                row,
                file,
                is_there,
            }],
            Vec::new(),
        ))
    }

    fn all_due(&self, directory: &CaDirectory, now_s: u64) -> Result<Sorted, Failure> {
        let all = directory.list(&Filter::default());
        let all = all.map_err(|fault| failure(&fault))?;
        // A successor that was taken back is none.
        let successors = all.iter().filter(|row| row.revoked_at.is_none());
        let succeeded: Vec<_> = successors.filter_map(|row| row.renewed_from).collect();
        let rows = all.into_iter();
        let rows = rows.filter(|row| row.state(now_s) == State::Valid);
        let (mut due, mut skipped) = (Vec::new(), Vec::new());
        for row in rows {
            // Those of the authority itself; `ca serve` makes its signers anew, without files.
            let is_own = ["root", "intermediate"].contains(&&*row.profile)
                || (row.profile == "ocsp" && row.common_name.as_deref() == Some(SIGNER));
            let left = row.not_after.saturating_sub(now_s);
            let is_late = left <= self.within.unwrap_or_else(|| usual(&row));
            if is_own || !is_late || succeeded.contains(&row.id) {
                continue;
            }
            let file = self.file(&row);
            whole(&file)?;
            if holds(&file, &row) {
                let is_there = true;
                due.push(Due {
                    row,
                    file,
                    is_there,
                });
            } else {
                let why = format!("ends in {}, and {} is not it", words(left), file.display());
                skipped.push((row, why));
            }
        }
        Ok((due, skipped))
    }

    fn file(&self, row: &Row) -> PathBuf {
        let own = format!("{}.pem", file_stem(&row.title()));
        match &self.output {
            None => PathBuf::from(own),
            Some(path) if self.all || path.is_dir() => path.join(own),
            Some(path) => path.clone(),
        }
    }
}

impl Due {
    fn renew(
        &self,
        options: &Options,
        directory: &mut CaDirectory,
        now_s: u64,
    ) -> Result<Row, Failure> {
        let life = options.life.given().unwrap_or_else(|| life(&self.row));
        let validity = Validity::seconds(now_s, life);
        let selector = Selector::Id(self.row.id);
        let fault = |fault| failure(&fault);
        // A link stays, and what it leads to is replaced: that is where there must be room.
        let place = std::fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone());
        let _reserved = Reserved::take(&place, self.is_there)?;
        if !options.new_key {
            let new = directory.renew_for_same_key(&selector, validity, now_s);
            let new = new.map_err(fault)?;
            let text: String = new.chain.iter().map(certificate_pem).collect();
            let written = match self.is_there {
                true => replace(&[(&self.file, text.as_bytes(), false)]).map(drop),
                false => write(&self.file, text.as_bytes(), false, false),
            };
            written.map_err(|fault| unwritten(fault, &new.row))?;
            return Ok(new.row);
        }
        let key_file = beside(&self.file)?;
        let is_there = key_file.symlink_metadata().is_ok();
        if is_there != self.is_there {
            let (key, file) = (key_file.display(), self.file.display());
            let message = format!("{key} and {file}: one of them is there, the other is not");
            return Err(Failure::usage(message).hint("name another file with -o"));
        }
        if is_there && is_encrypted(&key_file) {
            let message = format!(
                "{} is encrypted, and the new key would not be",
                key_file.display()
            );
            let file = self.file.display();
            return Err(Failure::usage(message).hint(format!(
                "name a pass phrase for it: handfast cert renew {file} --new-key --out-pass-file FILE"
            )));
        }
        let new = directory.renew(&selector, validity, now_s).map_err(fault)?;
        let (text, key) = (new.issued.chain_pem(), key::write(new.issued.key(), None));
        let key = key.map_err(|fault| Failure::usage(fault.to_string()))?;
        let written = if is_there {
            let files = [
                (&*key_file, key.as_bytes(), true),
                (&*self.file, text.as_bytes(), false),
            ];
            replace(&files).map(drop)
        } else {
            write(&key_file, key.as_bytes(), true, false)
                .and_then(|()| write(&self.file, text.as_bytes(), false, false))
        };
        written.map_err(|fault| unwritten(fault, &new.row))?;
        Ok(new.row)
    }
}

/// What is to be done about a successor that is recorded, and whose file could not be written.
fn unwritten(fault: Failure, row: &Row) -> Failure {
    let number = serial(row);
    let line = format!("the successor is recorded, serial {number}; the files are as before");
    fault.caused_by(line).hint(format!(
        "mend that and renew again; handfast ca revoke {number} --reason superseded takes the lost \
         one back"
    ))
}

/// What a killed renewal left half done is finished first: otherwise the key and the certificate
/// would never fit again.
fn whole(file: &Path) -> Result<(), Failure> {
    if file.extension().is_some_and(|ending| ending == "key") {
        return Ok(());
    }
    finish(file, &beside(file)?).map(drop)
}

/// The one of several that has no successor among them.
fn last(wanted: String, candidates: Vec<Row>) -> Result<Row, StoreError> {
    let succeeded: Vec<_> = candidates
        .iter()
        .filter_map(|row| row.renewed_from)
        .collect();
    let mut left = candidates.iter().filter(|row| !succeeded.contains(&row.id));
    match (left.next().cloned(), left.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(StoreError::Ambiguous { wanted, candidates }),
    }
}

/// Whether the key is encrypted: a new one would not be.
fn is_encrypted(path: &Path) -> bool {
    let bytes = Zeroizing::new(load::bytes(path).unwrap_or_default());
    bytes.windows(9).any(|part| part == b"ENCRYPTED")
}

/// Whether the file holds this very certificate.
fn holds(file: &Path, row: &Row) -> bool {
    let first = load::certificates(Exit::Usage, file).unwrap_or_default();
    let digest = first.first().map(|der| sha256(der));
    digest.is_some() && digest.as_deref() == row.fingerprint.as_ref().map(|bytes| &bytes[..])
}

/// How long it lived, from when it was made: certificates begin an hour earlier.
fn life(row: &Row) -> u64 {
    row.not_after.saturating_sub(row.issued_at).max(60)
}

/// When a certificate is due: a month before its end, or a third of its life.
fn usual(row: &Row) -> u64 {
    (life(row) / 3).min(MONTH_S)
}

const MONTH_S: u64 = 30 * 86_400;
