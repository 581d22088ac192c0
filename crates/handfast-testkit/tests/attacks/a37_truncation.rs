//! A37, truncation: an end without close_notify is an error that the caller sees. The command's
//! exit code is tried with the command (`handfast-cli`, test `cut_off`).

use crate::attack::{Attack, Control, Found};
use crate::drivers::{Close, Driver, PAGE, blocking, drive, tokio};
use handfast_testkit::shape::Shape;
use std::io::ErrorKind;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A37",
        name: "cut_off_from_the_blocking_stream",
        ours: || probe(blocking),
        controls: &[Control {
            broken: "a_stream_that_takes_a_cut_for_an_end",
            run: || probe(|client, wire| lenient(blocking(client, wire))),
        }],
    },
    Attack {
        id: "A37",
        name: "cut_off_from_tokios_stream",
        ours: || probe(tokio),
        controls: &[Control {
            broken: "a_tokio_stream_that_takes_a_cut_for_an_end",
            run: || probe(|client, wire| lenient(tokio(client, wire))),
        }],
    },
];

/// A cut after each byte of the page's record and of close_notify.
fn probe(driver: Driver) -> Found {
    let mut found = Found::default();
    for shape in Shape::ALL {
        let whole = drive(shape, driver, usize::MAX, usize::MAX, Close::Once);
        assert_eq!(whole.outcome.as_deref(), Ok(PAGE), "{shape:?}");
        for cut in whole.page.start..=whole.page.end {
            let ended = drive(shape, driver, cut, usize::MAX, Close::Once);
            let wanted = if cut == whole.page.end {
                Ok(PAGE)
            } else {
                Err(&ErrorKind::UnexpectedEof)
            };
            let outcome = ended.outcome.as_deref();
            found.tried(if outcome == wanted {
                Ok(())
            } else {
                Err(format!(
                    "{shape:?} cut at {cut} of {:?}: {outcome:?}",
                    whole.page
                ))
            });
        }
    }
    found
}

/// As many a library of HTTP.
fn lenient(outcome: Result<Vec<u8>, ErrorKind>) -> Result<Vec<u8>, ErrorKind> {
    outcome.or_else(|kind| match kind {
        ErrorKind::UnexpectedEof => Ok(Vec::new()),
        other => Err(other),
    })
}
