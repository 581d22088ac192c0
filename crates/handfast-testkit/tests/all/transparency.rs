//! SCTs of logs that were made for the test: what counts, what does not and why, how many are
//! enough.

use handfast_crypto::signature::KeyKind;
use handfast_pki::certificate::Certificate;
use handfast_pki::sct::finding::{Origin, SctDoubt, SctFinding};
use handfast_pki::sct::log::{Log, LogList, LogState, TemporalInterval};
use handfast_pki::sct::policy::CtPolicy;
use handfast_pki::sct::verify::{MAX_SIGNATURES, SctRequest, judge_scts};
use handfast_pki::time::UnixTime;
use handfast_testkit::certificates::{now_unix, root};
use handfast_testkit::made::ocsp;
use handfast_testkit::transparency::{Logged, TestLog, list, ocsp_extension, x509_entry};

const DAY_S: i64 = 86_400;

fn now() -> i64 {
    i64::try_from(now_unix()).expect("the present")
}

/// An hour ago, in milliseconds.
fn lately() -> u64 {
    (now_unix() - 3600) * 1000
}

fn known(logs: &[&TestLog]) -> LogList {
    let mut list = LogList::new();
    for log in logs {
        list.add(log.log.clone()).expect("a log");
    }
    list
}

/// What is judged, and how.
#[derive(Clone, Copy, Default)]
struct Given<'a> {
    leaf: &'a [u8],
    tls: Option<&'a [u8]>,
    staple: Option<&'a [u8]>,
    without_issuer: bool,
}

fn judge(given: Given<'_>, logs: &LogList) -> Vec<SctFinding> {
    let leaf = Certificate::parse(given.leaf).expect("the leaf");
    let issuer = Certificate::parse(root().root_der()).expect("the root");
    judge_scts(&SctRequest {
        leaf: &leaf,
        issuer_spki: (!given.without_issuer).then_some(issuer.spki()),
        tls: given.tls,
        staple: given.staple,
        logs,
        now: UnixTime(now()),
    })
}

fn doubts(findings: &[SctFinding]) -> Vec<Option<SctDoubt>> {
    findings.iter().map(|one| one.doubt.clone()).collect()
}

#[test]
fn embedded_scts_of_both_kinds_of_keys_count_and_say_whose_they_are() {
    let ec = TestLog::new("Lark", KeyKind::EcP256);
    let rsa = TestLog::new("Wren", KeyKind::Rsa { bits: 2048 });
    let logged = Logged::new(90);
    let leaf =
        logged.with_embedded(|entry| vec![ec.sct(lately(), entry), rsa.sct(lately(), entry)]);
    let leaf = &leaf[..];
    let logs = known(&[&ec, &rsa]);
    let given = Given {
        leaf,
        ..Given::default()
    };
    let findings = judge(given, &logs);
    assert_eq!(doubts(&findings), [None, None]);
    assert_eq!(findings[0].origin, Origin::Embedded);
    assert_eq!(findings[1].operator.as_deref(), Some("Wren"));
    assert_eq!(
        findings[1].to_string(),
        "Wren's log, in the certificate: logged"
    );
    let parsed = Certificate::parse(leaf).expect("the leaf");
    assert_eq!(CtPolicy::WEB.judge(&parsed, &findings), Ok(()));

    let unknown = SctDoubt::UnknownLog;
    let findings = judge(given, &known(&[&rsa]));
    assert_eq!(doubts(&findings), [Some(unknown), None]);
    let lack = CtPolicy::WEB
        .judge(&parsed, &findings)
        .expect_err("one is too few");
    assert_eq!((lack.wanted, lack.embedded), (2, 1));

    let without_issuer = true;
    let findings = judge(
        Given {
            without_issuer,
            ..given
        },
        &logs,
    );
    let unknown = SctDoubt::IssuerUnknown;
    assert_eq!(doubts(&findings), [Some(unknown.clone()), Some(unknown)]);
}

#[test]
fn scts_of_the_handshake_and_the_staple_are_over_the_certificate_as_it_is() {
    let log = TestLog::new("Lark", KeyKind::EcP256);
    let other = TestLog::new("Wren", KeyKind::EcP256);
    let logged = Logged::new(90);
    let bare = logged.bare();
    let tls = list(&[log.sct(lately(), &x509_entry(&bare))]);
    let staple = {
        let scts = list(&[other.sct(lately(), &x509_entry(&bare))]);
        let mut draft = ocsp::Draft::new(root().root_der(), "r", &[1], now(), now() + DAY_S);
        draft.single_extensions = vec![ocsp_extension(&scts)];
        draft.signed_by(root().own().key())
    };
    let logs = known(&[&log, &other]);
    let given = Given {
        leaf: &bare,
        tls: Some(&tls),
        staple: Some(&staple),
        ..Given::default()
    };
    let findings = judge(given, &logs);
    assert_eq!(doubts(&findings), [None, None]);
    let origins: Vec<_> = findings.iter().map(|one| one.origin).collect();
    assert_eq!(origins, [Origin::Tls, Origin::Ocsp]);
    let parsed = Certificate::parse(&bare).expect("the leaf");
    assert_eq!(CtPolicy::WEB.judge(&parsed, &findings), Ok(()));

    // Control: the same for another certificate of the same server.
    let leaf = logged.with_embedded(|entry| vec![log.sct(lately(), entry)]);
    let findings = judge(
        Given {
            leaf: &leaf,
            ..given
        },
        &logs,
    );
    let bad = Some(SctDoubt::BadSignature);
    assert_eq!(doubts(&findings), [None, bad.clone(), bad]);
}

#[test]
fn what_a_log_did_not_sign_does_not_count() {
    let log = TestLog::new("Lark", KeyKind::EcP256);
    let logged = Logged::new(90);
    let logs = known(&[&log]);
    type Change = fn(&mut Vec<u8>);
    let later: Change = |sct| sct[40] ^= 1;
    let extended: Change = |sct| {
        sct[42] = 1;
        sct.insert(43, 0);
    };
    let flipped: Change = |sct| *sct.last_mut().expect("a signature") ^= 1;
    let renamed: Change = |sct| sct[44] = 1;
    let sha384: Change = |sct| sct[43] = 5;
    for (change, doubt) in [
        (later, SctDoubt::BadSignature),
        (extended, SctDoubt::BadSignature),
        (flipped, SctDoubt::BadSignature),
        (renamed, SctDoubt::Algorithm),
        (sha384, SctDoubt::Algorithm),
    ] {
        let leaf = logged.with_embedded(|entry| {
            let sound = log.sct(lately(), entry);
            let mut broken = sound.clone();
            change(&mut broken);
            vec![broken, sound]
        });
        let leaf = &leaf[..];
        let findings = judge(
            Given {
                leaf,
                ..Given::default()
            },
            &logs,
        );
        assert_eq!(doubts(&findings), [Some(doubt), None]);
    }
    // An SCT that was embedded is not one that is delivered.
    let leaf = logged.with_embedded(|entry| vec![log.sct(lately(), &x509_entry(entry))]);
    let findings = judge(
        Given {
            leaf: &leaf,
            ..Given::default()
        },
        &logs,
    );
    assert_eq!(doubts(&findings), [Some(SctDoubt::BadSignature)]);
}

#[test]
fn times_and_states_decide_what_counts() {
    let since = UnixTime(now() - 7200);
    let before = (now_unix() - 7201) * 1000;
    let at = (now_unix() - 7200) * 1000;
    let soon = (now_unix() + 1) * 1000;
    let present = now_unix() * 1000;
    let retired = LogState::Retired { since };
    for (state, timestamp_ms, doubt) in [
        (LogState::Usable, lately(), None),
        (LogState::Qualified, lately(), None),
        (LogState::ReadOnly, lately(), None),
        (LogState::Usable, present, None),
        (
            LogState::Usable,
            soon,
            Some(SctDoubt::Future {
                now: UnixTime(now()),
            }),
        ),
        (retired, before, None),
        (retired, at, Some(SctDoubt::AfterRetirement { since })),
        (
            LogState::Pending,
            lately(),
            Some(SctDoubt::LogNotTrusted {
                state: LogState::Pending,
            }),
        ),
        (
            LogState::Rejected,
            lately(),
            Some(SctDoubt::LogNotTrusted {
                state: LogState::Rejected,
            }),
        ),
    ] {
        let log = TestLog::new("Lark", KeyKind::EcP256).in_state(state);
        let leaf = Logged::new(90).with_embedded(|entry| vec![log.sct(timestamp_ms, entry)]);
        let findings = judge(
            Given {
                leaf: &leaf,
                ..Given::default()
            },
            &known(&[&log]),
        );
        assert_eq!(doubts(&findings), [doubt], "{state}");
    }
}

#[test]
fn a_log_of_other_years_does_not_count() {
    let log = TestLog::new("Lark", KeyKind::EcP256);
    let leaf = Logged::new(90).with_embedded(|entry| vec![log.sct(lately(), entry)]);
    let not_after = Certificate::parse(&leaf).expect("it").validity().not_after;
    for (from, to, counts) in [(0, 1, true), (0, 0, false), (1, 2, false)] {
        let interval = Some(TemporalInterval {
            from: UnixTime(not_after.0 + from),
            to: UnixTime(not_after.0 + to),
        });
        let mut logs = LogList::new();
        logs.add(Log {
            interval,
            ..log.log.clone()
        })
        .expect("a log");
        let findings = judge(
            Given {
                leaf: &leaf,
                ..Given::default()
            },
            &logs,
        );
        let doubt = (!counts).then_some(SctDoubt::OutsideInterval { not_after });
        assert_eq!(doubts(&findings), [doubt]);
    }
}

#[test]
fn malformed_and_unknown_entries_are_named_and_others_still_count() {
    let log = TestLog::new("Lark", KeyKind::EcP256);
    let bare = Logged::new(90).bare();
    let sound = log.sct(lately(), &x509_entry(&bare));
    let tls = list(&[vec![1, 2, 3], sound.clone()]);
    let given = Given {
        leaf: &bare,
        tls: Some(&tls),
        staple: Some(&[0x30, 1]),
        ..Given::default()
    };
    let found = doubts(&judge(given, &known(&[&log])));
    let [version, None, Some(SctDoubt::Malformed(fault))] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(*version, Some(SctDoubt::Version { version: 1 }));
    assert_eq!(fault.field, "OCSPResponse");
    let tls = Some(&tls[..tls.len() - 1]);
    let found = doubts(&judge(
        Given {
            tls,
            staple: None,
            ..given
        },
        &known(&[&log]),
    ));
    assert!(
        matches!(found[..], [Some(SctDoubt::Malformed(_))]),
        "{found:?}"
    );
}

#[test]
fn no_more_signatures_are_checked_than_a_certificate_needs() {
    let log = TestLog::new("Lark", KeyKind::EcP256);
    let bare = Logged::new(90).bare();
    let mut bad = log.sct(lately(), &x509_entry(&bare));
    *bad.last_mut().expect("a signature") ^= 1;
    let tls = list(&vec![bad; MAX_SIGNATURES + 2]);
    let given = Given {
        leaf: &bare,
        tls: Some(&tls),
        ..Given::default()
    };
    let found = doubts(&judge(given, &known(&[&log])));
    let limit = MAX_SIGNATURES;
    let expected = [
        vec![Some(SctDoubt::BadSignature); limit],
        vec![Some(SctDoubt::TooMany { limit }); 2],
    ];
    assert_eq!(found, expected.concat());
}

#[test]
fn lifetime_logs_and_operators_decide_what_is_enough() {
    let lark = || TestLog::new("Lark", KeyKind::EcP256);
    let wren = || TestLog::new("Wren", KeyKind::EcP256);
    let since = UnixTime(now());
    let retired = LogState::Retired { since };
    let enough = |days: i64, embedded: &[&TestLog], delivered: &[&TestLog]| {
        let logged = Logged::new(days);
        let leaf = match embedded {
            [] => logged.bare(),
            logs => logged
                .with_embedded(|entry| logs.iter().map(|log| log.sct(lately(), entry)).collect()),
        };
        let scts = delivered
            .iter()
            .map(|log| log.sct(lately(), &x509_entry(&leaf)));
        let tls = list(&scts.collect::<Vec<_>>());
        let given = Given {
            leaf: &leaf,
            tls: (!delivered.is_empty()).then_some(&tls),
            ..Given::default()
        };
        let findings = judge(given, &known(&[embedded, delivered].concat()));
        assert!(findings.iter().all(SctFinding::counts));
        let parsed = Certificate::parse(&leaf).expect("the leaf");
        CtPolicy::WEB.judge(&parsed, &findings)
    };
    let (a, b, c, d) = (lark(), wren(), lark(), lark());
    let (old_a, old_b) = (lark().in_state(retired), wren().in_state(retired));
    assert_eq!(enough(180, &[&a, &b], &[]), Ok(()));
    assert!(enough(181, &[&a, &b], &[]).is_err(), "three are wanted");
    assert_eq!(enough(181, &[&a, &b, &c], &[]), Ok(()));
    assert!(enough(90, &[&a, &a, &b], &[]).is_ok());
    assert!(enough(90, &[&a, &a], &[]).is_err(), "one log twice");
    assert!(enough(90, &[&a, &c, &d], &[]).is_err(), "one operator");
    assert!(enough(90, &[&old_a, &b], &[]).is_ok(), "one may be retired");
    let lack = enough(90, &[&old_a, &old_b], &[]).expect_err("both retired");
    assert!(
        lack.to_string()
            .ends_with("all logs of the former are retired")
    );
    assert_eq!(enough(365, &[], &[&a, &b]), Ok(()), "beside it two do");
    assert!(
        enough(90, &[], &[&old_a, &b]).is_err(),
        "beside it none is retired"
    );
    assert!(enough(90, &[&a], &[&b]).is_err(), "one of each is not two");
    assert!(enough(90, &[], &[]).is_err());
}
