//! What a client must not get away with; each with a control that shows the check is what stops
//! it.

use crate::lab::{BASE, Client, Lab, document, problem, request, text};
use handfast_acme::jws::{Identity, Jws, decode, encode, sign};
use handfast_acme::server::Request;
use handfast_ca::profile::KeyKind;
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::hmac;
use handfast_crypto::signature::{PrivateKey, SignatureAlgorithm};
use serde_json::{Value, json};

const NEW_ORDER: &str = "https://ca.test:14000/acme/new-order";
const ORDER: &[u8] = br#"{"identifiers":[{"type":"dns","value":"a.test"}]}"#;

fn signed(client: &Client, nonce: &str, url: &str) -> Jws {
    let account = Identity::Account(&client.account);
    sign(&client.key, account, Some(nonce), url, ORDER).unwrap()
}

/// The same under a header that was changed, signed anew by the client's own key.
fn resigned(client: &Client, jws: &Jws, change: impl FnOnce(&mut Value)) -> Jws {
    let mut header = serde_json::from_slice(&decode(&jws.protected, "").unwrap()).unwrap();
    change(&mut header);
    let protected = encode(header.to_string().as_bytes());
    let covered = format!("{protected}.{}", jws.payload);
    let der = client
        .key
        .sign(SignatureAlgorithm::EcdsaSha256, covered.as_bytes())
        .unwrap();
    let signature = encode(&raw_signature(&der));
    let payload = jws.payload.clone();
    Jws {
        protected,
        payload,
        signature,
    }
}

/// RFC 7518 section 3.4, from ECDSA-Sig-Value: two INTEGERs of up to 33 octets.
fn raw_signature(der: &[u8]) -> Vec<u8> {
    let (mut raw, mut rest) = (Vec::new(), &der[2..]);
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
        raw.resize(raw.len() + 32 - number.len(), 0);
        raw.extend(number);
        rest = &rest[2 + length..];
    }
    raw
}

#[test]
fn a_nonce_is_good_for_one_request_and_a_bad_one_is_told_with_a_good_one() {
    let mut lab = Lab::new();
    let client = lab.client();
    let nonce = lab.nonce();
    let jws = signed(&client, &nonce, NEW_ORDER);
    assert_eq!(lab.post(NEW_ORDER, &jws).status, 201, "the control");
    let reply = lab.post(NEW_ORDER, &jws);
    assert_eq!(problem(&reply), (400, "badNonce".to_owned()), "replayed");
    let fresh = reply.field("replay-nonce").unwrap().to_owned();
    assert_eq!(
        lab.post(NEW_ORDER, &signed(&client, &fresh, NEW_ORDER))
            .status,
        201
    );
    let made_up = encode(&[7; 24]);
    for nonce in [made_up.as_str(), "", "%%%"] {
        let reply = lab.post(NEW_ORDER, &signed(&client, nonce, NEW_ORDER));
        assert_eq!(problem(&reply), (400, "badNonce".to_owned()), "{nonce:?}");
    }
    let account = Identity::Account(&client.account);
    let none = sign(&client.key, account, None, NEW_ORDER, ORDER).unwrap();
    assert_eq!(
        problem(&lab.post(NEW_ORDER, &none)),
        (400, "badNonce".to_owned())
    );
    // Who cannot sign does not use up a nonce.
    let nonce = lab.nonce();
    let good = signed(&client, &nonce, NEW_ORDER);
    let forged = Jws {
        signature: encode(&[1; 64]),
        ..good.clone()
    };
    assert_eq!(
        problem(&lab.post(NEW_ORDER, &forged)),
        (403, "unauthorized".to_owned())
    );
    assert_eq!(lab.post(NEW_ORDER, &good).status, 201);
}

#[test]
fn a_request_signed_for_another_url_is_refused() {
    let mut lab = Lab::new();
    let client = lab.client();
    for url in [
        "https://ca.test:14000/acme/revoke-cert",
        "https://other.test/acme/new-order",
        "http://ca.test:14000/acme/new-order",
        "https://ca.test:14000/acme/new-order?",
        "",
    ] {
        let nonce = lab.nonce();
        let reply = lab.post(NEW_ORDER, &signed(&client, &nonce, url));
        assert_eq!(problem(&reply), (403, "unauthorized".to_owned()), "{url}");
    }
    let nonce = lab.nonce();
    assert_eq!(
        lab.post(NEW_ORDER, &signed(&client, &nonce, NEW_ORDER))
            .status,
        201
    );
}

#[test]
fn algorithms_that_prove_nothing_are_refused_and_those_that_do_are_named() {
    let mut lab = Lab::new();
    let client = lab.client();
    let nonce = lab.nonce();
    let good = signed(&client, &nonce, NEW_ORDER);
    let refused = |lab: &mut Lab, jws: &Jws| {
        let reply = lab.post(NEW_ORDER, jws);
        assert_eq!(problem(&reply), (400, "badSignatureAlgorithm".to_owned()));
        let known = document(&reply)["algorithms"].clone();
        assert_eq!(known, json!(["ES256", "ES384", "ES512", "EdDSA", "RS256"]));
    };
    for alg in [
        "none", "None", "HS256", "RS256", "ES384", "EdDSA", "PS256", "",
    ] {
        let jws = resigned(&client, &good, |header| header["alg"] = alg.into());
        refused(&mut lab, &jws);
    }
    // No signature at all.
    let mut none = resigned(&client, &good, |header| header["alg"] = "none".into());
    none.signature.clear();
    refused(&mut lab, &none);
    // HMAC under what everybody knows: the public key, in every form.
    let jwk = client.jwk();
    for secret in [
        jwk.spki().to_vec(),
        serde_json::to_vec(&jwk).unwrap(),
        Vec::new(),
    ] {
        let mut jws = resigned(&client, &good, |header| header["alg"] = "HS256".into());
        let covered = format!("{}.{}", jws.protected, jws.payload);
        let mac = hmac(HashAlgorithm::Sha256, &secret, &[covered.as_bytes()]);
        jws.signature = encode(mac.as_bytes());
        refused(&mut lab, &jws);
    }
    let control = resigned(&client, &good, |_| {});
    assert_eq!(lab.post(NEW_ORDER, &control).status, 201, "the control");
}

#[test]
fn a_key_that_comes_along_never_stands_in_for_the_accounts() {
    let mut lab = Lab::new();
    let (client, attacker) = (lab.client(), Client::keyed(KeyKind::EcP256));
    // The victim's account by kid, signed by the attacker.
    let nonce = lab.nonce();
    let claimed = Client {
        account: client.account.clone(),
        ..attacker
    };
    let jws = signed(&claimed, &nonce, NEW_ORDER);
    assert_eq!(
        problem(&lab.post(NEW_ORDER, &jws)),
        (403, "unauthorized".to_owned())
    );
    // The same with the attacker's key beside it: exactly one of both belongs there.
    let both = resigned(&claimed, &jws, |header| {
        header["jwk"] = json!(claimed.jwk());
    });
    assert_eq!(
        problem(&lab.post(NEW_ORDER, &both)),
        (400, "malformed".to_owned())
    );
    let neither = resigned(&claimed, &jws, |header| {
        header.as_object_mut().unwrap().remove("kid");
    });
    assert_eq!(
        problem(&lab.post(NEW_ORDER, &neither)),
        (400, "malformed".to_owned())
    );
    // The key where the account belongs, and the account where the key belongs.
    let by_key = sign(&client.key, Identity::Key, Some(&nonce), NEW_ORDER, ORDER).unwrap();
    assert_eq!(
        problem(&lab.post(NEW_ORDER, &by_key)),
        (400, "malformed".to_owned())
    );
    let new_account = format!("{BASE}/acme/new-account");
    let account = Identity::Account(&client.account);
    let by_account = sign(&client.key, account, Some(&nonce), &new_account, b"{}").unwrap();
    assert_eq!(
        problem(&lab.post(&new_account, &by_account)),
        (400, "malformed".to_owned())
    );
    // Accounts that are none.
    for kid in [
        "https://ca.test:14000/acme/account/x",
        "https://other.test/acme/account/1",
        "1",
        "",
    ] {
        let nobody = Client {
            key: client.key.clone(),
            account: kid.to_owned(),
        };
        let reply = lab.post(NEW_ORDER, &signed(&nobody, &nonce, NEW_ORDER));
        assert_eq!(
            problem(&reply),
            (400, "accountDoesNotExist".to_owned()),
            "{kid}"
        );
    }
    assert_eq!(
        lab.post(NEW_ORDER, &signed(&client, &nonce, NEW_ORDER))
            .status,
        201
    );
}

#[test]
fn keys_that_are_too_weak_or_none_get_no_account() {
    let mut lab = Lab::new();
    let url = format!("{BASE}/acme/new-account");
    let client = Client::keyed(KeyKind::EcP256);
    let nonce = lab.nonce();
    let good = sign(&client.key, Identity::Key, Some(&nonce), &url, b"{}").unwrap();
    for jwk in [
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "RSA", "n": "0vx7", "e": "AQAB"}),
        json!({"kty": "EC", "crv": "P-256", "x": encode(&[1; 32]), "y": encode(&[1; 32])}),
        json!("ES256"),
        json!(7),
    ] {
        let jws = resigned(&client, &good, |header| header["jwk"] = jwk);
        assert_eq!(
            problem(&lab.post(&url, &jws)),
            (400, "badPublicKey".to_owned())
        );
    }
    assert_eq!(lab.post(&url, &good).status, 201, "the control");
}

#[test]
fn what_is_somebody_elses_looks_as_if_it_were_not_there() {
    let mut lab = Lab::new();
    let (client, other) = (lab.client(), lab.client());
    let (url, order) = client.ready(&mut lab, &["a.test"]);
    let authorization = order["authorizations"][0].as_str().unwrap().to_owned();
    let found = document(&client.read(&mut lab, &authorization));
    let challenge = found["challenges"][0]["url"].as_str().unwrap().to_owned();
    let (_, reply) = client.finalize(&mut lab, &order, &["a.test"]);
    let certificate = document(&reply)["certificate"].as_str().unwrap().to_owned();
    let absent = "A".repeat(22);
    for (mine, payload) in [
        (&url, ""),
        (&authorization, ""),
        (&authorization, r#"{"status":"deactivated"}"#),
        (&challenge, "{}"),
        (&certificate, ""),
        (&format!("{url}/finalize"), "{}"),
        (&format!("{}/orders", client.account), ""),
        (&client.account, ""),
        (&client.account, r#"{"status":"deactivated"}"#),
    ] {
        let name = mine.strip_prefix(BASE).unwrap().split('/').nth(3).unwrap();
        let nowhere = mine.replace(name, &absent);
        let theirs = other.bytes(&mut lab, mine, payload.as_bytes());
        let nobodys = other.bytes(&mut lab, &nowhere, payload.as_bytes());
        assert_eq!(problem(&theirs), (403, "unauthorized".to_owned()), "{mine}");
        assert_eq!(
            (theirs.status, &theirs.body),
            (nobodys.status, &nobodys.body),
            "{mine}"
        );
    }
    for mine in [
        &url,
        &authorization,
        &challenge,
        &certificate,
        &client.account,
    ] {
        assert_eq!(
            client.read(&mut lab, mine).status,
            200,
            "the control: {mine}"
        );
    }
}

#[test]
fn a_challenge_is_answered_for_its_own_token_and_key_alone() {
    let mut lab = Lab::new();
    let (client, other) = (lab.client(), lab.client());
    let start = |lab: &mut Lab, client: &Client| {
        let reply = client.order(lab, &["a.test"]);
        let url = document(&reply)["authorizations"][0]
            .as_str()
            .unwrap()
            .to_owned();
        let found = document(&client.read(lab, &url));
        let challenge = found["challenges"][0].clone();
        client.post(lab, challenge["url"].as_str().unwrap(), &json!({}));
        (
            reply.field("location").unwrap().to_owned(),
            challenge["token"].clone(),
        )
    };
    let (mine, token) = start(&mut lab, &client);
    let (_, others_token) = start(&mut lab, &other);
    let (own, theirs) = (lab.validations.remove(0), lab.validations.remove(0));
    assert_ne!(token, others_token);
    assert_eq!(
        own.key_authorization,
        format!("{}.{}", token.as_str().unwrap(), client.jwk().thumbprint())
    );
    assert_eq!(
        theirs.key_authorization,
        format!(
            "{}.{}",
            others_token.as_str().unwrap(),
            other.jwk().thumbprint()
        )
    );
    // What came of somebody else's is nothing for this one, however it is mixed.
    for mixed in [
        handfast_acme::server::Validation {
            authorization: own.authorization.clone(),
            ..theirs.clone()
        },
        handfast_acme::server::Validation {
            token: theirs.token.clone(),
            ..own.clone()
        },
        handfast_acme::server::Validation {
            key_authorization: theirs.key_authorization.clone(),
            ..own.clone()
        },
    ] {
        lab.tell(&mixed, Ok(()));
        assert_eq!(document(&client.read(&mut lab, &mine))["status"], "pending");
    }
    lab.tell(&own, Ok(()));
    assert_eq!(
        document(&client.read(&mut lab, &mine))["status"],
        "ready",
        "the control"
    );
}

#[test]
fn bodies_that_are_too_large_too_deep_or_no_jws_are_refused() {
    let mut lab = Lab::new();
    let client = lab.client();
    let send = |lab: &mut Lab, body: &[u8]| lab.call("POST", "/acme/new-order", body);
    let nonce = lab.nonce();
    let good = signed(&client, &nonce, NEW_ORDER).to_json();
    let padded = |length: usize| {
        let mut body = good.clone().into_bytes();
        body.resize(length, b' ');
        body
    };
    let reply = send(&mut lab, &padded(65_537));
    assert_eq!(problem(&reply), (413, "malformed".to_owned()));
    assert_eq!(send(&mut lab, &padded(65_536)).status, 201, "the control");
    for body in [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        ORDER,
        br#"{"protected":"","payload":"","signature":""}"#,
        br#"{"protected":"e30","payload":"","signature":""}"#,
        br#"{"protected":1,"payload":[],"signature":{}}"#,
        "[".repeat(60_000).as_bytes(),
        format!(
            "{{\"payload\":\"\",\"signature\":\"\",\"protected\":\"{}\"}}",
            encode("[".repeat(30_000).as_bytes())
        )
        .as_bytes(),
    ] {
        assert_eq!(
            problem(&send(&mut lab, body)),
            (400, "malformed".to_owned())
        );
    }
    // Deep below a right signature.
    for payload in [
        "[".repeat(20_000),
        format!("{{\"identifiers\":{}", "[".repeat(20_000)),
    ] {
        let reply = client.bytes(&mut lab, NEW_ORDER, payload.as_bytes());
        assert_eq!(problem(&reply), (400, "malformed".to_owned()));
    }
    // Another type of content, as a form on some page could send it.
    for kind in [None, Some("application/json"), Some("text/plain"), Some("")] {
        let reply = lab.send(&Request {
            method: "POST",
            path: "/acme/new-order",
            content_type: kind,
            body: good.as_bytes(),
            peer: [127, 0, 0, 1].into(),
        });
        assert_eq!(problem(&reply), (415, "malformed".to_owned()), "{kind:?}");
    }
}

#[test]
fn methods_and_paths_that_are_none_are_refused() {
    let mut lab = Lab::new();
    for (method, path, status) in [
        ("GET", "/", 404),
        ("GET", "/acme/", 404),
        ("GET", "/acme/order/", 404),
        ("GET", "/acme/order/../directory", 404),
        ("POST", "/acme/order/a/b/c", 404),
        ("GET", "/acme/order/%2e", 404),
        ("GET", "/acme/new-order", 405),
        ("PUT", "/acme/new-order", 405),
        ("POST", "/acme/directory", 405),
        ("POST", "/acme/new-nonce", 405),
        ("DELETE", "/acme/new-nonce", 405),
        ("", "", 404),
    ] {
        let reply = lab.call(method, path, b"");
        assert_eq!(
            problem(&reply),
            (status, "malformed".to_owned()),
            "{method} {path}"
        );
    }
    let long = format!("/acme/order/{}", "a".repeat(129));
    assert_eq!(lab.call("POST", &long, b"").status, 404);
}

#[test]
fn no_changed_byte_of_a_request_is_taken() {
    let mut lab = Lab::new();
    let client = lab.client();
    let nonce = lab.nonce();
    let good = signed(&client, &nonce, NEW_ORDER).to_json().into_bytes();
    let count = lab.records.names().len();
    for at in 0..good.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut changed = good.clone();
            changed[at] ^= flip;
            let reply = lab.call("POST", "/acme/new-order", &changed);
            assert!(
                (400..500).contains(&reply.status),
                "{at} {flip:#x}: {}",
                text(&reply)
            );
            problem(&reply);
        }
    }
    assert_eq!(lab.records.names().len(), count, "nothing was written");
    assert_eq!(
        lab.call("POST", "/acme/new-order", &good).status,
        201,
        "the control"
    );
}

#[test]
fn no_changed_byte_of_a_certificate_request_is_taken() {
    let mut lab = Lab::new();
    let client = lab.client();
    let (_, order) = client.ready(&mut lab, &["a.test"]);
    let key = PrivateKey::generate(KeyKind::EcP256).unwrap();
    let good = request(&key, "", &["a.test"]);
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        let reply = client.send_request(&mut lab, &order, &changed);
        assert_eq!(problem(&reply), (400, "badCSR".to_owned()), "{at}");
    }
    assert_eq!(
        client.send_request(&mut lab, &order, &good).status,
        200,
        "the control"
    );
}
