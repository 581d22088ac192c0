//! Whether a server can be trusted to remember strikes.

use core::time::Duration;
use handfast_store::StoreFailed;
use std::time::Instant;

/// How a server stands, as it says by `INFO` when a connection is made.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Strikes that came before it was started are gone: until then none can be told.
    remembers_from: Instant,
    /// Why it may drop keys before their time.
    evicts: Option<String>,
}

impl Standing {
    /// What `INFO server` and `INFO memory` say; where a user may not ask, the server may have been
    /// started just now, and may drop what it likes.
    pub(crate) fn of(server: &str, memory: &str, quiet: Duration, now: Instant) -> Self {
        let uptime = field(server, "uptime_in_seconds").and_then(|it| it.parse().ok());
        let left = quiet.saturating_sub(Duration::from_secs(uptime.unwrap_or(0)));
        let limit = field(memory, "maxmemory");
        let evicts = match (limit, field(memory, "maxmemory_policy")) {
            (Some("0"), Some(_)) | (Some(_), Some("noeviction")) => None,
            (Some(_), Some(policy)) => Some(format!(
                "it drops strikes before their time: set maxmemory-policy to noeviction, not {policy}"
            )),
            _ => Some(
                "it does not say whether it drops strikes before their time: let the user ask INFO"
                    .to_owned(),
            ),
        };
        Self {
            // A wait that is too long for the clock is a day.
            remembers_from: now.checked_add(left).unwrap_or(now + DAY),
            evicts,
        }
    }

    /// Whether strikes may be entrusted to it.
    pub(crate) fn remembers(&self, now: Instant) -> Result<(), StoreFailed> {
        if let Some(why) = &self.evicts {
            return Err(StoreFailed::forgets(why));
        }
        if now < self.remembers_from {
            let why = "it was started a moment ago, and strikes of before are gone";
            return Err(StoreFailed::forgets(why));
        }
        Ok(())
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn field<'i>(info: &'i str, name: &str) -> Option<&'i str> {
    let pairs = info.lines().filter_map(|line| line.split_once(':'));
    let mut found = pairs.filter(|(field, _)| *field == name);
    found.next().map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(90);

    #[test]
    fn strikes_are_entrusted_to_a_server_that_was_up_before_and_drops_nothing() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let old = "# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:90\r\n";
        let young = "uptime_in_seconds:30\r\n";
        let plain = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n";
        let keeps = "maxmemory:1000\r\nmaxmemory_policy:noeviction\r\n";
        let drops = "maxmemory:1000\r\nmaxmemory_policy:volatile-lru\r\n";
        let of = |server, memory| Standing::of(server, memory, QUIET, now);
        assert_eq!(of(old, plain).remembers(now), Ok(()));
        assert_eq!(of(old, keeps).remembers(now), Ok(()));
        for (server, ready) in [(young, 60), ("", 90), ("nonsense", 90)] {
            assert!(of(server, plain).remembers(later(ready - 1)).is_err());
            assert_eq!(of(server, plain).remembers(later(ready)), Ok(()));
        }
        for unsaid in ["", "maxmemory:1000\r\n", "maxmemory_policy:noeviction\r\n"] {
            let refused = of(old, unsaid).remembers(later(1000)).unwrap_err();
            assert!(refused.to_string().contains("INFO"), "{refused}");
        }
        let _ = Standing::of(young, plain, Duration::MAX, now);
        let refused = of(old, drops).remembers(later(1000)).unwrap_err();
        assert!(refused.to_string().ends_with("volatile-lru"), "{refused}");
    }
}
