use super::Certificate;
use crate::extension::KeyUsage;
use crate::fault::Problem;

const LEAF: &[u8] = include_bytes!("../../testdata/leaf.der");
const ROOT: &[u8] = include_bytes!("../../testdata/root.der");

#[test]
fn a_leaf_is_read_as_it_was_written() {
    let leaf = Certificate::parse(LEAF).expect("the leaf");
    assert_eq!(leaf.version(), 3);
    assert_eq!(leaf.serial(), [0x10, 0x02]);
    assert_eq!(leaf.der(), LEAF);
    assert_eq!(leaf.subject_public_key().first(), Some(&4));
    assert_eq!(leaf.key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE));
    assert!(!leaf.basic_constraints().expect("basicConstraints").ca);
    assert!(!leaf.is_self_issued());
    let names: Vec<_> = leaf
        .subject_alt_names()
        .map(|name| name.to_string())
        .collect();
    assert_eq!(
        names,
        ["example.test", "*.wild.test", "192.0.2.1", "2001:db8::1"]
    );
    let purposes: Vec<_> = leaf
        .extended_key_usage()
        .expect("extKeyUsage")
        .map(|purpose| purpose.to_string())
        .collect();
    assert_eq!(purposes, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    let extensions: Vec<_> = leaf.extensions().filter_map(|one| one.name()).collect();
    assert_eq!(extensions.len(), 6);
}

#[test]
fn names_are_shown_as_rfc_4514_writes_them() {
    let leaf = Certificate::parse(LEAF).expect("the leaf");
    assert_eq!(
        leaf.issuer().to_string(),
        "CN=Intermediate,O=Handfast tests,C=NL"
    );
    assert_eq!(
        leaf.subject().to_string(),
        r#"CN=example.test,O=Café\, \"Bar\",C=NL"#
    );
}

#[test]
fn a_root_is_self_issued_and_a_ca() {
    let root = Certificate::parse(ROOT).expect("the root");
    assert!(root.is_self_issued());
    let constraints = root.basic_constraints().expect("basicConstraints");
    assert!(constraints.ca);
    assert_eq!(constraints.path_length, None);
}

#[test]
fn every_prefix_is_refused_and_so_is_a_byte_more() {
    for end in 0..LEAF.len() {
        assert!(Certificate::parse(&LEAF[..end]).is_err(), "{end} bytes");
    }
    let longer = [LEAF, &[0]].concat();
    let fault = Certificate::parse(&longer).expect_err("a byte too many");
    assert_eq!(fault.problem, Problem::TrailingBytes);
    assert_eq!(fault.byte, LEAF.len());
}

#[test]
fn no_flipped_bit_makes_the_reader_panic() {
    let mut bytes = LEAF.to_vec();
    let mut read = 0;
    for index in 0..bytes.len() * 8 {
        bytes[index / 8] ^= 1 << (index % 8);
        if let Ok(certificate) = Certificate::parse(&bytes) {
            read += 1;
            let _ = certificate.subject().to_string();
            assert!(certificate.extensions().count() <= 6);
        }
        bytes[index / 8] ^= 1 << (index % 8);
    }
    assert!(read > 0);
}

#[test]
fn a_padded_length_is_not_der() {
    // The outer length once more, in three bytes instead of two.
    let mut padded = vec![0x30, 0x83, 0];
    padded.extend_from_slice(&LEAF[2..]);
    let fault = Certificate::parse(&padded).expect_err("a padded length");
    assert_eq!(fault.problem, Problem::Header);
    assert_eq!(fault.byte, 0);
}

/// Replaces the only place where `from` stands.
fn replaced(from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<_> = LEAF
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from)
        .map(|(place, _)| place)
        .collect();
    let place = *places.last().expect("the bytes to replace");
    let mut bytes = LEAF.to_vec();
    bytes[place..place + to.len()].copy_from_slice(to);
    bytes
}

#[test]
fn a_nul_or_a_high_byte_in_a_dns_name_is_refused() {
    for wrong in [b"exampl\0.test", b"exampl\xe9.test"] {
        let bytes = replaced(b"example.test", wrong);
        let fault = Certificate::parse(&bytes).expect_err("a DNS name outside ASCII");
        assert_eq!(fault.problem, Problem::NotAscii);
        assert_eq!(fault.field, "subjectAltName");
        let place = LEAF
            .windows(12)
            .rposition(|window| window == b"example.test");
        assert_eq!(Some(fault.byte + 2), place);
    }
}

#[test]
fn an_extension_that_appears_twice_is_refused() {
    // extKeyUsage (2.5.29.37) becomes a second keyUsage (2.5.29.15).
    let bytes = replaced(&[0x55, 0x1d, 37], &[0x55, 0x1d, 15]);
    let fault = Certificate::parse(&bytes).expect_err("keyUsage twice");
    assert_eq!(fault.problem, Problem::DuplicateExtension);
}

#[test]
fn the_outer_algorithm_repeats_the_inner_one() {
    // The last ecdsa-with-SHA256 is the outer one; SHA-384 differs in its last byte.
    let sha256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let bytes = replaced(&sha256, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]);
    let fault = Certificate::parse(&bytes).expect_err("two algorithms");
    assert_eq!(fault.problem, Problem::SignatureAlgorithmDiffers);
}

#[test]
fn a_certificate_is_read_without_allocation() {
    let taken = allocation_counter::measure(|| {
        let leaf = Certificate::parse(std::hint::black_box(LEAF));
        assert!(std::hint::black_box(leaf).is_ok());
    });
    assert_eq!(taken.count_total, 0);
    // The control: words take some.
    let leaf = Certificate::parse(LEAF).expect("the leaf");
    let taken = allocation_counter::measure(|| drop(leaf.subject().to_string()));
    assert_ne!(taken.count_total, 0);
}
