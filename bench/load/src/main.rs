//! `handfast serve` and nginx in turn under the same load, over loopback.
//!
//! ```text
//! this program, on the last core: TLS client --loopback--> one server, on the other cores
//! ```
//! Both servers have the same certificate and the same files and speak the same suite over the
//! same group. Every answer is decrypted and compared with the file: an error counts as nothing.

mod client;
mod drive;
mod lab;
mod options;
mod processor;
mod report;
mod responder;
mod server;

use crate::client::Client;
use crate::drive::Row;
use crate::lab::Lab;
use crate::options::{HELP, Options};
use crate::processor::{Cores, cpu_seconds, own_seconds};
use crate::report::{Figures, Table};
use crate::server::{Kind, Server};
use std::process::ExitCode;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let outcome = Options::read(std::env::args().skip(1)).and_then(|options| {
        if options.help {
            print!("{HELP}");
            return Ok(());
        }
        if options.responder {
            return responder::run(&options);
        }
        run(&options)
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("handfast-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let lab = Lab::new(options.big_bytes)?;
    let cores = Cores::choose(options.threads)?;
    let mut table = Table::new(options, &cores);
    for row in Row::ALL.into_iter().filter(|row| options.wants(row.name())) {
        let mut servers = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| options.has(*kind)) {
            servers.push((
                Server::start(kind, &lab, &cores, options, row)?,
                Client::new(&lab, row)?,
                Vec::new(),
            ));
        }
        cores.take_own()?;
        for round in 0..=options.rounds {
            for (server, client, taken) in &mut servers {
                let figures = measure(server, client, &lab, row, options)?;
                // The first round warms caches, allocators and the client's store of tickets.
                if round > 0 {
                    taken.push(figures);
                }
            }
        }
        for (server, _, taken) in servers {
            table.add(row, server.kind(), &taken);
        }
    }
    table.print();
    Ok(())
}

fn measure(
    server: &Server,
    client: &mut Client,
    lab: &Lab,
    row: Row,
    options: &Options,
) -> Result<Figures> {
    let (server_before, own_before) = (cpu_seconds(server.id())?, own_seconds()?);
    let start = Instant::now();
    let for_seconds = Duration::from_secs_f64(options.seconds);
    let done = row.drive(
        client,
        server.port(),
        lab,
        options.connections,
        start + for_seconds,
    )?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Figures {
        done,
        seconds,
        server_seconds: cpu_seconds(server.id())? - server_before,
        own_seconds: own_seconds()? - own_before,
    })
}
