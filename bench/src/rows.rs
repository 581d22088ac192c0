//! What is measured: one line a row.

use crate::task::{Group, Keys, Operation, Return, Scenario, Suite, Task, Version, Way};

/// A row, or two: a handshake has a client and a server.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// With a count of zero; see [`Row::task`].
    task: Task,
}

impl Row {
    /// The task, `times` over.
    pub(crate) fn task(&self, times: u32) -> Task {
        let mut task = self.task;
        match &mut task {
            Task::Handshake { count, .. }
            | Task::Bulk { count, .. }
            | Task::Heap { count, .. }
            | Task::Resident { count, .. }
            | Task::Sessions { count }
            | Task::Primitive { count, .. } => *count = times,
        }
        task
    }
}

/// The handshake that stands for all where one must.
pub(crate) const USUAL: Scenario = Scenario {
    keys: Keys::P256,
    group: Group::X25519,
    suite: Suite::Aes128,
    mutual: false,
    version: Version::Tls13,
    back: None,
    known: false,
};

fn handshake(name: &str, scenario: Scenario) -> Row {
    Row {
        name: name.to_owned(),
        task: Task::Handshake { scenario, count: 0 },
    }
}

/// Full handshakes, without tickets and caches.
pub(crate) fn handshakes() -> Vec<Row> {
    let row = handshake;
    let classic = Scenario {
        version: Version::Tls12,
        ..USUAL
    };
    vec![
        row("P-256, X25519", USUAL),
        row(
            "P-256, X25519MLKEM768",
            Scenario {
                group: Group::Hybrid,
                ..USUAL
            },
        ),
        row(
            "P-256, X25519, mutual",
            Scenario {
                mutual: true,
                ..USUAL
            },
        ),
        row(
            "P-256, X25519, AES-256",
            Scenario {
                suite: Suite::Aes256,
                ..USUAL
            },
        ),
        row(
            "RSA-2048, X25519",
            Scenario {
                keys: Keys::Rsa2048,
                ..USUAL
            },
        ),
        row(
            "RSA-2048, X25519, mutual",
            Scenario {
                keys: Keys::Rsa2048,
                mutual: true,
                ..USUAL
            },
        ),
        row(
            "P-256, X25519, chain known",
            Scenario {
                known: true,
                ..USUAL
            },
        ),
        row(
            "P-256, X25519, mutual, chains known",
            Scenario {
                mutual: true,
                known: true,
                ..USUAL
            },
        ),
        row("TLS 1.2, P-256, X25519", classic),
        row(
            "TLS 1.2, RSA-2048, X25519",
            Scenario {
                keys: Keys::Rsa2048,
                ..classic
            },
        ),
    ]
}

/// Handshakes of clients that come back.
pub(crate) fn returns() -> Vec<Row> {
    let back = |version, group, back| Scenario {
        version,
        group,
        back: Some(back),
        ..USUAL
    };
    vec![
        handshake(
            "TLS 1.3, ticket, X25519",
            back(Version::Tls13, Group::X25519, Return::Ticket),
        ),
        handshake(
            "TLS 1.3, ticket, X25519MLKEM768",
            back(Version::Tls13, Group::Hybrid, Return::Ticket),
        ),
        handshake(
            "TLS 1.2, ticket",
            back(Version::Tls12, Group::X25519, Return::Ticket),
        ),
        handshake(
            "TLS 1.2, session ID",
            back(Version::Tls12, Group::X25519, Return::SessionId),
        ),
    ]
}

/// Records of established connections.
pub(crate) fn bulk() -> Vec<Row> {
    let mut rows = Vec::new();
    for (way, word) in [
        (Way::Send, "send"),
        (Way::Receive, "receive"),
        (Way::ReceiveInPlace, "receive in place"),
    ] {
        for suite in [Suite::Aes128, Suite::Aes256, Suite::ChaCha20] {
            for (size, length) in [(64, "64 B"), (1024, "1 KiB"), (16_384, "16 KiB")] {
                rows.push(Row {
                    name: format!("{word} {length}, {}", suite.name()),
                    task: Task::Bulk {
                        suite,
                        way,
                        size,
                        count: 0,
                    },
                });
            }
        }
    }
    rows
}

/// The primitives that make the floor.
pub(crate) fn primitives() -> Vec<Row> {
    [
        ("X25519 key generation", Operation::X25519KeyGeneration),
        ("X25519 agreement", Operation::X25519Agreement),
        ("P-256 signature", Operation::P256Signature),
        ("P-256 verification", Operation::P256Verification),
        ("RSA-2048 PSS signature", Operation::RsaSignature),
        ("RSA-2048 PSS verification", Operation::RsaVerification),
        ("ML-KEM-768 key generation", Operation::MlKemKeyGeneration),
        ("ML-KEM-768 encapsulation", Operation::MlKemEncapsulation),
        ("ML-KEM-768 decapsulation", Operation::MlKemDecapsulation),
    ]
    .map(|(name, operation)| Row {
        name: name.to_owned(),
        task: Task::Primitive {
            operation,
            count: 0,
        },
    })
    .to_vec()
}

/// What a server's session cache holds.
pub(crate) fn sessions() -> Row {
    Row {
        name: "sessions".to_owned(),
        task: Task::Sessions { count: 0 },
    }
}

/// Heap and resident memory.
pub(crate) fn memory() -> [Row; 2] {
    [
        Task::Heap {
            scenario: USUAL,
            count: 0,
        },
        Task::Resident {
            scenario: USUAL,
            count: 0,
        },
    ]
    .map(|task| Row {
        name: "P-256, X25519".to_owned(),
        task,
    })
}
