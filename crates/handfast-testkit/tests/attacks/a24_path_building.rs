//! A24, path building as a weapon (CVE-2018-16875, RUSTSEC-2023-0053, GO-2026-4947): thousands of
//! cross-signed intermediates, cycles, fans of one name. The work is counted, not timed; `-- --ignored
//! A24` on a release build times it.

use crate::attack::{Attack, Control, Found};
use crate::chains::{Chain, Judged, Verifier, ours, under};
use handfast_crypto::signature::PrivateKey;
use handfast_pki::verify::budget::Limits;
use handfast_pki::verify::policy::Policy;
use handfast_testkit::made::certificate::{Draft, authority, key};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A24",
    name: "chains_that_cost_work",
    ours: || probe(ours),
    controls: &[
        Control {
            broken: "a_verifier_that_counts_no_signatures",
            run: || probe(|chain| with(chain, 5_000, 200_000)),
        },
        Control {
            broken: "a_verifier_that_counts_no_steps",
            run: || probe(|chain| with(chain, 100, u32::MAX)),
        },
    ],
}];

/// Limits adopted after CVE-2018-16875; and of steps, twice what 5,000 certificates need.
const SIGNATURES: u32 = 100;
const STEPS: u32 = 200_000;
const MANY: usize = 5_000;

fn with(chain: &Chain, signatures: u32, steps: u32) -> Judged {
    let policy = Policy {
        limits: Limits {
            signatures,
            steps,
            ..Limits::default()
        },
        ..Policy::MODERN
    };
    under(chain, &policy)
}

fn probe(verifier: Verifier) -> Found {
    let mut found = Found::default();
    for (label, chain, exhausts) in chains() {
        let judged = verifier(chain);
        let (signatures, steps) = (judged.searched.signatures, judged.searched.steps);
        let case = format!(
            "{label}: {signatures} signatures, {steps} steps, {}",
            judged.reason
        );
        found.tried(
            if judged.accepted || signatures > SIGNATURES || steps > STEPS {
                Err(case)
            } else if *exhausts && !judged.reason.starts_with("judging it took more than") {
                Err(format!("{case}: the budget is not named"))
            } else {
                Ok(())
            },
        );
    }
    let sound = &of_many_names(40);
    if !verifier(sound).accepted {
        found.tried(Err("a sound path beside forty others is refused".to_owned()));
    }
    found
}

/// How long ours takes for each, in a release build.
pub(crate) fn timed() -> Result<(), String> {
    let mut slow = Vec::new();
    for (label, chain, _) in chains() {
        let best = (0..5).map(|_| {
            let start = Instant::now();
            let _ = ours(chain);
            start.elapsed()
        });
        let best = best.min().unwrap_or_default();
        println!("{label}: {best:?}");
        if best > Duration::from_millis(50) {
            slow.push(format!("{label}: {best:?}"));
        }
    }
    if slow.is_empty() {
        Ok(())
    } else {
        Err(slow.join("\n"))
    }
}

type Labelled = (&'static str, Chain, bool);

/// Each with whether it exhausts the budget.
fn chains() -> &'static [Labelled] {
    static CHAINS: OnceLock<Vec<Labelled>> = OnceLock::new();
    CHAINS.get_or_init(|| {
        vec![
            (
                "eight levels, each signed by all above",
                levels(8, 25),
                true,
            ),
            ("everybody signed by everybody", cycles(71), true),
            ("one name, many keys, signed by none", fan(MANY), true),
            ("one name, many keys, a chain", ladder(MANY), true),
            ("other names", strangers(MANY), false),
            ("decoys that are no authorities", decoys(90, 4_910), true),
            ("anchors of one name", anchors(1_000), true),
            ("garbage", garbage(MANY), false),
        ]
    })
}

fn keys(count: usize) -> Vec<PrivateKey> {
    (0..count).map(|_| key()).collect()
}

fn serial(at: usize) -> Vec<u8> {
    [&[1][..], &at.to_be_bytes()[4..]].concat()
}

fn issued(subject: &str, issuer: &str, own: &PrivateKey, by: &PrivateKey, at: usize) -> Vec<u8> {
    Draft::new(subject, issuer, own.public_spki())
        .numbered(&serial(at))
        .with(authority(None))
        .signed_by(by)
}

fn leaf(issuer: &str, by: &PrivateKey) -> Vec<u8> {
    Draft::new("leaf", issuer, key().public_spki()).signed_by(by)
}

fn root() -> (PrivateKey, Vec<u8>) {
    let own = key();
    let der = issued("root", "root", &own, &own, 0);
    (own, der)
}

fn chain(sent: Vec<Vec<u8>>) -> Chain {
    Chain {
        sent,
        roots: vec![root().1],
        name: None,
    }
}

/// `width` keys a level, each certified by each key of the level above; the top has no issuer.
fn levels(depth: usize, width: usize) -> Chain {
    let levels: Vec<_> = (0..=depth).map(|_| keys(width)).collect();
    let mut sent = vec![leaf("level 0", &levels[0][0])];
    for (level, pair) in levels.windows(2).enumerate() {
        let (name, above) = (format!("level {level}"), format!("level {}", level + 1));
        for own in &pair[0] {
            for by in &pair[1] {
                sent.push(issued(&name, &above, own, by, sent.len()));
            }
        }
    }
    chain(sent)
}

/// Each name certified by each other.
fn cycles(count: usize) -> Chain {
    let keys = keys(count);
    let mut sent = vec![leaf("name 0", &keys[0])];
    for (own, key) in keys.iter().enumerate() {
        for (by, above) in keys.iter().enumerate().filter(|(by, _)| *by != own) {
            let (own, by) = (format!("name {own}"), format!("name {by}"));
            sent.push(issued(&own, &by, key, above, sent.len()));
        }
    }
    chain(sent)
}

/// All bear the name that the leaf asks for; none has the key.
fn fan(count: usize) -> Chain {
    let (stranger, keys) = (key(), keys(50));
    let mut sent = vec![leaf("fan", &stranger)];
    for at in 0..count {
        let own = &keys[at % keys.len()];
        sent.push(issued("fan", "fan", own, own, at));
    }
    chain(sent)
}

/// All bear one name, each certified by the next: self-issued, so no length is exceeded soon.
fn ladder(count: usize) -> Chain {
    let keys = keys(count);
    let mut sent = vec![leaf("ladder", &keys[0])];
    for (at, pair) in keys.windows(2).enumerate() {
        sent.push(issued("ladder", "ladder", &pair[0], &pair[1], at));
    }
    chain(sent)
}

/// One key, certified often, by a name that many bear who are no authority: each time all of these
/// are looked at, and no signature is spent on them.
fn decoys(often: usize, count: usize) -> Chain {
    let (own, above) = (key(), key());
    let mut sent = vec![leaf("issuer", &own)];
    sent.extend((0..often).map(|at| issued("issuer", "decoy", &own, &above, at)));
    let decoy = |at| Draft::new("decoy", "root", above.public_spki()).numbered(&serial(at));
    sent.extend((0..count).map(|at| decoy(at).signed_by(&above)));
    chain(sent)
}

fn strangers(count: usize) -> Chain {
    let own = key();
    let mut sent = vec![leaf("nobody", &own)];
    sent.extend((0..count).map(|at| issued(&format!("stranger {at}"), "root", &own, &own, at)));
    chain(sent)
}

fn anchors(count: usize) -> Chain {
    let roots = keys(count);
    let der = roots.iter().map(|own| issued("root", "root", own, own, 0));
    Chain {
        sent: vec![leaf("root", &key())],
        roots: der.collect(),
        name: None,
    }
}

fn garbage(count: usize) -> Chain {
    let mut sent = vec![leaf("root", &key())];
    sent.extend((0..count).map(|at| serial(at).repeat(40)));
    chain(sent)
}

/// The control of the controls: the issuer stands last among others of its name.
fn of_many_names(count: usize) -> Chain {
    let ((root_key, root), own) = (root(), key());
    let mut sent = vec![leaf("issuer", &own)];
    for at in 0..count {
        let other = key();
        sent.push(issued("issuer", "root", &other, &other, at));
    }
    sent.push(issued("issuer", "root", &own, &root_key, count));
    Chain {
        sent,
        roots: vec![root],
        name: None,
    }
}
