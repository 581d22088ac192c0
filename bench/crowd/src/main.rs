//! Many connections at once, and many threads: what one server process bears.
//!
//! ```text
//! crowd idle 100000     established and idle, in memory: resident bytes each, and waking one
//! crowd loopback [N]    the same over sockets, N or as many as descriptors allow
//! crowd storm 10000     half open, the server's flight sent: resident bytes each
//! crowd threads [ROW]   handshakes on one and on two threads, of all kinds or of those named
//! ```

mod held;
mod loopback;
mod meeting;
mod rows;
mod threads;

use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crowd: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match *words {
        ["idle", count] => held::idle(count.parse()?),
        ["storm", count] => held::storm(count.parse()?),
        ["loopback"] => loopback::loopback(None),
        ["loopback", count] => loopback::loopback(Some(count.parse()?)),
        ["threads"] => threads::threads(""),
        ["threads", row] => threads::threads(row),
        // What the two above start.
        ["callers", count] => loopback::callers(count.parse()?),
        ["work", row, threads] => threads::work(row, threads),
        _ => Err("say `idle COUNT`, `loopback [COUNT]`, `storm COUNT` or `threads [ROW]`".into()),
    }
}
