//! Why a command failed: one clear line that names the thing, what caused it,
//! and what to do.

use crate::exit::Exit;
use crate::given::Given;
use crate::refusal;
use handfast::connection::{Refusal, RefusalDetail};
use handfast::ech::EchConfigList;
use handfast::report::Report;
use handfast::{AlertDescription, Error, Fault};
use handfast_pki::verify::reason::Reason;
use handfast_tokio::{Cause, HandshakeFailed};
use serde_json::{Value, json};
use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::ops::{Deref, DerefMut};

/// A failure, for a person and for a program.
#[derive(Debug)]
pub(crate) struct Failure(Box<Details>);

/// What is known of a failure.
#[derive(Debug)]
pub(crate) struct Details {
    /// How the command ends.
    pub(crate) exit: Exit,
    /// The kind, in snake_case; it never changes its meaning.
    pub(crate) kind: &'static str,
    /// What was being done: `resolve`, `connect`, `handshake` …
    pub(crate) phase: &'static str,
    /// One line, lower-case, without a full stop.
    pub(crate) message: String,
    /// What lies behind it, nearest first.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// For what this side refused the peer.
    pub(crate) fault: Option<Fault>,
    /// The alert that was sent or received.
    pub(crate) alert: Option<String>,
    /// The peer's certificates in DER, where it was refused for them.
    pub(crate) chain: Vec<Vec<u8>>,
    /// What is known of a handshake that failed: where it is, it says what to do.
    pub(crate) report: Option<Report>,
    /// The flags that the command was given.
    pub(crate) given: Given,
    /// What TLS ended with, where that is all that is left of the connection.
    pub(crate) tls: Option<Error>,
}

impl Failure {
    pub(crate) fn new(
        exit: Exit,
        kind: &'static str,
        phase: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self(Box::new(Details {
            exit,
            kind,
            phase,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            fault: None,
            alert: None,
            chain: Vec::new(),
            report: None,
            given: Given::default(),
            tls: None,
        }))
    }

    /// Wrong usage or settings.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", "start", message)
    }

    /// With what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With what lies behind it.
    pub(crate) fn caused_by(mut self, cause: impl ToString) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// A phase that took too long.
    pub(crate) fn timeout(phase: &'static str, what: &str, seconds: f64) -> Self {
        Self::new(
            Exit::Timeout,
            "timeout",
            phase,
            format!("{what} took longer than {seconds} s"),
        )
        .hint("wait longer with --timeout SECONDS, or look whether the host answers at all")
    }

    /// A file that could not be read or written, with what that asks for.
    pub(crate) fn file(exit: Exit, doing: &str, path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(
            exit,
            "file",
            "start",
            format!("cannot {doing} {}: {}", path.display(), words(error)),
        )
        .hint(match error.kind() {
            ErrorKind::NotFound => "check the path: part of it is not there",
            ErrorKind::PermissionDenied => "check whose file and folder that is, and who may do so",
            ErrorKind::IsADirectory => "that is a folder: name a file in it",
            ErrorKind::NotADirectory => "part of the path is a file and no folder: check it",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk",
            ErrorKind::ReadOnlyFilesystem => "nothing can be written there: name another place",
            ErrorKind::FileTooLarge => "name the file that was meant",
            _ => "check the path, and whether its disk is well",
        })
    }

    /// As one JSON object.
    pub(crate) fn to_json(&self) -> Value {
        use base64::Engine as _;
        let chain = self
            .chain
            .iter()
            .map(|der| base64::engine::general_purpose::STANDARD.encode(der));
        json!({
            "kind": self.kind,
            "phase": self.phase,
            "message": self.message,
            "causes": self.causes,
            "alert": self.alert,
            "chain": chain.collect::<Vec<_>>(),
            "hint": self.advice(),
            "report": self.report.as_ref().map(|report| refusal::to_json(report, &self.given)),
        })
    }

    /// A handshake with `target` that failed.
    pub(crate) fn handshake(target: &str, failed: &HandshakeFailed, seconds: f64) -> Self {
        let failure = Self::failed(target, failed, seconds);
        let report = failed.report();
        failure.reported(report)
    }

    /// With what is known of the connection, which says what to do.
    pub(crate) fn reported(mut self, report: Report) -> Self {
        self.report = Some(report);
        self
    }

    /// With the flags by which it is told what to do.
    pub(crate) fn given(mut self, given: Given) -> Self {
        self.given = given;
        self
    }

    /// What to do: the report's word on TLS, and behind it what only the command knows.
    pub(crate) fn advice(&self) -> Option<String> {
        let report = self.report.as_ref();
        let told = report.and_then(|report| refusal::hint(report, &self.given));
        match (told, &self.hint) {
            (Some(told), Some(more)) => Some(format!("{told}; {more}")),
            (told, hint) => told.or_else(|| hint.clone()),
        }
    }

    /// What else it may be, where the first is a guess: an alert gives no reasons.
    pub(crate) fn other_guesses(&self) -> Vec<String> {
        let Some(report) = self.report.as_ref() else {
            return Vec::new();
        };
        let is_guess = report.remedies().first().is_some_and(|one| one.is_likely);
        let all = refusal::advice::all(report, &self.given).into_iter();
        all.skip(1)
            .take(if is_guess { OTHERS } else { 0 })
            .collect()
    }

    fn failed(target: &str, failed: &HandshakeFailed, seconds: f64) -> Self {
        match failed.cause() {
            Cause::Timeout(_) => Self::timeout(
                "handshake",
                &format!("the TLS handshake with {target}"),
                seconds,
            ),
            Cause::Tls(Error::Fault(fault)) => Self::refused(target, *fault, failed.refusal()),
            Cause::Tls(Error::PeerAlert(alert)) => Self::peer_alert(target, *alert),
            Cause::Tls(Error::Misuse(_) | Error::Own(_)) => Self::new(
                Exit::Handshake,
                "own",
                "handshake",
                format!("the TLS handshake with {target} failed here: {failed}"),
            ),
            Cause::Transport(error) => Self::hung_up(target, error),
            _ => Self::new(
                Exit::Handshake,
                "handshake",
                "handshake",
                format!("the TLS handshake with {target} failed: {failed}"),
            ),
        }
    }

    fn hung_up(target: &str, error: &io::Error) -> Self {
        let gone = matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        );
        let message = if gone {
            format!("{target} closed the connection in the middle of the TLS handshake")
        } else {
            format!(
                "the connection to {target} broke in the TLS handshake: {}",
                words(error)
            )
        };
        Self::new(Exit::Handshake, "hung_up", "handshake", message)
    }

    /// This side refused the peer.
    fn refused(target: &str, fault: Fault, refusal: Option<&Refusal>) -> Self {
        let detail = refusal.map(|refusal| &refusal.detail);
        let mut failure = match detail {
            Some(RefusalDetail::Certificate(rejection)) => {
                let (exit, kind) = match rejection.reason() {
                    Reason::Revoked { .. } => (Exit::Revoked, "revoked"),
                    Reason::RevocationUnknown { .. } | Reason::StapleMissing { .. } => {
                        (Exit::Revoked, "status_unknown")
                    }
                    _ => (Exit::Unverified, "unverified"),
                };
                let mut failure = Self::new(
                    exit,
                    kind,
                    "verify",
                    format!(
                        "{target} is not verified: {}: {}",
                        rejection.place(),
                        rejection.reason()
                    ),
                );
                failure.causes = rejection_lines(&rejection.to_string());
                failure.chain = rejection.chain().to_vec();
                failure
            }
            _ => Self::new(
                Exit::Handshake,
                "refused",
                "handshake",
                format!("{target}: {}", fault.sentence()),
            )
            .caused_by(format!("{} ({})", fault.id(), fault.section())),
        };
        match detail {
            Some(RefusalDetail::Offers { what, peer, own }) => {
                failure.causes.push(format!(
                    "{what} of the peer: {}; ours: {}",
                    peer.join(", "),
                    own.join(", ")
                ));
            }
            Some(RefusalDetail::Decode(decode)) => failure.causes.push(decode.to_string()),
            Some(RefusalDetail::Plaintext { what, line }) => {
                failure.message = format!("{target} does not speak TLS here, but {}", what.name());
                let said = line.iter().map(|line| format!("it says \"{line}\""));
                failure.causes.extend(said);
            }
            Some(RefusalDetail::Ech { retry_configs }) => {
                let list = retry_configs.as_ref().map(EchConfigList::to_base64);
                let told = list.map(|list| format!("its retry configs: {list}"));
                failure.causes.extend(told);
            }
            _ => {}
        }
        failure.fault = Some(fault);
        failure.alert = Some(fault.alert().to_string());
        failure
    }

    /// A second handshake, or what has taken its place, that ended the connection.
    pub(crate) fn asked(target: &str, error: &io::Error, refusal: Option<&Refusal>) -> Self {
        match tls_error(error) {
            Some(Error::Fault(fault)) => {
                let failure = Self::refused(target, fault, refusal);
                match refusal {
                    Some(refusal) => failure.reported(refusal.report()),
                    None => failure.reported(Report::of(fault.into())),
                }
            }
            _ => Self::broken(target, "handshake", error),
        }
    }

    /// The peer ended the connection with an alert.
    pub(crate) fn peer_alert(target: &str, alert: AlertDescription) -> Self {
        let mut failure = Self::new(
            Exit::Handshake,
            "peer_alert",
            "handshake",
            format!("{target} refused with the alert {alert}"),
        );
        failure.causes.extend(alert.sentence().map(str::to_owned));
        failure.alert = Some(alert.to_string());
        failure
    }

    /// A connection that broke after its handshake. The reason may lie deep in
    /// a chain of errors: hyper wraps what the stream says.
    pub(crate) fn broken(
        target: &str,
        phase: &'static str,
        error: &(dyn StdError + 'static),
    ) -> Self {
        let mut causes = Vec::new();
        let mut at = Some(error);
        while let Some(error) = at {
            if let Some(tls) = tls_error(error) {
                let mut failure = match tls {
                    Error::PeerAlert(alert) => Self::peer_alert(target, alert),
                    other => Self::new(
                        Exit::Truncated,
                        "tls",
                        phase,
                        format!("the connection to {target} broke: {other}"),
                    ),
                };
                failure.tls = Some(tls);
                return failure;
            }
            let io = error.downcast_ref::<io::Error>();
            if io.is_some_and(|io| io.kind() == ErrorKind::UnexpectedEof) {
                return Self::new(
                    Exit::Truncated,
                    "truncated",
                    phase,
                    format!("{target} cut the connection off: what came is not whole"),
                )
                .caused_by(error)
                .hint("someone on the way may have shortened it on purpose: do not use what came");
            }
            causes.push(error.to_string());
            at = error.source();
        }
        causes.dedup();
        let mut failure = Self::new(
            Exit::Truncated,
            "broken",
            phase,
            format!("the connection to {target} broke"),
        );
        failure.causes = causes;
        failure
    }
}

impl Deref for Failure {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

/// The TLS error in an `io::Error`, or itself.
fn tls_error(error: &(dyn StdError + 'static)) -> Option<Error> {
    let inner = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    inner
        .and_then(|inner| inner.downcast_ref::<Error>())
        .or_else(|| error.downcast_ref::<Error>())
        .copied()
}

/// What the refusal says beyond its first line and its remedy, which stand elsewhere.
fn rejection_lines(words: &str) -> Vec<String> {
    let lines = words.lines().skip(1).map(str::trim);
    lines
        .filter(|line| !line.starts_with("remedy:"))
        .map(str::to_owned)
        .collect()
}

/// Guesses beside the first one that are shown without -v.
const OTHERS: usize = 2;

/// What the system says, without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
