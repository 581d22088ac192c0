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
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Who looks.
#[derive(Clone)]
pub(super) struct Looker {
    reach: Arc<Reach>,
    places: Arc<Semaphore>,
}

impl Looker {
    pub(super) fn new(reach: Reach) -> Self {
        Self {
            reach: Arc::new(reach),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// What is found; nobody waits longer than the server counts a look as one. Where nobody
    /// answers, it is tried again: a client may be quicker to say than to do.
    pub(super) async fn look(&self, validation: &Validation) -> Result<(), Problem> {
        // The semaphore is never closed.
        let _place = self.places.acquire().await.ok();
        let mut found = Ok(());
        for pause in PAUSES {
            sleep(pause).await;
            found = self.once(validation).await;
            match &found {
                Err(problem) if is_worth_another_try(validation, problem) => {}
                _ => break,
            }
        }
        found
    }

    async fn once(&self, validation: &Validation) -> Result<(), Problem> {
        let reach = &self.reach;
        let looking = async {
            match validation.kind {
                ChallengeKind::Http01 => http01::look(reach, validation).await,
                ChallengeKind::TlsAlpn01 => tls_alpn01::look(reach, validation).await,
                ChallengeKind::Dns01 => dns01::look(reach, validation).await,
                _ => Err(Problem::new(ErrorKind::ServerInternal, "no such challenge")),
            }
        };
        timeout(LIMIT, looking).await.unwrap_or_else(|_| {
            let limit = LIMIT.as_secs();
            let detail = format!("{}: no answer within {limit} s", validation.identifier);
            Err(Problem::new(ErrorKind::Connection, detail))
        })
    }
}

fn is_worth_another_try(validation: &Validation, problem: &Problem) -> bool {
    // A record that was just made may not be everywhere yet.
    let is_dns = validation.kind == ChallengeKind::Dns01;
    is_dns || matches!(problem.kind, ErrorKind::Connection | ErrorKind::Dns)
}

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(15);
/// Before each try.
const PAUSES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(4),
];
/// Looks at a time.
const AT_ONCE: usize = 64;
