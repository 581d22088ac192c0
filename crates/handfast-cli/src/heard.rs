//! What passed in the last handshake of a client, as far as a refusal is told by it: whom a server would
//! have taken, and which of one's own files was shown.

use crate::authorities::authorities;
use crate::compressed;
use crate::failure::Failure;
use crate::trace::Trace;
use handfast::observe::{Direction, Observer, Passed};
use handfast::{AlertDescription, Credential};
use handfast_pki::certificate::Certificate;
use handfast_wire::registry::HandshakeType;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Listens, and hands on to the trace of `-v` where there is one.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    trace: Option<Trace>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The authorities that a CertificateRequest named.
    request: Option<Vec<String>>,
    /// The Certificate that was sent.
    shown: Vec<u8>,
}

/// A certificate that may be shown.
#[derive(Clone, Debug)]
pub(crate) struct OwnLeaf {
    /// The file that it comes from.
    pub(crate) file: String,
    pub(crate) der: Vec<u8>,
    /// Its last second.
    pub(crate) until: i64,
}

impl OwnLeaf {
    pub(crate) fn of(file: &Path, credential: &Credential) -> Self {
        let der = credential.chain().first().map(AsRef::as_ref);
        let der = der.or_else(|| credential.raw_key()).unwrap_or_default();
        let until = Certificate::parse(der).map(|leaf| leaf.validity().not_after.0);
        Self {
            file: file.display().to_string(),
            until: until.unwrap_or(i64::MAX),
            der: der.to_vec(),
        }
    }
}

impl Heard {
    pub(crate) fn new(trace: Option<Trace>) -> Self {
        Self {
            trace,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A failure with what was asked and shown: the names of authorities, and files of one's own, which
    /// the connection does not keep.
    pub(crate) fn explain(&self, failure: Failure, own: &[OwnLeaf]) -> Failure {
        let state = self.state();
        let is = |alert: AlertDescription| failure.alert.as_deref() == Some(&*alert.to_string());
        let Some(authorities) = state
            .request
            .as_ref()
            .filter(|_| failure.kind == "peer_alert")
        else {
            return failure;
        };
        let Some(shown) = own.iter().find(|one| state.shows(&one.der)) else {
            if !NO_CERTIFICATE.into_iter().any(is) {
                return failure;
            }
            // The alert certificate_required says so already.
            let failure = match failure.causes.iter().any(|cause| cause == NONE_SHOWN) {
                true => failure,
                false => failure.caused_by(NONE_SHOWN),
            };
            let failure = named(failure, authorities);
            return match own.is_empty() {
                true => failure,
                false => failure.caused_by("none of your --cert is of a kind that it takes"),
            };
        };
        let file = &shown.file;
        if is(AlertDescription::CERTIFICATE_EXPIRED) {
            let until = crate::summary::date(shown.until);
            return failure.caused_by(format!(
                "it is your own: {file}, which is good until {until}"
            ));
        }
        if is(AlertDescription::UNKNOWN_CA) {
            let failure = failure.caused_by(format!("your certificate was shown: {file}"));
            return named(failure, authorities);
        }
        failure
    }
}

fn named(failure: Failure, authorities: &[String]) -> Failure {
    if authorities.is_empty() {
        return failure.caused_by("it names no authorities");
    }
    let shown = authorities.iter().take(SHOWN).map(String::as_str);
    let mut text = shown.collect::<Vec<_>>().join("; ");
    if authorities.len() > SHOWN {
        text += &format!("; and {} more", authorities.len() - SHOWN);
    }
    failure.caused_by(format!("it takes certificates by: {text}"))
}

impl State {
    fn shows(&self, der: &[u8]) -> bool {
        !der.is_empty() && self.shown.windows(der.len()).any(|part| part == der)
    }
}

impl Observer for Heard {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let Some(trace) = &self.trace {
            trace.passed(direction, what);
        }
        let Passed::Handshake { msg_type, bytes } = what else {
            return;
        };
        let body = bytes.get(4..).unwrap_or_default();
        let mut state = self.state();
        match (direction, msg_type) {
            (Direction::Sent, HandshakeType::CLIENT_HELLO) => *state = State::default(),
            (Direction::Sent, HandshakeType::CERTIFICATE) => state.shown = body.to_vec(),
            (Direction::Sent, HandshakeType::COMPRESSED_CERTIFICATE) => {
                let message = compressed::unpacked(body);
                state.shown = message.map(|message| message.body).unwrap_or_default();
            }
            (Direction::Received, HandshakeType::CERTIFICATE_REQUEST) => {
                state.request = authorities(body);
            }
            _ => {}
        }
    }
}

const NONE_SHOWN: &str = "the server wanted a client certificate and got none";
/// The alerts by which servers refuse a client without a certificate.
const NO_CERTIFICATE: [AlertDescription; 5] = [
    AlertDescription::CERTIFICATE_REQUIRED,
    AlertDescription::HANDSHAKE_FAILURE,
    AlertDescription::BAD_CERTIFICATE,
    AlertDescription::CERTIFICATE_UNKNOWN,
    AlertDescription::UNKNOWN_CA,
];
/// Authorities that are shown, at most.
const SHOWN: usize = 8;
