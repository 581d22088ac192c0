//! The table of revocation: each row under each mode, by the verifier alone and over whole
//! handshakes.

use handfast_pki::verify::revocation::doubt::Source;
use handfast_pki::verify::revocation::{Mode, Status};
use handfast_testkit::revocation::world::Expect::{Passes, Refused, Revoked};
use handfast_testkit::revocation::world::{Row, World};
use handfast_testkit::revocation::{MODES, judge, outcome, rows};

#[test]
fn every_row_comes_out_as_the_table_says() {
    let world = World::new();
    let mut wrong = Vec::new();
    for row in rows() {
        let evidence = (row.make)(&world);
        for (mode, wanted) in MODES.into_iter().zip(row.expect) {
            let answer = judge(&world, &evidence, mode);
            if outcome(&answer) != wanted {
                let (source, state) = (row.source, row.state);
                wrong.push(format!(
                    "{source}, {state}, {mode:?}: wanted {wanted:?}, got {answer:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_whole_and_its_rows_differ() {
    let rows = rows();
    assert!(rows.len() >= 40, "{}", rows.len());
    for (at, row) in rows.iter().enumerate() {
        let same = |other: &&_| (row.source, row.state) == name(other);
        assert_eq!(rows.iter().position(|other| same(&other)), Some(at));
        // Asking for more never lets more pass.
        let [off, soft, hard] = row.expect.map(|expect| expect == Passes);
        assert!(off >= soft && soft >= hard, "{}", row.state);
        // Nothing but hard-fail refuses what is not known.
        assert!(!row.expect[..2].contains(&Refused), "{}", row.state);
    }
    for expect in [Passes, Revoked, Refused] {
        let source = |source: &str| {
            let mut own = rows.iter().filter(|row| row.source == source);
            own.any(|row| row.expect[2] == expect)
        };
        for row in &rows {
            assert!(source(row.source), "{} never {expect:?}", row.source);
        }
    }
}

fn name(row: &Row) -> (&'static str, &'static str) {
    (row.source, row.state)
}

#[test]
fn what_says_revoked_and_counts_passes_under_no_mode_that_asks() {
    let world = World::new();
    let mut revoking = 0;
    for row in rows() {
        let [_, soft, hard] = row.expect;
        // Rows in which somebody else, or nobody, says it are not this claim's.
        if !row.expect.contains(&Revoked) {
            continue;
        }
        revoking += 1;
        assert_eq!([soft, hard], [Revoked; 2], "{}", row.state);
        let evidence = (row.make)(&world);
        for mode in [Mode::SoftFail, Mode::HardFail] {
            assert!(judge(&world, &evidence, mode).is_err(), "{}", row.state);
        }
    }
    assert!(revoking >= 20, "{revoking}");
}

#[test]
fn a_stale_staple_is_dropped_and_named() {
    let world = World::new();
    let mut stale = 0;
    for row in rows() {
        let good = row.source == "staple" && row.state.starts_with("stale");
        if !good || row.expect[0] != Passes {
            continue;
        }
        stale += 1;
        let evidence = (row.make)(&world);
        let verdict = judge(&world, &evidence, Mode::SoftFail).expect("it passes");
        let leaf = verdict.revocation().first().expect("the leaf was judged");
        assert_ne!(leaf.status, Status::Good(Source::Staple), "{}", row.state);
        assert!(
            leaf.dropped
                .iter()
                .any(|dropped| dropped.source == Source::Staple),
            "{}",
            row.state
        );
    }
    assert!(stale >= 2, "{stale}");
}
