//! Answers dns-01 by a program of the operator's.

use crate::failure::words;
use handfast_acme::client::Proof;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// Runs the program: `set NAME VALUE` or `remove NAME VALUE`. No shell is between.
pub(super) async fn run(hook: &Path, action: &str, proof: &Proof) -> Result<(), String> {
    let shown = format!("{} {action} {}", hook.display(), proof.dns_name());
    let command = Command::new(hook)
        .args([action, &proof.dns_name(), &proof.dns_value()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = match timeout(PATIENCE, command).await {
        Err(_) => {
            return Err(format!(
                "{shown}: no end within {} seconds",
                PATIENCE.as_secs()
            ));
        }
        Ok(Err(error)) => return Err(format!("{shown}: it does not start: {}", words(&error))),
        Ok(Ok(output)) => output,
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map_or_else(String::new, |line| format!(": {}", line.escape_debug()));
    Err(format!("{shown}: it failed with {}{last}", output.status))
}

/// Records take their time to be seen everywhere.
const PATIENCE: Duration = Duration::from_secs(600);
