//! Which symmetric calls a handshake of Handfast makes: kinds, lengths, order.
//!
//! A worker like the others, but for what it answers: the calls of either side. The
//! linker puts `hooks.c` between Handfast and its crypto library, so that nothing of the
//! engine has to know of it.

use handfast_bench_handfast::peer::Handfast;
use handfast_bench_work::handshake::ROUND_TRIPS;
use handfast_bench_work::material::Material;
use handfast_bench_work::peer::{Peer, Side};
use handfast_bench_work::task::{Call, Measured, Suite, Task};
use handfast_bench_work::{Result, worker};
use std::process::ExitCode;

fn main() -> ExitCode {
    // A row that cannot be recorded has no second floor; the others have theirs.
    let outcome = worker::work(|material, task| {
        record(material, task).or_else(|error| {
            eprintln!("recorder: {error}");
            Ok(Measured::Unsupported)
        })
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("recorder: {error}");
            ExitCode::FAILURE
        }
    }
}

fn record(material: &Material, task: Task) -> Result<Measured> {
    let Task::Handshake { scenario, .. } = task else {
        return Ok(Measured::Unsupported);
    };
    let peer = Handfast::new(material, scenario)?;
    // The first two make known what is known, and give the third what to come back by.
    for _ in 0..2 {
        handshake(&peer)?;
    }
    let (client, server) = handshake(&peer)?;
    Ok(Measured::Calls { client, server })
}

/// What either side called.
fn handshake(peer: &Handfast) -> Result<(Vec<Call>, Vec<Call>)> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
    let mut client = calls(&mut ours, || peer.client())?;
    let mut server = calls(&mut theirs, || peer.server())?;
    for _ in 0..ROUND_TRIPS {
        calls(&mut ours, || client.drive(&mut to_client, &mut to_server))?;
        calls(&mut theirs, || server.drive(&mut to_server, &mut to_client))?;
    }
    calls(&mut ours, || client.drive(&mut to_client, &mut to_server))?;
    if client.is_handshaking() || server.is_handshaking() {
        return Err("the handshake did not end".into());
    }
    Ok((ours, theirs))
}

/// Does `work` and appends what it called.
fn calls<T>(to: &mut Vec<Call>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    hooks::bench_record(1);
    let done = work();
    hooks::bench_record(0);
    for at in 0..hooks::bench_recorded() {
        let [kind, aead, length] = [0, 1, 2].map(|word| hooks::bench_call(at, word));
        to.push(call(kind, aead, length)?);
    }
    done
}

/// As `hooks.c` numbers them.
fn call(kind: u32, aead: u32, length: u32) -> Result<Call> {
    let aead = || {
        Ok::<_, String>(match aead {
            16 => Suite::Aes128,
            32 => Suite::Aes256,
            160 => Suite::ChaCha20,
            _ => return Err(format!("an AEAD with a key of {aead} bytes")),
        })
    };
    Ok(match kind {
        0 => Call::Sha256(length),
        1 => Call::Sha256End,
        2 => Call::Sha256Blocks(length),
        3 => Call::Sha384(length),
        4 => Call::Sha384End,
        5 => Call::Sha512Block,
        6 => Call::Key(aead()?),
        7 => Call::Seal(aead()?, length),
        8 => Call::Open(aead()?, length),
        9 => Call::Random(length),
        _ => return Err(format!("a call of kind {kind}").into()),
    })
}

#[expect(
    unsafe_code,
    reason = "the hooks are C; see hooks.c, whose functions take and give numbers"
)]
mod hooks {
    unsafe extern "C" {
        pub(super) safe fn bench_record(on: u32);
        pub(super) safe fn bench_recorded() -> u32;
        pub(super) safe fn bench_call(at: u32, word: u32) -> u32;
    }
}
