//! The client against a server that keeps to RFC 8555, and against ones that do not.

mod certificates;
mod scripted;

use super::*;
use crate::message::{ChallengeKind, ErrorKind};
use scripted::{Ended, HOST, Lie, Scripted, drive, drive_with, settings};

fn failed(lie: Lie) -> ClientFault {
    let ended = drive(lie);
    match ended.end {
        Action::Failed(fault) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_is_got_by_each_kind_of_challenge() {
    for kind in [
        ChallengeKind::TlsAlpn01,
        ChallengeKind::Http01,
        ChallengeKind::Dns01,
    ] {
        let given = Settings {
            challenge: kind.clone(),
            ..settings()
        };
        let ended = drive_with(Scripted::new(Lie::None), given);
        let Action::Obtained(obtained) = &ended.end else {
            panic!("{:?}", ended.end)
        };
        assert_eq!(obtained.chain.len(), 1);
        let [proof] = ended.prepared.as_slice() else {
            panic!("{:?}", ended.prepared)
        };
        assert_eq!(proof.kind, kind);
        assert_eq!(proof.name.to_string(), "host.test");
        assert!(
            proof
                .key_authorization
                .starts_with(&format!("{}.", proof.token))
        );
        assert_eq!(ended.taken_away, ended.prepared);
        let account = Kept::Account(format!("{HOST}/account/1"));
        let order = Kept::Order(format!("{HOST}/order/1"));
        assert_eq!(ended.kept, [account, order]);
        assert!(ended.requests < 15, "{}", ended.requests);
    }
}

#[test]
fn a_known_account_is_not_made_again_and_one_that_is_gone_is() {
    let known = Settings {
        account: Some(format!("{HOST}/account/1")),
        ..settings()
    };
    let ended = drive_with(Scripted::new(Lie::None), known.clone());
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    assert!(!ended.paths.contains(&"/new-account".to_owned()));

    let ended = drive_with(Scripted::new(Lie::AccountGone), known);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    assert!(ended.paths.contains(&"/new-account".to_owned()));
}

#[test]
fn an_account_of_another_key_is_forgotten_and_the_keys_own_asked_for_once() {
    for kind in ["unauthorized", "malformed"] {
        for order in [None, Some(format!("{HOST}/order/1"))] {
            let known = Settings {
                account: Some(format!("{HOST}/account/1")),
                order,
                ..settings()
            };
            let lie = Lie::AccountOfOtherKey(kind);
            let ended = drive_with(Scripted::new(lie), known);
            assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
            let account = Kept::Account(format!("{HOST}/account/1"));
            assert_eq!(ended.kept.first(), Some(&account));
        }
    }
    // Who refuses the key's own account too is not asked again and again.
    let known = Settings {
        account: Some(format!("{HOST}/account/1")),
        ..settings()
    };
    let ended = drive_with(Scripted::new(Lie::OrdersRefused), known);
    let Action::Failed(fault) = &ended.end else {
        panic!("{:?}", ended.end)
    };
    assert_eq!(fault.kind, FaultKind::Refused(ErrorKind::Unauthorized));
    let accounts = ended.paths.iter().filter(|path| *path == "/new-account");
    assert_eq!(accounts.count(), 1);
}

#[test]
fn an_order_from_before_is_gone_on_with_unless_it_is_dead() {
    let begun = Settings {
        order: Some(format!("{HOST}/order/1")),
        ..settings()
    };
    let ended = drive_with(Scripted::new(Lie::None), begun.clone());
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    assert!(!ended.paths.contains(&"/new-order".to_owned()));
    for dead in [Lie::EarlierOrderInvalid, Lie::EarlierOrderGone] {
        let ended = drive_with(Scripted::new(dead), begun.clone());
        assert!(
            matches!(ended.end, Action::Obtained(_)),
            "{dead:?} {:?}",
            ended.end
        );
        assert!(ended.paths.contains(&"/new-order".to_owned()));
    }
}

#[test]
fn names_that_are_proven_already_are_not_proven_again() {
    let ended = drive(Lie::ProvenAlready);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    assert!(ended.prepared.is_empty());
}

#[test]
fn one_refused_nonce_is_no_failure_and_refusing_all_is_one() {
    let ended = drive(Lie::NonceRefusedOnce);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);

    let fault = failed(Lie::NonceRefusedAlways);
    assert_eq!(fault.kind, FaultKind::Refused(ErrorKind::BadNonce));
    assert!(fault.message.contains("nonce"), "{fault}");
    assert!(failed(Lie::NonceMissing).message.contains("Replay-Nonce"));
    assert!(failed(Lie::NonceMalformed).message.contains("Replay-Nonce"));
}

#[test]
fn passing_troubles_are_waited_out_and_lasting_ones_end() {
    let ended = drive(Lie::TroubleTwice);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    assert!(ended.waited_ms >= 2000);

    let fault = failed(Lie::TroubleAlways);
    assert!(fault.message.contains("HTTP 503"), "{fault}");
    let fault = failed(Lie::Silence);
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(
        fault.message.contains("does not answer: no route"),
        "{fault}"
    );
}

#[test]
fn a_long_retry_after_is_left_to_the_caller() {
    let mut client = scripted::client(settings());
    let fault = match scripted::run(&mut client, Scripted::new(Lie::RateLimited)).end {
        Action::Failed(fault) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault.kind, FaultKind::Refused(ErrorKind::RateLimited));
    assert!(!fault.needs_other_settings());
    let at = fault.retry_at_unix_ms.unwrap();
    assert_eq!(at, certificates::START_MS + 3_600_000);
    assert!(fault.message.contains("too many requests"), "{fault}");
}

#[test]
fn an_order_that_never_gets_ready_ends_in_bounded_time() {
    for lie in [
        Lie::OrderNeverReady,
        Lie::OrderProcessingForEver,
        Lie::VerdictNever,
    ] {
        let ended = drive(lie);
        let Action::Failed(fault) = &ended.end else {
            panic!("{lie:?} {:?}", ended.end)
        };
        assert_eq!(fault.kind, FaultKind::TooLong, "{lie:?} {fault}");
        assert!(
            ended.waited_ms <= 16 * 60_000,
            "{lie:?} {}",
            ended.waited_ms
        );
        assert!(ended.requests < 200, "{lie:?} {}", ended.requests);
        assert_eq!(ended.taken_away, ended.prepared, "{lie:?}");
    }
}

#[test]
fn an_order_that_is_ready_and_is_not_is_asked_about_with_pauses() {
    let ended = drive(Lie::ReadyIsNotReady);
    let Action::Failed(fault) = &ended.end else {
        panic!("{:?}", ended.end)
    };
    assert_eq!(fault.kind, FaultKind::TooLong, "{fault}");
    assert!(ended.waited_ms > 60_000, "{}", ended.waited_ms);
}

#[test]
fn a_server_that_makes_everything_slow_is_left_after_the_patience() {
    let ended = drive(Lie::RetryAfterEachTime);
    let Action::Failed(fault) = &ended.end else {
        panic!("{:?}", ended.end)
    };
    assert!(fault.message.contains("within 15 minutes"), "{fault}");
    assert!(ended.waited_ms <= 17 * 60_000, "{}", ended.waited_ms);
}

#[test]
fn urls_of_other_hosts_are_refused() {
    for lie in [
        Lie::UrlOfNonce,
        Lie::UrlOfAccount,
        Lie::UrlOfOrder,
        Lie::UrlOfAuthorization,
        Lie::UrlOfChallenge,
        Lie::UrlOfFinalize,
        Lie::UrlOfCertificate,
        Lie::LocationElsewhere,
    ] {
        let ended = drive(lie);
        let Action::Failed(fault) = &ended.end else {
            panic!("{lie:?} {:?}", ended.end)
        };
        assert!(fault.message.contains("leads away from"), "{lie:?} {fault}");
        assert!(ended.hosts_asked.iter().all(|host| host == HOST), "{lie:?}");
        assert_eq!(ended.taken_away, ended.prepared, "{lie:?}");
    }
    assert!(failed(Lie::Redirect).message.contains("sends elsewhere"));
}

#[test]
fn urls_are_signed_as_the_server_wrote_them() {
    let host = "https://ca.test:443";
    let bound = Settings {
        binding: Some(Binding {
            kid: "kid-1".to_owned(),
            secret: zeroize::Zeroizing::new(b"secret of 32 bytes, more or less".to_vec()),
        }),
        ..settings()
    };
    let ended = drive_with(Scripted::new(Lie::UrlsWithPort), bound);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    let account = Kept::Account(format!("{host}/account/1"));
    let order = Kept::Order(format!("{host}/order/1"));
    assert_eq!(ended.kept, [account, order]);
}

#[test]
fn a_proof_for_a_name_that_nobody_asked_for_is_not_made() {
    let ended = drive(Lie::OtherName);
    let Action::Failed(fault) = &ended.end else {
        panic!("{:?}", ended.end)
    };
    assert!(
        fault
            .message
            .contains("victim.test, which nobody asked for"),
        "{fault}"
    );
    assert!(ended.prepared.is_empty());
    assert!(failed(Lie::OrderForOthers).message.contains("other names"));
    let fault = failed(Lie::TokenIsPath);
    assert!(fault.message.contains("token"), "{fault}");
}

#[test]
fn what_is_too_long_or_no_json_is_refused() {
    assert!(
        failed(Lie::HugeDirectory)
            .message
            .contains("longer than 262144 bytes")
    );
    assert!(
        failed(Lie::HugeChain)
            .message
            .contains("longer than 262144 bytes")
    );
    assert!(
        failed(Lie::Garbage)
            .message
            .contains("not the JSON of RFC 8555")
    );
    assert!(
        failed(Lie::ManyAuthorizations)
            .message
            .contains("more than 200")
    );
}

#[test]
fn a_certificate_that_was_not_asked_for_is_not_taken() {
    for (lie, words) in [
        (Lie::ChainOfOtherKey, "for another key than ours"),
        (Lie::ChainOfOtherName, "is not for host.test"),
        (Lie::ChainOfMoreNames, "is for more.test too"),
        (Lie::ChainOfMail, "too, which nobody asked for"),
        (Lie::ChainExpired, "has expired already"),
        (Lie::ChainEndsSoon, "is over within"),
        (Lie::ChainNotYet, "is not valid before"),
        (Lie::ChainOutOfOrder, "is not in order"),
        (Lie::ChainIsText, "cannot be read"),
    ] {
        let fault = failed(lie);
        assert_eq!(fault.kind, FaultKind::Certificate, "{lie:?}");
        assert!(fault.message.contains(words), "{lie:?} {fault}");
    }
}

#[test]
fn what_only_somebody_can_mend_says_which_flag_does() {
    for (lie, hint) in [
        (Lie::Terms, "--acme-agree-tos"),
        (Lie::BindingRequired, "--acme-eab"),
        (Lie::OtherChallenges, "--acme-challenge"),
        (Lie::AccountClosed, "move the account's key away"),
    ] {
        let fault = failed(lie);
        assert!(fault.needs_other_settings(), "{lie:?} {fault}");
        assert!(
            fault.hint.as_ref().unwrap().contains(hint),
            "{lie:?} {fault:?}"
        );
    }
    let agreed = Settings {
        agrees_to_terms: true,
        ..settings()
    };
    let ended = drive_with(Scripted::new(Lie::Terms), agreed);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    let bound = Settings {
        binding: Some(Binding {
            kid: "kid-1".to_owned(),
            secret: zeroize::Zeroizing::new(b"secret of 32 bytes, more or less".to_vec()),
        }),
        ..settings()
    };
    assert!(!format!("{bound:?}").contains("secret of"));
    let ended = drive_with(Scripted::new(Lie::BindingRequired), bound);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
}

#[test]
fn a_challenge_that_fails_is_told_with_the_authoritys_reason() {
    let ended = drive(Lie::ChallengeFails);
    let Action::Failed(fault) = &ended.end else {
        panic!("{:?}", ended.end)
    };
    assert_eq!(fault.kind, FaultKind::Refused(ErrorKind::Connection));
    assert!(
        fault
            .message
            .starts_with("host.test is not proven by tls-alpn-01: the authority could not connect"),
        "{fault}"
    );
    assert!(fault.hint.as_ref().unwrap().contains("443"));
    assert_eq!(ended.taken_away.len(), 1);
}

#[test]
fn what_cannot_be_made_ready_ends_the_order_and_is_taken_away() {
    let mut client = scripted::client(settings());
    let mut server = Scripted::new(Lie::None);
    server.fails_to_prepare = true;
    let ended: Ended = scripted::run(&mut client, server);
    let Action::Failed(fault) = &ended.end else {
        panic!("{:?}", ended.end)
    };
    assert_eq!(fault.kind, FaultKind::NotPrepared);
    assert_eq!(fault.message, "the hook said no");
    assert_eq!(ended.taken_away.len(), 1);
}

#[test]
fn an_order_that_may_not_replace_is_placed_without_that() {
    let given = Settings {
        replaces: Some(scripted::some_certificate()),
        ..settings()
    };
    let ended = drive_with(Scripted::new(Lie::AlreadyReplaced), given);
    assert!(matches!(ended.end, Action::Obtained(_)), "{:?}", ended.end);
    let orders = ended.paths.iter().filter(|path| *path == "/new-order");
    assert_eq!(orders.count(), 2);
}

#[test]
fn out_of_turn_is_a_fault_and_no_panic() {
    use handfast_crypto::random::SystemRandom;
    for input in [
        Input::Done,
        Input::Response(HttpResponse::default()),
        Input::Failed(String::new()),
    ] {
        let mut client = scripted::client(settings());
        let action = client.advance(input, 0, &mut SystemRandom);
        assert!(
            matches!(&action, Action::Failed(fault) if fault.kind == FaultKind::Own),
            "{action:?}"
        );
    }
}

#[test]
fn the_authoritys_advice_is_asked_for_and_bounded() {
    let advice = scripted::advice(Lie::None).unwrap().unwrap();
    assert_eq!(
        (advice.window.start_unix, advice.window.end_unix),
        (1_893_456_000, 1_893_542_400)
    );
    assert_eq!(
        advice.ask_again_ms, 60_000,
        "Retry-After: 1 is at least a minute"
    );
    assert_eq!(
        advice.explanation.as_deref(),
        Some("https://ca.test/why\u{fffd}")
    );
    assert_eq!(scripted::advice(Lie::NoAdvice), Ok(None));
    let fault = scripted::advice(Lie::UrlOfAdvice).unwrap_err();
    assert!(fault.message.contains("leads away"), "{fault}");
    assert!(scripted::advice(Lie::Garbage).is_err());
}
