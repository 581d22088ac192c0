//! `handfast ca import` and `ca export`: what `openssl ca` knows, taken over and given back.

use crate::ca::opened::{Signing, failure, open};
use crate::ca::place::Place;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print, print_line};
use clap::Args;
use handfast::stream::now;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_pki::load;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The flags of `ca import`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Import {
    /// index.txt and crlnumber, as `openssl ca` keeps them, and certificates that this authority
    /// signed elsewhere
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// Take the clock as it is, although it is before what was recorded last
    #[arg(long)]
    accept_clock: bool,
}

/// The flags of `ca export`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Export {
    /// Write index.txt, index.txt.attr, serial and crlnumber into the folder DIR [default: the index
    /// alone, to standard output]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long, short)]
    force: bool,
    #[command(flatten)]
    place: Place,
}

/// Runs `ca import`.
pub(crate) fn run_import(options: &Import, talk: &Talk) -> Exit {
    let outcome = import(options, talk);
    talk.end("ca.import", &options.place.name(), outcome)
}

fn import(options: &Import, talk: &Talk) -> Result<Value, Failure> {
    let signing = Signing {
        place: options.place.clone(),
        pass_file: None,
        accept_clock: options.accept_clock,
    };
    let mut directory = signing.open_locked()?;
    let mut all = Vec::new();
    for path in &options.files {
        let taken = take(&mut directory, path)?;
        if !talk.json {
            print_line(&format!("{}: {}", path.display(), taken.words));
        }
        all.push(json!({
            "file": path.display().to_string(),
            "added": taken.added,
            "revoked": taken.revoked,
            "unchanged": taken.unchanged,
        }));
    }
    Ok(json!({ "files": all }))
}

/// What a file has changed.
struct Taken {
    words: String,
    added: usize,
    revoked: usize,
    unchanged: usize,
}

impl Taken {
    fn new(added: usize, revoked: usize, unchanged: usize) -> Self {
        Self {
            words: format!("{added} added, {revoked} revoked, {unchanged} known before"),
            added,
            revoked,
            unchanged,
        }
    }
}

fn take(directory: &mut CaDirectory, path: &Path) -> Result<Taken, Failure> {
    let now_s = now().unix_s();
    let bytes = crate::load::read(Exit::Usage, path)?;
    let fault = |fault: StoreError| {
        let mut failed = failure(&fault);
        failed.message = format!("{}: {}", path.display(), failed.message);
        failed
    };
    if let Ok(certificates) = load::certificates(&bytes) {
        let (mut added, mut unchanged) = (0, 0);
        for der in &certificates {
            match directory.import_certificate(der, now_s) {
                Ok(_) => added += 1,
                Err(StoreError::Recorded { .. }) => unchanged += 1,
                Err(other) => return Err(fault(other)),
            }
        }
        return Ok(Taken::new(added, 0, unchanged));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Failure::usage(format!(
            "{}: neither an index nor certificates",
            path.display()
        ))
        .hint("give the index.txt or crlnumber of openssl ca, or certificates in PEM or DER")
    })?;
    if path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().contains("crlnumber"))
    {
        directory.import_crl_number(text, now_s).map_err(fault)?;
        let words = "the next list has this number, or the one after the last".to_owned();
        return Ok(Taken {
            words,
            ..Taken::new(0, 0, 0)
        });
    }
    let imported = directory.import_index(text, now_s).map_err(fault)?;
    Ok(Taken::new(
        imported.added,
        imported.revoked,
        imported.unchanged,
    ))
}

/// Runs `ca export`.
pub(crate) fn run_export(options: &Export, talk: &Talk) -> Exit {
    let outcome = export(options, talk);
    talk.end("ca.export", &options.place.name(), outcome)
}

fn export(options: &Export, talk: &Talk) -> Result<Value, Failure> {
    let directory = open(&options.place)?;
    let exported = directory.export_index(now().unix_s());
    let exported = exported.map_err(|fault| failure(&fault))?;
    let certificates = exported.index.lines().count();
    let Some(dir) = &options.output else {
        if !talk.json {
            print(&exported.index);
        }
        return Ok(json!({ "certificates": certificates, "index": exported.index }));
    };
    fs::create_dir_all(dir).map_err(|error| Failure::file(Exit::Usage, "make", dir, &error))?;
    let mut files = Vec::new();
    for (name, content) in [
        ("index.txt", &exported.index),
        ("index.txt.attr", &exported.attributes),
        ("serial", &exported.serial),
        ("crlnumber", &exported.crl_number),
    ] {
        let path = dir.join(name);
        write(&path, content.as_bytes(), false, options.force)?;
        files.push(path.display().to_string());
    }
    talk.tell(&format!(
        "{}: {certificates} certificates",
        files.join(", ")
    ));
    Ok(json!({ "certificates": certificates, "files": files }))
}
