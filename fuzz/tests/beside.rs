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
        if let Some(why) = verdicts.unexplained(&thrown) {
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
    let shown = |(why, (count, first)): (&String, &(u64, u64))| {
        format!("{count:>6}  {why}  (first: {})\n", first - seed)
    };
    let unexplained: String = unexplained.iter().map(shown).collect();
    assert!(unexplained.is_empty(), "we accept, and\n{unexplained}");
    assert!(accepted > throws / 10, "{accepted}");
}

/// For a look at one: `HANDFAST_ONLY=N cargo test … -- --ignored --nocapture`.
#[test]
#[ignore = "shows one chain"]
fn one_chain_shown() {
    let only = std::env::var("HANDFAST_ONLY").unwrap_or_default();
    let seed = number("HANDFAST_SEED", 5) << 32;
    for at in only.split(',').filter_map(|text| text.parse::<u64>().ok()) {
        let thrown = chain(&mut seeded(seed + at));
        println!("{at} {:?}", Verdicts::of(&thrown));
        for der in [&thrown.root, &thrown.issuer, &thrown.leaf] {
            let shown: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
            println!("{shown}");
        }
    }
}

#[test]
fn whatever_we_read_x509_parser_reads() {
    let throws = number("HANDFAST_THROWS", 20_000);
    let seed = number("HANDFAST_SEED", 5) << 32;
    let mut both = 0;
    let mut unexplained = BTreeMap::<String, (u64, String)>::new();
    for at in seed..seed + throws {
        let mut roll = seeded(at);
        let bytes: Vec<u8> = (0..40).map(|_| roll(255)).collect();
        let mutant = Mutant::arbitrary(&mut Unstructured::new(&bytes)).expect("a mutant");
        both += u64::from(read(&mutant.der()) == Some(Ok(())));
        if let Some(Err(why)) = read(&mutant.der()) {
            let shown = || (0, format!("throw {}: {}", at - seed, mutant.shown()));
            unexplained.entry(why).or_insert_with(shown).0 += 1;
        }
    }
    println!("{throws} mutants, {both} read by both");
    assert!(both > throws / 100, "{both}");
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}
