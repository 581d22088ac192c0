//! How long what came may be kept. It is no judgement: whoever uses it judges it, and what is of
//! no use is forgotten.

use crate::content::{Body, Content};
use handfast_pki::ocsp::OcspResponse;

/// How long something may be kept, in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    /// Until then it is used as it is; afterwards a newer one is looked for.
    pub(crate) fresh_until: i64,
    /// Until then it may still be used if no newer one is to be had.
    pub(crate) until: i64,
}

impl Life {
    /// Fresh for three quarters of the time, so that the next one is there in time.
    fn between(now: i64, end: i64) -> Self {
        let until = end.min(now.saturating_add(LONGEST_S));
        let rest = until.saturating_sub(now).max(0);
        Self {
            fresh_until: now.saturating_add(rest / 4 * 3),
            until,
        }
    }

    /// Whether it could have been given at `now`: what claims more is not of ours.
    pub(crate) fn is_sane(&self, now: i64) -> bool {
        self.fresh_until <= self.until && self.until <= now.saturating_add(LONGEST_S + DAY_S)
    }
}

/// How long what came at `now` may be kept; `None`: only for this once.
pub(crate) fn life(content: &Content, now: i64) -> Option<Life> {
    let end = match &content.body {
        Body::Issuers { .. } => Some(now.saturating_add(ISSUER_S)),
        Body::Crls(lists) => {
            let ends = lists.iter().filter_map(|list| list.view().ok());
            ends.map(|list| list.next_update().0).min()
        }
        Body::Response(bytes) => end_of_response(bytes),
    };
    let end = end.filter(|end| *end > now)?;
    Some(Life::between(now, end))
}

/// When there is a newer response; `None` where there always is.
fn end_of_response(bytes: &[u8]) -> Option<i64> {
    let OcspResponse::Basic(basic) = OcspResponse::parse(bytes).ok()? else {
        return None;
    };
    let ends: Option<Vec<i64>> = basic
        .responses()
        .map(|single| single.next_update.map(|time| time.0))
        .collect();
    ends?.into_iter().min()
}

const DAY_S: i64 = 24 * 3600;
/// An issuer's certificate hardly ever changes under its URL.
const ISSUER_S: i64 = DAY_S;
/// Whatever a CRL or a response says of itself.
const LONGEST_S: i64 = 7 * DAY_S;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_longer_than_a_week_and_it_is_renewed_ahead() {
        let life = Life::between(1_000, i64::MAX);
        assert_eq!(life.until, 1_000 + LONGEST_S);
        assert_eq!(life.fresh_until, 1_000 + LONGEST_S / 4 * 3);
        assert!(life.is_sane(1_000));
        let life = Life::between(1_000, 1_400);
        assert_eq!((life.fresh_until, life.until), (1_300, 1_400));
    }

    #[test]
    fn control_what_claims_a_longer_life_is_not_of_ours() {
        let fresh_until = 2_000;
        let until = 1_000 + LONGEST_S + DAY_S + 1;
        assert!(!Life { fresh_until, until }.is_sane(1_000));
        let (fresh_until, until) = (3, 2);
        assert!(!Life { fresh_until, until }.is_sane(1));
    }
}
