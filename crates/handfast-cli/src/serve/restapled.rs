//! The files of `--staple`, read again when they change.

use crate::failure::Failure;
use crate::serve::changing::Changing;
use crate::serve::entrance::Entrance;
use crate::serve::hosts::Hosts;
use crate::talk::Talk;
use std::sync::Arc;

/// Looks at the files for as long as the server runs. What cannot be read leaves the staples as
/// they are.
pub(super) async fn watch(hosts: Arc<Hosts>, entrance: Arc<Entrance>, talk: Talk) {
    let mut files = Changing::new(hosts.staples());
    if files.paths().next().is_none() {
        return;
    }
    loop {
        files.changed().await;
        match entrance.show(&hosts) {
            Ok(unread) if unread.is_empty() => {
                hosts.doubts().iter().for_each(|doubt| talk.warn(doubt));
                talk.tell("read the OCSP responses anew");
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
            "{}: what was stapled before goes on",
            failure.message
        ));
    }
}
