use super::*;
use handfast_crypto::signature::{KeyKind, PrivateKey};

const KINDS: [KeyKind; 5] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
];
const URL: &str = "https://ca.test/acme/new-order";

fn key(kind: KeyKind) -> (PrivateKey, Jwk) {
    let key = PrivateKey::generate(kind).unwrap();
    let jwk = Jwk::of(&key).unwrap();
    (key, jwk)
}

#[test]
fn every_kind_of_key_signs_and_comes_through_json() {
    for kind in KINDS {
        let (key, jwk) = key(kind);
        let json = sign(&key, Identity::Key, Some("bm9uY2U"), URL, b"{\"a\":1}")
            .unwrap()
            .to_json();
        let received = Jws::read(json.as_bytes()).unwrap().open().unwrap();
        let header = received.header().clone();
        assert_eq!(header.jwk.as_ref(), Some(&jwk), "{kind:?}");
        assert_eq!(
            (header.nonce.as_deref(), header.kid.as_deref()),
            (Some("bm9uY2U"), None)
        );
        let verified = received.verify(&jwk).unwrap();
        assert_eq!(verified.payload, b"{\"a\":1}");
        assert_eq!(verified.header.url, URL);
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    for kind in [KeyKind::EcP256, KeyKind::Ed25519] {
        let (key, jwk) = key(kind);
        let account = Identity::Account("https://ca.test/1");
        let json = sign(&key, account, Some("bm9uY2U"), URL, b"{}")
            .unwrap()
            .to_json();
        let verify = |json: &[u8]| Jws::read(json)?.open()?.verify(&jwk);
        assert!(verify(json.as_bytes()).is_ok(), "the control");
        for at in 0..json.len() {
            for flip in [0x01, 0x02, 0x20, 0x80] {
                let mut changed = json.clone().into_bytes();
                changed[at] ^= flip;
                assert!(
                    verify(&changed).is_err(),
                    "{kind:?}: byte {at}, bits {flip:#x}"
                );
            }
        }
        for end in 0..json.len() {
            assert!(
                verify(&json.as_bytes()[..end]).is_err(),
                "{kind:?}: {end} bytes"
            );
        }
    }
}

/// The same signature under another header.
fn with_header(key: &PrivateKey, change: impl FnOnce(&mut serde_json::Value)) -> Jws {
    let jws = sign(key, Identity::Key, Some("bm9uY2U"), URL, b"{}").unwrap();
    let mut header = serde_json::from_slice(&decode(&jws.protected, "").unwrap()).unwrap();
    change(&mut header);
    Jws {
        protected: encode(header.to_string().as_bytes()),
        ..jws
    }
}

#[test]
fn an_algorithm_that_is_not_the_keys_is_refused_by_name() {
    let (private, jwk) = key(KeyKind::EcP256);
    for named in ["none", "HS256", "RS256", "ES384", "es256", "PS256", ""] {
        let jws = with_header(&private, |header| header["alg"] = named.into());
        let fault = jws.open().unwrap().verify(&jwk).unwrap_err();
        let wanted = Some(JwsAlgorithm::Es256);
        let named = named.to_owned();
        assert_eq!(fault, JwsFault::Algorithm { named, wanted });
    }
    // HMAC under the public key, which everybody has: the algorithm is refused before anything is
    // computed.
    use handfast_crypto::{hash::HashAlgorithm, hkdf::hmac};
    let mut jws = with_header(&private, |header| header["alg"] = "HS256".into());
    let covered = format!("{}.{}", jws.protected, jws.payload);
    let mac = hmac(HashAlgorithm::Sha256, jwk.spki(), &[covered.as_bytes()]);
    jws.signature = encode(mac.as_bytes());
    assert!(matches!(
        jws.open().unwrap().verify(&jwk),
        Err(JwsFault::Algorithm { .. })
    ));
}

#[test]
fn a_key_that_cannot_be_read_is_told_from_an_algorithm_that_is_not_taken() {
    let (private, _) = key(KeyKind::EcP256);
    let with = |alg: &str| {
        with_header(&private, |header| {
            header["alg"] = alg.into();
            header["jwk"] = serde_json::json!({"kty": "oct", "k": "AAAA"});
        })
    };
    assert_eq!(with("ES256").open().unwrap_err(), JwsFault::Key);
    let fault = with("HS256").open().unwrap_err();
    assert!(matches!(fault, JwsFault::Algorithm { wanted: None, .. }));
}

#[test]
fn a_signature_of_another_key_or_form_is_refused() {
    let (private, jwk) = key(KeyKind::EcP256);
    let (_, other) = key(KeyKind::EcP256);
    let jws = sign(&private, Identity::Key, None, URL, b"").unwrap();
    assert!(jws.open().unwrap().verify(&jwk).is_ok(), "the control");
    assert_eq!(jws.open().unwrap().verify(&other), Err(JwsFault::Signature));
    // As X.509 writes it, DER, which RFC 7518 section 3.4 does not.
    let covered = format!("{}.{}", jws.protected, jws.payload);
    let algorithm = handfast_crypto::signature::SignatureAlgorithm::EcdsaSha256;
    let der = private.sign(algorithm, covered.as_bytes()).unwrap();
    let changed = Jws {
        signature: encode(&der),
        ..jws.clone()
    };
    assert_eq!(
        changed.open().unwrap().verify(&jwk),
        Err(JwsFault::Signature)
    );
    for length in [0, 63, 65, 128] {
        let changed = Jws {
            signature: encode(&vec![0; length]),
            ..jws.clone()
        };
        assert_eq!(
            changed.open().unwrap().verify(&jwk),
            Err(JwsFault::Signature)
        );
    }
}

#[test]
fn members_that_rfc_8555_forbids_are_refused() {
    let (private, _) = key(KeyKind::EcP256);
    let jws = sign(&private, Identity::Key, None, URL, b"").unwrap();
    let json = jws.to_json();
    let with = |member: &str| format!("{},{member}}}", json.strip_suffix('}').unwrap());
    assert!(Jws::read(json.as_bytes()).is_ok(), "the control");
    for member in [
        r#""header":{"kid":"x"}"#,
        r#""signatures":[]"#,
        r#""payload":"e30""#,
    ] {
        assert!(
            matches!(
                Jws::read(with(member).as_bytes()),
                Err(JwsFault::Json { .. })
            ),
            "{member}"
        );
    }
    let critical = with_header(&private, |header| {
        header["crit"] = serde_json::json!(["b64"]);
    });
    assert_eq!(critical.open().unwrap_err(), JwsFault::Critical);
    let padded = Jws {
        payload: "e30=".to_owned(),
        ..jws.clone()
    };
    assert_eq!(
        padded.open().unwrap_err(),
        JwsFault::Base64 { what: "payload" }
    );
    // Stray bits in the last character would be a second spelling of the same bytes.
    let stray = Jws {
        payload: "e31".to_owned(),
        ..jws
    };
    assert_eq!(
        stray.open().unwrap_err(),
        JwsFault::Base64 { what: "payload" }
    );
}

#[test]
fn nesting_without_end_is_refused() {
    for bomb in ["[".repeat(200_000), "{\"payload\":".repeat(100_000)] {
        assert!(matches!(
            Jws::read(bomb.as_bytes()),
            Err(JwsFault::Json { .. })
        ));
        let protected = encode(format!("{{\"alg\":\"ES256\",\"url\":\"\",\"x\":{bomb}").as_bytes());
        let jws = Jws {
            protected,
            payload: String::new(),
            signature: String::new(),
        };
        assert!(matches!(jws.open(), Err(JwsFault::Json { .. })));
    }
}

#[test]
fn the_thumbprint_of_rfc_7638_and_the_keys_of_rfc_7515() {
    // RFC 7638 section 3.1.
    let rsa: Jwk = serde_json::from_str(
        r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
    )
    .unwrap();
    assert_eq!(
        rsa.thumbprint(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
    // RFC 8037 appendix A.3.
    let ed25519: Jwk = serde_json::from_str(
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    )
    .unwrap();
    assert_eq!(
        ed25519.thumbprint(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
    assert_eq!(
        key_authorization("token", &ed25519),
        "token.kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
    // RFC 7515 appendix A.3.
    let ec: Jwk = serde_json::from_str(
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    )
    .unwrap();
    let jws = Jws {
        protected: "eyJhbGciOiJFUzI1NiJ9".to_owned(),
        payload: "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ".to_owned(),
        signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q".to_owned(),
    };
    // Its header holds no URL, so only the parts are looked at.
    assert!(matches!(jws.open(), Err(JwsFault::Json { .. })));
    let signature = ecdsa::from_jose(&decode(&jws.signature, "").unwrap(), 32).unwrap();
    let algorithm = handfast_crypto::signature::SignatureAlgorithm::EcdsaSha256;
    let public = handfast_crypto::signature::PublicKey::from_spki(ec.spki()).unwrap();
    let covered = format!("{}.{}", jws.protected, jws.payload);
    public
        .verify(algorithm, covered.as_bytes(), &signature)
        .unwrap();
}

#[test]
fn keys_that_are_none_are_refused() {
    for json in [
        // Off the curve, short coordinates, a private curve, a symmetric key, RSA of 16 bits.
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1"}"#,
        r#"{"kty":"EC","crv":"P-256","x":"f83O","y":"x_FE"}"#,
        r#"{"kty":"EC","crv":"secp256k1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        r#"{"kty":"oct","k":"AAAA"}"#,
        r#"{"kty":"RSA","n":"0vx7","e":"AQAB"}"#,
        r#"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKx"}"#,
    ] {
        assert!(serde_json::from_str::<Jwk>(json).is_err(), "{json}");
    }
    let ml_dsa = PrivateKey::generate(KeyKind::MlDsa44).unwrap();
    assert_eq!(Jwk::of(&ml_dsa), Err(JwsFault::Key));
}

#[test]
fn a_binding_holds_for_its_key_its_name_its_secret_and_its_url() {
    let (_, account) = key(KeyKind::EcP256);
    let (_, other) = key(KeyKind::EcP256);
    let secret = b"a secret of thirty-two bytes....".to_vec();
    let binding = bind(&account, "kid-1", &secret, URL).unwrap();
    let of = |name: &str| (name == "kid-1").then(|| secret.clone());
    assert_eq!(
        verify_binding(&binding, &account, URL, of).unwrap(),
        "kid-1",
        "the control"
    );
    let fails = |result: Result<String, JwsFault>| matches!(result, Err(JwsFault::Binding { .. }));
    assert!(fails(verify_binding(&binding, &other, URL, of)));
    assert!(fails(verify_binding(
        &binding,
        &account,
        "https://other.test/",
        of
    )));
    let unknown = verify_binding(&binding, &account, URL, |_| None);
    let wrong = verify_binding(&binding, &account, URL, |_| Some(b"another".to_vec()));
    assert!(fails(unknown.clone()));
    assert_eq!(unknown, wrong);
    // Signed by the account's own key: no binding at all.
    let (private, own) = key(KeyKind::EcP256);
    let payload = serde_json::to_vec(&own).unwrap();
    let jws = sign(&private, Identity::Account("kid-1"), None, URL, &payload).unwrap();
    assert!(fails(verify_binding(&jws, &own, URL, of)));
}
