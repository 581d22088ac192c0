//! When a certificate is renewed, and what happens then.

use crate::failure::Failure;
use crate::serve::acme::Acme;
use crate::serve::acme::folder::{Certified, Tries};
use crate::serve::acme::order::Trouble;
use crate::serve::entrance::Entrance;
use crate::serve::hosts::Hosts;
use handfast::stream::now;
use handfast_acme::client::{Advice, AdviceAction, Adviser, ClientFault, Life, Window};
use handfast_pki::certificate::Certificate;
use handfast_pki::load::{Random, SystemRandom};
use handfast_pki::time::UnixTime;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Keeps the certificates of all hosts fresh that have theirs from the authority, for as long as
/// the server runs.
pub(crate) fn keep_fresh(acme: &Arc<Acme>, hosts: &Arc<Hosts>, entrance: &Arc<Entrance>) {
    for (at, names) in hosts.by_acme() {
        let (acme, names) = (Arc::clone(acme), names.to_vec());
        let (hosts, entrance) = (Arc::clone(hosts), Arc::clone(entrance));
        tokio::spawn(async move { acme.keep(at, &names, &hosts, &entrance).await });
    }
}

impl Acme {
    async fn keep(&self, at: usize, names: &[String], hosts: &Hosts, entrance: &Entrance) {
        let mut tries = self.rest(names).await;
        loop {
            self.due(names).await;
            let shown = names.join(", ");
            match self.order(names).await {
                Ok(certified) => {
                    tries = 0;
                    self.got(&shown, &certified);
                    hosts.put(at, certified.credential);
                    // It is there already: no reason to ask for another.
                    while let Err(failure) = entrance.show(hosts) {
                        self.unshown(&shown, &failure);
                        sleep(Duration::from_secs(FIRST_S)).await;
                    }
                }
                Err(trouble) => {
                    let wait = self.wait(names, &trouble, tries);
                    tries = tries.saturating_add(1);
                    self.keep_tries(names, &trouble, tries, wait);
                    self.failed(&shown, hosts.is_ready(at), &trouble, wait);
                    sleep(wait).await;
                }
            }
        }
    }

    /// Waits as long as a run before had to: who is started again and again must not ask again and
    /// again. Gives how many tries have failed.
    async fn rest(&self, names: &[String]) -> u32 {
        let tries = self.folder.tries(names);
        let left = tries.not_before_unix.saturating_sub(now().unix_s());
        if left > 0 {
            self.talk.warn(&format!(
                "the last {} orders for {} have failed: the next is placed at {}; to place it at \
                 once remove {} and start again",
                tries.failed,
                names.join(", "),
                moment(tries.not_before_unix),
                self.folder.tries_file(names).display()
            ));
            sleep(Duration::from_secs(left.min(MOST_SAID_S))).await;
        }
        tries.failed
    }

    /// Whoever starts anew after mending something need not wait, a few times.
    fn keep_tries(&self, names: &[String], trouble: &Trouble, failed: u32, wait: Duration) {
        let is_bound = failed > FREE_TRIES || trouble.retry_at_unix_ms.is_some();
        let next = now().unix_s().saturating_add(wait.as_secs());
        let tries = Tries {
            failed,
            not_before_unix: if is_bound { next } else { 0 },
        };
        let written = self.folder.keep_tries(names, tries);
        written.unwrap_or_else(|failure| self.talk.warn(&failure.message));
    }

    /// Waits until a certificate for these names is to be got.
    async fn due(&self, names: &[String]) {
        let Some(Certified { credential, life }) = self.folder.certificate(names).ok().flatten()
        else {
            return;
        };
        let mut renew_at = life.renew_at_unix(None, &mut SystemRandom);
        let mut ask_at = 0;
        let mut window: Option<Window> = None;
        loop {
            let at = now().unix_s();
            if at >= renew_at {
                return;
            }
            if at >= ask_at {
                let leaf = credential.chain().first().map(AsRef::as_ref);
                let advice = self.advice(leaf.unwrap_or_default()).await;
                let ask_again_s = advice
                    .as_ref()
                    .map_or(ASK_AGAIN_S, |advice| advice.ask_again_ms / 1000);
                ask_at = now().unix_s().saturating_add(ask_again_s);
                let told = advice.as_ref().map(|advice| advice.window);
                // The dice are thrown once a window.
                if told != window {
                    window = told;
                    renew_at = life.renew_at_unix(window, &mut SystemRandom);
                    self.hasten(names, life, renew_at, advice);
                }
                continue;
            }
            // By the clock on the wall: a machine that slept must not sleep on.
            let left = renew_at.min(ask_at).saturating_sub(at);
            sleep(Duration::from_secs(left.clamp(1, LOOK_S))).await;
        }
    }

    /// When the authority wants a certificate to be renewed. Without an answer its life decides.
    async fn advice(&self, leaf: &[u8]) -> Option<Advice> {
        let asked = async {
            let Some(mut adviser) =
                Adviser::new(&self.settings.directory, leaf, self.settings.limits)?
            else {
                return Ok(None);
            };
            let mut action = adviser.begin()?;
            loop {
                action = match action {
                    AdviceAction::Send(request) => {
                        self.whisper(&format!("{} {}", request.method.name(), request.url));
                        match self.sender.send(&request).await {
                            Ok(response) => {
                                adviser.heard(response, now().unix_ms, &mut SystemRandom)?
                            }
                            Err(why) => adviser.unanswered(&why, &mut SystemRandom)?,
                        }
                    }
                    AdviceAction::Wait(ms) => {
                        sleep(Duration::from_millis(ms)).await;
                        adviser.waited()?
                    }
                    AdviceAction::Given(advice) => return Ok::<_, ClientFault>(advice),
                    _ => return Ok(None),
                };
            }
        };
        asked.await.unwrap_or_default()
    }

    /// Tells of a renewal long before its usual time: mostly a certificate will be revoked.
    fn hasten(&self, names: &[String], life: Life, renew_at: u64, advice: Option<Advice>) {
        let length = life.not_after_unix.saturating_sub(life.obtained_unix);
        let half = life.obtained_unix.saturating_add(length / 2);
        if renew_at < half
            && let Some(explanation) = advice.and_then(|advice| advice.explanation)
        {
            self.talk.warn(&format!(
                "the authority wants the certificate for {} renewed early: {explanation}",
                names.join(", ")
            ));
        }
    }

    fn got(&self, names: &str, certified: &Certified) {
        let leaf = certified.credential.chain().first();
        let leaf = leaf.and_then(|der| Certificate::parse(der).ok());
        let by = leaf.map_or_else(String::new, |leaf| format!(" by {}", leaf.issuer()));
        let end = moment(certified.life.not_after_unix);
        let line = format!("got a certificate for {names}{by}, valid until {end}");
        self.talk.tell(&line);
    }

    fn unshown(&self, names: &str, failure: &Failure) {
        let next = moment(now().unix_s().saturating_add(FIRST_S));
        self.talk.warn(&format!(
            "the new certificate for {names} cannot be shown: {}; next try at {next}",
            failure.message
        ));
    }

    fn failed(&self, names: &str, is_ready: bool, trouble: &Trouble, wait: Duration) {
        let next = moment(now().unix_s().saturating_add(wait.as_secs()));
        let what = match is_ready {
            true => "the one before is served on",
            false => "handshakes are refused until there is one",
        };
        let hint = trouble
            .hint
            .as_deref()
            .map_or_else(String::new, |hint| format!("; to do: {hint}"));
        self.talk.warn(&format!(
            "no new certificate for {names}: {}; {what}; next try at {next}{hint}",
            trouble.message
        ));
    }

    /// Longer each time; sooner where the certificate is soon over; as the authority says where it
    /// says so.
    fn wait(&self, names: &[String], trouble: &Trouble, tries: u32) -> Duration {
        let at = now();
        let kept = self.folder.certificate(names).ok().flatten();
        let life = kept.map(|kept| kept.life);
        let wait = pause_s(life, at.unix_s(), trouble.is_refused, tries);
        let said = trouble.retry_at_unix_ms.unwrap_or(0);
        let said = said.saturating_sub(at.unix_ms) / 1000;
        let wait = wait.max(said.min(MOST_SAID_S));
        Duration::from_secs(wait.saturating_add(wait / 10 * u64::from(dice()) / 255))
    }
}

/// How long to wait after a failure, at `at_unix`. Who was refused comes back less often, however
/// soon the certificate is over: public authorities take five refused proofs an hour.
fn pause_s(life: Option<Life>, at_unix: u64, is_refused: bool, tries: u32) -> u64 {
    let first = if is_refused { REFUSED_S } else { FIRST_S };
    let doubled = first.saturating_mul(1_u64.checked_shl(tries).unwrap_or(u64::MAX));
    let grown = doubled.min(MOST_S);
    let Some(life) = life.filter(|life| life.not_after_unix > at_unix) else {
        return grown;
    };
    let left = life.not_after_unix.saturating_sub(at_unix);
    let length = life.not_after_unix.saturating_sub(life.obtained_unix);
    let least = if is_refused { first.min(length / 6) } else { 0 };
    grown.min(left / 3).max(least).max(LEAST_S)
}

fn moment(unix: u64) -> UnixTime {
    UnixTime(i64::try_from(unix).unwrap_or(i64::MAX))
}

fn dice() -> u8 {
    let mut drawn = [0];
    // Without randomness there is no jitter: waiting is no secret.
    let _ = SystemRandom.fill(&mut drawn);
    let [drawn] = drawn;
    drawn
}

/// After the first failure.
const FIRST_S: u64 = 60;
/// After the first refusal.
const REFUSED_S: u64 = 900;
/// So many failures a server that is started anew does not wait for.
const FREE_TRIES: u32 = 2;
/// Where a certificate is over within seconds.
const LEAST_S: u64 = 5;
/// After many failures.
const MOST_S: u64 = 3600;
/// As long as an authority may say.
const MOST_SAID_S: u64 = 7 * 86_400;
/// An authority that gives no advice is asked again for it.
const ASK_AGAIN_S: u64 = 6 * 3600;
/// How often the clock is looked at.
const LOOK_S: u64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_refused_comes_back_at_most_five_times_an_hour() {
        let life = Life {
            obtained_unix: 0,
            not_after_unix: 90 * 86_400,
        };
        for left in [0, 10, 3600, 30 * 86_400] {
            let at = life.not_after_unix - left;
            for tries in [0, 1, 5, 64, u32::MAX] {
                let wait = pause_s(Some(life), at, true, tries);
                assert!((900..=3600).contains(&wait), "{left} {tries} {wait}");
            }
        }
        assert_eq!(pause_s(None, 0, true, 0), 900);
        // The controls: nobody answered; and a certificate that is short by design.
        assert_eq!(pause_s(None, 0, false, 0), 60);
        assert_eq!(pause_s(Some(life), life.not_after_unix - 30, false, 5), 10);
        let short = Life {
            obtained_unix: 0,
            not_after_unix: 600,
        };
        assert_eq!(pause_s(Some(short), 540, true, 0), 100);
    }
}
