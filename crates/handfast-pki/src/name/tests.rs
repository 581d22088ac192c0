use super::mail::MailAddress;
use super::service::{SrvName, UriId};
use super::{NameFault, ServerName};
use crate::general_name::GeneralName;

fn proved(wanted: &str, presented: &str) -> bool {
    let wanted = ServerName::parse(wanted).expect("a server name");
    wanted.is_proved_by(&GeneralName::Dns(presented))
}

/// The contents of an otherName below id-on, with a string of one kind.
fn other(last: u8, tag: u8, text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    let oid = [6, 8, 0x2b, 6, 1, 5, 5, 7, 8, last];
    let string = [&[tag, length], text.as_bytes()].concat();
    [&oid[..], &[0xa0, length + 2], &string].concat()
}

#[test]
fn mail_is_proved_by_mail_alone_and_international_mail_by_its_own_kind() {
    let ascii = ServerName::Mail(MailAddress::parse("ann@example.com").expect("an address"));
    let beyond = ServerName::Mail(MailAddress::parse("jörg@example.com").expect("an address"));
    assert!(ascii.is_proved_by(&GeneralName::Mail("ann@EXAMPLE.com")));
    assert!(!ascii.is_proved_by(&GeneralName::Dns("ann@example.com")));
    assert!(!ascii.is_proved_by(&GeneralName::Uri("mailto:ann@example.com")));
    let value = other(9, 0x0c, "jörg@example.com");
    let name = GeneralName::Other {
        kind: 0,
        value: &value,
    };
    assert!(beyond.is_proved_by(&name) && !ascii.is_proved_by(&name));
    // RFC 9598 s3: an ASCII address stands in rfc822Name.
    let value = other(9, 0x0c, "ann@example.com");
    assert!(!ascii.is_proved_by(&GeneralName::Other {
        kind: 0,
        value: &value
    }));
    for (last, tag) in [(8, 0x0c), (9, 0x16)] {
        let value = other(last, tag, "jörg@example.com");
        assert!(!beyond.is_proved_by(&GeneralName::Other {
            kind: 0,
            value: &value
        }));
    }
}

#[test]
fn services_are_proved_by_their_own_kind_alone() {
    let srv = ServerName::Srv(SrvName::parse("_imaps.example.com").expect("a service"));
    let value = other(7, 0x16, "_IMAPS.example.com");
    assert!(srv.is_proved_by(&GeneralName::Other {
        kind: 0,
        value: &value
    }));
    assert!(!srv.is_proved_by(&GeneralName::Dns("_imaps.example.com")));
    let uri = ServerName::Uri(UriId::parse("sip:example.com").expect("a URI"));
    assert!(uri.is_proved_by(&GeneralName::Uri("sip:EXAMPLE.com")));
    assert!(!uri.is_proved_by(&GeneralName::Dns("example.com")));
    // And neither stands for a host.
    let host = ServerName::parse("example.com").expect("a host");
    assert!(!host.is_proved_by(&GeneralName::Uri("sip:example.com")));
    assert!(!host.is_proved_by(&GeneralName::Mail("example.com")));
    assert!(!host.is_proved_by(&GeneralName::Other {
        kind: 0,
        value: &value
    }));
}

#[test]
fn a_labels_are_compared_as_they_stand() {
    assert!(proved("xn--bcher-kva.example", "XN--bcher-kva.example"));
    // Nothing is decoded: what spells the same letters otherwise is another name.
    assert!(!proved("xn--bcher-kva.example", "bücher.example"));
    assert!(!proved("xn--bcher-kva.example", "xn--BCHER-KVB.example"));
    // A wildcard within an A-label is none (RFC 9525 s6.3), one that stands for an A-label is.
    assert!(!proved("xn--bcher-kva.example", "xn--*.example"));
    assert!(proved("xn--bcher-kva.example.com", "*.example.com"));
}

#[test]
fn what_looks_like_a_name_and_is_none_proves_nothing() {
    for presented in [
        "example.com\0.evil.test",
        "\0example.com",
        "example..com",
        ".example.com",
        "example.com.",
        "example.com ",
        "*example.com",
        "**.example.com",
        "*.*.com",
        "*",
        "*.",
        "",
    ] {
        assert!(!proved("example.com", presented), "{presented:?}");
        assert!(!proved("www.example.com", presented), "{presented:?}");
    }
}

#[test]
fn hosts_and_addresses_are_told_apart() {
    for (text, shown) in [
        ("Example.COM.", "example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[::1]", "::1"),
        ("xn--n3h.example", "xn--n3h.example"),
    ] {
        assert_eq!(ServerName::parse(text).expect(text).to_string(), shown);
    }
}

#[test]
fn what_names_no_server_is_refused_with_its_reason() {
    let long = "a".repeat(64);
    for (text, fault) in [
        ("", NameFault::Empty),
        (".", NameFault::Empty),
        ("bücher.example", NameFault::NotAscii),
        ("a..b", NameFault::Label),
        ("-a.example", NameFault::Label),
        (long.as_str(), NameFault::Label),
        ("a b", NameFault::Character(' ')),
        ("*.example.com", NameFault::Character('*')),
        ("a\0.example", NameFault::Character('\0')),
        ("1.2.3.256", NameFault::AlmostIpv4),
        ("example.com:443", NameFault::AlmostIpv6),
        ("fe80::1%eth0", NameFault::Zone),
    ] {
        assert_eq!(ServerName::parse(text), Err(fault), "{text}");
    }
    let many = vec!["a"; 128].join(".");
    assert_eq!(ServerName::parse(&many), Err(NameFault::TooLong));
}

#[test]
fn a_wildcard_stands_for_one_whole_left_most_label() {
    assert!(proved("foo.example.com", "*.EXAMPLE.com"));
    assert!(!proved("example.com", "*.example.com"));
    assert!(!proved("a.b.example.com", "*.example.com"));
    assert!(!proved("baz.example.com", "ba*.example.com"));
    assert!(!proved("foo.bar.example.com", "foo.*.example.com"));
    assert!(!proved("example.com", "*.com"));
    assert!(!proved("com", "*"));
    assert!(!proved("com", "*."));
}

#[test]
fn names_are_equal_without_case_and_otherwise_to_the_last_byte() {
    assert!(proved("example.com", "EXAMPLE.com"));
    assert!(!proved("example.com", "example.com."));
    assert!(!proved("example.com", "wwwexample.com"));
    assert!(!proved("example.com", ".example.com"));
}

#[test]
fn addresses_match_only_addresses() {
    let wanted = ServerName::parse("192.0.2.1").expect("an address");
    assert!(wanted.is_proved_by(&GeneralName::Ip(&[192, 0, 2, 1])));
    assert!(!wanted.is_proved_by(&GeneralName::Dns("192.0.2.1")));
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1];
    assert!(!wanted.is_proved_by(&GeneralName::Ip(&mapped)));
}
