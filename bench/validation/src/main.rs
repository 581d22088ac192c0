//! What judging a chain costs beside its raw signature checks, and how soon hostile chains end.

mod chain;
mod hostile;
mod speed;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let sound = match words[..] {
        [] => speed::run(true) & hostile::run(None),
        ["speed"] => speed::run(true),
        ["speed", "--report"] => speed::run(false),
        ["hostile"] => hostile::run(None),
        ["hostile", name] => hostile::run(Some(name)),
        ["once", name] => speed::once(name),
        _ => {
            eprintln!("usage: [speed [--report] | hostile [NAME] | once NAME]");
            return ExitCode::from(2);
        }
    };
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
