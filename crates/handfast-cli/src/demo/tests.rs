//! The tour goes as it must, and where it does not, it says so.

use crate::demo::act::{Act, Attack};
use crate::demo::cast::{Cast, Terms};
use crate::demo::json::document;
use crate::demo::judge::{Who, judge, noticed_by};
use crate::demo::options::Part;
use crate::demo::play::play;
use crate::demo::report::{Report, Summary};
use crate::demo::text::{Text, WIDTH};
use crate::exit::Exit;
use handfast::Fault;
use std::time::{Duration, Instant};

fn reports(attack: Attack) -> Vec<Report> {
    let cast = Cast::make().expect("a cast");
    Act::ALL
        .into_iter()
        .map(|act| Report::of(act, &cast, attack, None))
        .collect()
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn every_act_goes_as_it_must() {
    let reports = reports(Attack::Made);
    for report in &reports {
        let failed: Vec<_> = report.checks.iter().filter(|one| !one.holds).collect();
        assert!(report.as_expected(), "{:?}: {failed:?}", report.act);
    }
    assert_eq!(
        Summary::of(&reports, Duration::ZERO, String::new()).exit(),
        Exit::Done
    );
}

#[test]
fn each_refusal_is_for_its_own_reason() {
    let found: Vec<_> = reports(Attack::Made)
        .iter()
        .map(|report| noticed_by(report.outcome.as_ref().expect("played")))
        .collect();
    let client = |fault| Some((Who::Client, fault));
    let wanted = [
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        client(Fault::CertificateAuthorityUnknown),
        client(Fault::RecordNotAuthentic),
        client(Fault::RecordNotAuthentic),
    ];
    let lessons = Act::ALL.iter().filter(|act| act.is_lesson()).map(|_| None);
    let wanted: Vec<_> = wanted.into_iter().chain(lessons).collect();
    assert_eq!(found, wanted);
}

/// The control: the same acts without the attack. Then nothing is refused, and the tour that
/// promised a refusal must fail.
#[test]
fn a_refusal_that_does_not_happen_makes_the_tour_fail() {
    let reports = reports(Attack::LeftOut);
    for report in &reports {
        let played = report.outcome.as_ref().expect("played");
        assert!(played.client.failure.is_none(), "{:?}", report.act);
        assert_eq!(
            report.as_expected(),
            !report.act.is_refusal(),
            "{:?}",
            report.act
        );
        let text = plain(&Text::default().act(report));
        assert_eq!(text.contains('\u{2717}'), report.act.is_refusal(), "{text}");
    }
    for report in reports {
        let wanted = if report.act.is_refusal() {
            Exit::Bad
        } else {
            Exit::Done
        };
        assert_eq!(
            Summary::of(&[report], Duration::ZERO, String::new()).exit(),
            wanted
        );
    }
    assert_eq!(
        Summary::of(&[], Duration::ZERO, String::new()).exit(),
        Exit::Bad
    );
}

/// The control: a server that has forgotten the session. Then the handshake is a full one, all
/// goes well, and the tour that promised a way back must fail.
#[test]
fn a_way_back_that_is_not_taken_makes_the_tour_fail() {
    let cast = Cast::make().expect("a cast");
    let terms = |act: Act| act.terms().expect("terms");
    for act in Act::ALL
        .into_iter()
        .filter(|act| act.part() == Part::Resumed)
    {
        let visit = |terms: &Terms| {
            let scene = act.scene(&cast, terms, Attack::Made, None);
            play(scene.expect("a scene")).expect("played")
        };
        let kept = terms(act);
        let first = visit(&kept);
        let back = judge(act, &visit(&kept), Some(&first));
        assert!(back.iter().all(|one| one.holds), "{act:?}: {back:?}");
        let elsewhere = visit(&terms(act));
        assert!(elsewhere.client.failure.is_none());
        let forgotten = judge(act, &elsewhere, Some(&first));
        let failed = forgotten.iter().filter(|one| !one.holds).count();
        assert!(failed >= 2, "{act:?}: {forgotten:?}");
        let alone = judge(act, &first, None);
        assert!(alone.iter().any(|one| !one.holds), "{act:?}: {alone:?}");
    }
}

#[test]
fn an_act_that_takes_too_long_is_given_up() {
    let cast = Cast::make().expect("a cast");
    let mut scene = Act::Tls13
        .scene(&cast, &Terms::default(), Attack::Made, None)
        .expect("a scene");
    scene.limit = Duration::ZERO;
    let began = Instant::now();
    let gone = match play(scene) {
        Ok(played) => played.client.failure.is_some(),
        Err(why) => why.contains("not done in time"),
    };
    assert!(gone && began.elapsed() < Duration::from_secs(5));
}

#[test]
fn every_line_fits_80_columns_with_and_without_attacks() {
    for attack in [Attack::Made, Attack::LeftOut] {
        let (mut text, reports) = (Text::default(), reports(attack));
        let mut all = text.opening();
        reports
            .iter()
            .for_each(|report| all.push_str(&text.act(report)));
        let summary = Summary::of(&reports, Duration::from_millis(99_999), String::new());
        all.push_str(&text.closing(&summary));
        assert!(all.contains('\u{1b}'), "coloured");
        let plain = plain(&all);
        assert!(!plain.contains('\u{1b}'), "stripped");
        for line in plain.lines() {
            assert!(
                line.chars().count() <= WIDTH,
                "{} columns: {line}",
                line.chars().count()
            );
            assert_eq!(line.trim_end(), line, "no space at the end");
        }
    }
}

#[test]
fn the_document_tells_what_the_text_tells() {
    let reports = reports(Attack::Made);
    let summary = Summary::of(&reports, Duration::ZERO, String::new());
    let value = document(&reports, &summary);
    assert_eq!(value["schema"], "handfast.demo/1");
    assert_eq!(
        (&value["result"]["good"], &value["exit"]),
        (&true.into(), &0.into())
    );
    let refused = &value["result"]["acts"][7];
    assert_eq!(refused["id"], "refused.untrusted-authority");
    assert_eq!(refused["noticed_by"], "client");
    assert_eq!(
        refused["client"]["error"]["fault"],
        "CertificateAuthorityUnknown"
    );
    assert_eq!(refused["server"]["error"]["alert"], "unknown_ca");
    let resumed = &value["result"]["acts"][4];
    assert_eq!(resumed["id"], "resumed.session-id");
    assert_eq!(resumed["server"]["negotiated"]["resumption"], "session_id");
    let before = &resumed["first_visit"]["client"]["negotiated"];
    assert_eq!(
        (&before["version"], &before["resumption"]),
        (&"TLS 1.2".into(), &serde_json::Value::Null)
    );
    let first = &value["result"]["acts"][0]["wire"][0];
    assert_eq!(
        (&first["from"], &first["message"]),
        (&"client".into(), &"ClientHello".into())
    );
    assert!(first["bytes"].as_u64().is_some_and(|bytes| bytes > 1000));
}

/// The control: a side that shows other numbers than the two had.
#[test]
fn numbers_that_do_not_fit_make_a_lesson_fail() {
    use handfast::observe::{Calculated, KeyCalculation};
    let cast = Cast::make().expect("a cast");
    for act in Act::ALL.into_iter().filter(|act| act.is_lesson()) {
        for number in [
            Calculated::Premaster(&[3; 48]),
            Calculated::MasterSecret {
                extended: true,
                secret: &[3; 48],
            },
            Calculated::KeyBlock {
                block: &[3; 72],
                mac_key: 20,
                key: 16,
                iv: 0,
            },
        ] {
            let report = Report::of(act, &cast, Attack::Made, None);
            assert!(report.as_expected(), "{act:?}: {:?}", report.checks);
            let played = report.outcome.expect("played");
            played.client_side.calculated(number);
            let checks = judge(act, &played, None);
            assert!(checks.iter().any(|one| !one.holds), "{number:?}");
        }
    }
}
