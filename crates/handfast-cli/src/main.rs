//! The `handfast` command.

mod demo;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// The whole of SSL/TLS and HTTPS in one command
#[derive(Parser)]
#[command(name = "handfast", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Subcommand)]
enum Command {
    /// Show real handshakes on this machine, message by message, and attacks that fail
    Demo(demo::DemoArgs),
}

#[derive(Args)]
struct Global {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Colour the text
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    color: Color,
    /// Add the secrets of connections to FILE (NSS key log), so that a capture can be decrypted
    #[arg(long, global = true, value_name = "FILE")]
    keylog: Option<PathBuf>,
}

/// When to colour.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::AlwaysAnsi,
            Color::Never => Self::Never,
        }
    }
}

fn main() -> ExitCode {
    let Cli { command, global } = Cli::parse();
    match command {
        Command::Demo(args) => demo::run(&demo::Options {
            only: args.only,
            keylog: global.keylog,
            json: global.json,
            color: global.color.into(),
        }),
    }
}
