//! `handfast ca show`: which authority lies in a folder.

use crate::ca::kept::Kept;
use crate::ca::page::Page;
use crate::ca::place::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::Talk;
use clap::Args;
use handfast::stream::now;
use serde_json::{Value, json};

/// The flags of `ca show`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = show(&options.place, talk);
    talk.end("ca.show", &options.place.name(), outcome)
}

fn show(place: &Place, talk: &Talk) -> Result<Value, Failure> {
    let kept = Kept::read(place)?;
    let now_s = now().unix_s();
    if !talk.json {
        let mut page = Page::new();
        kept.tell(&mut page, now_s)?;
        page.print();
    }
    Ok(json!({ "certificates": kept.described(now_s)? }))
}
