//! `handfast cert inspect`: what certificates say, in files and on live hosts. Nothing is judged.

mod finding;
mod found;
mod json;
mod read;
pub(crate) mod shown;
mod text;
pub(crate) mod validity;

use crate::cert::inspect::found::{Found, Thing, in_file, numbered};
use crate::cert::inspect::json::item;
use crate::cert::inspect::text::Page;
use crate::cert::presented::{Presented, Reach};
use crate::cert::target::{Target, read};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::{Talk, explain, print};
use clap::Args;
use handfast::stream::now;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The flags of `cert inspect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Files, hosts (HOST, HOST:PORT or https://HOST), - for standard input
    #[arg(value_name = "FILE|HOST[:PORT]|URL|-", required = true)]
    targets: Vec<String>,
    /// The password of encrypted keys and containers: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
}

/// Runs the verb: shows all that can be shown, and fails for the first target that cannot.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    let all = options.targets.join(" ");
    let password = match load::password(options.pass_file.as_deref()) {
        Ok(password) => password,
        Err(failure) => return talk.end(SCHEMA, &all, Err(failure)),
    };
    let now_s = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    let mut page = Page::new();
    let (mut items, mut hosts, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for target in &options.targets {
        match gather(
            options,
            target,
            password.as_deref().map(Vec::as_slice),
            talk,
        )
        .await
        {
            Err(failure) => failed.push(failure),
            Ok((found, host)) => {
                hosts.extend(host);
                if talk.json {
                    items.extend(found.iter().map(|one| item(one, now_s)));
                } else {
                    found.iter().for_each(|one| page.add(one, now_s));
                }
            }
        }
    }
    print(&page.into_text());
    let mut failed = failed.into_iter();
    let first = failed.next();
    let is_all = first.is_some() && items.is_empty();
    let result = (!is_all).then(|| json!({ "items": items, "hosts": hosts }));
    let exit = talk.end_partly(SCHEMA, &all, result, first);
    if !talk.json {
        failed.for_each(|failure| explain(&failure));
    }
    exit
}

/// What one target holds; of a host also how it came.
async fn gather(
    options: &Options,
    target: &str,
    password: Option<&[u8]>,
    talk: &Talk,
) -> Result<(Vec<Found>, Option<Value>), Failure> {
    let found = match Target::of(target)? {
        Target::Stdin => in_file("standard input", &read(None)?, password)?,
        Target::File(path) => in_file(target, &read(Some(&path))?, password)?,
        Target::Host(host, port) => {
            let presented = options.reach.presented(&host, port, talk).await?;
            if !talk.json {
                talk.tell(&said(target, &presented));
            }
            let host = described(target, &presented);
            let chain = presented.chain.into_iter();
            let chain = chain.map(|der| Thing::Certificate(der.to_vec()));
            let staple = presented.staple.map(Thing::OcspResponse);
            return Ok((numbered(target, chain.chain(staple)), Some(host)));
        }
    };
    Ok((found, None))
}

/// Who sent a chain, and how, for people.
fn said(target: &str, presented: &Presented) -> String {
    let version = presented.version.map_or_else(
        || "a handshake that failed later".to_owned(),
        |version| version.to_string(),
    );
    let count = presented.chain.len();
    let certificates = if count == 1 {
        "certificate"
    } else {
        "certificates"
    };
    let staple = match presented.staple {
        Some(_) => " and an OCSP response",
        None => "",
    };
    format!(
        "{target} sent {count} {certificates}{staple} for {} over {version}; nothing is verified here",
        presented.name
    )
}

/// The same for programs.
fn described(target: &str, presented: &Presented) -> Value {
    json!({
        "target": target,
        "name": presented.name,
        "version": presented.version.map(|version| version.to_string()),
        "certificates": presented.chain.len(),
        "stapled": presented.staple.is_some(),
        "verified": Value::Null,
    })
}

const SCHEMA: &str = "cert.inspect";
