//! The matrix of handshakes once more, each come back to: by session ID, by ticket, and by
//! pre-shared keys that are sealed or kept; with every suite, group and certificate, mutual and
//! retried, whole and cut. Each is compared with the connection that it goes on from.

pub(crate) mod cell;

use cell::{Back, Cell, Shape};
use handfast::{CipherSuite, NamedGroup};
use handfast_testkit::certificates::{KINDS, KeyKind};
use handfast_testkit::pair::Delivery;

const NEW_SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_AES_128_CCM_SHA256,
    CipherSuite::TLS_AES_128_CCM_8_SHA256,
];
const ECDSA_SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];
const RSA_SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];
const OLD_GROUPS: [NamedGroup; 4] = [
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
];
const NEW_GROUPS: [NamedGroup; 13] = [
    NamedGroup::X25519MLKEM768,
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
    NamedGroup::MLKEM768,
    NamedGroup::MLKEM1024,
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::FFDHE8192,
];

fn old_suites(kind: KeyKind) -> Option<[CipherSuite; 3]> {
    match kind {
        KeyKind::Rsa { .. } | KeyKind::RsaPss { .. } => Some(RSA_SUITES),
        KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87 => None,
        _ => Some(ECDSA_SUITES),
    }
}

#[test]
fn tls12_comes_back_with_every_suite_group_and_certificate() {
    let mut cells = 0;
    for kind in KINDS {
        for suite in old_suites(kind).into_iter().flatten() {
            for group in OLD_GROUPS {
                for shape in [Shape::Full, Shape::Mutual, Shape::Anonymous] {
                    for back in Back::OLD {
                        let cell = Cell {
                            suite,
                            group,
                            kind,
                            shape,
                            ..Cell::of(back)
                        };
                        cell.try_out();
                        cells += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cells, 6 * 3 * 4 * 3 * 2);
}

#[test]
fn tls13_comes_back_with_every_suite_and_group() {
    for suite in NEW_SUITES {
        for group in NEW_GROUPS {
            for (shape, back) in [
                (Shape::Full, Back::SealedPsk),
                (Shape::Full, Back::KeptPsk),
                (Shape::Retry, Back::SealedPsk),
                (Shape::Mutual, Back::KeptPsk),
            ] {
                let cell = Cell {
                    suite,
                    group,
                    shape,
                    ..Cell::of(back)
                };
                cell.try_out();
            }
        }
    }
}

#[test]
fn tls13_comes_back_with_every_certificate() {
    for kind in KINDS {
        for shape in [Shape::Full, Shape::Retry, Shape::Mutual, Shape::Anonymous] {
            for back in Back::NEW {
                let cell = Cell {
                    kind,
                    shape,
                    ..Cell::of(back)
                };
                cell.try_out();
            }
        }
    }
}

#[test]
fn coming_back_works_however_the_bytes_are_cut() {
    for back in Back::ALL {
        for size in [1, 2, 3, 5, 7, 16, 100] {
            for shape in [Shape::Full, Shape::Retry, Shape::Mutual, Shape::Anonymous] {
                if shape == Shape::Retry && Back::OLD.contains(&back) {
                    continue;
                }
                let cell = Cell {
                    shape,
                    delivery: Delivery::Chunks(size),
                    ..Cell::of(back)
                };
                cell.try_out();
            }
        }
    }
}
