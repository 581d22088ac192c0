//! Lists of Certificate Transparency logs, as Google and Apple publish them: `log_list.json`, version
//! 3 of its schema.

use crate::fault::{LogListFault, TrustFault, TrustProblem};
use crate::store::read_file;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast_pki::sct::log::{Log, LogList, LogState, TemporalInterval};
use handfast_pki::time::UnixTime;
use serde_json::Value;
use std::path::Path;

/// A list that was read.
#[derive(Clone, Debug, Default)]
pub struct LogListFile {
    /// The logs.
    pub logs: LogList,
    /// Entries that were passed over. A log of a kind that is not known yet must not keep the others
    /// out; what it signs does not count.
    pub skipped: Vec<LogListFault>,
}

/// Reads a list from a file.
///
/// ```no_run
/// let list = handfast_trust::log_list("log_list.json".as_ref())?;
/// println!("{} logs", list.logs.len());
/// # Ok::<(), handfast_trust::TrustFault>(())
/// ```
///
/// # Errors
/// [`TrustFault`] names the file, and what is wrong with it as a whole.
pub fn log_list(path: &Path) -> Result<LogListFile, TrustFault> {
    let (_, bytes) =
        read_file(path).map_err(|error| TrustFault::new(path, TrustProblem::Io(error)))?;
    read_log_list(&bytes).map_err(|fault| TrustFault::new(path, TrustProblem::LogList(fault)))
}

/// Reads a list.
///
/// # Errors
/// [`LogListFault`]: no JSON, or no list of operators in it, or not one log that can be read.
pub fn read_log_list(json: &[u8]) -> Result<LogListFile, LogListFault> {
    let whole = |problem: String| LogListFault {
        place: String::new(),
        problem,
    };
    let document: Value =
        serde_json::from_slice(json).map_err(|error| whole(format!("no JSON: {error}")))?;
    let operators = document.get("operators").and_then(Value::as_array);
    let operators = operators.ok_or_else(|| whole("no list of operators".to_owned()))?;
    let mut read = LogListFile::default();
    for (at, operator) in operators.iter().enumerate() {
        let name = operator.get("name").and_then(Value::as_str);
        for kind in ["logs", "tiled_logs"] {
            let logs = operator.get(kind).and_then(Value::as_array);
            for (index, log) in logs.into_iter().flatten().enumerate() {
                let added = entry(name, log).and_then(|log| {
                    let added = read.logs.add(log);
                    added.map_err(|fault| fault.to_string())
                });
                if let Err(problem) = added {
                    let place = format!("operators[{at}].{kind}[{index}]");
                    read.skipped.push(LogListFault { place, problem });
                }
            }
        }
    }
    if read.logs.is_empty() {
        let first = read.skipped.into_iter().next();
        return Err(first.unwrap_or_else(|| whole("no log in it".to_owned())));
    }
    Ok(read)
}

/// One log.
fn entry(operator: Option<&str>, log: &Value) -> Result<Log, String> {
    // SCTs of one operator's logs do not vouch for each other, so it must be known whose they are.
    let operator = operator.ok_or("its operator has no name")?.to_owned();
    let key = text(log, "key").and_then(|text| STANDARD.decode(text).ok());
    let key = key.ok_or("no key in base64")?;
    let read = Log {
        key: key.into(),
        description: text(log, "description").unwrap_or_default().to_owned(),
        operator,
        state: state(log)?,
        interval: interval(log)?,
    };
    // The name says nothing that the key does not, unless one of both was changed.
    match text(log, "log_id") {
        Some(id) if id != read.id().to_string() => Err("log_id is not the hash of the key".into()),
        _ => Ok(read),
    }
}

/// How far it is trusted. One that bears no state has not been accepted by anybody.
fn state(log: &Value) -> Result<LogState, String> {
    let Some(state) = log.get("state") else {
        return Ok(LogState::Pending);
    };
    let mut states = state.as_object().into_iter().flatten();
    let (Some((name, value)), None) = (states.next(), states.next()) else {
        return Err("not exactly one state".into());
    };
    Ok(match name.as_str() {
        "pending" => LogState::Pending,
        "qualified" => LogState::Qualified,
        "usable" => LogState::Usable,
        "readonly" => LogState::ReadOnly,
        "retired" => LogState::Retired {
            since: time(value, "timestamp")?,
        },
        "rejected" => LogState::Rejected,
        _ => return Err("a state that is not known".into()),
    })
}

fn interval(log: &Value) -> Result<Option<TemporalInterval>, String> {
    let interval = log.get("temporal_interval");
    interval
        .map(|interval| {
            Ok(TemporalInterval {
                from: time(interval, "start_inclusive")?,
                to: time(interval, "end_exclusive")?,
            })
        })
        .transpose()
}

fn time(value: &Value, name: &str) -> Result<UnixTime, String> {
    let time = text(value, name).and_then(|text| text.parse().ok());
    time.ok_or_else(|| format!("{name} is no time such as 2026-11-21T13:30:00Z"))
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}
