//! Accounts: RFC 8555 section 7.3.

use crate::lab::{BASE, Client, Lab, document, problem};
use handfast_acme::jws::{Identity, bind, sign};
use handfast_acme::server::{Memory, Record, Records, RecordsFault, Request, Settings, World};
use handfast_ca::profile::KeyKind;
use handfast_crypto::random::SystemRandom;
use serde_json::json;
use std::cell::Cell;

const NEW_ACCOUNT: &str = "https://ca.test:14000/acme/new-account";

#[test]
fn the_directory_and_a_nonce_are_for_everybody() {
    let mut lab = Lab::new();
    let reply = lab.call("GET", "/acme/directory", b"");
    let directory = document(&reply);
    assert_eq!(directory["newAccount"], NEW_ACCOUNT);
    assert_eq!(directory["meta"], json!({}));
    assert_eq!(reply.field("replay-nonce"), None);
    let reply = lab.call("GET", "/acme/new-nonce", b"");
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    assert_ne!(lab.nonce(), lab.nonce());
}

#[test]
fn a_key_has_one_account_whatever_kind_it_is() {
    let mut lab = Lab::new();
    let rsa = KeyKind::Rsa { bits: 2048 };
    for kind in [
        KeyKind::EcP256,
        KeyKind::EcP384,
        KeyKind::EcP521,
        KeyKind::Ed25519,
        rsa,
    ] {
        let client = Client::keyed(kind);
        let none = client.by_key(&mut lab, NEW_ACCOUNT, &json!({"onlyReturnExisting": true}));
        assert_eq!(problem(&none), (400, "accountDoesNotExist".to_owned()));
        let client = lab.account(client, &json!({"contact": ["mailto:a@b.test"]}));
        for asked in [json!({"onlyReturnExisting": true}), json!({})] {
            let again = client.by_key(&mut lab, NEW_ACCOUNT, &asked);
            assert_eq!(again.status, 200);
            assert_eq!(again.field("location"), Some(client.account.as_str()));
            assert_eq!(document(&again)["contact"], json!(["mailto:a@b.test"]));
        }
    }
}

#[test]
fn contacts_are_mail_addresses_and_one_each() {
    let mut lab = Lab::new();
    let client = lab.client();
    for (contact, kind) in [
        ("a@b.test", "invalidContact"),
        ("mailto:", "invalidContact"),
        ("mailto:a@b.test,c@d.test", "invalidContact"),
        ("mailto:a@b.test?subject=x", "invalidContact"),
        ("tel:+1", "unsupportedContact"),
    ] {
        let account = client.account.clone();
        let reply = client.post(&mut lab, &account, &json!({"contact": [contact]}));
        assert_eq!(problem(&reply), (400, kind.to_owned()), "{contact}");
    }
    let account = client.account.clone();
    let changed = client.post(&mut lab, &account, &json!({"contact": ["MAILTO:x@y.test"]}));
    assert_eq!(document(&changed)["contact"], json!(["MAILTO:x@y.test"]));
    assert_eq!(
        document(&client.read(&mut lab, &account)),
        document(&changed)
    );
}

#[test]
fn terms_must_be_agreed_to_where_there_are_any() {
    let terms = "https://ca.test/terms";
    let mut lab = Lab::with(|settings| settings.terms = Some(terms.to_owned()));
    let client = Client::keyed(KeyKind::EcP256);
    let reply = client.by_key(&mut lab, NEW_ACCOUNT, &json!({}));
    assert_eq!(problem(&reply), (403, "userActionRequired".to_owned()));
    assert_eq!(document(&reply)["instance"], terms);
    lab.account(client, &json!({"termsOfServiceAgreed": true}));
}

#[test]
fn an_ended_account_can_do_nothing_and_its_key_gets_no_other() {
    let mut lab = Lab::new();
    let client = lab.client();
    let account = client.account.clone();
    let (order, _) = client.ready(&mut lab, &["a.test"]);
    let reply = client.post(&mut lab, &account, &json!({"status": "revoked"}));
    assert_eq!(problem(&reply).1, "malformed");
    let reply = client.post(&mut lab, &account, &json!({"status": "deactivated"}));
    assert_eq!(document(&reply)["status"], "deactivated");
    for url in [&account, &order] {
        let reply = client.read(&mut lab, url);
        assert_eq!(problem(&reply), (401, "unauthorized".to_owned()));
    }
    let reply = client.by_key(&mut lab, NEW_ACCOUNT, &json!({}));
    assert_eq!(problem(&reply), (401, "unauthorized".to_owned()));
}

#[test]
fn an_account_takes_another_key_and_the_old_one_is_worth_nothing() {
    let mut lab = Lab::new();
    let (client, other) = (lab.client(), lab.client());
    let url = format!("{BASE}/acme/key-change");
    let new = Client::keyed(KeyKind::Ed25519);
    let change = |new: &Client, account: &str, old: &Client, url: &str| {
        let payload = json!({"account": account, "oldKey": old.jwk()}).to_string();
        sign(&new.key, Identity::Key, None, url, payload.as_bytes()).unwrap()
    };
    let good = change(&new, &client.account, &client, &url);
    let wrong = [
        change(&new, &other.account, &client, &url),
        change(&new, &client.account, &other, &url),
        change(&new, &client.account, &client, NEW_ACCOUNT),
        // Signed by somebody who has not the new key.
        handfast_acme::jws::Jws {
            signature: change(&other, &client.account, &client, &url).signature,
            ..good.clone()
        },
        // With a nonce.
        sign(&new.key, Identity::Key, Some("bm9uY2U"), &url, b"{}").unwrap(),
        // By account instead of key.
        sign(
            &new.key,
            Identity::Account(&client.account),
            None,
            &url,
            b"{}",
        )
        .unwrap(),
    ];
    for (number, inner) in wrong.iter().enumerate() {
        let reply = client.bytes(&mut lab, &url, inner.to_json().as_bytes());
        assert_eq!(problem(&reply), (400, "malformed".to_owned()), "{number}");
    }
    // The key of another account.
    let taken = change(&other, &client.account, &client, &url);
    let reply = client.bytes(&mut lab, &url, taken.to_json().as_bytes());
    assert_eq!(problem(&reply), (409, "malformed".to_owned()));
    assert_eq!(reply.field("location"), Some(other.account.as_str()));
    // Everything as it should be.
    let reply = client.bytes(&mut lab, &url, good.to_json().as_bytes());
    assert_eq!(reply.status, 200);
    let account = client.account.clone();
    let reply = client.read(&mut lab, &account);
    assert_eq!(
        problem(&reply).1,
        "badSignatureAlgorithm",
        "the old key is of another kind"
    );
    let new = Client { account, ..new };
    assert_eq!(new.read(&mut lab, &new.account).status, 200);
    let found = new.by_key(&mut lab, NEW_ACCOUNT, &json!({"onlyReturnExisting": true}));
    assert_eq!(found.field("location"), Some(new.account.as_str()));
    // The old key is free again, for an account of its own.
    let again = client.by_key(&mut lab, NEW_ACCOUNT, &json!({}));
    assert_eq!(again.status, 201);
    assert_ne!(again.field("location"), Some(new.account.as_str()));
}

#[test]
fn accounts_are_bound_to_external_ones_where_that_is_asked() {
    let secret = b"a secret of thirty-two bytes....";
    let mut lab = Lab::with(|settings| {
        settings.external.is_required = true;
        let secrets = &mut settings.external.secrets;
        secrets.insert("kid-1".to_owned(), secret.to_vec().into());
    });
    let directory = document(&lab.call("GET", "/acme/directory", b""));
    assert_eq!(directory["meta"]["externalAccountRequired"], true);
    let client = Client::keyed(KeyKind::EcP256);
    let reply = client.by_key(&mut lab, NEW_ACCOUNT, &json!({}));
    assert_eq!(problem(&reply), (403, "externalAccountRequired".to_owned()));
    let wrong = [
        bind(&client.jwk(), "kid-1", b"another secret", NEW_ACCOUNT).unwrap(),
        bind(&client.jwk(), "kid-2", secret, NEW_ACCOUNT).unwrap(),
        bind(&client.jwk(), "kid-1", secret, "https://other.test/").unwrap(),
        bind(
            &Client::keyed(KeyKind::EcP256).jwk(),
            "kid-1",
            secret,
            NEW_ACCOUNT,
        )
        .unwrap(),
    ];
    for binding in wrong {
        let asked = json!({"externalAccountBinding": binding});
        let reply = client.by_key(&mut lab, NEW_ACCOUNT, &asked);
        assert_eq!(problem(&reply), (403, "unauthorized".to_owned()));
    }
    let binding = bind(&client.jwk(), "kid-1", secret, NEW_ACCOUNT).unwrap();
    lab.account(client, &json!({"externalAccountBinding": binding}));
}

#[test]
fn new_accounts_are_counted_by_address() {
    let mut lab = Lab::with(|settings| settings.limits.accounts_an_hour = 2);
    let (first, _) = (lab.client(), lab.client());
    let client = Client::keyed(KeyKind::EcP256);
    let reply = client.by_key(&mut lab, NEW_ACCOUNT, &json!({}));
    assert_eq!(problem(&reply), (429, "rateLimited".to_owned()));
    assert_eq!(reply.field("retry-after"), Some("3600"));
    // Whoever has an account is no new one.
    assert_eq!(first.by_key(&mut lab, NEW_ACCOUNT, &json!({})).status, 200);
    lab.now += 3600;
    lab.account(client, &json!({}));
}

#[test]
fn an_account_ends_with_the_external_one_that_it_is_bound_to() {
    let secret = b"a secret of thirty-two bytes....";
    let settings = |kids: &[&str]| {
        let kids: Vec<String> = kids.iter().map(|&kid| kid.to_owned()).collect();
        move |settings: &mut Settings| {
            settings.external.is_required = !kids.is_empty();
            for kid in kids {
                let secrets = &mut settings.external.secrets;
                secrets.insert(kid, secret.to_vec().into());
            }
        }
    };
    let mut lab = Lab::with(settings(&["kid-1", "kid-2"]));
    let bound = |lab: &mut Lab, kid: &str| {
        let client = Client::keyed(KeyKind::EcP256);
        let binding = bind(&client.jwk(), kid, secret, NEW_ACCOUNT).unwrap();
        lab.account(client, &json!({"externalAccountBinding": binding}))
    };
    let (gone, stays) = (bound(&mut lab, "kid-1"), bound(&mut lab, "kid-2"));
    lab.server = Lab::with(settings(&[])).server;
    let unbound = lab.client();
    assert_eq!(unbound.order(&mut lab, &["a.test"]).status, 201);
    lab.server = Lab::with(settings(&["kid-2"])).server;
    for client in [&gone, &unbound] {
        let reply = client.order(&mut lab, &["a.test"]);
        assert_eq!(problem(&reply), (401, "unauthorized".to_owned()));
    }
    assert_eq!(stays.order(&mut lab, &["a.test"]).status, 201);
}

#[test]
fn new_accounts_are_counted_by_the_64_of_ipv6_and_by_external_account() {
    let secret = b"a secret of thirty-two bytes....";
    let mut lab = Lab::with(|settings| {
        settings.limits.accounts_an_hour = 1;
        let secrets = &mut settings.external.secrets;
        secrets.insert("kid-1".to_owned(), secret.to_vec().into());
    });
    let ask = |lab: &mut Lab, peer: &str, is_bound: bool| {
        let client = Client::keyed(KeyKind::EcP256);
        let binding = bind(&client.jwk(), "kid-1", secret, NEW_ACCOUNT).unwrap();
        let asked = match is_bound {
            true => json!({"externalAccountBinding": binding}),
            false => json!({}),
        };
        let (nonce, payload) = (lab.nonce(), asked.to_string());
        let by = Identity::Key;
        let jws = sign(
            &client.key,
            by,
            Some(&nonce),
            NEW_ACCOUNT,
            payload.as_bytes(),
        )
        .unwrap();
        let reply = lab.send(&Request {
            method: "POST",
            path: "/acme/new-account",
            content_type: Some("application/jose+json"),
            body: jws.to_json().as_bytes(),
            peer: peer.parse().unwrap(),
        });
        reply.status
    };
    assert_eq!(ask(&mut lab, "2001:db8::1", false), 201);
    assert_eq!(ask(&mut lab, "2001:db8::2", false), 429);
    assert_eq!(ask(&mut lab, "2001:db8:0:0:ffff::1", false), 429);
    assert_eq!(ask(&mut lab, "2001:db8:0:1::1", false), 201, "the control");
    assert_eq!(ask(&mut lab, "192.0.2.1", true), 201);
    assert_eq!(ask(&mut lab, "::ffff:192.0.2.1", false), 429);
    assert_eq!(ask(&mut lab, "192.0.2.2", true), 429, "bound to the same");
    assert_eq!(ask(&mut lab, "192.0.2.2", false), 201, "the control");
}

#[test]
fn a_key_whose_account_was_never_written_gets_the_name_that_was_kept_for_it() {
    let mut lab = Lab::new();
    let client = Client::keyed(KeyKind::EcP256);
    let (of, name) = (client.jwk().thumbprint(), "AAAAAAAAAAAAAAAAAAAAAA");
    let body = json!({"account": name}).to_string();
    lab.records
        .save("acme.key", &of, None, &body, None)
        .unwrap();
    let client = lab.account(client, &json!({}));
    assert_eq!(client.account, format!("{BASE}/acme/account/{name}"));
    assert_eq!(client.order(&mut lab, &["a.test"]).status, 201);
}

/// Records that somebody else writes once just before an account is.
struct Meddling<'m>(&'m Memory, Cell<bool>);

impl Records for Meddling<'_> {
    fn load(&self, kind: &str, key: &str) -> Result<Option<Record>, RecordsFault> {
        self.0.load(kind, key)
    }

    fn save(
        &self,
        kind: &str,
        key: &str,
        over: Option<u64>,
        body: &str,
        expires_unix: Option<u64>,
    ) -> Result<u64, RecordsFault> {
        if kind == "acme.account" && self.1.replace(false) {
            let found = self.0.load(kind, key)?.unwrap();
            self.0.save(kind, key, over, &found.body, expires_unix)?;
        }
        self.0.save(kind, key, over, body, expires_unix)
    }
}

#[test]
fn an_account_that_somebody_else_writes_meanwhile_is_changed_all_the_same() {
    let mut lab = Lab::new();
    let client = lab.client();
    let nonce = lab.nonce();
    let payload = json!({"contact": ["mailto:a@b.test"]}).to_string();
    let by = Identity::Account(&client.account);
    let jws = sign(
        &client.key,
        by,
        Some(&nonce),
        &client.account,
        payload.as_bytes(),
    )
    .unwrap();
    let meddling = Meddling(&lab.records, Cell::new(true));
    let (reply, _) = lab.server.handle(
        &Request {
            method: "POST",
            path: client.account.strip_prefix(BASE).unwrap(),
            content_type: Some("application/jose+json"),
            body: jws.to_json().as_bytes(),
            peer: [127, 0, 0, 1].into(),
        },
        &mut World {
            records: &meddling,
            authority: &mut lab.authority,
            random: &mut SystemRandom,
            now_unix: lab.now,
        },
    );
    assert!(!meddling.1.get(), "somebody did");
    assert_eq!(reply.status, 200);
    assert_eq!(document(&reply)["contact"], json!(["mailto:a@b.test"]));
}
