//! Every fault is provoked by a lie, and told to the liar by its alert.

use handfast::{Error, Fault};
use handfast_testkit::liar::{Lie, table};

/// Faults without a lie, each with the reason.
const WITHOUT_A_LIE: [(Fault, &str); 1] = [(
    Fault::SequenceExhausted,
    "takes 2^64 - 1 records under one key; `record::open` has a test that sets the count",
)];

#[test]
fn every_lie_is_named_and_told_to_the_liar_by_its_alert() {
    let mut wrong = Vec::new();
    let lies = table::lies();
    for lie in &lies {
        let outcome = lie.tell();
        let told = Some(Error::PeerAlert(lie.fault.alert()));
        let told = if lie.is_heard { told } else { outcome.liar };
        let wanted = (Some(Error::Fault(lie.fault)), told);
        // A record that came before the lie may be handed out, once.
        let data_is_right = [&b""[..], b"data"].contains(&&outcome.data[..]);
        if (outcome.honest, outcome.liar) != wanted || !data_is_right {
            wrong.push(format!("{:?} \"{}\": {outcome:?}", lie.liar, lie.name));
        }
    }
    println!("{} lies", lies.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_lie_is_told_in_is_honest_without_it() {
    let lies = table::lies();
    for lie in lies.iter().filter(|lie| lie.has_honest_twin()) {
        let outcome = lie.tell_the_truth();
        let ends = (outcome.honest, outcome.liar);
        assert_eq!(ends, (None, None), "{:?} \"{}\"", lie.liar, lie.name);
        assert!(outcome.was_connected, "{:?} \"{}\"", lie.liar, lie.name);
    }
}

#[test]
fn every_fault_has_a_lie() {
    let lies = table::lies();
    let told = |fault: &Fault| lies.iter().any(|lie| lie.fault == *fault);
    let excused = |fault: &Fault| WITHOUT_A_LIE.iter().any(|(one, _)| one == fault);
    for fault in Fault::ALL {
        assert!(
            told(fault) != excused(fault),
            "{}: either a lie or a reason why there is none",
            fault.name()
        );
    }
}

#[test]
fn no_two_lies_of_one_side_have_one_name() {
    let lies = table::lies();
    let name = |lie: &Lie| (lie.liar == handfast_testkit::liar::Side::Client, lie.name);
    let mut names: Vec<_> = lies.iter().map(name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}
