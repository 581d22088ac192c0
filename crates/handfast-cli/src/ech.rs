//! `handfast ech VERB`: keys of Encrypted ClientHello (RFC 9849), and what `--ech` and `--ech-key` read.

use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print_line};
use clap::{Args, Subcommand};
use handfast::config::Ech;
use handfast::ech::{EchConfigList, EchKey, EchParameters, EchStatus};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The verbs of `ech`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Clone, Debug)]
enum Verb {
    /// Make a key, and print what its clients look up in DNS
    ///
    /// Whoever sees a connection sees PUBLIC-NAME, and nothing of the host that is asked for: all hosts
    /// behind a server share one. The server must be able to prove that it is PUBLIC-NAME. The file
    /// (PEM, RFC 9934) can be read by its owner alone; a file that is there is never written over
    /// without --force. What is printed goes into the HTTPS record of each host.
    ///
    /// Exit codes: 0 it is made; 2 the name is none, or the file cannot be written.
    New(New),
    /// Print what clients of a key look up in DNS, or a list that was looked up
    ///
    /// Exit codes: 0 it was read; 1 nothing in it can be used here; 2 it is none, or cannot be read.
    Show(Show),
}

#[derive(Args, Clone, Debug)]
struct New {
    /// The name that everybody sees
    #[arg(value_name = "PUBLIC-NAME")]
    public_name: String,
    /// Write the key to FILE; - for standard output
    #[arg(short, long, value_name = "FILE|-", default_value = "ech.pem")]
    output: PathBuf,
    /// By which clients name the key: another number for each key that is in use [default: drawn]
    #[arg(long, value_name = "0-255")]
    id: Option<u8>,
    /// Bytes of the longest host name behind the server: shorter ones are padded up to there
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    longest_name: u8,
    /// Write over a file that is there
    #[arg(long, short)]
    force: bool,
}

#[derive(Args, Clone, Debug)]
struct Show {
    /// A key, a list (PEM or base64) or an HTTPS record in a file, or the base64 or the record itself
    #[arg(value_name = "FILE|BASE64|RECORD")]
    list: String,
}

/// Runs a verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    match &options.verb {
        Verb::New(new) => talk.end("ech.new", &new.public_name, make(new, talk)),
        Verb::Show(show) => talk.end("ech.show", &show.list, shown(show, talk)),
    }
}

fn make(options: &New, talk: &Talk) -> Result<Value, Failure> {
    let id = match options.id {
        Some(id) => id,
        None => drawn()?,
    };
    let mut parameters = EchParameters::new(id, &options.public_name);
    parameters.maximum_name_length = options.longest_name;
    let unmade = |why: handfast::ech::EchUnreadable| Failure::usage(why.to_string());
    let key = EchKey::generate(&parameters).map_err(unmade)?;
    let list = EchConfigList::of_keys([&key]).map_err(unmade)?;
    write(
        &options.output,
        key.to_pem().as_bytes(),
        true,
        options.force,
    )?;
    let to_stdout = options.output == Path::new("-");
    if !talk.json && !to_stdout {
        print_line(&format!("ech=\"{}\"", list.to_base64()));
        talk.tell(&format!(
            "the key is in {}: handfast serve --ech-key {0} --name {}",
            options.output.display(),
            options.public_name
        ));
        talk.tell("the line above goes into each host's HTTPS record: HOST. HTTPS 1 . ech=…");
    }
    Ok(json!({
        "file": (!to_stdout).then(|| options.output.display().to_string()),
        "id": id,
        "public_name": options.public_name,
        "ech": list.to_base64(),
    }))
}

fn drawn() -> Result<u8, Failure> {
    use handfast::config::{Entropy, SystemEntropy};
    let mut byte = [0];
    let drawn = SystemEntropy.fill(&mut byte);
    drawn.map_err(|_| Failure::usage("the source of randomness failed"))?;
    Ok(byte[0])
}

fn shown(options: &Show, talk: &Talk) -> Result<Value, Failure> {
    let list = list("the list", &options.list)?;
    if !talk.json {
        print_line(&format!("ech=\"{}\"", list.to_base64()));
    }
    match list.public_name() {
        Some(name) => talk.tell(&format!("everybody sees {name}")),
        None => {
            let message = "nothing in the list can be used here";
            return Err(Failure::new(Exit::Bad, "ech_unusable", "ech", message));
        }
    }
    Ok(json!({ "public_name": list.public_name(), "ech": list.to_base64() }))
}

/// What `--ech` says.
#[derive(Clone, Debug)]
pub(crate) enum Hiding {
    /// It looks as if names were hidden.
    Grease,
    /// They are, by this file or text.
    List(String),
}

impl FromStr for Hiding {
    type Err = core::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "grease" => Self::Grease,
            other => Self::List(other.to_owned()),
        })
    }
}

impl Hiding {
    /// What a client does.
    pub(crate) fn of(given: Option<&Self>) -> Result<Ech, Failure> {
        match given {
            None => Ok(Ech::Off),
            Some(Self::Grease) => Ok(Ech::Grease),
            Some(Self::List(text)) => list("--ech", text).map(Ech::Configs),
        }
    }
}

/// A list, in a file or as it is; `called` is what it is called where it is no file.
fn list(called: &str, text: &str) -> Result<EchConfigList, Failure> {
    let path = Path::new(text);
    let found = match fs::read(path) {
        // What DNS gave may have been kept as it came.
        Ok(bytes) => EchConfigList::from_text(&bytes).or_else(|why| {
            let bare = EchConfigList::from_bytes(&bytes);
            bare.map_err(|_| why)
        }),
        Err(_) => EchConfigList::from_text(text.as_bytes()),
    };
    let what = match path.exists() {
        true => text,
        false => called,
    };
    found.map_err(|why| Failure::usage(format!("{what}: {why}")))
}

/// The keys of `--ech-key`.
pub(crate) fn keys(files: &[PathBuf]) -> Result<Vec<EchKey>, Failure> {
    let read = |path: &PathBuf| {
        let bytes = fs::read(path);
        let bytes =
            bytes.map_err(|error| Failure::file(Exit::OwnCredential, "read", path, &error))?;
        let bytes = zeroize::Zeroizing::new(bytes);
        EchKey::from_pem(&bytes).map_err(|why| {
            let message = format!("{}: {why}", path.display());
            Failure::new(Exit::OwnCredential, "ech_key", "start", message)
        })
    };
    files.iter().map(read).collect()
}

/// What became of it, for a person; nothing where it was not offered.
pub(crate) fn line(status: EchStatus) -> Option<&'static str> {
    match status {
        EchStatus::Accepted => Some("accepted: the host's name was encrypted"),
        EchStatus::Grease => Some("nothing was hidden; it only looks so"),
        _ => None,
    }
}

/// The same for a program.
pub(crate) fn word(status: EchStatus) -> Option<&'static str> {
    match status {
        EchStatus::Accepted => Some("accepted"),
        EchStatus::Grease => Some("grease"),
        _ => None,
    }
}
