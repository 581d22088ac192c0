//! What requests are answered from: certificates, lists and responses that are ready, and the way
//! to the keeper, who has the records. Nothing here waits for a file.

use crate::ca::serve::document::Document;
use crate::ca::serve::kept::Kept;
use crate::ca::serve::log::{About, Answers};
use crate::ca::serve::page::Shown;
use crate::ca::serve::signing::Signers;
use crate::ca::serve::wanted::{Form, Wanted};
use arc_swap::{ArcSwap, ArcSwapOption};
use handfast::stream::now;
use handfast_ca::ocsp::{
    Answer, Asked, OcspRequest, Outcome, Response, ResponseStatus, asked_about, respond,
};
use handfast_ca::serial::SerialNumber;
use handfast_ca_store::row::{Level, Status};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use tokio::sync::oneshot;

/// What requests are answered from.
pub(super) struct Desk {
    pub(super) authorities: Vec<Held>,
    pub(super) chain: Document,
    pub(super) signers: ArcSwap<Signers>,
    /// By what the request says about its only certificate (CertID in DER).
    pub(super) kept: Kept,
    pub(super) questions: Sender<Question>,
    /// Whether the records could be read when they were looked at last.
    pub(super) is_well: AtomicBool,
    /// How often the records were seen to change.
    pub(super) state: AtomicU64,
    /// Whether certificates say where the status of theirs is found.
    pub(super) is_pointed_to: bool,
    /// What lies at paths that certificates name, beside the usual ones.
    pub(super) paths: HashMap<String, Wanted>,
}

/// One of the folder's authorities.
pub(super) struct Held {
    pub(super) level: Level,
    /// As its files are called.
    pub(super) name: &'static str,
    pub(super) subject: String,
    pub(super) der: Document,
    pub(super) pem: Document,
    pub(super) list: ArcSwapOption<List>,
}

/// A revocation list.
pub(super) struct List {
    pub(super) der: Document,
    pub(super) pem: Document,
    pub(super) number: String,
    pub(super) this_update_unix: u64,
    pub(super) next_update_unix: u64,
    /// What it revokes.
    pub(super) serials: HashSet<SerialNumber>,
}

/// What the keeper is asked.
pub(super) struct Question {
    pub(super) about: Vec<(Level, SerialNumber)>,
    pub(super) answer: oneshot::Sender<Option<Looked>>,
}

/// What the records say.
pub(super) struct Looked {
    /// In which state they were.
    pub(super) state: u64,
    pub(super) statuses: HashMap<SerialNumber, Status>,
}

/// A response.
pub(super) enum Said {
    /// Which everybody may have.
    ForAll(Arc<Document>),
    /// Which is of use to who asked alone.
    ForThis(Vec<u8>),
}

/// How things stand.
pub(super) struct Health {
    pub(super) is_well: bool,
    pub(super) document: Value,
}

impl Desk {
    /// An authority. Where the root issues itself, it is both.
    fn held(&self, level: Level) -> Option<&Held> {
        let fits = |held: &&Held| held.level == level;
        self.authorities
            .iter()
            .find(fits)
            .or_else(|| self.authorities.first())
    }

    /// Its revocation list.
    pub(super) fn list(&self, level: Level) -> Option<Arc<List>> {
        self.held(level)?.list.load_full()
    }

    /// A certificate, or the chain.
    pub(super) fn certificate(&self, wanted: &Wanted) -> Option<&Document> {
        match wanted {
            Wanted::Chain => Some(&self.chain),
            Wanted::Certificate(level, Form::Der) => Some(&self.held(*level)?.der),
            Wanted::Certificate(level, Form::Pem) => Some(&self.held(*level)?.pem),
            _ => None,
        }
    }

    /// For the page.
    pub(super) fn shown(&self) -> Vec<Shown> {
        let shown = self.authorities.iter().map(|held| Shown {
            name: held.name,
            subject: held.subject.clone(),
            list: held.list.load().as_ref().map(|list| {
                let next = jiff::Timestamp::from_second(seconds(list.next_update_unix));
                (
                    list.number.clone(),
                    next.map_or_else(|_| String::new(), |next| next.to_string()),
                )
            }),
        });
        shown.collect()
    }

    /// How things stand.
    pub(super) fn health(&self, now_unix: u64) -> Health {
        let mut is_well = self.is_well.load(Ordering::Relaxed);
        let mut lists = Vec::new();
        for held in &self.authorities {
            let list = held.list.load();
            is_well &= list
                .as_ref()
                .is_some_and(|list| now_unix < list.next_update_unix);
            lists.push(json!({
                "authority": held.name,
                "number": list.as_ref().map(|list| &list.number),
                "this_update": list.as_ref().map(|list| list.this_update_unix),
                "next_update": list.as_ref().map(|list| list.next_update_unix),
            }));
        }
        let signers = self.signers.load();
        is_well &= signers.are_good(now_unix);
        Health {
            is_well,
            document: json!({
                "schema": "handfast.ca.health/1",
                "well": is_well,
                "records": self.is_well.load(Ordering::Relaxed),
                "lists": lists,
                "ocsp_signers": signers.to_json(),
            }),
        }
    }

    /// The response to an OCSP request.
    pub(super) async fn ocsp(&self, request: &[u8]) -> (Said, About) {
        let now_unix = now().unix_s();
        let key = everybodys(request);
        if let Some((document, answers)) = key.and_then(|key| self.kept.find(key, now_unix)) {
            return (Said::ForAll(document), ocsp(answers, false));
        }
        let signers = self.signers.load_full();
        let about = OcspRequest::parse(request).map(|read| asked_about(&read, &signers.list));
        let looked = self.looked(about.unwrap_or_default(), &signers).await;
        let status = &mut |asked: &Asked| {
            // RFC 6960 section 2.3: the records cannot be read now, but perhaps soon.
            let looked = looked.as_ref().ok_or(ResponseStatus::TryLater)?;
            let status = looked.statuses.get(&asked.serial);
            Ok(status.map_or(Answer::Unknown, answer))
        };
        let response = respond(request, &signers.list, status, now_unix);
        let (der, certificates, until_unix, has_nonce) = match response {
            Ok(Response { der, outcome }) => match outcome {
                Outcome::Answered {
                    certificates,
                    next_update_unix,
                    has_nonce,
                } => (der, certificates, next_update_unix, has_nonce),
                Outcome::Refused { status, .. } => {
                    let answers = vec![("-".to_owned(), status.to_string())];
                    return (Said::ForThis(der), ocsp(answers.into(), false));
                }
            },
            Err(fault) => {
                let answers = vec![("-".to_owned(), fault.to_string())];
                return (
                    Said::ForThis(INTERNAL_ERROR.to_vec()),
                    ocsp(answers.into(), false),
                );
            }
        };
        let answers = certificates.iter().map(word).collect::<Answers>();
        let (Some(key), Some(looked)) = (key, looked) else {
            return (Said::ForThis(der), ocsp(answers, has_nonce));
        };
        let life = until_unix.saturating_sub(now_unix);
        let document = Document::new(der, OCSP_RESPONSE, now_unix).until(until_unix, life / 2);
        let document = Arc::new(document);
        let said = (Arc::clone(&document), answers.clone());
        let renew_unix = now_unix.saturating_add(life / 2);
        self.kept.keep(key.to_vec(), looked.state, said, renew_unix);
        (Said::ForAll(document), ocsp(answers, false))
    }

    /// What the records say of these certificates now; `None`: they cannot be read.
    async fn looked(&self, about: Vec<Asked>, signers: &Signers) -> Option<Looked> {
        let levels = about.into_iter().filter_map(|asked| {
            let level = signers.level(asked.signer)?;
            Some((level, asked.serial))
        });
        let (answer, looked) = oneshot::channel();
        let about = levels.collect();
        self.questions.send(Question { about, answer }).ok()?;
        looked.await.ok().flatten()
    }
}

/// What a request that everybody might send asks about: one certificate, without a nonce.
fn everybodys(request: &[u8]) -> Option<&[u8]> {
    let read = OcspRequest::parse(request).ok()?;
    let mut requests = read.requests();
    let only = requests.next()?;
    let is_usual = read.nonce().is_none() && read.unknown_critical().is_none();
    (is_usual && requests.next().is_none()).then_some(only.der)
}

fn ocsp(answers: Answers, has_nonce: bool) -> About {
    About {
        what: "ocsp",
        answers,
        has_nonce,
    }
}

fn answer(status: &Status) -> Answer {
    match *status {
        Status::Good => Answer::Good,
        Status::Revoked { at_unix, reason } => Answer::Revoked { at_unix, reason },
        // RFC 6960 section 2.2 would let a number that was never issued be called revoked, with
        // an extension that says so. We do not: who asks about a number that another process has
        // not recorded yet would be told something that is not so.
        _ => Answer::Unknown,
    }
}

fn word((asked, answer): &(Option<Asked>, Answer)) -> (String, String) {
    let serial = asked.as_ref().map(|asked| asked.serial.to_string());
    let said = match answer {
        Answer::Good => "good",
        Answer::Revoked { .. } => "revoked",
        Answer::Unknown => "unknown",
    };
    (serial.unwrap_or_else(|| "-".to_owned()), said.to_owned())
}

fn seconds(unix: u64) -> i64 {
    i64::try_from(unix).unwrap_or(i64::MAX)
}

/// RFC 6960 appendix A.2.
pub(super) const OCSP_RESPONSE: &str = "application/ocsp-response";
/// OCSPResponse with internalError (2), and nothing else.
const INTERNAL_ERROR: [u8; 5] = [0x30, 3, 0x0a, 1, 2];
