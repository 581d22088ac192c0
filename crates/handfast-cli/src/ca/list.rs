//! `handfast ca list`: what was issued, and how it stands.

use crate::ca::opened::{failure, open};
use crate::ca::place::Place;
use crate::ca::rows::{described, table};
use crate::ca::span::span;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print};
use clap::Args;
use handfast::stream::now;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::row::State;
use serde_json::{Value, json};

/// The flags of `ca list`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Those of this name, serial number or SHA-256 fingerprint alone
    #[arg(value_name = "NAME|SERIAL|FINGERPRINT")]
    which: Option<String>,
    /// Those that are in use
    #[arg(long, group = "state")]
    valid: bool,
    /// Those that were revoked or put on hold
    #[arg(long, group = "state")]
    revoked: bool,
    /// Those that have expired
    #[arg(long, group = "state")]
    expired: bool,
    /// Those in use that end within this span: 30d, 12h, 2w
    #[arg(long, group = "state", value_name = "SPAN", value_parser = span)]
    expiring: Option<u64>,
    /// Those of this profile: server, client, both, ocsp, intermediate, root
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Options {
    fn filter(&self, now_s: u64) -> Filter {
        let mut filter = Filter {
            selector: self.which.as_deref().map(Selector::parse),
            profile: self.profile.clone().map(|profile| match &*profile {
                // As --profile of `ca issue` has it.
                "ocsp-signer" => "ocsp".to_owned(),
                _ => profile,
            }),
            ..Filter::default()
        };
        filter.state = match (self.revoked, self.expired) {
            (true, _) => Some((State::Revoked, now_s)),
            (_, true) => Some((State::Expired, now_s)),
            _ if self.valid || self.expiring.is_some() => Some((State::Valid, now_s)),
            _ => None,
        };
        filter.ends_before = self.expiring.map(|within| now_s.saturating_add(within));
        filter
    }
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = list(options, talk);
    talk.end("ca.list", &options.place.name(), outcome)
}

fn list(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let directory = open(&options.place)?;
    let now_s = now().unix_s();
    let rows = directory.list(&options.filter(now_s));
    let rows = rows.map_err(|fault| failure(&fault))?;
    if !talk.json {
        if rows.is_empty() {
            talk.tell("nothing fits");
        } else {
            print(&table(&rows, now_s));
        }
    }
    let rows = rows.iter().map(|row| described(row, now_s));
    Ok(json!({ "certificates": rows.collect::<Vec<_>>() }))
}
