//! Our client and our server, on one clock.

use crate::lab::{BASE, Lab, request};
use handfast_acme::client::{
    Action, AdviceAction, Adviser, Binding, Client, ClientFault, HttpRequest, HttpResponse, Input,
    Kept, Life, Limits, Obtained, Proof, Settings,
};
use handfast_acme::message::{ChallengeKind, ErrorKind, Problem};
use handfast_acme::server::Request;
use handfast_crypto::random::SystemRandom;
use handfast_crypto::signature::{KeyKind, PrivateKey};
use handfast_pki::certificate::Certificate;

/// Carries a request to the server.
fn carry(lab: &mut Lab, request: &HttpRequest) -> HttpResponse {
    let kind = request
        .headers
        .iter()
        .find(|(name, _)| *name == "content-type");
    let path = request
        .url
        .strip_prefix(BASE)
        .expect("a URL of this server");
    let reply = lab.send(&Request {
        method: request.method.name(),
        path,
        content_type: kind.map(|(_, value)| *value),
        body: &request.body,
        peer: [127, 0, 0, 1].into(),
    });
    HttpResponse {
        status: reply.status,
        headers: reply
            .fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body: reply.body,
    }
}

struct Run {
    client: Client,
    kept: Vec<Kept>,
    proofs: Vec<Proof>,
}

impl Run {
    fn new(settings: Settings, account: &PrivateKey, key: &PrivateKey, names: &[&str]) -> Self {
        let csr = request(key, "", names);
        Self {
            client: Client::new(settings, account.clone(), csr).unwrap(),
            kept: Vec::new(),
            proofs: Vec::new(),
        }
    }

    /// Until the end. The server looks where the proof is, if it is there.
    fn drive(&mut self, lab: &mut Lab) -> Result<Obtained, ClientFault> {
        let mut ready: Option<Proof> = None;
        let mut input = Input::Start;
        let mut waited_ms = 0;
        loop {
            while !lab.validations.is_empty() {
                let wanted = lab.validations[0].key_authorization.clone();
                let found = match &ready {
                    Some(proof) if proof.key_authorization == wanted => Ok(()),
                    _ => Err(Problem::new(ErrorKind::Connection, "nobody is there")),
                };
                lab.validate(found);
            }
            input = match self
                .client
                .advance(input, lab.now * 1000 + waited_ms, &mut SystemRandom)
            {
                Action::Send(request) => Input::Response(carry(lab, &request)),
                Action::Wait(ms) => {
                    waited_ms += ms;
                    Input::Done
                }
                Action::Keep(kept) => {
                    self.kept.push(kept);
                    Input::Done
                }
                Action::Prepare(proof) => {
                    self.proofs.push(proof.clone());
                    ready = Some(proof);
                    Input::Done
                }
                Action::TakeAway(proof) => {
                    assert_eq!(ready.take(), Some(proof));
                    Input::Done
                }
                Action::Obtained(obtained) => {
                    assert_eq!(ready, None, "nothing stays ready");
                    return Ok(obtained);
                }
                Action::Failed(fault) => return Err(fault),
                other => panic!("{other:?}"),
            };
        }
    }
}

fn settings() -> Settings {
    Settings {
        agrees_to_terms: true,
        ..Settings::new(format!("{BASE}/acme/directory"))
    }
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyKind::EcP256).unwrap()
}

#[test]
fn a_certificate_for_several_names_by_each_kind_of_challenge_and_account_key() {
    for kind in [
        ChallengeKind::Http01,
        ChallengeKind::TlsAlpn01,
        ChallengeKind::Dns01,
    ] {
        for account in [
            KeyKind::EcP256,
            KeyKind::EcP384,
            KeyKind::Ed25519,
            KeyKind::Rsa { bits: 2048 },
        ] {
            let mut lab = Lab::with(|settings| settings.challenges.push(ChallengeKind::Dns01));
            let given = Settings {
                challenge: kind.clone(),
                contact: vec!["mailto:a@host.test".to_owned()],
                ..settings()
            };
            let account = PrivateKey::generate(account).unwrap();
            let own = key();
            let mut run = Run::new(given, &account, &own, &["host.test", "www.host.test"]);
            let obtained = run
                .drive(&mut lab)
                .unwrap_or_else(|fault| panic!("{fault:?}"));
            let leaf = Certificate::parse(&obtained.chain[0]).unwrap();
            assert_eq!(leaf.spki(), own.public_spki());
            assert_eq!(leaf.subject_alt_names().count(), 2);
            assert_eq!(run.proofs.len(), 2);
            assert_eq!(run.kept.len(), 2);
        }
    }
}

#[test]
fn addresses_are_certified_too() {
    let mut lab = Lab::new();
    let own = key();
    let mut run = Run::new(settings(), &key(), &own, &["127.0.0.1", "::1"]);
    let obtained = run
        .drive(&mut lab)
        .unwrap_or_else(|fault| panic!("{fault:?}"));
    let leaf = Certificate::parse(&obtained.chain[0]).unwrap();
    assert_eq!(leaf.subject_alt_names().count(), 2);
    assert_eq!(run.proofs[0].server_name(), "1.0.0.127.in-addr.arpa");
}

#[test]
fn the_account_is_found_again_by_its_key() {
    let mut lab = Lab::new();
    let account = key();
    let accounts = [(); 2].map(|()| {
        let mut run = Run::new(settings(), &account, &key(), &["host.test"]);
        run.drive(&mut lab).unwrap();
        run.kept.remove(0)
    });
    assert_eq!(accounts[0], accounts[1]);
    let Kept::Account(known) = &accounts[0] else {
        panic!("{accounts:?}")
    };
    // Known, it is not asked for; another key gets its own.
    let settings = Settings {
        account: Some(known.clone()),
        ..settings()
    };
    let mut run = Run::new(settings.clone(), &account, &key(), &["host.test"]);
    run.drive(&mut lab).unwrap();
    assert!(run.kept.iter().all(|kept| matches!(kept, Kept::Order(_))));
    let mut stranger = Run::new(settings, &key(), &key(), &["host.test"]);
    stranger.drive(&mut lab).unwrap();
    let Kept::Account(own) = &stranger.kept[0] else {
        panic!("{:?}", stranger.kept)
    };
    assert_ne!(own, known);
}

#[test]
fn an_order_that_was_begun_is_gone_on_with() {
    let mut lab = Lab::new();
    let (account, own) = (key(), key());
    let mut begun = Run::new(settings(), &account, &own, &["host.test"]);
    // Killed right after the order was written down.
    let mut input = Input::Start;
    let order = loop {
        input = match begun
            .client
            .advance(input, lab.now * 1000, &mut SystemRandom)
        {
            Action::Send(request) => Input::Response(carry(&mut lab, &request)),
            Action::Keep(Kept::Order(url)) => break url,
            Action::Keep(_) => Input::Done,
            other => panic!("{other:?}"),
        };
    };
    let again = Settings {
        order: Some(order),
        ..settings()
    };
    let mut run = Run::new(again, &account, &own, &["host.test"]);
    assert!(run.drive(&mut lab).is_ok());
    let is_order = |kept: &Kept| matches!(kept, Kept::Order(_));
    assert!(!run.kept.iter().any(is_order), "{:?}", run.kept);
}

#[test]
fn a_proof_that_is_not_there_is_told_as_the_server_found_it() {
    let mut lab = Lab::new();
    let mut run = Run::new(settings(), &key(), &key(), &["host.test"]);
    let mut input = Input::Start;
    let fault = loop {
        while !lab.validations.is_empty() {
            lab.validate(Err(Problem::new(ErrorKind::Connection, "refused")));
        }
        input = match run.client.advance(input, lab.now * 1000, &mut SystemRandom) {
            Action::Send(request) => Input::Response(carry(&mut lab, &request)),
            Action::Failed(fault) => break fault,
            Action::Obtained(_) => panic!("obtained"),
            _ => Input::Done,
        };
    };
    assert!(fault.message.contains("could not connect"), "{fault}");
    assert!(fault.message.contains("refused"), "{fault}");
}

#[test]
fn an_external_account_is_bound_and_without_it_the_flag_is_named() {
    let mut lab = Lab::with(|settings| {
        settings.external.is_required = true;
        let secret = b"0123456789abcdef0123456789abcdef".to_vec();
        settings
            .external
            .secrets
            .insert("kid-1".to_owned(), secret.into());
    });
    let mut run = Run::new(settings(), &key(), &key(), &["host.test"]);
    let fault = run.drive(&mut lab).unwrap_err();
    assert!(fault.needs_other_settings());
    assert!(fault.hint.unwrap().contains("--acme-eab"));
    let bound = |secret: &[u8]| Settings {
        binding: Some(Binding {
            kid: "kid-1".to_owned(),
            secret: secret.to_vec().into(),
        }),
        ..settings()
    };
    let good = bound(b"0123456789abcdef0123456789abcdef");
    assert!(
        Run::new(good, &key(), &key(), &["host.test"])
            .drive(&mut lab)
            .is_ok()
    );
    let bad = bound(b"another secret of 32 bytes, or so");
    assert!(
        Run::new(bad, &key(), &key(), &["host.test"])
            .drive(&mut lab)
            .is_err()
    );
}

#[test]
fn a_renewal_replaces_what_the_server_says_is_to_be_renewed() {
    let mut lab = Lab::new();
    let account = key();
    let mut run = Run::new(settings(), &account, &key(), &["host.test"]);
    let first = run.drive(&mut lab).unwrap().chain.remove(0);
    let advice = advice(&mut lab, &first).expect("advice");
    let life = Life::of(&first, lab.now).unwrap();
    let renew_at = life.renew_at_unix(Some(advice), &mut SystemRandom);
    assert!(renew_at > lab.now && renew_at < life.not_after_unix);
    assert!((advice.start_unix..=advice.end_unix).contains(&renew_at));
    lab.now = renew_at;
    let given = Settings {
        replaces: Some(first.to_vec()),
        ..settings()
    };
    let mut run = Run::new(given.clone(), &account, &key(), &["host.test"]);
    let second = run.drive(&mut lab).unwrap().chain.remove(0);
    assert_ne!(first, second);
    // Once more: it was replaced already, which is no obstacle.
    let mut run = Run::new(given, &account, &key(), &["host.test"]);
    assert!(run.drive(&mut lab).is_ok());
}

fn advice(lab: &mut Lab, leaf: &[u8]) -> Option<handfast_acme::client::Window> {
    let directory = format!("{BASE}/acme/directory");
    let mut adviser = Adviser::new(&directory, leaf, Limits::default()).unwrap()?;
    let mut action = adviser.begin().unwrap();
    loop {
        action = match action {
            AdviceAction::Send(request) => {
                let response = carry(lab, &request);
                let now = lab.now * 1000;
                adviser.heard(response, now, &mut SystemRandom).unwrap()
            }
            AdviceAction::Given(advice) => return advice.map(|advice| advice.window),
            other => panic!("{other:?}"),
        };
    }
}
