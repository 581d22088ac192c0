//! The reader: what is refused, and at which byte.

use super::{MAX_SCTS, SctList, SerializedSct};
use crate::fault::Problem;

/// An SCT with a signature of these many bytes.
fn sct(log: u8, signature: usize) -> Vec<u8> {
    let length = u16::try_from(signature).expect("short").to_be_bytes();
    [
        &[0][..],
        &[log; 32],
        &1_u64.to_be_bytes(),
        &[0, 1, 9, 4, 3],
        &length,
        &vec![5; signature],
    ]
    .concat()
}

fn vector(contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).expect("short").to_be_bytes();
    [&length, contents].concat()
}

fn list(entries: &[Vec<u8>]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().flat_map(|one| vector(one)).collect();
    vector(&entries)
}

#[test]
fn every_field_is_read_and_unknown_versions_are_passed_over() {
    let bytes = list(&[sct(7, 3), vec![1, 2, 3], sct(8, 0)]);
    let read = SctList::parse(&bytes).expect("a list");
    assert_eq!(read.len(), 3);
    let entries: Vec<_> = read.iter().collect();
    let SerializedSct::V1(first) = entries[0] else {
        panic!("version 1")
    };
    assert_eq!(first.log_id.0, [7; 32]);
    assert_eq!((first.timestamp_ms, first.extensions), (1, &[9][..]));
    assert_eq!((first.hash_algorithm, first.signature_algorithm), (4, 3));
    assert_eq!(first.signature, [5; 3]);
    let bytes = &[1, 2, 3][..];
    assert_eq!(entries[1], SerializedSct::Unknown { version: 1, bytes });
    assert!(first.log_id.to_string().ends_with('='));
}

#[test]
fn every_prefix_is_refused_by_name() {
    let bytes = list(&[sct(7, 70), sct(8, 71)]);
    SctList::parse(&bytes).expect("the whole list");
    for length in 0..bytes.len() {
        let fault = SctList::parse(&bytes[..length]).expect_err("a prefix");
        assert_eq!(
            (fault.problem, fault.field),
            (Problem::Truncated, "sct_list")
        );
    }
}

#[test]
fn a_fault_names_the_field_and_the_byte() {
    let whole = sct(7, 3);
    let long = [&whole[..], &[0]].concat();
    for (bytes, problem, field, byte) in [
        (vector(&[]), Problem::EmptyList, "sct_list", 2),
        (
            list(&[vec![]]),
            Problem::EmptyList,
            "sct_list.serialized_sct",
            4,
        ),
        (
            list(&[long]),
            Problem::TrailingBytes,
            "sct_list.serialized_sct",
            55,
        ),
        (
            [list(std::slice::from_ref(&whole)), vec![0]].concat(),
            Problem::TrailingBytes,
            "sct_list",
            55,
        ),
        (
            list(&[whole[..20].to_vec()]),
            Problem::Truncated,
            "sct.id",
            5,
        ),
        (
            list(&[whole[..40].to_vec()]),
            Problem::Truncated,
            "sct.timestamp",
            37,
        ),
        (
            list(&[whole[..43].to_vec()]),
            Problem::Truncated,
            "sct.extensions",
            45,
        ),
        (
            list(&[whole[..45].to_vec()]),
            Problem::Truncated,
            "sct.signature.algorithm",
            48,
        ),
        (
            list(&[whole[..50].to_vec()]),
            Problem::Truncated,
            "sct.signature",
            50,
        ),
    ] {
        let fault = SctList::parse(&bytes).expect_err("a broken list");
        assert_eq!(
            (fault.problem, fault.field, fault.byte),
            (problem, field, byte)
        );
    }
    let limit = MAX_SCTS;
    let many = vec![sct(7, 3); limit + 1];
    assert!(SctList::parse(&list(&many[1..])).is_ok());
    let fault = SctList::parse(&list(&many)).expect_err("one too many");
    assert_eq!(fault.problem, Problem::TooMany { limit });
}

#[test]
fn the_x509_form_is_an_octet_string_more() {
    let bytes = list(&[sct(7, 3)]);
    let length = u8::try_from(bytes.len()).expect("short");
    let value = [&[4, length][..], &bytes].concat();
    assert_eq!(SctList::of_extension(&value).expect("a list").len(), 1);
    let fault = SctList::of_extension(&bytes).expect_err("not wrapped");
    assert_eq!(fault.field, "sct_list");
    let damaged = list(&[sct(7, 3)[..20].to_vec()]);
    let length = u8::try_from(damaged.len()).expect("short");
    let value = [&[4, length][..], &damaged].concat();
    let fault = SctList::of_extension(&value).expect_err("half a log id");
    assert_eq!(
        (fault.field, fault.byte),
        ("sct.id", 2 + 5),
        "with the header"
    );
}
