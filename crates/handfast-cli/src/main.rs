//! The `handfast` command.

mod a_label;
mod authorities;
mod ca;
mod cert;
mod columns;
mod compressed;
mod connect;
mod delegated;
mod demo;
mod dial;
mod ech;
mod exceptions;
mod exit;
mod explain;
mod failure;
mod file_body;
mod get;
mod given;
mod heard;
mod judge;
mod judged;
mod judging;
mod key_log;
mod key_type;
mod lint;
mod list;
mod listening;
mod load;
mod own;
mod peer_policy;
mod proving;
mod psk;
mod raw_keys;
mod refusal;
mod refused_config;
mod serve;
mod session_file;
mod summary;
mod talk;
mod tls;
mod trace;
mod trust;
mod versions;
mod wanted;

use crate::exit::Exit;
use crate::failure::{Failure, words};
use crate::talk::{Talk, ended, explain, note};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::future::Future;
use std::num::NonZero;
use std::process::ExitCode;

/// The whole of SSL/TLS and HTTPS in one command
#[derive(Parser)]
#[command(
    name = "handfast",
    version,
    arg_required_else_help = true,
    max_term_width = 80
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    talk: Talk,
}

#[derive(Subcommand)]
enum Command {
    /// Show real handshakes on this machine, message by message, and attacks that fail
    Demo(demo::Options),
    /// Connect over TLS, say what was agreed on, and pass standard input and output through
    ///
    /// Standard input is sent where it is a pipe or a file, or with -i. Once it has ended, the
    /// server is told so (close_notify) as soon as it has said nothing for 2 seconds, or for 0.3
    /// where neither side has said anything; what it says then is still printed. The TCP connection
    /// stays open both ways until the server ends. Exit code 56 says that it ended without
    /// close_notify, before or after ours, so that what came may not be whole.
    Connect(Box<connect::Options>),
    /// Fetch a page, the server verified
    Get(Box<get::Options>),
    /// Serve files over HTTPS, with an authority of one's own where no certificate is given
    ///
    /// Never served are files that hold private keys, and without --hidden those whose names begin
    /// with a dot.
    Serve(Box<serve::options::Options>),
    /// Look at certificates, in files and on live hosts
    Cert(cert::Options),
    /// An authority of one's own, in a folder
    Ca(ca::Options),
    /// Keys of Encrypted ClientHello, which hides whom clients ask for
    Ech(ech::Options),
    /// What there is by name: what each policy allows, what a cipher string means, what is not spoken
    /// any more
    List(list::Options),
    /// Say what a word means: an alert, a suite, a group, an id of a refusal, another program's error
    Explain(explain::Options),
    /// What a cipher string, a policy or a config file means, what is weak in it, what policy it keeps
    ///
    /// Whatever is given is brought to one form: versions, suites, groups and signature schemes by
    /// their registered names, best first. Of what it does not speak nothing is said: the program's
    /// own default holds there. Blocks of config files are not told apart: what two of them say
    /// must be the same.
    Lint(lint::Options),
}

fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches();
    let matches = parsed.unwrap_or_else(|error| refuse(&error));
    let Cli { command, talk } =
        Cli::from_arg_matches(&matches).unwrap_or_else(|error| refuse(&error));
    let own = matches.subcommand().map(|(_, own)| own).unwrap_or(&matches);
    talk.begin();
    let exit = match command {
        Command::Ca(options) => block_on(ca::run(&options, &talk)),
        Command::Cert(options) => block_on(stoppable(cert::run(&options, &talk))),
        Command::Ech(options) => ech::run(&options, &talk),
        Command::Demo(options) => demo::run(&options, &talk),
        Command::Connect(options) => block_on(stoppable(connect::run(&options, own, &talk))),
        Command::List(options) => list::run(&options, &talk),
        Command::Explain(options) => explain::run(&options, &talk),
        Command::Lint(options) => lint::run(&options, &talk),
        Command::Get(options) => block_on(stoppable(get::run(&options, own, &talk))),
        Command::Serve(options) => block_on(serve::run(&options, own, &talk)),
    };
    ended(exit).into()
}

/// Ends with what is wrong with the arguments, or with the help that was asked for. Programs that
/// ask for JSON get it here too.
fn refuse(error: &clap::Error) -> ! {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() {
        error.exit();
    }
    if !wants_json {
        // As every other failure begins.
        let text = error.render().ansi().to_string();
        note(text.replacen("error:", "handfast:", 1).trim_end());
        std::process::exit(error.exit_code());
    }
    let talk = Talk {
        json: true,
        ..Talk::default()
    };
    let text = error.to_string();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let message = lines
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    let mut failure = Failure::usage(message);
    failure.causes = lines.map(|line| line.trim().to_owned()).collect();
    let exit = talk.end("usage", "", Err(failure));
    std::process::exit(exit.code().into());
}

/// Runs a command until the user stops it.
async fn stoppable(command: impl Future<Output = Exit>) -> Exit {
    tokio::select! {
        // First, so that there is no moment in which nobody listens.
        biased;
        Ok(()) = tokio::signal::ctrl_c() => Exit::Interrupted,
        exit = command => exit,
    }
}

/// Runs a command to its end. What still waits then, as for standard input, is left behind.
fn block_on(command: impl Future<Output = Exit>) -> Exit {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    // Where there is one core, tasks that wander between threads only cost.
    let mut builder = if cores == 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    match builder.enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(command);
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            let why = format!("cannot start: {}", words(&error));
            let failure = Failure::new(Exit::Bad, "runtime", "start", why);
            explain(&failure);
            failure.exit
        }
    }
}
