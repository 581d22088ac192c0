//! When a certificate is to be renewed: as its authority says (RFC 9773), else when two thirds of
//! its time are over.

use crate::client::wait::below;
use handfast_crypto::random::Random;
use handfast_pki::certificate::Certificate;

/// When an authority wants a certificate to be renewed: both ends in seconds of Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second.
    pub start_unix: u64,
    /// The last second.
    pub end_unix: u64,
}

/// The time of a certificate as far as it is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When it came, in seconds of Unix time. Authorities let certificates begin before that.
    pub obtained_unix: u64,
    /// Its last second.
    pub not_after_unix: u64,
}

impl Life {
    /// The life of a certificate (DER) that came at `obtained_unix`. Times outside of its own
    /// validity are brought into it.
    #[must_use]
    pub fn of(leaf: &[u8], obtained_unix: u64) -> Option<Self> {
        let validity = Certificate::parse(leaf).ok()?.validity();
        let seconds = |time: i64| u64::try_from(time).unwrap_or(0);
        let (first, last) = (
            seconds(validity.not_before.0),
            seconds(validity.not_after.0),
        );
        Some(Self {
            obtained_unix: obtained_unix.max(first).min(last),
            not_after_unix: last,
        })
    }

    /// When to renew it: a moment of the window by the dice (RFC 9773 section 4.2), which may be
    /// over; without a window after two thirds of its life, and up to a fiftieth of it later, so
    /// that not all who got theirs at once come at once.
    ///
    /// An authority that always asks for a renewal at once is heard once in a sixth of a life, or
    /// in a day where that is less.
    #[must_use]
    pub fn renew_at_unix(&self, window: Option<Window>, random: &mut dyn Random) -> u64 {
        let length = self.not_after_unix.saturating_sub(self.obtained_unix);
        let usual = self
            .obtained_unix
            .saturating_add(length / 3 * 2)
            .saturating_add(below(length / 50, random));
        let Some(window) = window.filter(|window| window.start_unix <= window.end_unix) else {
            return usual;
        };
        let width = window.end_unix.saturating_sub(window.start_unix);
        let chosen = window.start_unix.saturating_add(below(width, random));
        let least = self.obtained_unix.saturating_add((length / 6).min(DAY_S));
        // A window that begins after the end would let it expire.
        chosen
            .max(least)
            .min(self.not_after_unix.saturating_sub(length / 50))
    }
}

/// The name of a certificate where its authority is asked about it (RFC 9773 section 4.1).
/// Nothing: the certificate does not name its issuer's key.
#[must_use]
pub fn certificate_id(leaf: &[u8]) -> Option<String> {
    let leaf = Certificate::parse(leaf).ok()?;
    let issuer = leaf.authority_key_identifier().ok()??.key_id?.to_vec();
    Some(format!(
        "{}.{}",
        crate::jws::encode(&issuer),
        crate::jws::encode(leaf.serial())
    ))
}

const DAY_S: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_crypto::random::SystemRandom;

    const DAY: u64 = 86_400;
    const LIFE: Life = Life {
        obtained_unix: 1_000 * DAY,
        not_after_unix: 1_090 * DAY,
    };

    fn at(life: Life, window: Option<(u64, u64)>) -> u64 {
        let window = window.map(|(start_unix, end_unix)| Window {
            start_unix,
            end_unix,
        });
        life.renew_at_unix(window, &mut SystemRandom)
    }

    #[test]
    fn without_a_window_two_thirds_of_its_life_pass() {
        for _ in 0..50 {
            let at = at(LIFE, None);
            assert!((1_060 * DAY..=1_060 * DAY + 2 * DAY).contains(&at), "{at}");
        }
    }

    #[test]
    fn the_authoritys_window_decides() {
        for _ in 0..50 {
            let at = at(LIFE, Some((1_020 * DAY, 1_021 * DAY)));
            assert!((1_020 * DAY..=1_021 * DAY).contains(&at), "{at}");
        }
    }

    #[test]
    fn a_window_in_the_past_means_soon_and_never_at_once_again_and_again() {
        assert_eq!(at(LIFE, Some((0, 1))), LIFE.obtained_unix + DAY);
        let short = Life {
            obtained_unix: 600,
            not_after_unix: 660,
        };
        assert_eq!(at(short, Some((0, 1))), 610);
    }

    #[test]
    fn a_window_after_the_end_does_not_let_it_expire() {
        assert!(at(LIFE, Some((2_000 * DAY, 2_001 * DAY))) < LIFE.not_after_unix);
        // Backwards: as if there were none.
        assert!(at(LIFE, Some((1_021 * DAY, 1_020 * DAY))) >= 1_060 * DAY);
    }
}
