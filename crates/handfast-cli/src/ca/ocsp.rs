//! `handfast ca ocsp`: a signed word about certificates, to staple or for whoever asked.

use crate::ca::opened::{Signing, failure};
use crate::ca::rows::{moment, time};
use crate::ca::span::lasting;
use crate::ca::which::selector;
use crate::cert::inspect::shown::plain;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::Talk;
use clap::Args;
use handfast::stream::now;
use handfast_ca::ocsp::{Answer, OcspSigner, Outcome, ResponseStatus, respond};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::row::{Level, Status};
use handfast_pki::certificate::Certificate;
use handfast_pki::ocsp::request::{IdHash, ocsp_request};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The flags of `ca ocsp`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A name of the certificate, its serial number or SHA-256 fingerprint, or its file
    #[arg(
        value_name = "NAME|SERIAL|FINGERPRINT|FILE.pem",
        required_unless_present = "request"
    )]
    which: Option<String>,
    /// Answer the request (DER) in FILE
    #[arg(long, value_name = "FILE", conflicts_with = "which")]
    request: Option<PathBuf>,
    /// Write the response (DER) to FILE, over the one that is there [default: standard output]
    #[arg(
        short,
        long,
        value_name = "FILE|-",
        default_value = "-",
        hide_default_value = true
    )]
    output: PathBuf,
    /// How long the response is good: 12h, 7d
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = lasting)]
    next_update: u64,
    #[command(flatten)]
    signing: Signing,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = answer(options, talk);
    let target = options.which.clone();
    let target = target.unwrap_or_else(|| options.signing.place.name());
    talk.end("ca.ocsp", &target, outcome)
}

fn answer(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let to_stdout = options.output == Path::new("-");
    if talk.json && to_stdout {
        return Err(Failure::usage(
            "the response and the JSON document would both go to standard output",
        )
        .hint("name a file for the response with -o"));
    }
    let mut directory = options.signing.open()?;
    let now_s = now().unix_s();
    let request = options.asked(&directory, now_s)?;
    let (levels, signers) = signers(&mut directory, options.next_update)?;
    let mut fault = None;
    let mut status = |asked: &handfast_ca::ocsp::Asked| {
        let level = levels.get(asked.signer).copied().unwrap_or(Level::Issuing);
        let known = directory.status_at(level, &asked.serial).map_err(|why| {
            fault = Some(why);
            ResponseStatus::InternalError
        })?;
        Ok(match known {
            Status::Good => Answer::Good,
            Status::Revoked { at_unix, reason } => Answer::Revoked { at_unix, reason },
            _ => Answer::Unknown,
        })
    };
    let response = respond(&request, &signers, &mut status, now_s);
    if let Some(fault) = fault {
        return Err(failure(&fault));
    }
    let response = response.map_err(|why| failure(&StoreError::Ca(why)))?;
    write(&options.output, &response.der, false, true)?;
    tell(&response.outcome, &options.output, talk)
}

fn tell(outcome: &Outcome, output: &Path, talk: &Talk) -> Result<Value, Failure> {
    let (certificates, next_update) = match outcome {
        Outcome::Answered {
            certificates,
            next_update_unix,
            ..
        } => (certificates, *next_update_unix),
        Outcome::Refused { status, why } => {
            let message = format!("the request is answered with {status}: {why}");
            let failed = Failure::new(Exit::Usage, "request", "request", message);
            return Err(failed.hint("the response that says so is written all the same"));
        }
    };
    let mut all = Vec::new();
    for (asked, answer) in certificates {
        let serial = asked.as_ref().map(|asked| asked.serial.to_string());
        let serial = serial.map(|serial| serial.to_ascii_lowercase());
        let (word, since, reason) = match answer {
            Answer::Good => ("good", None, None),
            Answer::Revoked { at_unix, reason } => {
                ("revoked", Some(*at_unix), Some(reason.openssl_name()))
            }
            Answer::Unknown => ("unknown", None, None),
        };
        let why = reason
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        let whom = serial
            .clone()
            .unwrap_or_else(|| "a certificate of others".to_owned());
        let until = moment(next_update);
        talk.tell(&format!(
            "{}: {whom} is {word}{why}, until {until}",
            output.display()
        ));
        all.push(json!({
            "serial": serial,
            "status": word,
            "revoked_at": since.map(time),
            "reason": reason,
        }));
    }
    Ok(json!({
        "file": output.display().to_string(),
        "next_update": time(next_update),
        "certificates": all,
    }))
}

impl Options {
    /// The request: that of the file, or one about the certificate that is meant.
    fn asked(&self, directory: &CaDirectory, now_s: u64) -> Result<Vec<u8>, Failure> {
        if let Some(path) = &self.request {
            return load::read(Exit::Usage, path);
        }
        let which = selector(self.which.as_deref().unwrap_or_default())?;
        let row = directory.find_one(&which, now_s);
        let row = row.map_err(|fault| failure(&fault))?;
        let der = directory.certificate(row.id);
        let der = der.map_err(|fault| failure(&fault))?.ok_or_else(|| {
            let row = plain(&row.to_string());
            Failure::usage(format!("{row} is known by its serial number alone"))
                .hint("answer a request about it, with --request FILE")
        })?;
        let chain = directory.issuer_chain();
        let issuer = match row.issuer {
            Level::Issuing => chain.first(),
            Level::Root => chain.last(),
        };
        let issuer = issuer.ok_or_else(|| Failure::usage("the authority has no certificate"))?;
        let read = |der| Certificate::parse(der).map_err(|fault| Failure::usage(fault.to_string()));
        Ok(ocsp_request(
            &read(&der)?,
            &read(issuer)?,
            IdHash::Sha1,
            None,
        ))
    }
}

/// Who signs: the authority that issues, and the root if its key is here.
fn signers(
    directory: &mut CaDirectory,
    life_s: u64,
) -> Result<(Vec<Level>, Vec<OcspSigner>), Failure> {
    let mut levels = vec![Level::Issuing];
    if directory.has_issuing() {
        levels.push(Level::Root);
    }
    let (mut speaking, mut signers) = (Vec::new(), Vec::new());
    for level in levels {
        let authority = match directory.signer(level) {
            // A root's key is best kept elsewhere; what the other issued is known all the same.
            Err(StoreError::KeyMissing { .. }) if level == Level::Root => continue,
            authority => authority.map_err(|fault| failure(&fault))?,
        };
        let signer = OcspSigner::issuer(authority);
        let signer = signer.map_err(|why| failure(&StoreError::Ca(why)))?;
        signers.push(signer.with_life_s(life_s));
        speaking.push(level);
    }
    Ok((speaking, signers))
}
