//! `handfast ca crl`: the next revocation list.

use crate::ca::lists::Lists;
use crate::ca::opened::Signing;
use crate::ca::span::lasting;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::Talk;
use clap::{Args, ValueEnum};
use handfast::stream::now;
use handfast_ca_store::row::Level;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The flags of `ca crl`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Write to FILE, over the list that is there [default: standard output]
    #[arg(
        short,
        long,
        value_name = "FILE|-",
        default_value = "-",
        hide_default_value = true
    )]
    output: PathBuf,
    /// When the next list comes at the latest: 7d, 12h
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = lasting)]
    next_update: u64,
    /// As PEM, the lists of both authorities one after the other [default, but for a FILE.der]
    #[arg(long, conflicts_with = "der")]
    pem: bool,
    /// As DER, which holds one list alone
    #[arg(long)]
    der: bool,
    /// Whose list [default: with PEM all, with DER that of the authority which issues]
    #[arg(long, value_name = "WHOSE", value_enum)]
    of: Option<Whose>,
    #[command(flatten)]
    signing: Signing,
}

/// Whose list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whose {
    /// Of the authority that issues, then of its root
    All,
    /// Of the authority that issues
    Issuing,
    /// Of the root, which tells about the authority below it
    Root,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = list(options, talk);
    talk.end("ca.crl", &options.signing.place.name(), outcome)
}

fn list(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let ending = options.output.extension();
    let is_der = options.der || !options.pem && ending.is_some_and(|ending| ending == "der");
    let to_stdout = options.output == Path::new("-");
    if talk.json && to_stdout {
        return Err(Failure::usage(
            "the list and the JSON document would both go to standard output",
        )
        .hint("name a file for the list with -o"));
    }
    if is_der && options.of == Some(Whose::All) {
        return Err(Failure::usage("DER holds one list, and here are two")
            .hint("choose one with --of issuing or --of root, or write --pem"));
    }
    let mut directory = options.signing.open()?;
    let now_s = now().unix_s();
    let lists = match options.of {
        Some(Whose::Root) => Lists::of(&mut directory, &[Level::Root], options.next_update, now_s),
        None if is_der => Lists::of(
            &mut directory,
            &[Level::Issuing],
            options.next_update,
            now_s,
        ),
        Some(Whose::Issuing) => Lists::of(
            &mut directory,
            &[Level::Issuing],
            options.next_update,
            now_s,
        ),
        Some(Whose::All) | None => Lists::make(&mut directory, options.next_update, now_s),
    }?;
    let pem = lists.pem();
    let content = if is_der {
        lists.first_der()
    } else {
        pem.as_bytes()
    };
    write(&options.output, content, false, true)?;
    let file = options.output.display().to_string();
    for line in lists.words() {
        let place = if to_stdout {
            String::new()
        } else {
            format!("{file}: ")
        };
        talk.tell(&format!("{place}{line}"));
    }
    Ok(json!({ "file": file, "lists": lists.described() }))
}
