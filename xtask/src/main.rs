//! Handfast's daily commands: `cargo xtask help`.

mod break_engine;
mod breakages;
mod breakages_again;
mod breakages_choice;
mod breakages_later;
mod breakages_raw_keys;
mod breakages_records;
mod breakages_returning;
mod breakages_sessions;
mod breakages_validation;
mod built_peers;
mod constant_time;
mod fuzz;
mod size;

use std::env;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// One verb of `cargo xtask`: a row here is all that a new one needs.
struct Verb {
    name: &'static str,
    about: &'static str,
    steps: &'static [Step],
    /// Whether the last step takes what else stands on the command line.
    takes_arguments: bool,
}

/// A command of a verb. It runs in the root of the workspace and stops the verb when it fails. The
/// last one is given what else stands on the command line, where the verb takes that.
struct Step {
    name: &'static str,
    cargo: &'static [&'static str],
}

const VERBS: &[Verb] = &[
    Verb {
        name: "quick",
        about: "before each commit: format, clippy, unit tests, layers",
        steps: &[FORMAT, CLIPPY, UNIT_TESTS, LAYERS],
        takes_arguments: false,
    },
    Verb {
        name: "all",
        about: "before handing over: what CI does; HANDFAST_REQUIRE_PEERS=1 refuses missing peers",
        steps: &[FORMAT, CLIPPY, TESTS],
        takes_arguments: false,
    },
    Verb {
        name: "traces",
        about: "writes the golden traces anew; read their diff as carefully as code",
        steps: &[TRACES],
        takes_arguments: false,
    },
    Verb {
        name: "interop",
        about: "Handfast and rustls shake hands, both ways (builds rustls: 4 minutes)",
        steps: &[INTEROP],
        takes_arguments: false,
    },
    Verb {
        name: built_peers::OLD.name,
        about: "SSL 3.0 to TLS 1.2 with an OpenSSL of 2023 (builds it: 2 minutes), NSS, Java; takes a filter",
        steps: &[],
        takes_arguments: true,
    },
    Verb {
        name: built_peers::NEW.name,
        about: "what is new with an OpenSSL 4.0 (builds it: 4 minutes): ECH, raw keys, compression; takes a filter",
        steps: &[],
        takes_arguments: true,
    },
    Verb {
        name: "bench",
        about: "Handfast beside rustls, BoringSSL, s2n-tls, OpenSSL (builds them: 10 minutes); `bench --help`",
        steps: &[BENCH],
        takes_arguments: true,
    },
    Verb {
        name: "crowd",
        about: "many connections and threads in one process: idle 100000, loopback, storm 10000, threads",
        steps: &[CROWD],
        takes_arguments: true,
    },
    Verb {
        name: "counts",
        about: "instructions of fixed scenarios, held to those on record (valgrind; 2 minutes, builds apart)",
        steps: &[COUNTS_BUILD, COUNTS],
        takes_arguments: true,
    },
    Verb {
        name: "heap",
        about: "what a connection holds in memory; `--sites`: and whose it is",
        steps: &[HEAP],
        takes_arguments: true,
    },
    Verb {
        name: "load",
        about: "`serve` beside nginx over loopback: connections, requests, bytes; `load --help`",
        steps: &[COMMAND, LOAD],
        takes_arguments: true,
    },
    Verb {
        name: "responder",
        about: "`ca serve` beside `openssl ocsp` over loopback: answers, bytes, memory; `responder --help`",
        steps: &[COMMAND, RESPONDER],
        takes_arguments: true,
    },
    Verb {
        name: "validation",
        about: "what judging a chain costs beside its raw signature checks, and how soon hostile ones end",
        steps: &[VALIDATION],
        takes_arguments: true,
    },
    Verb {
        name: size::NAME,
        about: "how long the command builds, from nothing, and how large it is (minutes)",
        steps: &[],
        takes_arguments: false,
    },
    Verb {
        name: break_engine::NAME,
        about: "breaks the engine on purpose, way by way: each must turn a test red (minutes)",
        steps: &[],
        takes_arguments: true,
    },
    Verb {
        name: constant_time::NAME,
        about: "secrets of old versions under valgrind, beside code that leaks; `time`: by the clock",
        steps: &[],
        takes_arguments: true,
    },
    Verb {
        name: fuzz::NAME,
        about: "every fuzz target for 20 s, or `--seconds N`, or those named; wants cargo-fuzz",
        steps: &[],
        takes_arguments: true,
    },
];

const FORMAT: Step = Step {
    name: "format",
    cargo: &["fmt", "--all", "--check"],
};
const CLIPPY: Step = Step {
    name: "clippy",
    cargo: &[
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ],
};
const UNIT_TESTS: Step = Step {
    name: "unit tests",
    cargo: &["test", "--workspace", "--lib", "--bins", "--quiet"],
};
const LAYERS: Step = Step {
    name: "layers",
    cargo: &[
        "test",
        "-p",
        "handfast-testkit",
        "--test",
        "all",
        "--quiet",
        "layers",
    ],
};
const TESTS: Step = Step {
    name: "tests",
    cargo: &["test", "--workspace"],
};

const TRACES: Step = Step {
    name: "traces",
    cargo: &[
        "test",
        "-p",
        "handfast-testkit",
        "--test",
        "all",
        "--quiet",
        "golden::make",
        "--",
        "--ignored",
    ],
};

const INTEROP: Step = Step {
    name: "interop",
    cargo: &["test", "--manifest-path", "interop/Cargo.toml"],
};

const CROWD: Step = Step {
    name: "crowd",
    cargo: &[
        "run",
        "--release",
        "--manifest-path",
        "bench/crowd/Cargo.toml",
        "--",
    ],
};

const COUNTS_BUILD: Step = Step {
    name: "build",
    cargo: &[
        "build",
        "--release",
        "--manifest-path",
        "bench/counts/Cargo.toml",
    ],
};
const COUNTS: Step = Step {
    name: "counts",
    cargo: &[
        "run",
        "--release",
        "--manifest-path",
        "bench/counts/Cargo.toml",
        "--bin",
        "counts",
        "--",
    ],
};
const HEAP: Step = Step {
    name: "heap",
    cargo: &[
        "run",
        "--release",
        "--manifest-path",
        "bench/counts/Cargo.toml",
        "--bin",
        "heap",
        "--",
    ],
};

/// The command as its users build it.
const COMMAND: Step = Step {
    name: "command",
    cargo: &["build", "--release"],
};

const LOAD: Step = Step {
    name: "load",
    cargo: &[
        "run",
        "--release",
        "--manifest-path",
        "bench/Cargo.toml",
        "-p",
        "handfast-load",
        "--",
    ],
};

const RESPONDER: Step = Step {
    name: "responder",
    cargo: &[
        "run",
        "--release",
        "--manifest-path",
        "bench/Cargo.toml",
        "-p",
        "handfast-load",
        "--",
        "responder",
    ],
};

const VALIDATION: Step = Step {
    name: "validation",
    cargo: &[
        "run",
        "--release",
        "--manifest-path",
        "bench/Cargo.toml",
        "-p",
        "handfast-validation",
        "--",
    ],
};

const BENCH: Step = Step {
    name: "bench",
    cargo: &[
        "run",
        "--release",
        "--manifest-path",
        "bench/Cargo.toml",
        "--",
    ],
};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let word = arguments.next().unwrap_or_else(|| "help".to_owned());
    if word == "help" {
        help();
        return ExitCode::SUCCESS;
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == word) else {
        eprintln!("xtask: there is no `{word}`; try `cargo xtask help`");
        return ExitCode::from(2);
    };
    let rest: Vec<String> = arguments.collect();
    if let (Some(extra), false) = (rest.first(), verb.takes_arguments) {
        eprintln!("xtask: `{extra}` was not expected; try `cargo xtask help`");
        return ExitCode::from(2);
    }
    if verb.name == break_engine::NAME {
        return break_engine::run(&rest);
    }
    if verb.name == constant_time::NAME {
        return constant_time::run(&rest);
    }
    if verb.name == fuzz::NAME {
        return fuzz::run(&rest);
    }
    for peers in [built_peers::OLD, built_peers::NEW] {
        if verb.name == peers.name {
            return peers.run(&rest);
        }
    }
    if verb.name == size::NAME {
        return size::run();
    }
    let last = verb.steps.len().saturating_sub(1);
    let arguments = |at: usize| if at == last { rest.as_slice() } else { &[] };
    let mut steps = verb.steps.iter().enumerate();
    match steps.find(|(at, step)| !run(step, arguments(*at))) {
        None => ExitCode::SUCCESS,
        Some((_, failed)) => {
            eprintln!("xtask {}: {} failed", verb.name, failed.name);
            ExitCode::FAILURE
        }
    }
}

fn help() {
    println!("cargo xtask VERB\n");
    for Verb { name, about, .. } in VERBS {
        println!("  {name:<8} {about}");
    }
    println!("  {:<8} this list", "help");
}

/// Runs a step and says how long it took; true when it succeeded.
fn run(step: &Step, arguments: &[String]) -> bool {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    let (verb, rest) = step
        .cargo
        .split_first()
        .expect("a step names a cargo command");
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .arg(verb);
    // In CI the lock file is the truth: a stale one is an error, not an update.
    if env::var_os("CI").is_some() && *verb != "fmt" {
        command.arg("--locked");
    }
    let start = Instant::now();
    let outcome = command.args(rest).args(arguments).status();
    let seconds = start.elapsed().as_secs_f64();
    let good = outcome
        .as_ref()
        .is_ok_and(std::process::ExitStatus::success);
    if let Err(error) = outcome {
        eprintln!("xtask: cargo could not be started: {error}");
    }
    println!(
        "== {}: {seconds:.0} s{}",
        step.name,
        if good { "" } else { ", FAILED" }
    );
    good
}
