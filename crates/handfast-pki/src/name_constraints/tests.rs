use super::{Relation, Side, is_contiguous, relation};
use crate::general_name::GeneralName::{Dns, Ip, Mail, Other, Uri};
use crate::name::service::UriId;

#[test]
fn a_dns_base_holds_itself_and_what_is_below() {
    for side in [Side::Permitted, Side::Excluded] {
        for (name, base, wanted) in [
            ("example.com", "EXAMPLE.com", Relation::Inside),
            ("a.b.example.com", "example.com", Relation::Inside),
            ("badexample.com", "example.com", Relation::Outside),
            ("example.com", ".example.com", Relation::Outside),
            ("a.example.com", ".example.com", Relation::Inside),
            ("*.example.com", "example.com", Relation::Inside),
            ("*.com", "example.org", Relation::Outside),
            ("anything", "", Relation::Inside),
        ] {
            assert_eq!(
                relation(&Dns(name), &Dns(base), side),
                wanted,
                "{name} {base}"
            );
        }
    }
}

#[test]
fn a_wildcard_is_excluded_if_it_could_stand_for_an_excluded_name() {
    let wildcard = Dns("*.example.com");
    let base = Dns("bar.example.com");
    assert_eq!(relation(&wildcard, &base, Side::Excluded), Relation::Inside);
    assert_eq!(
        relation(&wildcard, &base, Side::Permitted),
        Relation::Outside
    );
}

#[test]
fn a_name_that_cannot_be_placed_is_never_allowed() {
    for (name, base) in [
        (Dns(".example.com"), Dns("example.com")),
        (Mail("a@b@example.com"), Mail("example.com")),
        (Uri("urn:x"), Uri("example.com")),
        (Uri("https://192.0.2.1/"), Uri("example.com")),
        (
            Other {
                kind: 0,
                value: &[],
            },
            Other {
                kind: 0,
                value: &[1],
            },
        ),
    ] {
        assert_eq!(relation(&name, &base, Side::Excluded), Relation::Inside);
        assert_eq!(relation(&name, &base, Side::Permitted), Relation::Outside);
    }
}

#[test]
fn addresses_are_compared_under_the_mask() {
    let base = Ip(&[192, 0, 2, 0, 255, 255, 255, 0]);
    let inside = relation(&Ip(&[192, 0, 2, 77]), &base, Side::Permitted);
    let outside = relation(&Ip(&[192, 0, 3, 77]), &base, Side::Permitted);
    assert_eq!((inside, outside), (Relation::Inside, Relation::Outside));
    assert!(is_contiguous(&[0, 0, 0, 0, 255, 240, 0, 0]));
    assert!(!is_contiguous(&[0, 0, 0, 0, 255, 0, 255, 0]));
    assert!(!is_contiguous(&[0, 0, 0, 0, 0x0f, 0, 0, 0]));
}

#[test]
fn mail_is_compared_by_mailbox_host_or_domain() {
    for (name, base, wanted) in [
        ("me@example.com", "me@EXAMPLE.com", Relation::Inside),
        ("Me@example.com", "me@example.com", Relation::Outside),
        ("me@example.com", "example.com", Relation::Inside),
        ("me@sub.example.com", "example.com", Relation::Outside),
        ("me@sub.example.com", ".example.com", Relation::Inside),
    ] {
        assert_eq!(
            relation(&Mail(name), &Mail(base), Side::Permitted),
            wanted,
            "{name}"
        );
    }
}

/// A base, a name, and whether the base as permitted and as excluded subtree lets the name pass.
type Row<'a> = (
    crate::general_name::GeneralName<'a>,
    crate::general_name::GeneralName<'a>,
    bool,
    bool,
);

fn passes(row: &Row<'_>) -> (bool, bool) {
    let (base, name, ..) = row;
    (
        relation(name, base, Side::Permitted) != Relation::Outside,
        relation(name, base, Side::Excluded) != Relation::Inside,
    )
}

#[test]
fn names_at_the_edges_of_subtrees_fall_on_the_careful_side() {
    let rows: Vec<Row<'_>> = vec![
        // Hosts: the base itself, below, beside, above; without case; by whole labels.
        (Dns("example.com"), Dns("example.com"), true, false),
        (Dns("example.com"), Dns("WWW.Example.COM"), true, false),
        (
            Dns("example.com"),
            Dns("example.com.evil.test"),
            false,
            true,
        ),
        (Dns("example.com"), Dns("notexample.com"), false, true),
        (Dns("www.example.com"), Dns("example.com"), false, true),
        (Dns("com"), Dns("example.com"), true, false),
        (Dns(""), Dns("example.com"), true, false),
        (Dns(".example.com"), Dns("example.com"), false, true),
        (Dns(".example.com"), Dns("a.b.example.com"), true, false),
        (
            Dns("xn--bcher-kva.example"),
            Dns("a.XN--bcher-kva.example"),
            true,
            false,
        ),
        // Wildcards: permitted if all that they stand for is, excluded if any of it is.
        (Dns("example.com"), Dns("*.example.com"), true, false),
        (Dns(".example.com"), Dns("*.example.com"), true, false),
        (Dns("www.example.com"), Dns("*.example.com"), false, false),
        (Dns("a.www.example.com"), Dns("*.example.com"), false, true),
        (Dns("example.com"), Dns("*.com"), false, false),
        (Dns("example.com"), Dns("*.a.example.com"), true, false),
        // What is no name is neither permitted nor beyond what is excluded.
        (Dns("example.com"), Dns("example.com."), false, false),
        (Dns("example.com"), Dns(".example.com"), false, false),
        (Dns("example.com"), Dns("a..example.com"), false, false),
        (Dns("example.com"), Dns("w*.example.com"), false, false),
        (Dns("example.com"), Dns("*"), false, false),
        (Dns("example.com"), Dns(""), false, false),
        (Dns("example.com"), Dns("a b.test"), false, false),
        // Other kinds are not spoken of.
        (Dns("example.com"), Uri("https://evil.test/"), true, true),
        (Mail("example.com"), Dns("evil.test"), true, true),
    ];
    for row in &rows {
        assert_eq!(passes(row), (row.2, row.3), "{row:?}");
    }
}

#[test]
fn uris_are_held_by_their_host() {
    let rows: Vec<Row<'_>> = vec![
        (
            Uri("example.com"),
            Uri("https://example.com/a?b"),
            true,
            false,
        ),
        (
            Uri("example.com"),
            Uri("HTTPS://u:p@EXAMPLE.com:8443"),
            true,
            false,
        ),
        (
            Uri("example.com"),
            Uri("https://www.example.com/"),
            false,
            true,
        ),
        (
            Uri(".example.com"),
            Uri("https://www.example.com/"),
            true,
            false,
        ),
        (
            Uri(".example.com"),
            Uri("https://example.com/"),
            false,
            true,
        ),
        (
            Uri("example.com"),
            Uri("https://example.com@evil.test/"),
            false,
            true,
        ),
        (
            Uri("example.com"),
            Uri("https://evil.test/?example.com"),
            false,
            true,
        ),
        (
            Uri("example.com"),
            Uri("https://evil.test#@example.com"),
            false,
            true,
        ),
        (Uri(""), Uri("https://evil.test/"), true, false),
        // RFC 5280 s4.2.1.10: without a host name it fits nowhere.
        (Uri("example.com"), Uri("https://192.0.2.1/"), false, false),
        (
            Uri("example.com"),
            Uri("https://[2001:db8::1]/"),
            false,
            false,
        ),
        (
            Uri("example.com"),
            Uri("https://[fe80::1%25eth0]/"),
            false,
            false,
        ),
        (Uri("example.com"), Uri("urn:example.com"), false, false),
        (Uri("example.com"), Uri("https:///"), false, false),
    ];
    for row in &rows {
        assert_eq!(passes(row), (row.2, row.3), "{row:?}");
    }
}

#[test]
fn addresses_are_held_by_family_and_mask() {
    let four = |address: [u8; 4], bits: u32| -> Vec<u8> {
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        [address, mask.to_be_bytes()].concat()
    };
    let six = |first: u8, bits: u32| -> Vec<u8> {
        let mut address = [0; 16];
        address[0] = first;
        let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
        [address, mask.to_be_bytes()].concat()
    };
    let mut own = [0; 16];
    (own[0], own[15]) = (0xfd, 1);
    let mut mapped = [0; 16];
    mapped[10..].copy_from_slice(&[0xff, 0xff, 192, 0, 2, 1]);
    for (base, name, permitted, excluded) in [
        (four([192, 0, 2, 0], 24), &[192, 0, 2, 255][..], true, false),
        (four([192, 0, 2, 0], 24), &[192, 0, 3, 0], false, true),
        (four([192, 0, 2, 1], 32), &[192, 0, 2, 1], true, false),
        (four([192, 0, 2, 1], 32), &[192, 0, 2, 0], false, true),
        (four([0; 4], 0), &[203, 0, 113, 9], true, false),
        (six(0xfc, 7), &own, true, false),
        (six(0xfc, 8), &own, false, true),
        (six(0, 0), &own, true, false),
        // One family says nothing for the other: it is not permitted, and not excluded either.
        (four([0; 4], 0), &own, false, true),
        (six(0, 0), &[192, 0, 2, 1], false, true),
        (four([192, 0, 2, 0], 24), &mapped, false, true),
    ] {
        let row = (Ip(&base), Ip(name), permitted, excluded);
        assert_eq!(passes(&row), (permitted, excluded), "{row:?}");
    }
    for (mask, sound) in [
        ([255, 255, 255, 255], true),
        ([255, 255, 254, 0], true),
        ([128, 0, 0, 0], true),
        ([0, 0, 0, 0], true),
        ([255, 0, 255, 0], false),
        ([255, 253, 0, 0], false),
        ([0, 0, 0, 1], false),
        ([254, 255, 0, 0], false),
    ] {
        assert_eq!(
            is_contiguous(&[&[0; 4][..], &mask].concat()),
            sound,
            "{mask:?}"
        );
    }
}

#[test]
fn mail_is_held_whatever_kind_of_name_holds_it() {
    let value = |last: u8, tag: u8, text: &str| {
        let length = u8::try_from(text.len()).expect("a short text");
        let oid = [6, 8, 0x2b, 6, 1, 5, 5, 7, 8, last];
        let string = [&[tag, length], text.as_bytes()].concat();
        [&oid[..], &[0xa0, length + 2], &string].concat()
    };
    let inside = value(9, 0x0c, "jörg@example.com");
    let outside = value(9, 0x0c, "jörg@evil.test");
    let broken = value(9, 0x0c, "jörg");
    let other = |value| Other { kind: 0, value };
    let service = value(7, 0x16, "_imaps.www.example.com");
    let foreign = value(7, 0x16, "_imaps.evil.test");
    let unknown = value(3, 0x0c, "who@knows.test");
    let rows: Vec<Row<'_>> = vec![
        (
            Mail("example.com"),
            Mail("\"a@evil.test\"@example.com"),
            false,
            false,
        ),
        (Mail("example.com"), Mail("example.com"), false, false),
        (Mail("example.com"), Mail("@example.com"), false, false),
        (Mail(""), Mail("a@evil.test"), true, false),
        (Mail("example.com"), other(&inside), true, false),
        (Mail("example.com"), other(&outside), false, true),
        (Mail("example.com"), other(&broken), false, false),
        (Dns("example.com"), other(&service), true, false),
        (Dns("example.com"), other(&foreign), false, true),
        (Dns("example.com"), other(&unknown), true, true),
        (Mail("example.com"), other(&unknown), true, true),
    ];
    for row in &rows {
        assert_eq!(passes(row), (row.2, row.3), "{row:?}");
    }
}

/// What a URI proves is what constraints hold it by: whoever may not name the host cannot prove it.
#[test]
fn a_uri_proves_no_host_that_constraints_read_otherwise() {
    let wanted = ["https://good.com", "sip:good.com", "sips:good.com"]
        .map(|text| UriId::parse(text).expect("a URI"));
    let proves = |presented: &str| wanted.iter().any(|one| one.is_proved_by(presented));
    let placed = |presented: &str, host: &str| {
        passes(&(Uri(host), Uri(presented), true, true)) == (true, false)
    };
    for presented in [
        "https://good.com",
        "https://good.com:8443/x@evil.com",
        "https://good.com/;x@evil.com",
        "https://good.com?x@evil.com",
        "https://good.com#x@evil.com",
        "sip:good.com",
        "sip:good.com;transport=tls",
        "sip:good.com:5060;maddr=evil.com?to=evil.com",
        "SIPS:GOOD.com",
    ] {
        assert!(proves(presented), "{presented}");
        assert!(placed(presented, "good.com"), "{presented}");
    }
    // At one of the two hosts or nowhere, and proving neither.
    for (presented, host) in [
        ("https://good.com;x@evil.com/", Some("evil.com")),
        ("https://good.com@evil.com/", Some("evil.com")),
        ("https://good.com:80@evil.com/", Some("evil.com")),
        ("https://evil.com@good.com/", Some("good.com")),
        ("sip:good.com;x@evil.com", Some("evil.com")),
        ("sip:good.com/x@evil.com", Some("evil.com")),
        ("sip:good.com?x@evil.com", Some("evil.com")),
        ("https://evil.com/://good.com", Some("evil.com")),
        ("sip:good.com;x://evil.com@evil.com", Some("evil.com")),
        ("sip:good.com/x://evil.com", None),
        ("sip://good.com", None),
        ("sip://evil.com;x@good.com", None),
        ("sip:good.com#@evil.com", None),
        ("https:good.com", None),
        ("https:good.com://evil.com", None),
        ("https://good.com;x", None),
        ("https://good.com,evil.com", None),
        ("https://a@good.com@evil.com/", None),
        ("https://good.com\\@evil.com/", None),
        ("https://evil.com\\@good.com/", None),
        ("https://good.com:80:80/", None),
        ("https://good.com:x@/", None),
        ("https://good.com:8x/", None),
        ("https://[good.com]/", None),
        ("https://[good.com/", None),
        ("https://good.com%2f@evil.com/", Some("evil.com")),
        ("https://good.com%2f/", None),
        ("https://good.com./", None),
        ("https://.good.com/", None),
        ("https://*.good.com/", None),
        ("https:///good.com", None),
        ("https://@/good.com", None),
        ("https://:443/", None),
        ("https:// good.com/", None),
        ("https://good.com\t/", None),
        ("https://good.com\0/", None),
        ("https://good.com/\u{2028}", None),
        ("1s://good.com/", None),
        ("://good.com/", None),
        ("//good.com/", None),
        ("", None),
    ] {
        assert!(!proves(presented), "{presented}");
        for base in ["good.com", "evil.com"] {
            let expected = match host {
                Some(host) => (host == base, host != base),
                // Outside of all that is permitted, inside of all that is excluded.
                None => (false, false),
            };
            let row = (Uri(base), Uri(presented), expected.0, expected.1);
            assert_eq!(passes(&row), expected, "{presented} to {base}");
        }
    }
    // A parameter is no other host; the old reading of `://` anywhere took it for one.
    let parameter = "sip:good.com;x://evil.com";
    assert!(placed(parameter, "good.com") && !placed(parameter, "evil.com"));
}
