//! What is measured: one line a row.

use crate::Result;
use crate::task::{
    BATCH, Group, Keys, Known, Operation, Return, Scenario, Suite, Task, Version, Way,
};

/// A row, or two: a handshake has a client and a server.
#[derive(Clone)]
pub struct Row {
    pub name: String,
    /// With a count of zero; see [`Row::task`].
    task: Task,
}

impl Row {
    /// The handshake, where the row is one.
    pub fn is_handshake(&self) -> bool {
        matches!(self.task, Task::Handshake { .. })
    }

    /// The task, `times` over.
    pub fn task(&self, times: u32) -> Task {
        let mut task = self.task.clone();
        match &mut task {
            Task::Handshake { count, .. }
            | Task::Bulk { count, .. }
            | Task::Heap { count, .. }
            | Task::Resident { count, .. }
            | Task::Sessions { count }
            | Task::Replay { count, .. }
            | Task::Primitive { count, .. } => *count = times,
        }
        task
    }
}

/// The handshake that stands for all where one must.
pub const USUAL: Scenario = Scenario {
    keys: Keys::P256,
    group: Group::X25519,
    suite: Suite::Aes128,
    mutual: false,
    version: Version::Tls13,
    back: None,
    known: Known::Nothing,
};

fn handshake(name: &str, scenario: Scenario) -> Row {
    Row {
        name: name.to_owned(),
        task: Task::Handshake { scenario, count: 0 },
    }
}

/// Full handshakes, without tickets and caches.
pub fn handshakes() -> Vec<Row> {
    let hybrid = Scenario {
        group: Group::Hybrid,
        ..USUAL
    };
    let mutual = Scenario {
        mutual: true,
        ..USUAL
    };
    let with = |suite| Scenario { suite, ..USUAL };
    let p384 = Scenario {
        keys: Keys::P384,
        group: Group::P384,
        suite: Suite::Aes256,
        ..USUAL
    };
    let rsa = Scenario {
        keys: Keys::Rsa2048,
        ..USUAL
    };
    let rsa_mutual = Scenario {
        mutual: true,
        ..rsa
    };
    let known = |scenario, known| Scenario { known, ..scenario };
    let classic = |scenario| Scenario {
        version: Version::Tls12,
        ..scenario
    };
    [
        ("P-256, X25519", USUAL),
        ("P-256, X25519MLKEM768", hybrid),
        ("P-256, X25519, mutual", mutual),
        ("P-256, X25519, AES-256", with(Suite::Aes256)),
        ("P-256, X25519, ChaCha20", with(Suite::ChaCha20)),
        ("P-384, P-384, AES-256", p384),
        ("RSA-2048, X25519", rsa),
        ("RSA-2048, X25519, mutual", rsa_mutual),
        ("P-256, X25519, chain known", known(USUAL, Known::Chain)),
        (
            "P-256, X25519, mutual, chains known",
            known(mutual, Known::Chain),
        ),
        (
            "P-256, X25519, mutual, new client of a known CA",
            known(mutual, Known::ClientsIssuer),
        ),
        ("TLS 1.2, P-256, X25519", classic(USUAL)),
        ("TLS 1.2, RSA-2048, X25519", classic(rsa)),
    ]
    .map(|(name, scenario)| handshake(name, scenario))
    .to_vec()
}

/// Handshakes of clients that come back.
pub fn returns() -> Vec<Row> {
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
pub fn bulk() -> Vec<Row> {
    let mut rows = vec![Row {
        name: format!("send 64 B, AES-128-GCM, {BATCH} records in one call"),
        task: Task::Bulk {
            suite: Suite::Aes128,
            way: Way::SendBatch,
            size: 64,
            count: 0,
        },
    }];
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
pub fn primitives() -> Vec<Row> {
    [
        ("X25519 key generation", Operation::X25519KeyGeneration),
        ("X25519 agreement", Operation::X25519Agreement),
        ("P-256 signature", Operation::P256Signature),
        ("P-256 verification", Operation::P256Verification),
        ("P-384 key generation", Operation::P384KeyGeneration),
        ("P-384 agreement", Operation::P384Agreement),
        ("P-384 signature", Operation::P384Signature),
        ("P-384 verification", Operation::P384Verification),
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

/// The timed row of that name.
pub fn named(name: &str) -> Result<Row> {
    let all = [handshakes(), returns(), bulk(), primitives()].concat();
    let row = all.into_iter().find(|row| row.name == name);
    row.ok_or_else(|| "no such row".into())
}

/// What a server's session cache holds.
pub fn sessions() -> Row {
    Row {
        name: "sessions".to_owned(),
        task: Task::Sessions { count: 0 },
    }
}

/// Heap and resident memory.
pub fn memory() -> [Row; 2] {
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
