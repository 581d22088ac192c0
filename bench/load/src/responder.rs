//! `handfast ca serve` and `openssl ocsp` in turn under the same load, over loopback.
//!
//! Both answer for the same authority, whose records the one has in its database and the other in
//! an index.txt of the same certificates, with P-256 keys. Every answer is read: it must be a
//! response that says "good" of the serial number that was asked about, with the request's nonce
//! where it had one.

mod drive;
mod lab;

use crate::Result;
use crate::options::Options;
use crate::processor::{Cores, cpu_seconds, memory_bytes, own_seconds};
use crate::report::{Figures, Medians, first_line, load};
use crate::responder::drive::{Client, Row};
use crate::responder::lab::{Kind, Lab};
use crate::server::Running;
use std::time::{Duration, Instant};

/// What was measured of one row of one server.
struct Measured {
    row: Row,
    kind: Kind,
    medians: Medians,
    bytes: usize,
    memory: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let cores = Cores::choose(options.threads)?;
    let lab = Lab::new(options)?;
    let before = first_line(options, &cores);
    println!("{}", lab.versions);
    let mut all = Vec::new();
    for row in Row::ALL.into_iter().filter(|row| options.wants(row.name())) {
        let mut servers = Vec::new();
        for kind in Kind::ALL {
            let is_wanted = options
                .server
                .as_deref()
                .is_none_or(|name| kind.name().starts_with(name));
            if is_wanted && row.is_for(kind) && (kind != Kind::OpensslMulti || options.threads > 1)
            {
                let server = lab.start(kind, &cores, options.threads)?;
                lab.check(kind, server.port())?;
                servers.push((kind, server, Client::new(&lab, row)?, Vec::new()));
            }
        }
        cores.take_own()?;
        for round in 0..=options.rounds {
            for (_, server, client, taken) in &mut servers {
                let figures = measure(server, client, options)?;
                // The first round warms caches and allocators.
                if round > 0 {
                    taken.push(figures);
                }
            }
        }
        for (kind, server, client, taken) in servers {
            let medians = Medians::of(&taken);
            medians.tell(row.name(), kind.name());
            all.push(Measured {
                row,
                kind,
                medians,
                bytes: client.answer_bytes,
                memory: memory_bytes(server.id())?,
            });
        }
    }
    print(&before, &all);
    Ok(())
}

fn measure(server: &Running, client: &mut Client, options: &Options) -> Result<Figures> {
    let (server_before, own_before) = (cpu_seconds(server.id())?, own_seconds()?);
    let start = Instant::now();
    let deadline = start + Duration::from_secs_f64(options.seconds);
    let done = client.drive(server.port(), options.connections, deadline)?;
    Ok(Figures {
        done: done as f64,
        seconds: start.elapsed().as_secs_f64(),
        server_seconds: cpu_seconds(server.id())? - server_before,
        own_seconds: own_seconds()? - own_before,
    })
}

/// For BENCHMARKS.md.
fn print(before: &str, all: &[Measured]) {
    println!("{before}; after {}\n", load());
    println!(
        "| row | server | a second | bytes of an answer | us of the server's CPU each | the least | busy | spread | us of the client's | MiB |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for one in all {
        let medians = &one.medians;
        println!(
            "| {} | {} | {:.0} | {} | {:.1} | {:.1} | {:.0} % | {:.0} % | {:.1} | {:.1} |",
            one.row.name(),
            one.kind.name(),
            medians.rate,
            one.bytes,
            medians.server_us,
            medians.least_us,
            medians.busy * 100.0,
            medians.spread * 100.0,
            medians.own_us,
            one.memory as f64 / 1_048_576.0,
        );
    }
}
