//! The files of `--staple` and `--delegated`, read again when they change.

use crate::failure::Failure;
use crate::serve::changing::Changing;
use crate::serve::entrance::Entrance;
use crate::serve::hosts::Hosts;
use crate::talk::Talk;
use std::sync::Arc;

/// Looks at the files for as long as the server runs. What cannot be read leaves what was read before
/// as it is.
pub(super) async fn watch(hosts: Arc<Hosts>, entrance: Arc<Entrance>, talk: Talk) {
    let mut files = Changing::new(hosts.companions());
    if files.paths().next().is_none() {
        return;
    }
    loop {
        files.changed().await;
        match entrance.show(&hosts) {
            Ok(unread) if unread.is_empty() => {
                hosts.doubts().iter().for_each(|doubt| talk.warn(doubt));
                talk.tell(match hosts.delegations().is_empty() {
                    true => "read the OCSP responses anew",
                    false => "read the delegated credentials and OCSP responses anew",
                });
            }
            Ok(unread) => tell(&unread, &talk),
            Err(failure) => tell(&[failure], &talk),
        }
    }
}

/// What could not be read or shown.
fn tell(unread: &[Failure], talk: &Talk) {
    for failure in unread {
        talk.warn(&format!(
            "{}: what was shown before goes on",
            failure.message
        ));
    }
}
