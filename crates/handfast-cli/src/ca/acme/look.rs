//! Challenges looked at: this is where the server connects to where strangers tell it to.

mod dial;
mod dns01;
mod http01;
pub(super) mod reach;
mod tls_alpn01;
mod url;

#[cfg(test)]
mod tests;

use crate::ca::acme::look::reach::Reach;
use handfast_acme::message::{ChallengeKind, ErrorKind, Problem};
use handfast_acme::server::Validation;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};

/// Who looks.
#[derive(Clone)]
pub(super) struct Looker {
    reach: Arc<Reach>,
    places: Arc<Semaphore>,
    accounts: Arc<Mutex<HashMap<String, Weak<Semaphore>>>>,
}

impl Looker {
    pub(super) fn new(reach: Reach) -> Self {
        Self {
            reach: Arc::new(reach),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            accounts: Arc::default(),
        }
    }

    /// What is found. One account has few places, whatever it asks for: the others' challenges do
    /// not wait for its own. Where nobody answers, it is tried again: a client may be quicker to
    /// say than to do.
    pub(super) async fn look(&self, validation: &Validation) -> Result<(), Problem> {
        // The semaphores are never closed.
        let own = self.places_of(&validation.account);
        let _own_place = own.acquire().await.ok();
        let _place = self.places.acquire().await.ok();
        let end = Instant::now() + LIMIT_OF_ALL;
        let mut found = Ok(());
        for pause in PAUSES {
            if Instant::now() + pause >= end {
                break;
            }
            sleep(pause).await;
            found = self.once(validation, end).await;
            match &found {
                Err(problem) if is_worth_another_try(validation, problem) => {}
                _ => break,
            }
        }
        found
    }

    fn places_of(&self, account: &str) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = accounts.get(account).and_then(Weak::upgrade) {
            return places;
        }
        accounts.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(AT_ONCE_OF_ACCOUNT));
        accounts.insert(account.to_owned(), Arc::downgrade(&places));
        places
    }

    async fn once(&self, validation: &Validation, end: Instant) -> Result<(), Problem> {
        let reach = &self.reach;
        let looking = async {
            match validation.kind {
                ChallengeKind::Http01 => http01::look(reach, validation).await,
                ChallengeKind::TlsAlpn01 => tls_alpn01::look(reach, validation).await,
                ChallengeKind::Dns01 => dns01::look(reach, validation).await,
                _ => Err(Problem::new(ErrorKind::ServerInternal, "no such challenge")),
            }
        };
        let begun = Instant::now();
        let end = end.min(begun + LIMIT);
        timeout_at(end, looking).await.unwrap_or_else(|_| {
            let waited = begun.elapsed().as_secs();
            let detail = format!("{}: no answer within {waited} s", validation.identifier);
            Err(Problem::new(ErrorKind::Connection, detail))
        })
    }
}

fn is_worth_another_try(validation: &Validation, problem: &Problem) -> bool {
    // A record that was just made may not be everywhere yet.
    let is_dns = validation.kind == ChallengeKind::Dns01;
    is_dns || matches!(problem.kind, ErrorKind::Connection | ErrorKind::Dns)
}

/// How long one try may take.
const LIMIT: Duration = Duration::from_secs(15);
/// How long all tries together may take.
const LIMIT_OF_ALL: Duration = Duration::from_secs(20);
/// Before each try.
const PAUSES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(4),
];
/// Looks at a time.
const AT_ONCE: usize = 128;
/// And of one account.
const AT_ONCE_OF_ACCOUNT: usize = 8;
