//! How the outcomes compare with what limbo expects.

use crate::Outcome;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;

#[derive(Deserialize)]
struct ExpectedSet {
    testcases: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    id: String,
    expected_result: String,
}

#[derive(Default)]
struct Score {
    agree: usize,
    differ: usize,
    skip: usize,
}

/// Writes what is expected as one JSON object of ids and results.
pub(crate) fn write_expected(json: &[u8], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let expected: ExpectedSet = serde_json::from_slice(json)?;
    let cases = expected.testcases.into_iter();
    let by_id: BTreeMap<_, _> = cases.map(|one| (one.id, one.expected_result)).collect();
    serde_json::to_writer(out, &by_id)?;
    Ok(())
}

/// Writes one line a group, the sum, and every difference.
pub(crate) fn write(
    json: &[u8],
    results: &[Outcome],
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let expected: ExpectedSet = serde_json::from_slice(json)?;
    let mut groups: BTreeMap<&str, Score> = BTreeMap::new();
    let mut differences = Vec::new();
    for (wanted, got) in expected.testcases.iter().zip(results) {
        let group = wanted.id.split("::").next().unwrap_or_default();
        let score = groups.entry(group).or_default();
        if got.actual_result == "SKIPPED" {
            score.skip += 1;
        } else if got.actual_result == wanted.expected_result {
            score.agree += 1;
        } else {
            score.differ += 1;
            differences.push((wanted, got));
        }
    }
    for (wanted, got) in &differences {
        let why = got.context.as_deref().unwrap_or("accepted");
        let first = why.lines().next().unwrap_or_default();
        writeln!(
            out,
            "differs  {} (expected {}): {first}",
            wanted.id, wanted.expected_result
        )?;
    }
    let mut total = Score::default();
    writeln!(
        out,
        "{:<14} {:>6} {:>6} {:>6}",
        "group", "agree", "differ", "skip"
    )?;
    for (group, score) in &groups {
        writeln!(
            out,
            "{group:<14} {:>6} {:>6} {:>6}",
            score.agree, score.differ, score.skip
        )?;
        total.agree += score.agree;
        total.differ += score.differ;
        total.skip += score.skip;
    }
    writeln!(
        out,
        "{:<14} {:>6} {:>6} {:>6}",
        "all", total.agree, total.differ, total.skip
    )?;
    Ok(())
}
