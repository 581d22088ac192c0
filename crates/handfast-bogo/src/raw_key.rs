//! Which raw public key a peer showed.

use crate::settings::Settings;
use crate::stop::{Stop, ensure};
use handfast_pki::pin::Pin;

/// The raw public key that the peer showed must be the one that is wanted, where one is.
pub(crate) fn check(settings: &Settings, seen: Option<&[u8]>) -> Result<(), Stop> {
    let Some(wanted) = settings.expect.peer_raw_key_sha256.as_deref() else {
        return Ok(());
    };
    let Ok(wanted) = <[u8; 32]>::try_from(wanted) else {
        return Err(Stop::Wrong("a SHA-256 of another length".to_owned()));
    };
    let seen = seen.map(Pin::of_key);
    ensure(seen == Some(Pin::Key(wanted)), || {
        format!(
            "the peer's raw key is {seen:?}, wanted {:?}",
            Pin::Key(wanted)
        )
    })
}
