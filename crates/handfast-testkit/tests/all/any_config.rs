//! Any config meets any other: 2,000 pairs by the dice either connect and agree on everything,
//! twice, or fail by a fault that the rules lead to, of which the other end hears by its alert.
//!
//! `HANDFAST_SEED` begins at another seed; each case has its own, which is told when it fails.

mod choices;
mod oracle;

use choices::{ClientChoices, Dice, ServerChoices};
use handfast::config::SystemEntropy;
use handfast::connection::{PeerStanding, Question, Resumption};
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{Answer, Client, ConfigFault, Error, Fault, Negotiated, Server};
use handfast_testkit::pair::{Answerer, Delivery, Pair, now};
use oracle::{Connected, Expected, expect};
use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;

const CASES: u64 = 2_000;

/// What became of one case, for the count at the end.
type Outcome = String;

/// One case; what is wrong with it is told in words.
fn try_seed(seed: u64) -> Result<Outcome, String> {
    let mut dice = Dice::new(seed);
    let client_choices = ClientChoices::draw(&mut dice);
    let server_choices = ServerChoices::draw(&mut dice);
    let (client, server) = match (
        client_choices.config().check(),
        server_choices.config().check(),
    ) {
        (Ok(client), Ok(server)) => (client, server),
        // A side that has no suite or group for any of its versions.
        (Err(ConfigFault::ListEmpty(what)), _) | (_, Err(ConfigFault::ListEmpty(what))) => {
            return Ok(format!("no {what}"));
        }
        (ours, theirs) => return Err(format!("{:?} {:?}", ours.err(), theirs.err())),
    };
    let expected = expect(&client_choices, &server_choices);
    let told = |why: String| format!("{why}\n{expected:?}\n{client_choices:?}\n{server_choices:?}");
    let mut outcome = Outcome::new();
    for again in [false, true] {
        let pair = meet(&client, &server, &mut dice);
        outcome = match &expected {
            Expected::Refused(faults) => check_refused(&pair, faults),
            Expected::Connected(connected) => check_connected(pair, connected, again, &mut dice),
        }
        .map_err(&told)?;
    }
    Ok(outcome)
}

fn meet(client: &Client, server: &Server, dice: &mut Dice) -> Pair {
    let delivery = match dice.below(3) {
        0 => Delivery::Chunks(16 + dice.below(3000)),
        _ => Delivery::Whole,
    };
    let mut pair = Pair::new(client, server);
    for end in [&mut pair.client, &mut pair.server] {
        let accept: Answerer = Box::new(|question| match question {
            Question::VerifyPeer { .. } => Answer::PeerAccepted,
            _ => Answer::Failed,
        });
        end.answerer = Some(accept);
    }
    pair.run(delivery);
    pair
}

/// One end names the fault, the other hears its alert.
fn check_refused(pair: &Pair, wanted: &[Fault]) -> Result<Outcome, String> {
    let errors = [pair.client.error, pair.server.error];
    let ([Some(Error::Fault(fault)), Some(Error::PeerAlert(alert))]
    | [Some(Error::PeerAlert(alert)), Some(Error::Fault(fault))]) = errors
    else {
        return Err(format!("{errors:?}"));
    };
    let refusal =
        pair.client.connection.refusal().is_some() || pair.server.connection.refusal().is_some();
    if wanted.contains(&fault) && alert == fault.alert() && refusal {
        Ok(format!("{fault:?}"))
    } else {
        Err(format!("{fault:?}, heard as {alert}"))
    }
}

fn check_connected(
    mut pair: Pair,
    wanted: &Connected,
    again: bool,
    dice: &mut Dice,
) -> Result<Outcome, String> {
    let errors = [pair.client.error, pair.server.error];
    let resumption = wanted.resumption.filter(|_| again);
    let (Some(ours), Some(theirs), [None, None]) = (
        pair.client.connection.negotiated(),
        pair.server.connection.negotiated(),
        errors,
    ) else {
        return Err(format!("not connected: {errors:?}"));
    };
    agree(ours, theirs)?;
    let parts = (ours.version, ours.alpn.as_deref(), ours.resumption);
    if parts != (wanted.version, wanted.alpn.as_deref(), resumption) {
        return Err(format!("{parts:?}, and {resumption:?} was expected"));
    }
    let settings = [ours, theirs].map(|one| one.peer_application_settings());
    if settings
        != wanted.settings.as_ref().map_or([None; 2], |both| {
            let [theirs, ours] = both.each_ref();
            [Some(from_ref(theirs)), Some(from_ref(ours))]
        })
    {
        return Err(format!("settings: {settings:?}"));
    }
    let standings = [ours.peer_standing, theirs.peer_standing];
    if standings != wanted.standings {
        return Err(format!("{standings:?}"));
    }
    let outcome = describe(ours, resumption);
    exporters(&pair)?;
    let length = [1, 100, 3_000, 40_000][dice.below(4)];
    let data: Vec<u8> = (0..length).map(|_| dice.below(256) as u8).collect();
    pair.exchange(&data);
    // Whatever the data made necessary, such as new keys, changes nothing.
    pair.run(Delivery::Whole);
    pair.exchange(b"a line of text");
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    match [pair.client.error, pair.server.error] {
        [None, None] => Ok(outcome),
        errors => Err(format!("{errors:?} after the handshake")),
    }
}

fn describe(negotiated: &Negotiated, resumption: Option<Resumption>) -> Outcome {
    let retried = if negotiated.retried { ", retried" } else { "" };
    format!("{}, {resumption:?}{retried}", negotiated.version)
}

/// Both ends say the same of their connection.
fn agree(ours: &Negotiated, theirs: &Negotiated) -> Result<(), String> {
    let same = (ours.version, ours.suite, ours.group, ours.resumption)
        == (
            theirs.version,
            theirs.suite,
            theirs.group,
            theirs.resumption,
        )
        && (ours.retried, &ours.alpn, &ours.server_name)
            == (theirs.retried, &theirs.alpn, &theirs.server_name)
        && ours.extended_master_secret
        && theirs.extended_master_secret
        && (ours.send_limit, ours.receive_limit) == (theirs.receive_limit, theirs.send_limit);
    // In a session that goes on nobody signs; what is kept is how the peer had signed.
    let signed = ours.resumption.is_some()
        || (ours.peer_scheme, ours.own_scheme) == (theirs.own_scheme, theirs.peer_scheme);
    let shown = theirs.peer_chain.is_empty()
        == matches!(
            theirs.peer_standing,
            PeerStanding::NotAsked | PeerStanding::Anonymous
        );
    if same && signed && shown && !ours.peer_chain.is_empty() {
        Ok(())
    } else {
        Err(format!("{ours:?}\n{theirs:?}"))
    }
}

fn exporters(pair: &Pair) -> Result<(), String> {
    let exported = [&pair.client, &pair.server].map(|end| {
        let mut out = [0; 32];
        let exported = end.connection.export(b"label", Some(b"context"), &mut out);
        exported.map(|()| out)
    });
    match exported {
        [Ok(ours), Ok(theirs)] if ours == theirs && ours != [0; 32] => Ok(()),
        other => Err(format!("exporters {other:?}")),
    }
}

#[test]
fn any_config_and_any_other_connect_alike_or_fail_alike() {
    let first = first_seed();
    let mut outcomes: BTreeMap<Outcome, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seed in first..first + CASES {
        match try_seed(seed) {
            Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
            Err(why) => wrong.push(format!("HANDFAST_SEED={seed}: {why}")),
        }
    }
    println!("{outcomes:#?}");
    let wanted = [
        "TLS 1.2",
        "TLS 1.3",
        "SessionId",
        "Ticket",
        "Psk",
        "retried",
        "VersionNotCommon",
        "SuiteNotCommon",
        "GroupNotCommon",
        "SchemeNotCommon",
        "AlpnNotCommon",
        "CertificateRequired",
    ];
    check_outcomes(&outcomes, &wrong, &wanted);
}

fn first_seed() -> u64 {
    let first = std::env::var("HANDFAST_SEED").ok();
    first.and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// Nothing was wrong, and the dice are not loaded: everything wanted came up.
fn check_outcomes(outcomes: &BTreeMap<Outcome, u32>, wrong: &[String], wanted: &[&str]) {
    let shown = wrong.len().min(5);
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong[..shown].join("\n\n")
    );
    let came_up = |what: &str| {
        let found = outcomes
            .iter()
            .filter(|(outcome, _)| outcome.contains(what));
        found.map(|(_, count)| count).sum::<u32>()
    };
    for what in wanted {
        assert!(came_up(what) >= 5, "{what} came up {} times", came_up(what));
    }
    assert!(came_up("no ") < 400, "too many configs are no configs");
}

/// Two meetings with other configs, and what they have in common: stores and keys.
fn try_change(seed: u64) -> Result<Outcome, String> {
    let mut dice = Dice::new(seed);
    let store = Arc::new(MemoryStore::default());
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).map_err(|one| one.to_string())?;
    let (keys, cache) = (Arc::new(keys), Arc::new(SessionCache::new(1 << 20)));
    let first = (
        ClientChoices::draw(&mut dice),
        ServerChoices::draw(&mut dice),
    );
    // Most of it stays, so that sessions can go on at all.
    let second = (first.0.changed(&mut dice), first.1.changed(&mut dice));
    let mut outcome = Outcome::new();
    let mut stood = None;
    for (client_choices, server_choices) in [&first, &second] {
        let mut client = client_choices.config();
        client.sessions = Some(store.clone());
        let mut server = server_choices.config();
        server.ticket_keys = server.ticket_keys.map(|_| keys.clone());
        server.session_cache = server.session_cache.map(|_| cache.clone());
        let (Ok(client), Ok(server)) = (client.check(), server.check()) else {
            return Ok("no config".to_owned());
        };
        let pair = meet(&client, &server, &mut dice);
        let expected = expect(client_choices, server_choices);
        let stands = pair.server.connection.negotiated();
        let stands = stands.map(|negotiated| negotiated.peer_standing);
        // A client that has certificates may have shown one then and have none that suits now,
        // or the other way around.
        let as_before = stood.filter(|_| !client_choices.common.kinds.is_empty());
        stood = stands;
        outcome = check_change(pair, &expected, as_before, &mut dice)
            .map_err(|why| format!("{why}\n{expected:?}\n{first:?}\n{second:?}"))?;
    }
    Ok(outcome)
}

/// Whatever was in the store, it comes to what it would have come to without; or a session goes
/// on that stands as the connection would have stood, or as it stood before where it is about
/// signing: nobody signs then.
fn check_change(
    pair: Pair,
    expected: &Expected,
    as_before: Option<PeerStanding>,
    dice: &mut Dice,
) -> Result<Outcome, String> {
    let negotiated = pair.client.connection.negotiated();
    let resumption = negotiated.and_then(|negotiated| negotiated.resumption);
    match expected {
        Expected::Refused(faults)
            if resumption.is_some() && faults.iter().all(|one| is_of_signing(*one, as_before)) =>
        {
            Ok(format!("{resumption:?} without a scheme"))
        }
        Expected::Refused(faults) => check_refused(&pair, faults),
        Expected::Connected(connected) => {
            let connected = Connected {
                resumption,
                alpn: connected.alpn.clone(),
                standings: match (resumption, as_before) {
                    (Some(_), Some(client)) => [connected.standings[0], client],
                    _ => connected.standings,
                },
                ..*connected
            };
            check_connected(pair, &connected, true, dice)
        }
    }
}

/// True for what nobody is told where a session goes on, since nobody signs.
fn is_of_signing(fault: Fault, as_before: Option<PeerStanding>) -> bool {
    match fault {
        Fault::SchemeNotCommon | Fault::CertificateCurveNotCommon => true,
        Fault::CertificateRequired | Fault::ClassicCertificateRequired => as_before.is_some(),
        _ => false,
    }
}

#[test]
fn a_session_made_under_another_config_changes_no_outcome() {
    let mut outcomes: BTreeMap<Outcome, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    let first = first_seed();
    for seed in first..first + CASES / 2 {
        match try_change(seed) {
            Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
            Err(why) => wrong.push(format!("HANDFAST_SEED={seed}: {why}")),
        }
    }
    println!("{outcomes:#?}");
    check_outcomes(&outcomes, &wrong, &["SessionId", "Ticket", "Psk", "None"]);
}
