//! Attacks with a name (SECURITY.md): each is a probe, a function of the peer that it attacks.
//! Against ours it must find no hole; against each control, a peer that is broken on purpose, it
//! must find one, since a probe that never fires proves nothing.
//!
//! What a probe tries and what its controls are stands in CONFORMANCE.md, held to this table.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod a01_heartbeat;
mod a02_change_cipher_spec;
mod a03_states;
mod a04_beast;
mod a05_compression;
mod a06_padding;
mod a07_anonymous;
mod a07_downgrade;
mod a08_lucky_thirteen;
mod a09_rsa_oracles;
mod a10_fixed_keys;
mod a10_weak_keys;
mod a11_raccoon;
mod a12_schemes;
mod a13_small_blocks;
mod a14_extended_master_secret;
mod a15_renegotiation;
mod a16_ticket_keys;
mod a17_scope;
mod a18_hosts;
mod a18_reflections;
mod a20_replay;
mod a21_floods;
mod a22_key_levels;
mod a23_compressed;
mod a23_memory;
mod a24_path_building;
mod a25_name_constraints;
mod a26_malleability;
mod a27_names;
mod a28_endless_loops;
mod a28_endless_reading;
mod a29_absurd_keys;
mod a30_revocation;
mod a33_randomness;
mod a34_nonces;
mod a35_zeroization;
mod a36_hidden_names;
mod a36_identities;
mod a36_oracles;
mod a37_truncation;
mod a38_linkability;
mod a39_key_usage;
mod attack;
mod blocks;
mod chains;
mod drivers;
mod tickets;
mod victim;

use attack::Attack;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

/// Every attack that applies to what is built.
const IDS: [&str; 36] = [
    "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13", "A14", "A15",
    "A16", "A17", "A18", "A20", "A21", "A22", "A23", "A24", "A25", "A26", "A27", "A28", "A29",
    "A30", "A33", "A34", "A35", "A36", "A37", "A38", "A39",
];

const ATTACKS: &[&[Attack]] = &[
    a01_heartbeat::ATTACKS,
    a02_change_cipher_spec::ATTACKS,
    a03_states::ATTACKS,
    a04_beast::ATTACKS,
    a05_compression::ATTACKS,
    a06_padding::ATTACKS,
    a07_anonymous::ATTACKS,
    a07_downgrade::ATTACKS,
    a08_lucky_thirteen::ATTACKS,
    a09_rsa_oracles::ATTACKS,
    a10_fixed_keys::ATTACKS,
    a10_weak_keys::ATTACKS,
    a11_raccoon::ATTACKS,
    a12_schemes::ATTACKS,
    a13_small_blocks::ATTACKS,
    a14_extended_master_secret::ATTACKS,
    a15_renegotiation::ATTACKS,
    a16_ticket_keys::ATTACKS,
    a17_scope::ATTACKS,
    a18_hosts::ATTACKS,
    a18_reflections::ATTACKS,
    a20_replay::ATTACKS,
    a21_floods::ATTACKS,
    a22_key_levels::ATTACKS,
    a23_compressed::ATTACKS,
    a23_memory::ATTACKS,
    a24_path_building::ATTACKS,
    a25_name_constraints::ATTACKS,
    a26_malleability::ATTACKS,
    a27_names::ATTACKS,
    a28_endless_loops::ATTACKS,
    a28_endless_reading::ATTACKS,
    a29_absurd_keys::ATTACKS,
    a30_revocation::ATTACKS,
    a33_randomness::ATTACKS,
    a34_nonces::ATTACKS,
    a35_zeroization::ATTACKS,
    a36_hidden_names::ATTACKS,
    a36_identities::ATTACKS,
    a36_oracles::ATTACKS,
    a37_truncation::ATTACKS,
    a38_linkability::ATTACKS,
    a39_key_usage::ATTACKS,
];

/// Says what took too long.
type Timed = fn() -> Result<(), String>;

/// What must also be fast, or takes long: `cargo test --release … -- --ignored`.
const TIMED: &[(&str, Timed)] = &[
    ("A13::past_a_gib", a13_small_blocks::past_a_gib),
    ("A24::within_50_ms", a24_path_building::timed),
    ("A29::within_1_ms", a29_absurd_keys::timed),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, mode, shape] = &words[..]
        && word == a35_zeroization::WORD
    {
        a35_zeroization::search_own_memory(mode, shape);
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("table", || table().map_err(Into::into))];
    for attack in ATTACKS.iter().copied().flatten() {
        trials.push(Trial::test(
            format!("{}::{}", attack.id, attack.name),
            || attack.holds().map_err(Into::into),
        ));
        for control in attack.controls {
            trials.push(Trial::test(
                format!("{}::{}::{}", attack.id, attack.name, control.broken),
                || control.fires().map_err(Into::into),
            ));
        }
    }
    // A busy machine says nothing about time, nor does a debug build.
    for (name, timed) in TIMED {
        let trial = Trial::test(*name, || timed().map_err(Into::into));
        trials.push(trial.with_ignored_flag(true));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Every attack has a probe, every probe a control, and CONFORMANCE.md tells of each.
fn table() -> Result<(), String> {
    let told = include_str!("../../../../CONFORMANCE.md");
    let attacks = || ATTACKS.iter().copied().flatten();
    let mut wrong = Vec::new();
    for id in IDS {
        if !attacks().any(|attack| attack.id == id) {
            wrong.push(format!("{id} has no probe"));
        }
    }
    for attack in attacks() {
        let name = format!("{} {}", attack.id, attack.name);
        if !IDS.contains(&attack.id) {
            wrong.push(format!("{name} is of an attack that is not listed"));
        }
        if attack.controls.is_empty() {
            wrong.push(format!("{name} has no control"));
        }
        if attacks().filter(|other| other.name == attack.name).count() != 1 {
            wrong.push(format!("{name}: two probes bear one name"));
        }
        if !told.contains(&format!("| {} | `{}` |", attack.id, attack.name)) {
            wrong.push(format!("CONFORMANCE.md has no row for {name}"));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}
