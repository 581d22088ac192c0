//! `--exceptions`: rules that are relaxed, each for one peer, for a reason, until a day; from a file,
//! so that whoever looks after it finds all of them in one place.

pub(crate) mod file;

use crate::exceptions::file::Peers;
use crate::failure::Failure;
use crate::talk::Talk;
use crate::versions::Versions;
use clap::Args;
use handfast::Negotiated;
use handfast::config::Exception;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The flag.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ExceptionOptions {
    /// Relax the rules that FILE (TOML) names, each for one peer, for a reason, until a day; each use
    /// is told
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
}

impl ExceptionOptions {
    /// The exceptions of the file, for servers; those that are over are told, and do nothing. `versions`:
    /// what other flags leave of them.
    pub(crate) fn read(&self, versions: Versions, talk: &Talk) -> Result<Vec<Exception>, Failure> {
        let Some(path) = &self.exceptions else {
            return Ok(Vec::new());
        };
        let exceptions = file::read(path, Peers::Servers)?;
        warn_of_ended(&exceptions, talk);
        versions.check_exceptions(&exceptions)?;
        Ok(exceptions)
    }
}

/// Tells which exceptions are over.
pub(crate) fn warn_of_ended(exceptions: &[Exception], talk: &Talk) {
    for exception in exceptions {
        if !exception.holds_at(handfast::stream::now()) {
            talk.warn(&format!(
                "the exception \"{exception}\" is over since {}: it does nothing",
                day(exception)
            ));
        }
    }
}

/// The day, or the moment, at which it is over.
pub(crate) fn day(exception: &Exception) -> String {
    let seconds = i64::try_from(exception.until_unix_s()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(
        |_| "the end of time".to_owned(),
        |moment| {
            let text = moment.to_string();
            match text.strip_suffix("T00:00:00Z") {
                Some(day) => day.to_owned(),
                None => text,
            }
        },
    )
}

/// Tells which exceptions a connection needed.
pub(crate) fn tell(negotiated: Option<&Negotiated>, talk: &Talk) {
    for exception in negotiated.into_iter().flat_map(Negotiated::exceptions) {
        talk.warn(&format!("let through by an exception: {}", line(exception)));
    }
}

/// All that an exception says.
pub(crate) fn line(exception: &Exception) -> String {
    let reason = exception.reason().replace(char::is_control, REPLACEMENT);
    format!("{exception}, until {} ({reason})", day(exception))
}

/// The rules that a connection did not keep to; nothing where it kept to all.
pub(crate) fn needed(negotiated: &Negotiated) -> Option<String> {
    let rules = negotiated.exceptions().iter();
    let rules: Vec<String> = rules.map(|one| one.relaxed().to_string()).collect();
    (!rules.is_empty()).then(|| rules.join(", "))
}

/// The same for programs.
pub(crate) fn json(exceptions: &[Exception]) -> Vec<Value> {
    let each = exceptions.iter().map(|one| {
        json!({
            "peer": one.peer().to_string(),
            "relaxed": one.relaxed().to_string(),
            "reason": one.reason(),
            "until": day(one),
        })
    });
    each.collect()
}

const REPLACEMENT: &str = "\u{fffd}";
