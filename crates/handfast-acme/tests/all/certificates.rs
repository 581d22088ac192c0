//! Certificates: requests, downloads, revocation, renewal.

use crate::lab::{BASE, Lab, document, pem, problem, request, text};
use handfast_acme::jws::encode;
use handfast_acme::server::Records;
use handfast_ca::profile::KeyKind;
use handfast_crypto::signature::PrivateKey;
use handfast_pki::certificate::Certificate;
use serde_json::json;

#[test]
fn the_chain_is_downloaded_without_its_root_and_as_alternate_with_it() {
    let mut lab = Lab::new();
    let client = lab.client();
    let names = ["a.test", "127.0.0.1"];
    let (_, order) = client.ready(&mut lab, &names);
    let (key, reply) = client.finalize(&mut lab, &order, &names);
    let url = document(&reply)["certificate"].as_str().unwrap().to_owned();
    let reply = client.read(&mut lab, &url);
    let chain = pem(&reply);
    assert_eq!(chain.len(), 2);
    let leaf = Certificate::parse(&chain[0]).unwrap();
    assert_eq!(leaf.spki(), key.public_spki());
    assert_eq!(leaf.subject_alt_names().count(), 2);
    let links: Vec<&str> = reply
        .fields
        .iter()
        .filter(|(name, _)| *name == "link")
        .map(|(_, value)| value.as_str())
        .collect();
    let alternate = format!("<{url}/with-root>;rel=\"alternate\"");
    assert!(links.contains(&alternate.as_str()), "{links:?}");
    let whole = pem(&client.read(&mut lab, &format!("{url}/with-root")));
    assert_eq!((whole.len(), &whole[..2]), (3, &chain[..]));
    // It is read by POST-as-GET alone.
    let path = url.strip_prefix(BASE).unwrap();
    assert_eq!(
        problem(&lab.call("GET", path, b"")),
        (405, "malformed".to_owned())
    );
    let reply = client.post(&mut lab, &url, &json!({}));
    assert_eq!(problem(&reply), (400, "malformed".to_owned()));
}

#[test]
fn a_request_must_ask_for_the_ordered_names_exactly_and_be_signed_by_a_key_of_its_own() {
    let mut lab = Lab::new();
    let client = lab.client();
    let names = ["a.test", "b.test"];
    let (_, order) = client.ready(&mut lab, &names);
    let key = PrivateKey::generate(KeyKind::EcP256).unwrap();
    let good = request(&key, "", &names);
    let mut unsigned = good.clone();
    let last = unsigned.len() - 1;
    unsigned[last] ^= 1;
    let other = lab.client();
    let bad: [(&str, Vec<u8>); 9] = [
        (
            "one more",
            request(&key, "", &["a.test", "b.test", "c.test"]),
        ),
        ("one less", request(&key, "", &["a.test"])),
        ("another", request(&key, "", &["a.test", "c.test"])),
        (
            "an address more",
            request(&key, "", &["a.test", "b.test", "10.0.0.1"]),
        ),
        (
            "a mail address more",
            request(&key, "", &["a.test", "b.test", "x@a.test"]),
        ),
        ("another common name", request(&key, "c.test", &names)),
        ("the account's key", request(&client.key, "", &names)),
        ("another account's key", request(&other.key, "", &names)),
        ("not its own signature", unsigned),
    ];
    for (what, csr) in &bad {
        let reply = client.send_request(&mut lab, &order, csr);
        assert_eq!(problem(&reply), (400, "badCSR".to_owned()), "{what}");
    }
    for end in 0..good.len() {
        let reply = client.send_request(&mut lab, &order, &good[..end]);
        assert_eq!(problem(&reply).1, "badCSR", "{end}");
        if end > 20 {
            break;
        }
    }
    assert!(lab.authority.issued.is_empty());
    // Upper case, another order, and one of the names as common name: the same names.
    let csr = request(&key, "b.test", &["B.TEST", "a.test"]);
    let reply = client.send_request(&mut lab, &order, &csr);
    assert_eq!(document(&reply)["status"], "valid", "{}", text(&reply));
}

#[test]
fn where_the_authority_refuses_the_order_fails_and_says_why() {
    let mut lab = Lab::new();
    let client = lab.client();
    let (url, order) = client.ready(&mut lab, &["a.test"]);
    lab.authority.is_broken = true;
    let (_, reply) = client.finalize(&mut lab, &order, &["a.test"]);
    assert_eq!(problem(&reply), (500, "serverInternal".to_owned()));
    lab.authority.is_broken = false;
    let told = document(&client.read(&mut lab, &url));
    assert_eq!(
        (&told["status"], &told["error"]["detail"]),
        (&json!("invalid"), &json!("the disk is full"))
    );
}

#[test]
fn a_certificate_is_revoked_by_its_account_its_names_holder_or_its_key() {
    let mut lab = Lab::new();
    let (client, stranger, holder) = (lab.client(), lab.client(), lab.client());
    let url = format!("{BASE}/acme/revoke-cert");
    let payload = |der: &[u8], reason: u8| json!({"certificate": encode(der), "reason": reason});

    let (_, chain) = client.certificate(&mut lab, &["a.test", "b.test"]);
    let leaf = chain[0].clone();
    // Somebody who has proven one of the names only, and somebody with another key.
    stranger.ready(&mut lab, &["a.test"]);
    let reply = stranger.post(&mut lab, &url, &payload(&leaf, 1));
    assert_eq!(problem(&reply), (403, "unauthorized".to_owned()));
    let reply = stranger.by_key(&mut lab, &url, &payload(&leaf, 1));
    assert_eq!(problem(&reply), (403, "unauthorized".to_owned()));
    assert_eq!(lab.authority.issued[&leaf], None);
    // The account, with reasons that are not its to give, then with one that is.
    for reason in [2, 6, 7, 8, 9, 10, 11] {
        let reply = client.post(&mut lab, &url, &payload(&leaf, reason));
        assert_eq!(problem(&reply), (400, "badRevocationReason".to_owned()));
    }
    assert_eq!(client.post(&mut lab, &url, &payload(&leaf, 4)).status, 200);
    assert_eq!(lab.authority.issued[&leaf], Some(4));
    let reply = client.post(&mut lab, &url, &payload(&leaf, 4));
    assert_eq!(problem(&reply), (400, "alreadyRevoked".to_owned()));
    // Another account that has proven all of the names.
    let (_, chain) = client.certificate(&mut lab, &["a.test", "b.test"]);
    holder.ready(&mut lab, &["b.test", "a.test"]);
    assert_eq!(
        holder.post(&mut lab, &url, &payload(&chain[0], 0)).status,
        200
    );
    // A day later its proof is over.
    let (key, chain) = client.certificate(&mut lab, &["a.test", "b.test"]);
    lab.now += 86_400;
    let reply = holder.post(&mut lab, &url, &payload(&chain[0], 0));
    assert_eq!(problem(&reply), (403, "unauthorized".to_owned()));
    // The certificate's own key, without any account.
    let own = crate::lab::Client {
        key,
        account: String::new(),
    };
    assert_eq!(
        own.by_key(&mut lab, &url, &payload(&chain[0], 1)).status,
        200
    );
    assert_eq!(lab.authority.issued[&chain[0]], Some(1));
}

#[test]
fn a_certificate_of_somebody_else_is_not_revoked_though_names_and_key_fit() {
    let mut lab = Lab::new();
    let client = lab.client();
    let url = format!("{BASE}/acme/revoke-cert");
    client.ready(&mut lab, &["a.test"]);
    let issuer = handfast_ca::authority::Authority::new(
        "Another root",
        handfast_ca::profile::Validity::days(lab.now, 30),
        KeyKind::EcP256,
    )
    .unwrap();
    let names = [handfast_ca::profile::AlternativeName::dns("a.test")];
    let validity = handfast_ca::profile::Validity::days(lab.now, 3);
    let issued = issuer
        .issue_server(&names, validity, KeyKind::EcP256)
        .unwrap();
    let payload = json!({"certificate": encode(&issued.chain()[0])});
    let reply = client.post(&mut lab, &url, &payload);
    assert_eq!(problem(&reply), (403, "unauthorized".to_owned()));
    let reply = client.post(&mut lab, &url, &json!({"certificate": "AAAA"}));
    assert_eq!(problem(&reply), (400, "malformed".to_owned()));
}

#[test]
fn renewal_information_names_a_window_and_an_order_replaces_once() {
    let mut lab = Lab::new();
    let (client, stranger) = (lab.client(), lab.client());
    let (_, chain) = client.certificate(&mut lab, &["a.test"]);
    let leaf = Certificate::parse(&chain[0]).unwrap();
    let authority = leaf
        .authority_key_identifier()
        .unwrap()
        .unwrap()
        .key_id
        .unwrap();
    let name = format!("{}.{}", encode(authority), encode(leaf.serial()));
    let path = format!("/acme/renewal-info/{name}");
    let reply = lab.call("GET", &path, b"");
    let (start, end) = ("2027-03-16T07:40:00Z", "2027-03-25T07:46:00Z");
    assert_eq!(
        document(&reply)["suggestedWindow"],
        json!({"start": start, "end": end})
    );
    assert_eq!(reply.field("retry-after"), Some("21600"));
    let reply = lab.call("GET", "/acme/renewal-info/AAAA.AAAA", b"");
    assert_eq!(problem(&reply), (404, "malformed".to_owned()));

    let new_order = format!("{BASE}/acme/new-order");
    let asked = |value: &str| {
        let names = json!([{"type": "dns", "value": value}]);
        json!({"identifiers": names, "replaces": name})
    };
    let reply = stranger.post(&mut lab, &new_order, &asked("a.test"));
    assert_eq!(problem(&reply), (400, "malformed".to_owned()));
    let reply = client.post(&mut lab, &new_order, &asked("b.test"));
    assert_eq!(problem(&reply), (400, "malformed".to_owned()));
    let reply = client.post(&mut lab, &new_order, &asked("a.test"));
    assert_eq!(
        (reply.status, &document(&reply)["replaces"]),
        (201, &json!(name))
    );
    let reply = client.post(&mut lab, &new_order, &asked("a.test"));
    assert_eq!(problem(&reply), (409, "alreadyReplaced".to_owned()));
    // What came to nothing leaves the certificate to another order.
    lab.now += 86_400;
    assert_eq!(
        client.post(&mut lab, &new_order, &asked("a.test")).status,
        201
    );
    // Once it is revoked, its window is over.
    let url = format!("{BASE}/acme/revoke-cert");
    client.post(&mut lab, &url, &json!({"certificate": encode(&chain[0])}));
    let reply = lab.call("GET", &path, b"");
    let window = document(&reply)["suggestedWindow"].clone();
    let end: handfast_acme::message::Timestamp =
        serde_json::from_value(window["end"].clone()).unwrap();
    assert!(end.unix < lab.now);
}

#[test]
fn a_proof_that_was_taken_back_revokes_nothing_whatever_the_ledger_says() {
    let mut lab = Lab::new();
    let (client, holder) = (lab.client(), lab.client());
    let (_, chain) = client.certificate(&mut lab, &["a.test"]);
    let (_, order) = holder.ready(&mut lab, &["a.test"]);
    let url = order["authorizations"][0].as_str().unwrap();
    let name = url.rsplit('/').next().unwrap();
    // The process ended between the two.
    let kind = "acme.authorization";
    let found = lab.records.load(kind, name).unwrap().unwrap();
    let save = |lab: &Lab, body: &str, over: u64| {
        let saved = lab.records.save(kind, name, Some(over), body, None);
        saved.unwrap()
    };
    let ended = found
        .body
        .replacen("\"status\":\"valid\"", "\"status\":\"deactivated\"", 1);
    assert_ne!(ended, found.body);
    let version = save(&lab, &ended, found.version);
    let revoke = format!("{BASE}/acme/revoke-cert");
    let asked = json!({"certificate": encode(&chain[0]), "reason": 0});
    let reply = holder.post(&mut lab, &revoke, &asked);
    assert_eq!(problem(&reply), (403, "unauthorized".to_owned()));
    save(&lab, &found.body, version);
    let reply = holder.post(&mut lab, &revoke, &asked);
    assert_eq!(reply.status, 200, "the control");
}
