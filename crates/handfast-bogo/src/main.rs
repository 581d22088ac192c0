//! The shim that BoringSSL's test runner starts, once a test.
//!
//! It drives the engine by its public API alone and looks at no byte of TLS
//! itself. Three rules keep the runner's verdict worth something: an
//! expectation is checked or the test answered as not implemented (exit code
//! 89); one flag that is not honoured answers the whole test so; and what a
//! failure is called depends on nothing but the failure.
//!
//! ```text
//! flags -> settings -> endpoint -> exchange -> expectations
//!                                     |-> answers, transport, trace
//! ```

mod answers;
mod codecs;
mod credentials;
mod early;
mod ech;
mod endpoint;
mod exchange;
mod expectations;
mod flags;
mod memory;
mod names;
mod raw_key;
#[cfg(test)]
mod runner_config;
mod safe;
mod settings;
mod stop;
mod trace;
mod transport;

use std::process::ExitCode;
use stop::Stop;

/// The runner's code for a test that the shim does not do.
const NOT_IMPLEMENTED: u8 = 89;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop @ Stop::NotHonoured(_)) => {
            println!("{stop}");
            ExitCode::from(NOT_IMPLEMENTED)
        }
        Err(stop) => {
            eprintln!("{stop}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Stop> {
    let invocation = flags::parse(std::env::args().skip(1))?;
    if invocation.initial.handshaker_probe {
        println!("No");
        return Ok(());
    }
    if invocation.initial.server != invocation.resume.server
        || invocation.retry.server != invocation.initial.server
    {
        return Err(Stop::NotHonoured("a change of sides".to_owned()));
    }
    let mut clock = exchange::Clock::start();
    let memory = memory::Memory::new(clock.now())?;
    let retry = &invocation.retry;
    exchange::run(&invocation.initial, retry, &memory, &clock, false)?;
    clock.advance(invocation.initial.resumption_delay_s);
    for _ in 0..invocation.initial.resume_count {
        exchange::run(&invocation.resume, retry, &memory, &clock, true)?;
        clock.advance(invocation.resume.resumption_delay_s);
    }
    Ok(())
}
