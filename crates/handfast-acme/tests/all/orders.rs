//! Orders, authorizations and challenges: RFC 8555 sections 7.4, 7.5 and 8.

use crate::lab::{BASE, Client, Lab, START, document, problem, text};
use handfast_acme::message::{ChallengeKind, ErrorKind, Problem};
use handfast_acme::server::NameConstraints;
use handfast_ca::profile::Subtree;
use serde_json::{Value, json};

fn kinds(authorization: &Value) -> Vec<&str> {
    let challenges = authorization["challenges"].as_array().unwrap();
    challenges
        .iter()
        .map(|known| known["type"].as_str().unwrap())
        .collect()
}

#[test]
fn an_order_goes_from_pending_to_valid() {
    let mut lab = Lab::new();
    let client = lab.client();
    let names = ["a.test", "B.test", "127.0.0.1", "::1", "a.test"];
    let reply = client.order(&mut lab, &names);
    let order = document(&reply);
    assert_eq!((reply.status, &order["status"]), (201, &json!("pending")));
    assert_eq!(
        order["identifiers"].as_array().unwrap().len(),
        4,
        "each once"
    );
    assert_eq!(
        order["identifiers"][1],
        json!({"type": "dns", "value": "b.test"})
    );
    let authorization = order["authorizations"][0].as_str().unwrap().to_owned();
    let document_of = |lab: &mut Lab| document(&client.read(lab, &authorization));
    let found = document_of(&mut lab);
    assert_eq!(kinds(&found), ["http-01", "tls-alpn-01"]);
    // Not ready yet.
    let (_, reply) = client.finalize(&mut lab, &order, &names);
    assert_eq!(problem(&reply), (403, "orderNotReady".to_owned()));
    let (url, order) = client.ready(&mut lab, &names);
    let (_, reply) = client.finalize(&mut lab, &order, &names);
    assert_eq!(document(&reply)["status"], "valid", "{}", text(&reply));
    let listed = document(&client.read(&mut lab, &format!("{}/orders", client.account)));
    assert!(listed["orders"].as_array().unwrap().contains(&json!(url)));
    // A second time there is nothing to finalize.
    let (_, reply) = client.finalize(&mut lab, &order, &names);
    assert_eq!(problem(&reply), (403, "orderNotReady".to_owned()));
    assert_eq!(lab.authority.issued.len(), 1);
}

#[test]
fn a_failed_challenge_fails_its_order_and_says_why() {
    let mut lab = Lab::new();
    let client = lab.client();
    let reply = client.order(&mut lab, &["a.test", "b.test"]);
    let url = reply.field("location").unwrap().to_owned();
    let authorization = document(&reply)["authorizations"][1]
        .as_str()
        .unwrap()
        .to_owned();
    let found = document(&client.read(&mut lab, &authorization));
    let challenge = found["challenges"][0]["url"].as_str().unwrap();
    client.post(&mut lab, challenge, &json!({}));
    // While it is looked at, nothing else is.
    let other = found["challenges"][1]["url"].as_str().unwrap();
    assert_eq!(
        document(&client.post(&mut lab, other, &json!({})))["status"],
        "pending"
    );
    client.post(&mut lab, challenge, &json!({}));
    assert_eq!(lab.validations.len(), 1);
    let problem = Problem::new(ErrorKind::Connection, "b.test port 80: connection refused");
    let validation = lab.validate(Err(problem));
    assert_eq!(validation.identifier.to_string(), "b.test");
    let told = document(&client.read(&mut lab, &authorization));
    assert_eq!(
        (&told["status"], kinds(&told)),
        (&json!("invalid"), vec!["http-01"])
    );
    let order = document(&client.read(&mut lab, &url));
    assert_eq!(order["status"], "invalid");
    assert_eq!(
        order["error"]["detail"],
        "b.test port 80: connection refused"
    );
    // It stays so.
    lab.tell(&validation, Ok(()));
    assert_eq!(document(&client.read(&mut lab, &url))["status"], "invalid");
}

#[test]
fn a_look_that_never_ends_and_an_order_that_nobody_finalizes_are_over_in_time() {
    let mut lab = Lab::new();
    let client = lab.client();
    let reply = client.order(&mut lab, &["a.test"]);
    let url = reply.field("location").unwrap().to_owned();
    let authorization = document(&reply)["authorizations"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let found = document(&client.read(&mut lab, &authorization));
    let challenge = found["challenges"][0]["url"].as_str().unwrap();
    client.post(&mut lab, challenge, &json!({}));
    // It may wait for its turn, but not where the server was stopped meanwhile.
    lab.now += 91;
    assert_eq!(document(&client.read(&mut lab, &url))["status"], "pending");
    lab.server = Lab::new().server;
    assert_eq!(document(&client.read(&mut lab, &url))["status"], "invalid");
    let validation = lab.validate(Ok(()));
    assert_eq!(document(&client.read(&mut lab, &url))["status"], "invalid");
    assert_eq!(validation.kind, ChallengeKind::Http01);

    let (ready, order) = client.ready(&mut lab, &["a.test"]);
    lab.now += 24 * 3600;
    assert_eq!(
        document(&client.read(&mut lab, &ready))["status"],
        "invalid"
    );
    let (_, reply) = client.finalize(&mut lab, &order, &["a.test"]);
    assert_eq!(problem(&reply).1, "orderNotReady");
    assert!(lab.authority.issued.is_empty());
}

#[test]
fn a_wildcard_is_proven_by_dns_01_alone_and_an_address_never_by_it() {
    let mut lab = Lab::new();
    let client = lab.client();
    let reply = client.order(&mut lab, &["*.a.test"]);
    assert_eq!(problem(&reply), (400, "rejectedIdentifier".to_owned()));
    assert!(text(&reply).contains("--acme-dns-hook"));
    let mut lab = Lab::with(|settings| settings.challenges.push(ChallengeKind::Dns01));
    let client = lab.client();
    let order = document(&client.order(&mut lab, &["*.a.test", "a.test", "127.0.0.1"]));
    let mut found = Vec::new();
    for url in order["authorizations"].as_array().unwrap() {
        found.push(document(&client.read(&mut lab, url.as_str().unwrap())));
    }
    assert_eq!(kinds(&found[0]), ["dns-01"]);
    assert_eq!(
        (&found[0]["wildcard"], &found[0]["identifier"]["value"]),
        (&json!(true), &json!("a.test"))
    );
    assert_eq!(kinds(&found[1]), ["http-01", "tls-alpn-01", "dns-01"]);
    assert_eq!(found[1].get("wildcard"), None);
    assert_eq!(kinds(&found[2]), ["http-01", "tls-alpn-01"]);
}

#[test]
fn names_that_may_not_be_had_are_refused_one_by_one() {
    let mut lab = Lab::with(|settings| {
        settings.names.authorities = vec![NameConstraints {
            permitted: vec![Subtree::Dns("test".to_owned())],
            excluded: Vec::new(),
        }];
        settings.names.listed = Some(vec![Subtree::Dns("a.test".to_owned())]);
    });
    let client = lab.client();
    let reply = client.order(&mut lab, &["x.a.test", "b.test", "example.com"]);
    assert_eq!(problem(&reply), (400, "rejectedIdentifier".to_owned()));
    let told = document(&reply);
    let parts = told["subproblems"].as_array().unwrap();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0]["identifier"]["value"], "b.test");
    assert!(
        parts[0]["detail"]
            .as_str()
            .unwrap()
            .contains("--acme-allow")
    );
    assert!(
        parts[1]["detail"]
            .as_str()
            .unwrap()
            .contains("only for test")
    );
    let reply = client.order(&mut lab, &["a..test", "b.test"]);
    assert_eq!(problem(&reply), (400, "compound".to_owned()));
    let new_order = format!("{BASE}/acme/new-order");
    let mail = json!({"identifiers": [{"type": "email", "value": "a@a.test"}]});
    let reply = client.post(&mut lab, &new_order, &mail);
    assert_eq!(problem(&reply), (400, "unsupportedIdentifier".to_owned()));
    for names in [vec![], vec!["a.test"; 101]] {
        let reply = client.order(&mut lab, &names);
        assert_eq!(problem(&reply), (400, "malformed".to_owned()));
    }
    assert_eq!(
        client.order(&mut lab, &["a.test"; 100]).status,
        201,
        "the control"
    );
}

#[test]
fn an_order_says_from_when_until_when() {
    let mut lab = Lab::new();
    let client = lab.client();
    let url = format!("{BASE}/acme/new-order");
    let at = |seconds: u64| handfast_acme::message::Timestamp::unix(START + seconds).to_string();
    let day = 86_400;
    let asked = |before: u64, after: u64| {
        let name = json!([{"type": "dns", "value": "a.test"}]);
        json!({"identifiers": name, "notBefore": at(before), "notAfter": at(after)})
    };
    for (before, after) in [
        (31 * day, 40 * day),
        (day, day),
        (0, 91 * day),
        (2 * day, day),
    ] {
        let reply = client.post(&mut lab, &url, &asked(before, after));
        assert_eq!(
            problem(&reply),
            (400, "malformed".to_owned()),
            "{before} {after}"
        );
    }
    let reply = client.post(&mut lab, &url, &asked(day, 8 * day));
    let order = document(&reply);
    assert_eq!(
        (&order["notBefore"], &order["notAfter"]),
        (&json!(at(day)), &json!(at(8 * day)))
    );
}

#[test]
fn an_authorization_is_ended_by_its_holder() {
    let mut lab = Lab::new();
    let client = lab.client();
    let (url, order) = client.ready(&mut lab, &["a.test"]);
    let authorization = order["authorizations"][0].as_str().unwrap();
    let reply = client.post(&mut lab, authorization, &json!({"status": "valid"}));
    assert_eq!(problem(&reply).1, "malformed");
    let reply = client.post(&mut lab, authorization, &json!({"status": "deactivated"}));
    assert_eq!(document(&reply)["status"], "deactivated");
    assert_eq!(document(&client.read(&mut lab, &url))["status"], "invalid");
    let (_, reply) = client.finalize(&mut lab, &order, &["a.test"]);
    assert_eq!(problem(&reply).1, "orderNotReady");
}

#[test]
fn orders_and_failed_proofs_are_counted() {
    let mut lab = Lab::with(|settings| {
        settings.limits.orders_an_hour = 3;
        settings.limits.failures_an_hour = 1;
    });
    let client = lab.client();
    let challenge = |lab: &mut Lab| {
        let order = document(&client.order(lab, &["a.test"]));
        let url = order["authorizations"][0].as_str().unwrap();
        let found = document(&client.read(lab, url));
        found["challenges"][0]["url"].as_str().unwrap().to_owned()
    };
    let (first, second) = (challenge(&mut lab), challenge(&mut lab));
    client.post(&mut lab, &first, &json!({}));
    lab.validate(Err(Problem::new(ErrorKind::Connection, "refused")));
    let reply = client.post(&mut lab, &second, &json!({}));
    assert_eq!(problem(&reply), (429, "rateLimited".to_owned()));
    challenge(&mut lab);
    let reply = client.order(&mut lab, &["a.test"]);
    assert_eq!(problem(&reply), (429, "rateLimited".to_owned()));
    // Somebody else is not held to account for it.
    let other = lab.client();
    assert_eq!(other.order(&mut lab, &["a.test"]).status, 201);
}

#[test]
fn one_account_leaves_places_to_look_at_challenges_of_the_others() {
    let mut lab = Lab::with(|settings| {
        settings.limits.looks_waiting = 2;
        settings.limits.looks_waiting_of_all = 3;
        settings.limits.looks_an_hour = 4;
    });
    let (client, other) = (lab.client(), lab.client());
    let mut number = 0;
    let mut ask = |lab: &mut Lab, client: &Client| {
        number += 1;
        let order = document(&client.order(lab, &[&format!("n{number}.test")]));
        let url = order["authorizations"][0].as_str().unwrap();
        let url = document(&client.read(lab, url))["challenges"][0]["url"].clone();
        client.post(lab, url.as_str().unwrap(), &json!({}))
    };
    for _ in 0..2 {
        assert_eq!(ask(&mut lab, &client).status, 200);
    }
    let limited = (429, "rateLimited".to_owned());
    assert_eq!(problem(&ask(&mut lab, &client)), limited);
    assert_eq!(ask(&mut lab, &other).status, 200, "the control");
    assert_eq!(problem(&ask(&mut lab, &other)), limited, "of all");
    // Whatever comes of one makes room.
    lab.validate(Err(Problem::new(ErrorKind::Connection, "refused")));
    lab.validate(Ok(()));
    for _ in 0..2 {
        assert_eq!(ask(&mut lab, &client).status, 200);
    }
    // Distinct names do not get around the hour's limit.
    lab.validations.rotate_left(1);
    for _ in 0..3 {
        lab.validate(Ok(()));
    }
    let reply = ask(&mut lab, &client);
    assert_eq!(problem(&reply), limited);
    assert_eq!(reply.field("retry-after"), Some("3600"));
}

#[test]
fn names_that_nobody_proves_are_bounded_and_names_are_counted_not_orders() {
    let mut lab = Lab::with(|settings| {
        settings.limits.pending_names = 5;
        settings.limits.names_an_hour = 9;
    });
    let client = lab.client();
    let reply = client.order(&mut lab, &["a.test", "b.test", "c.test"]);
    assert_eq!(reply.status, 201);
    let order = document(&reply);
    let limited = (429, "rateLimited".to_owned());
    let reply = client.order(&mut lab, &["d.test", "e.test", "f.test"]);
    assert_eq!(problem(&reply), limited);
    // A proof, a failed one, and a wait given up make room.
    let url = |at: usize| order["authorizations"][at].as_str().unwrap().to_owned();
    for (at, found) in [Ok(()), Err(Problem::new(ErrorKind::Connection, "refused"))]
        .into_iter()
        .enumerate()
    {
        let challenge = document(&client.read(&mut lab, &url(at)))["challenges"][0]["url"].clone();
        client.post(&mut lab, challenge.as_str().unwrap(), &json!({}));
        lab.validate(found);
    }
    client.post(&mut lab, &url(2), &json!({"status": "deactivated"}));
    let names = ["a.test", "b.test", "c.test", "d.test", "e.test"];
    assert_eq!(client.order(&mut lab, &names).status, 201);
    assert_eq!(problem(&client.order(&mut lab, &["f.test"])), limited);
    // What is over waits for nothing; within the hour one name is left.
    let (other, start) = (lab.client(), lab.now);
    lab.now += 24 * 3600;
    assert_eq!(client.order(&mut lab, &names).status, 201);
    lab.now = start;
    for names in [&names[..], &names[..4]] {
        for name in names {
            other.ready(&mut lab, &[*name]);
        }
    }
    assert_eq!(problem(&other.order(&mut lab, &["f.test"])), limited);
}
