//! A28, endless loops (RUSTSEC-2024-0336): a driver ends when its transport does, whatever came
//! before, and asks it no more than a few times.

use crate::attack::{Attack, Control, Found};
use crate::drivers::{Close, Driver, Wire, blocking, drive, tokio};
use handfast::Client;
use handfast_testkit::shape::Shape;
use std::io::{ErrorKind, Read, Write};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A28",
        name: "ends_of_the_blocking_stream",
        ours: || probe(blocking),
        controls: &[Control {
            broken: "a_driver_that_reads_on",
            run: || probe(reads_on),
        }],
    },
    Attack {
        id: "A28",
        name: "ends_of_tokios_stream",
        ours: || probe(tokio),
        controls: &[Control {
            broken: "another_driver_that_reads_on",
            run: || probe(reads_on),
        }],
    },
];

/// The end of a file at many places, close_notify once, again and again, too early and never, a
/// wire that takes nothing, read in steps of many sizes.
fn probe(driver: Driver) -> Found {
    let mut found = Found::default();
    for shape in [Shape::Full, Shape::Resumed, Shape::Old, Shape::OldResumed] {
        for closes in [
            Close::Once,
            Close::Again,
            Close::Early,
            Close::Never,
            Close::Deaf,
        ] {
            let whole = drive(shape, driver, usize::MAX, usize::MAX, closes);
            let length = whole.page.end.max(200);
            let cuts = (0..length).step_by(67).chain([usize::MAX]);
            for (at, cut) in cuts.enumerate() {
                let step = [usize::MAX, 1, 5, 300][at % 4];
                let ended = drive(shape, driver, cut, step, closes);
                // Each read gives a byte at least, or is the last one.
                let most = length.min(cut) / step.min(length) + 150;
                let case = format!("{shape:?} {closes:?} cut at {cut}, steps of {step}");
                found.tried(if ended.calls > most {
                    Err(format!("{case}: {} calls", ended.calls))
                } else if ended.reads_at_end > 101 {
                    Err(format!("{case}: {} reads at the end", ended.reads_at_end))
                } else {
                    Ok(())
                });
            }
        }
    }
    found
}

/// Takes an empty read for "not yet".
fn reads_on(client: &Client, mut wire: Wire) -> Result<Vec<u8>, ErrorKind> {
    let name = handfast::ServerName::parse("localhost").unwrap();
    let mut end = handfast_testkit::pair::End::new(
        client.connect(name, handfast_testkit::pair::now()).unwrap(),
    );
    loop {
        let said = end.take_output();
        wire.write_all(&said).map_err(|error| error.kind())?;
        let mut bytes = [0; 1000];
        let read = wire.read(&mut bytes).map_err(|error| error.kind())?;
        end.deliver(&bytes[..read], handfast_testkit::pair::now());
        if end.events.contains(&handfast::Event::Closed) || end.error.is_some() {
            return Ok(end.data);
        }
    }
}
