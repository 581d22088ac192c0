//! `--delegated`: keys that stand for those of certificates for some days. They end soon, so that is told.

use crate::delegated::{SOON_S, until};
use crate::serve::changing::reached;
use crate::serve::hosts::Hosts;
use crate::talk::Talk;
use handfast::Credential;
use handfast::stream::now;
use std::sync::Arc;

/// Tells for as long as the server runs when one ends soon, and when it has.
pub(super) async fn watch(hosts: Arc<Hosts>, talk: Talk) {
    let mut at = now().unix_s();
    loop {
        let moments = hosts.delegations().into_iter().flat_map(|credential| {
            let until = until(&credential).unwrap_or_default();
            [
                until.saturating_sub(SOON_S).saturating_add(1),
                until.saturating_add(1),
            ]
        });
        match moments.filter(|moment| *moment > at).min() {
            Some(next) => reached(next, LOOK_S).await,
            None => tokio::time::sleep(std::time::Duration::from_secs(LOOK_S)).await,
        }
        let then = now().unix_s();
        let is_new = |credential: &Credential| {
            let until = until(credential).unwrap_or_default();
            let moments = [until.saturating_sub(SOON_S), until];
            moments.iter().any(|moment| (at..then).contains(moment))
        };
        if hosts.delegations().iter().any(is_new) {
            let doubts = hosts.doubts_of_delegations();
            doubts.iter().for_each(|doubt| talk.warn(doubt));
        }
        at = then;
    }
}

/// The files may bring others meanwhile.
const LOOK_S: u64 = 60;
