//! The `handfast` command.

mod connect;
mod demo;
mod dial;
mod exit;
mod failure;
mod file_body;
mod get;
mod key_log;
mod load;
mod serve;
mod summary;
mod talk;
mod tls;
mod trace;

use crate::exit::Exit;
use crate::failure::{Failure, words};
use crate::talk::{Talk, explain};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::future::Future;
use std::process::ExitCode;

/// The whole of SSL/TLS and HTTPS in one command
#[derive(Parser)]
#[command(name = "handfast", version, arg_required_else_help = true)]
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
    Connect(Box<connect::Options>),
    /// Fetch a page, the server verified
    Get(Box<get::Options>),
    /// Serve files over HTTPS, with an authority of one's own where no certificate is given
    Serve(Box<serve::options::Options>),
}

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let Cli { command, talk } =
        Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let own = matches.subcommand().map(|(_, own)| own).unwrap_or(&matches);
    talk.begin();
    match command {
        Command::Demo(options) => demo::run(&options, &talk).into(),
        Command::Connect(options) => block_on(stoppable(connect::run(&options, &talk))).into(),
        Command::Get(options) => block_on(stoppable(get::run(&options, &talk))).into(),
        Command::Serve(options) => block_on(serve::run(&options, own, &talk)).into(),
    }
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
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
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
