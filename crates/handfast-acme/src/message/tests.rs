use super::*;

fn round<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + core::fmt::Debug>(
    json: &str,
) -> T {
    let read: T = serde_json::from_str(json).unwrap();
    let written = serde_json::to_string(&read).unwrap();
    let again: T = serde_json::from_str(&written).unwrap();
    assert_eq!(read, again);
    read
}

#[test]
fn the_documents_of_rfc_8555_are_read_and_written() {
    // Sections 7.1.1, 7.1.3 and 7.1.4, shortened.
    let directory: Directory = round(
        r#"{"newNonce":"https://example.com/acme/new-nonce","newAccount":"https://example.com/acme/new-account",
        "newOrder":"https://example.com/acme/new-order","newAuthz":"https://example.com/acme/new-authz",
        "revokeCert":"https://example.com/acme/revoke-cert","keyChange":"https://example.com/acme/key-change",
        "meta":{"termsOfService":"https://example.com/acme/terms/2017-5-30","website":"https://www.example.com/",
        "caaIdentities":["example.com"],"externalAccountRequired":false}}"#,
    );
    let meta = directory.meta.unwrap();
    assert_eq!(meta.caa_identities, ["example.com"]);
    let order: Order = round(
        r#"{"status":"valid","expires":"2016-01-20T14:09:07.99Z",
        "identifiers":[{"type":"dns","value":"www.example.org"},{"type":"ip","value":"2001:db8::1"}],
        "notBefore":"2016-01-01T00:00:00Z","notAfter":"2016-01-08T00:00:00Z",
        "authorizations":["https://example.com/acme/authz/PAniVnsZcis"],
        "finalize":"https://example.com/acme/order/TOlocE8rfgo/finalize",
        "certificate":"https://example.com/acme/cert/mAt3xBGaobw"}"#,
    );
    assert_eq!(order.expires, Some(Timestamp::unix(1_453_298_947)));
    assert_eq!(order.expires.unwrap().to_string(), "2016-01-20T14:09:07Z");
    assert_eq!(
        order.identifiers[1],
        Identifier::Ip([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into())
    );
    let authorization: Authorization = round(
        r#"{"status":"pending","identifier":{"type":"dns","value":"www.example.org"},"wildcard":true,
        "challenges":[{"type":"http-01","url":"https://example.com/acme/chall/prV_B7yEyA4","status":"pending",
        "token":"DGyRejmCefe7v4NfDGDKfA"},{"type":"new-01","url":"https://x.test/","status":"pending"}]}"#,
    );
    assert_eq!(authorization.challenges[0].kind, ChallengeKind::Http01);
    assert_eq!(authorization.challenges[1].kind.name(), "new-01");
}

#[test]
fn an_identifier_of_a_kind_unknown_here_is_kept() {
    let read: Identifier = round(r#"{"type":"email","value":"a@b.test"}"#);
    assert_eq!(read.to_string(), "email:a@b.test");
    // An address that is none is of no kind that is known.
    let read: Identifier = round(r#"{"type":"ip","value":"1.2.3"}"#);
    assert!(matches!(read, Identifier::Other { .. }));
}

#[test]
fn kinds_of_error_have_the_uris_of_rfc_8555() {
    for kind in ErrorKind::ALL {
        let json = serde_json::to_string(kind).unwrap();
        assert_eq!(
            json,
            format!("\"urn:ietf:params:acme:error:{}\"", kind.name())
        );
        assert_eq!(serde_json::from_str::<ErrorKind>(&json).unwrap(), *kind);
    }
    let other: ErrorKind = round(r#""urn:example:other""#);
    assert_eq!(other, ErrorKind::Other("urn:example:other".to_owned()));
    let problem: Problem = round(
        r#"{"type":"urn:ietf:params:acme:error:malformed","detail":"Some of the identifiers requested were rejected",
        "subproblems":[{"type":"urn:ietf:params:acme:error:malformed","detail":"Invalid underscore",
        "identifier":{"type":"dns","value":"_example.org"}}]}"#,
    );
    assert!(
        problem
            .to_string()
            .contains("_example.org: Invalid underscore")
    );
    assert_eq!(round::<Problem>("{}").kind, ErrorKind::Blank);
}

#[test]
fn dates_before_1970_and_words_are_no_moments() {
    for text in [
        "\"1969-12-31T23:59:59Z\"",
        "\"soon\"",
        "12",
        "\"2016-01-01\"",
    ] {
        assert!(serde_json::from_str::<Timestamp>(text).is_err(), "{text}");
    }
    assert_eq!(
        Timestamp::unix(u64::MAX).to_string(),
        "9999-12-30T22:00:00Z"
    );
}
