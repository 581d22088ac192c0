//! What passed in the last handshake of a client: by it a refusal says what to do about it.

use crate::authorities::authorities;
use crate::compressed;
use crate::failure::Failure;
use crate::reach::Reach;
use crate::trace::Trace;
use handfast::observe::{Direction, Observer, Passed};
use handfast::{AlertDescription, Credential};
use handfast_pki::certificate::Certificate;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::ServerHello;
use handfast_wire::registry::{CipherSuite, HandshakeType, ProtocolVersion};
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
    /// What its ServerHello chose, once the server has answered with one.
    chosen: Option<(ProtocolVersion, CipherSuite)>,
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

    /// A failure with what is known of its cause. `limits` are the flags that leave offers out.
    pub(crate) fn explain(&self, failure: Failure, own: &[OwnLeaf], limits: &Limits) -> Failure {
        let state = self.state();
        let is = |alert: AlertDescription| failure.alert.as_deref() == Some(&*alert.to_string());
        let reach = Reach {
            chosen: state.chosen,
            ..limits.reach
        };
        let is_peers = failure.kind == "peer_alert";
        if is(AlertDescription::PROTOCOL_VERSION) && !limits.versions.is_empty() {
            let flags = limits.versions.join(" and ");
            return failure.hint(format!(
                "the peer speaks none of the TLS versions that are offered here: leave out your \
                 {flags}"
            ));
        }
        if !is_peers {
            return reach.explain(failure);
        }
        if is(AlertDescription::HANDSHAKE_FAILURE)
            && state.chosen.is_none()
            && !limits.offers.is_empty()
        {
            let flags = limits.offers.join(" and ");
            return failure.hint(format!("nothing was in common: leave out your {flags}"));
        }
        if state.chosen.is_none() {
            return reach.explain(failure);
        }
        let Some(authorities) = &state.request else {
            return failure;
        };
        let Some(shown) = own.iter().find(|one| state.shows(&one.der)) else {
            return if NO_CERTIFICATE.into_iter().any(is) {
                wanted(failure, authorities, own)
            } else {
                failure
            };
        };
        let file = &shown.file;
        if is(AlertDescription::CERTIFICATE_EXPIRED) {
            let until = crate::summary::date(shown.until);
            let failure = failure.caused_by(format!(
                "it is your own: {file}, which is good until {until}"
            ));
            return failure.hint("renew your certificate, or give another with --cert");
        }
        if is(AlertDescription::UNKNOWN_CA) {
            let failure = failure.caused_by(format!("your certificate was shown: {file}"));
            let failure = named(failure, authorities);
            return failure.hint("give a --cert by an authority that the server trusts");
        }
        failure
    }
}

/// The flags that were given and leave something out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// `--min 1.3`, `--max 1.2`.
    pub(crate) versions: Vec<String>,
    /// `--suites`, `--groups`, `--sigalgs`.
    pub(crate) offers: Vec<&'static str>,
    /// What older peers were offered.
    pub(crate) reach: Reach,
}

/// The server asked for a certificate and got none.
fn wanted(failure: Failure, authorities: &[String], own: &[OwnLeaf]) -> Failure {
    let failure = failure.caused_by("the server wanted a client certificate and got none");
    let failure = named(failure, authorities);
    failure.hint(if own.is_empty() {
        "the server asks who you are: give --cert and --key of a kind and an authority that it takes"
    } else {
        "none of your --cert is of a kind that the server takes: give another"
    })
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
            (Direction::Received, HandshakeType::SERVER_HELLO) => {
                let hello = ServerHello::decode(body).ok();
                state.chosen = hello.map(|hello| (hello.legacy_version, hello.cipher_suite));
            }
            (Direction::Received, HandshakeType::CERTIFICATE_REQUEST) => {
                state.request = authorities(body);
            }
            _ => {}
        }
    }
}

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
