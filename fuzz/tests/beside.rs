//! Twenty thousand chains and certificates by the dice, the same each time, or others by
//! `HANDFAST_SEED`, more by `HANDFAST_THROWS`.

use arbitrary::{Arbitrary, Unstructured};
use handfast_fuzz::beside::{Mutant, Verdicts, read};
use handfast_testkit::made::dice::{chain, seeded};
use std::collections::BTreeMap;

fn number(variable: &str, otherwise: u64) -> u64 {
    let set = std::env::var(variable).ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn whatever_we_accept_others_accept_or_the_reason_is_listed() {
    let throws = number("HANDFAST_THROWS", 20_000);
    let seed = number("HANDFAST_SEED", 5) << 32;
    let mut tally = BTreeMap::<String, (u64, u64)>::new();
    let (mut accepted, mut unexplained) = (0, BTreeMap::<String, (u64, u64)>::new());
    for at in seed..seed + throws {
        let thrown = chain(&mut seeded(at));
        let verdicts = Verdicts::of(&thrown);
        accepted += u64::from(verdicts.ours.is_ok());
        if let Some(why) = verdicts.unexplained() {
            unexplained.entry(why).or_insert((0, at)).0 += 1;
        }
        if let (Err(ours), Ok(()), Ok(())) = (&verdicts.ours, &verdicts.webpki, &verdicts.openssl) {
            tally.entry(ours.clone()).or_insert((0, at)).0 += 1;
        }
    }
    println!("{throws} chains, {accepted} accepted by us; by both others and not by us:");
    for (why, (count, first)) in &tally {
        println!("  {count:>6}  {why}  (first: {})", first - seed);
    }
    assert!(accepted > throws / 20, "{accepted}");
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

#[test]
fn whatever_we_read_x509_parser_reads() {
    let throws = number("HANDFAST_THROWS", 20_000);
    let seed = number("HANDFAST_SEED", 5) << 32;
    let mut both = 0;
    for at in seed..seed + throws {
        let mut roll = seeded(at);
        let bytes: Vec<u8> = (0..40).map(|_| roll(255)).collect();
        let mutant = Mutant::arbitrary(&mut Unstructured::new(&bytes)).expect("a mutant");
        both += u64::from(read(&mutant.der()));
    }
    println!("{throws} mutants, {both} read by both");
    assert!(both > throws / 100, "{both}");
}
