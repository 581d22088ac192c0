//! dns-01 (RFC 8555 section 8.4): a TXT record, which a program of the operator's looks up.

use crate::ca::acme::look::reach::Reach;
use crate::failure::words;
use crate::talk::note;
use handfast_acme::message::{ErrorKind, Problem};
use handfast_acme::server::Validation;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// Asks the program, and judges what it prints.
pub(super) async fn look(reach: &Reach, validation: &Validation) -> Result<(), Problem> {
    let Some(hook) = &reach.dns_hook else {
        let detail = "this server has no way to look up TXT records (--acme-dns-hook)";
        return Err(Problem::new(ErrorKind::ServerInternal, detail));
    };
    let printed = ask(hook, &validation.record_name()).await.map_err(|why| {
        // What the program is called is the operator's affair.
        note(&format!("acme: {}: {why}", hook.display()));
        let detail = "the program that looks up TXT records failed: see the server's log";
        Problem::new(ErrorKind::Dns, detail)
    })?;
    let values = printed.lines().map(|line| line.trim().trim_matches('"'));
    validation.judge_records(values.filter(|value| !value.is_empty()))
}

/// What the program prints for a name, which is a host's: letters, digits, `-`, `_` and dots. No
/// shell reads it.
async fn ask(hook: &Path, name: &str) -> Result<String, String> {
    let mut command = Command::new(hook);
    command
        .arg(name)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| words(&error))?;
    let mut printed = Vec::new();
    if let Some(out) = child.stdout.take() {
        let read = out.take(MOST).read_to_end(&mut printed).await;
        read.map_err(|error| words(&error))?;
    }
    let status = child.wait().await.map_err(|error| words(&error))?;
    if !status.success() {
        return Err(format!("{status}"));
    }
    String::from_utf8(printed).map_err(|_| "it printed what is no UTF-8".to_owned())
}

/// Bytes that are read of what it prints.
const MOST: u64 = 64 * 1024;
