//! How long to wait: as the server says, within bounds, else longer each time.

use handfast_crypto::random::Random;
use jiff::fmt::rfc2822::DateTimeParser;

/// What a Retry-After header says (RFC 9110 section 10.2.3), in milliseconds from now on.
pub(crate) fn retry_after_ms(value: &str, now_unix_ms: u64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // So many digits that they are no number: for ever.
        return Some(
            value
                .parse::<u64>()
                .map_or(u64::MAX, |s| s.saturating_mul(1000)),
        );
    }
    static PARSER: DateTimeParser = DateTimeParser::new();
    let at = PARSER.parse_timestamp(value).ok()?.as_millisecond();
    let at = u64::try_from(at).ok()?;
    Some(at.saturating_sub(now_unix_ms))
}

/// Until the next question about something that is under way.
pub(crate) fn poll_ms(retry_after_ms: Option<u64>, polls: u32, random: &mut dyn Random) -> u64 {
    match retry_after_ms {
        Some(said) => said.clamp(POLL_LEAST_MS, POLL_MOST_MS),
        None => with_jitter(grown(POLL_FIRST_MS, polls, POLL_UNSAID_MOST_MS), random),
    }
}

/// Until the same question is asked again that was not answered.
pub(crate) fn again_ms(tries: u32, random: &mut dyn Random) -> u64 {
    with_jitter(grown(AGAIN_FIRST_MS, tries, AGAIN_MOST_MS), random)
}

/// `first` doubled `times` times, at most `most`.
pub(crate) fn grown(first: u64, times: u32, most: u64) -> u64 {
    let factor = 1_u64.checked_shl(times).unwrap_or(u64::MAX);
    first.saturating_mul(factor).min(most)
}

/// Up to a quarter more, so that many clients do not come back at once. Where there is no
/// randomness, nothing more: waiting is no secret.
pub(crate) fn with_jitter(ms: u64, random: &mut dyn Random) -> u64 {
    ms.saturating_add(below(ms / 4, random))
}

/// A number from 0 to `most`.
pub(crate) fn below(most: u64, random: &mut dyn Random) -> u64 {
    let mut drawn = [0; 8];
    if random.fill(&mut drawn).is_err() {
        return 0;
    }
    // Not evenly to the last bit: it is a time to wait.
    match most.checked_add(1) {
        Some(count) => u64::from_be_bytes(drawn).checked_rem(count).unwrap_or(0),
        None => u64::from_be_bytes(drawn),
    }
}

/// Between two questions, whatever the server says.
const POLL_LEAST_MS: u64 = 250;
/// The longest that a server may hold a client up between two questions.
const POLL_MOST_MS: u64 = 60_000;
/// Where the server says nothing: half a second first.
const POLL_FIRST_MS: u64 = 500;
/// Where the server says nothing: ten seconds at most.
const POLL_UNSAID_MOST_MS: u64 = 10_000;
/// After a question that was not answered.
const AGAIN_FIRST_MS: u64 = 1000;
/// After many of them.
const AGAIN_MOST_MS: u64 = 30_000;

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_crypto::random::{RandomFailed, SystemRandom};

    struct Broken;

    impl Random for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomFailed> {
            Err(RandomFailed)
        }
    }

    #[test]
    fn seconds_and_dates_are_both_understood() {
        assert_eq!(retry_after_ms("0", 5), Some(0));
        assert_eq!(retry_after_ms(" 120 ", 5), Some(120_000));
        assert_eq!(retry_after_ms(&"9".repeat(40), 5), Some(u64::MAX));
        // RFC 9110 section 5.6.7's example, 784111777 in Unix time.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(retry_after_ms(date, 784_111_770_000), Some(7000));
        assert_eq!(retry_after_ms(date, 784_111_780_000), Some(0));
        for nonsense in ["", "soon", "-1", "1.5", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(retry_after_ms(nonsense, 5), None, "{nonsense}");
        }
    }

    #[test]
    fn waiting_is_bounded_whatever_the_server_says() {
        let random = &mut SystemRandom;
        assert_eq!(poll_ms(Some(0), 0, random), POLL_LEAST_MS);
        assert_eq!(poll_ms(Some(u64::MAX), 0, random), POLL_MOST_MS);
        for polls in [0, 1, 5, 31, 64, u32::MAX] {
            let ms = poll_ms(None, polls, random);
            assert!((500..=12_500).contains(&ms), "{polls}: {ms}");
            assert!((1000..=37_500).contains(&again_ms(polls, random)));
        }
    }

    #[test]
    fn without_randomness_there_is_no_jitter() {
        assert_eq!(with_jitter(1000, &mut Broken), 1000);
        let jittered = with_jitter(1000, &mut SystemRandom);
        assert!((1000..=1250).contains(&jittered));
        assert_eq!(below(0, &mut SystemRandom), 0);
    }
}
