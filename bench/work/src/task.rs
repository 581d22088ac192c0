//! What a worker is told to measure, and what it answers. One line of JSON each.

use serde::{Deserialize, Serialize};

/// The kind of every key in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keys {
    P256,
    P384,
    Rsa2048,
}

/// Groups that both sides offer; the first one is chosen. TLS 1.2 offers P-256
/// last, since its groups are those of the certificates' keys, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Group {
    X25519,
    /// X25519MLKEM768 first, X25519 beside it.
    Hybrid,
    P384,
}

/// The one suite that both sides offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Suite {
    Aes128,
    Aes256,
    ChaCha20,
}

impl Suite {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128 => "AES-128-GCM",
            Self::Aes256 => "AES-256-GCM",
            Self::ChaCha20 => "ChaCha20-Poly1305",
        }
    }
}

/// The one version that both sides speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    Tls12,
    Tls13,
}

/// How a client comes back to a server that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Return {
    /// A ticket: RFC 5077, or a pre-shared key with a key exchange in TLS 1.3.
    /// A TLS 1.3 server gives one new ticket each time, and the client keeps it.
    Ticket,
    /// A session ID of TLS 1.2; the server's cache holds the session.
    SessionId,
}

/// What the two sides agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    pub version: Version,
    /// Nothing: the handshake is full, and nobody keeps anything.
    pub back: Option<Return>,
    pub keys: Keys,
    pub group: Group,
    pub suite: Suite,
    pub mutual: bool,
    pub known: Known,
}

/// What libraries that remember right signatures may know. The others check as ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// The server has seen other clients of this client's authority, but not this one.
    ClientsIssuer,
    /// Both have seen each other's chain before.
    Chain,
}

/// Records that go together, where the library can.
pub const BATCH: usize = 16;

/// Which way bulk data is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// Write one record's content, hand the record to the transport.
    Send,
    /// As `Send`, but [`BATCH`] records in one call of the library, each told by itself.
    SendBatch,
    /// Read one record from the transport (which copies, as a kernel does),
    /// have its content.
    Receive,
    /// As `Receive`, but the record lies in the caller's memory already.
    ReceiveInPlace,
}

/// A measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Task {
    /// Nanoseconds of a handshake on either side: create, drive, drop.
    Handshake { scenario: Scenario, count: u32 },
    /// Nanoseconds of one record of `size` bytes of content.
    Bulk {
        suite: Suite,
        way: Way,
        size: usize,
        count: u32,
    },
    /// Heap of `count` connections held at once, both sides apart.
    Heap { scenario: Scenario, count: u32 },
    /// Resident bytes of `count` pairs held at once, for a fresh process.
    Resident { scenario: Scenario, count: u32 },
    /// What a server's session cache holds after `count` clients of TLS 1.2, and the
    /// heap that this takes, for a fresh process.
    Sessions { count: u32 },
    /// Nanoseconds of a primitive.
    Primitive { operation: Operation, count: u32 },
    /// Nanoseconds of these calls and nothing else, either side's.
    Replay {
        client: Vec<Call>,
        server: Vec<Call>,
        count: u32,
    },
}

/// A primitive whose time is told by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    X25519KeyGeneration,
    X25519Agreement,
    P256Signature,
    P256Verification,
    P384KeyGeneration,
    P384Agreement,
    P384Signature,
    P384Verification,
    RsaSignature,
    RsaVerification,
    MlKemKeyGeneration,
    MlKemEncapsulation,
    MlKemDecapsulation,
}

/// A call of a crypto library that needs no asymmetric operation; lengths in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    Sha256(u32),
    Sha256End,
    /// Blocks of 64 bytes, without a context.
    Sha256Blocks(u32),
    Sha384(u32),
    Sha384End,
    /// A block of 128 bytes, without a context.
    Sha512Block,
    /// A key set up.
    Key(Suite),
    Seal(Suite, u32),
    Open(Suite, u32),
    Random(u32),
}

/// The answer to a [`Task`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Measured {
    /// Nanoseconds a handshake.
    Handshake { client: f64, server: f64 },
    /// Nanoseconds an operation.
    Each(f64),
    /// What a handshake calls.
    Calls {
        client: Vec<Call>,
        server: Vec<Call>,
    },
    /// Bytes and allocations a connection.
    Heap { client: HeapUse, server: HeapUse },
    /// Sessions kept, and bytes of heap for all of them.
    Sessions { kept: f64, bytes: f64 },
    /// Bytes a pair.
    Resident(f64),
    /// This peer has no such interface.
    Unsupported,
}

/// The heap of one side, a connection.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct HeapUse {
    /// Bytes after the handshake.
    pub idle: f64,
    /// Bytes after 64 KiB each way.
    pub after_traffic: f64,
    /// The most bytes during the handshake.
    pub peak: f64,
    /// Allocations of the handshake.
    pub allocations: f64,
    /// Those of them that Rust code made; the others are C's.
    pub allocations_rust: f64,
    /// Allocations of four records sent and four received.
    pub allocations_traffic: f64,
}
