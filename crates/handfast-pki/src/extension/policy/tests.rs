use super::{
    CertificatePolicies, MAX_POLICIES, PolicyConstraints, PolicyMappings, Qualifier,
    read_inhibit_any_policy,
};
use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::Problem;

fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u16::try_from(contents.len()).unwrap();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(u8::try_from(length).unwrap()),
        0x80..=0xff => bytes.extend([0x81, u8::try_from(length).unwrap()]),
        _ => bytes.extend([&[0x82][..], &length.to_be_bytes()].concat()),
    }
    [bytes, contents].concat()
}

/// The extension's OCTET STRING, as it stands in a certificate.
fn octets(value: &[u8]) -> Vec<u8> {
    wrap(tag::OCTET_STRING, &[value])
}

fn read(bytes: &[u8]) -> Tlv<'_> {
    Cursor::new(bytes, 0).element("test").expect("an element")
}

fn policy(id: &[u8], qualifiers: &[&[u8]]) -> Vec<u8> {
    let id = wrap(tag::OID, &[id]);
    let list = match qualifiers {
        [] => Vec::new(),
        some => wrap(tag::SEQUENCE, some),
    };
    wrap(tag::SEQUENCE, &[&id, &list])
}

fn problem_of_policies(list: &[u8]) -> Option<Problem> {
    let bytes = octets(list);
    let fault = CertificatePolicies::check(&read(&bytes)).err()?;
    assert!(
        fault.field.starts_with("certificatePolicies"),
        "{}",
        fault.field
    );
    Some(fault.problem)
}

const CPS: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 2, 1];
const NOTICE: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 2, 2];

#[test]
fn policies_are_read_with_cps_and_notices() {
    let cps = wrap(
        tag::SEQUENCE,
        &[CPS, &wrap(tag::IA5_STRING, &[b"https://ca.test/cps"])],
    );
    let organization = wrap(tag::UTF8_STRING, &["Größe".as_bytes()]);
    let numbers = wrap(tag::SEQUENCE, &[&[2, 1, 1], &[2, 1, 7]]);
    let reference = wrap(tag::SEQUENCE, &[&organization, &numbers]);
    let text = wrap(tag::BMP_STRING, &[&[0, b'h', 0, b'i']]);
    let notice = wrap(
        tag::SEQUENCE,
        &[NOTICE, &wrap(tag::SEQUENCE, &[&reference, &text])],
    );
    let other = wrap(tag::SEQUENCE, &[&[6, 2, 0x2a, 3], &[5, 0]]);
    let any = policy(&[0x55, 0x1d, 32, 0], &[]);
    let one = policy(&[0x2a, 4], &[&cps, &notice, &other]);
    let bytes = octets(&wrap(tag::SEQUENCE, &[&one, &any]));
    let policies = CertificatePolicies::check(&read(&bytes)).expect("policies");
    let policies: Vec<_> = policies.collect();
    let [first, second] = &policies[..] else {
        panic!("{policies:?}");
    };
    assert_eq!(
        (first.id().to_string(), first.is_any()),
        ("1.2.4".into(), false)
    );
    assert!(second.is_any() && second.qualifiers().count() == 0);
    let qualifiers: Vec<_> = first.qualifiers().map(Result::unwrap).collect();
    let [
        Qualifier::Cps(uri),
        Qualifier::UserNotice(notice),
        Qualifier::Other { id, value },
    ] = &qualifiers[..]
    else {
        panic!("{qualifiers:?}");
    };
    assert_eq!(
        (*uri, id.to_string(), *value),
        ("https://ca.test/cps", "1.2.3".into(), &[5, 0][..])
    );
    assert_eq!(notice.text().as_deref(), Some("hi"));
    assert_eq!(notice.organization().as_deref(), Some("Größe"));
    assert_eq!(notice.numbers().collect::<Vec<_>>(), [&[1], &[7]]);
}

#[test]
fn a_malformed_list_of_policies_is_refused_by_field() {
    let one = policy(&[0x2a, 4], &[]);
    assert_eq!(problem_of_policies(&wrap(tag::SEQUENCE, &[&one])), None);
    let empty = wrap(tag::SEQUENCE, &[]);
    assert_eq!(problem_of_policies(&empty), Some(Problem::EmptyList));
    let twice = wrap(tag::SEQUENCE, &[&one, &policy(&[0x2a, 5], &[]), &one]);
    assert_eq!(problem_of_policies(&twice), Some(Problem::DuplicatePolicy));
    let bare = wrap(tag::SEQUENCE, &[&policy(&[0x2a, 4], &[&[]])]);
    assert_eq!(problem_of_policies(&bare), Some(Problem::EmptyList));
    let after = [wrap(tag::SEQUENCE, &[&one]), vec![5, 0]].concat();
    assert_eq!(problem_of_policies(&after), Some(Problem::TrailingBytes));
    let padded = wrap(tag::SEQUENCE, &[&policy(&[0x2a, 0x80, 4], &[])]);
    assert_eq!(
        problem_of_policies(&padded),
        Some(Problem::ObjectIdentifier)
    );
    let sound = wrap(tag::SEQUENCE, &[&one]);
    for length in 0..sound.len() {
        assert!(problem_of_policies(&sound[..length]).is_some(), "{length}");
    }
    for (count, refused) in [(MAX_POLICIES, false), (MAX_POLICIES + 1, true)] {
        let all: Vec<_> = (0..count)
            .map(|n| {
                policy(
                    &[
                        0x2a,
                        0x81 + u8::from(n > 127),
                        u8::try_from(n % 128).unwrap(),
                        1,
                    ],
                    &[],
                )
            })
            .enumerate()
            .map(|(n, one)| {
                if n < 256 {
                    one
                } else {
                    policy(&[0x2b, 1], &[])
                }
            })
            .collect();
        let answer = problem_of_policies(&wrap(tag::SEQUENCE, &[&all.concat()]));
        let limit = MAX_POLICIES;
        assert_eq!(answer, refused.then_some(Problem::TooMany { limit }));
    }
}

#[test]
fn a_malformed_qualifier_is_told_and_the_others_are_read() {
    let number = wrap(tag::SEQUENCE, &[CPS, &[2, 1, 1]]);
    let sound = wrap(tag::SEQUENCE, &[CPS, &wrap(tag::IA5_STRING, &[b"x:y"])]);
    let bytes = octets(&wrap(
        tag::SEQUENCE,
        &[&policy(&[0x2a, 4], &[&number, &sound])],
    ));
    let mut policies = CertificatePolicies::check(&read(&bytes)).expect("policies");
    let all: Vec<_> = policies.next().expect("a policy").qualifiers().collect();
    let [Err(fault), Ok(Qualifier::Cps("x:y"))] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!(fault.field, "certificatePolicies.cPSuri");
    assert_eq!(bytes[fault.byte..][..3], [2, 1, 1]);
}

#[test]
fn mappings_are_read_and_malformed_ones_refused() {
    let pair =
        |one: u8, other: u8| wrap(tag::SEQUENCE, &[&[6, 2, 0x2a, one], &[6, 2, 0x2a, other]]);
    let sound = wrap(tag::SEQUENCE, &[&pair(3, 4), &pair(3, 5)]);
    let bytes = octets(&sound);
    let mappings = PolicyMappings::check(&read(&bytes)).expect("mappings");
    let shown: Vec<_> = mappings
        .map(|one| {
            (
                one.issuer_domain.to_string(),
                one.subject_domain.to_string(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("1.2.3".into(), "1.2.4".into()),
            ("1.2.3".into(), "1.2.5".into())
        ]
    );
    let three = wrap(
        tag::SEQUENCE,
        &[&[6, 2, 0x2a, 3], &[6, 2, 0x2a, 3], &[5, 0]],
    );
    for (list, problem) in [
        (wrap(tag::SEQUENCE, &[]), Problem::EmptyList),
        (wrap(tag::SEQUENCE, &[&three]), Problem::TrailingBytes),
    ] {
        let bytes = octets(&list);
        let fault = PolicyMappings::check(&read(&bytes)).expect_err("a fault");
        assert_eq!((fault.field, fault.problem), ("policyMappings", problem));
    }
}

#[test]
fn counts_of_certificates_are_read_and_negative_ones_refused() {
    let constraints = |inside: &[u8]| {
        let bytes = octets(&wrap(tag::SEQUENCE, &[inside]));
        let constraints = PolicyConstraints::read(&read(&bytes));
        constraints.map(|one| (one.require_explicit_policy, one.inhibit_policy_mapping))
    };
    assert_eq!(constraints(&[0x80, 1, 0]), Ok((Some(0), None)));
    assert_eq!(constraints(&[0x81, 2, 0, 0x80]), Ok((None, Some(128))));
    assert_eq!(
        constraints(&[0x80, 1, 3, 0x81, 5, 1, 0, 0, 0, 0]),
        Ok((Some(3), Some(u32::MAX)))
    );
    for (inside, problem) in [
        (&[][..], Problem::EmptyList),
        (&[0x80, 1, 0xff], Problem::SkipCerts),
        (&[0x80, 2, 0, 1], Problem::Integer),
        (&[0x81, 1, 0, 0x80, 1, 0], Problem::TrailingBytes),
    ] {
        let fault = constraints(inside).expect_err("a fault");
        assert_eq!((fault.field, fault.problem), ("policyConstraints", problem));
    }
    let inhibit = |value: &[u8]| read_inhibit_any_policy(&read(&octets(value)));
    assert_eq!(inhibit(&[2, 1, 5]), Ok(5));
    assert_eq!(
        inhibit(&[2, 1, 0x80]).map_err(|fault| fault.problem),
        Err(Problem::SkipCerts)
    );
    assert!(inhibit(&[2, 1, 5, 0]).is_err() && inhibit(&[]).is_err());
}
