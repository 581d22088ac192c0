//! What a connection before TLS 1.3 keeps where it may be negotiated anew.

use crate::classic::verify_data::VerifyData;
use crate::config::{ClientPlan, Renegotiation, ServerPlan};
use crate::connection::renewal::Renewal;
use crate::near::Near;
use crate::time::Now;
use handfast_pki::name::ServerName;
use std::sync::Arc;

/// What another handshake on the same connection begins with.
pub(crate) struct Renewable {
    pub(crate) end: End,
    /// What both sides said last in Finished: the next handshake names it (RFC 5746 section 3.1).
    pub(crate) client_finished: VerifyData,
    pub(crate) server_finished: VerifyData,
    /// The peer knows RFC 5746, and the extended master secret ties the keys to the handshake.
    pub(crate) is_bound: bool,
    /// What our HelloRequest was for, until the client answers.
    pub(crate) asked: Option<Asked>,
    pub(crate) wishes: Wishes,
}

/// What HelloRequest was said for, and when.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) what: Renewal,
    pub(crate) at: Now,
}

impl Asked {
    /// True while the client may still answer.
    pub(crate) fn is_fresh(&self, now: Now) -> bool {
        now.monotonic_ms.saturating_sub(self.at.monotonic_ms) < ANSWER_MS
    }
}

/// How long a client has to answer HelloRequest before it may be said again.
const ANSWER_MS: u64 = 10_000;

/// Which side this is, and by what config it goes on.
#[derive(Clone)]
pub(crate) enum End {
    Client(Arc<Near<ClientPlan>>, ServerName),
    Server(Arc<Near<ServerPlan>>),
}

/// What the peer has begun by itself.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wishes {
    taken: u16,
    /// Monotonic milliseconds.
    last_ms: Option<u64>,
    declined_ms: Option<u64>,
}

/// What becomes of a peer's wish to renegotiate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Granted,
    /// The caller says when.
    Told,
    Declined,
    Unheard,
    Refused,
}

/// Who was declined and asks again within this time is refused.
const PATIENCE_MS: u64 = 60_000;

impl Renewable {
    /// False once an exception is over by which more was offered than the config's lists: what was agreed
    /// on under it is not agreed on again.
    pub(crate) fn holds_at(&self, now: Now) -> bool {
        match &self.end {
            End::Client(plan, _) => plan.common.excepted.iter().all(|one| one.holds_at(now)),
            End::Server(_) => true,
        }
    }

    /// Decides by the config, and counts.
    pub(crate) fn peer_wishes(&mut self, setting: Renegotiation, now: Now) -> Wish {
        match setting {
            Renegotiation::Refuse => Wish::Refused,
            Renegotiation::Ignore if matches!(self.end, End::Client(..)) => Wish::Unheard,
            Renegotiation::Allow { most, pause_s }
                if self.is_bound
                    && self.holds_at(now)
                    && self.wishes.may_be_taken(most, pause_s, now) =>
            {
                Wish::Granted
            }
            Renegotiation::WhenToldTo { most, pause_s }
                if self.is_bound && self.wishes.may_be_taken(most, pause_s, now) =>
            {
                match self.end {
                    End::Client(..) => Wish::Told,
                    End::Server(_) => Wish::Granted,
                }
            }
            _ => self.wishes.decline(now),
        }
    }
}

impl Wishes {
    fn may_be_taken(&mut self, most: u16, pause_s: u32, now: Now) -> bool {
        let pause_ms = u64::from(pause_s) * 1000;
        let rested = self
            .last_ms
            .is_none_or(|last_ms| now.monotonic_ms.saturating_sub(last_ms) >= pause_ms);
        if self.taken >= most || !rested {
            return false;
        }
        self.taken += 1;
        self.last_ms = Some(now.monotonic_ms);
        true
    }

    fn decline(&mut self, now: Now) -> Wish {
        let lately = |ms: u64| now.monotonic_ms.saturating_sub(ms) < PATIENCE_MS;
        if self.declined_ms.is_some_and(lately) {
            return Wish::Refused;
        }
        self.declined_ms = Some(now.monotonic_ms);
        Wish::Declined
    }
}
