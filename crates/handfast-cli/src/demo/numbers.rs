//! How keys come about, number by number, cut and named as the documents do (RFC 5246 sections 6.3
//! and 8.1, RFC 6101 sections 6.1 and 6.2.2).

use crate::demo::play::Played;
use crate::demo::side::Entry;
use handfast::ProtocolVersion;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientHello, HandshakeHeader, ServerHello};
use handfast_wire::registry::HandshakeType;
use serde_json::{Value, json};

/// One number.
pub(super) struct Number {
    /// As the document names it.
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    /// Where it comes from.
    pub(super) from: String,
    /// It is one of the pieces that the number before is cut into.
    pub(super) is_piece: bool,
}

/// All numbers of a lesson, in the order in which they come about, as the client had them.
pub(super) fn numbers(played: &Played) -> Vec<Number> {
    let numbers = played.client_side.numbers();
    let version = played
        .client
        .negotiated
        .as_ref()
        .map(|agreed| agreed.version);
    let is_ssl3 = version == Some(ProtocolVersion::SSL_3_0);
    let number = |name, bytes: &[u8], from: &str| Number {
        name,
        bytes: bytes.to_vec(),
        from: from.to_owned(),
        is_piece: false,
    };
    let [client_random, server_random] = randoms(played);
    let mut all = vec![
        number(
            "client_random",
            &client_random,
            "the ClientHello, in the clear",
        ),
        number(
            "server_random",
            &server_random,
            "the ServerHello, in the clear",
        ),
        number("pre_master_secret", &numbers.premaster, PREMASTER),
        number(
            "encrypted on the wire",
            &encrypted_premaster(played),
            "RSA with PKCS #1 padding, to the key of the server\u{2019}s certificate",
        ),
        number(
            "master_secret",
            &numbers.master,
            match (is_ssl3, numbers.extended) {
                (true, _) => MASTER_SSL3,
                (false, true) => MASTER_EXTENDED,
                (false, false) => MASTER,
            },
        ),
        number(
            "key_block",
            &numbers.block,
            if is_ssl3 { BLOCK_SSL3 } else { BLOCK },
        ),
    ];
    all.extend(pieces(&numbers.block, numbers.lengths, is_ssl3));
    all
}

/// The key block cut: both MAC keys, both keys, both IVs, the client's first each time.
fn pieces(block: &[u8], lengths: [usize; 3], is_ssl3: bool) -> Vec<Number> {
    let names = if is_ssl3 { PIECES_SSL3 } else { PIECES };
    let mut rest = block;
    let mut pieces = Vec::new();
    for (name, length) in names
        .into_iter()
        .zip(lengths.into_iter().flat_map(|one| [one, one]))
    {
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        if !piece.is_empty() {
            pieces.push(Number {
                name,
                bytes: piece.to_vec(),
                from: String::new(),
                is_piece: true,
            });
        }
    }
    pieces
}

/// What the client encrypted, as it crossed.
pub(super) fn encrypted_premaster(played: &Played) -> Vec<u8> {
    let body = body(played, HandshakeType::CLIENT_KEY_EXCHANGE);
    // RFC 5246 section 7.4.7.1: with its length before it; SSL 3.0 has it bare.
    match body.split_at_checked(2) {
        Some((length, rest)) if *length == u16::try_from(rest.len()).unwrap_or(0).to_be_bytes() => {
            rest.to_vec()
        }
        _ => body,
    }
}

fn randoms(played: &Played) -> [Vec<u8>; 2] {
    let client = body(played, HandshakeType::CLIENT_HELLO);
    let server = body(played, HandshakeType::SERVER_HELLO);
    let client = ClientHello::decode(&client).map(|hello| hello.random.to_vec());
    let server = ServerHello::decode(&server).map(|hello| hello.random.to_vec());
    [client.unwrap_or_default(), server.unwrap_or_default()]
}

/// The body of a message that passed.
fn body(played: &Played, wanted: HandshakeType) -> Vec<u8> {
    let entries = played.client_side.entries();
    let found = entries.iter().find_map(|entry| match entry {
        Entry::Message {
            msg_type, bytes, ..
        } if *msg_type == wanted => HandshakeHeader::split(bytes).map(|(_, body)| body.to_vec()),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Four bytes a group, sixteen a line; of what is long only the beginning.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
    let groups = |line: &[u8]| {
        let groups = line.chunks(4).map(hex);
        groups.collect::<Vec<_>>().join(" ")
    };
    let mut lines: Vec<_> = bytes.chunks(16).map(groups).collect();
    if lines.len() > LONGEST {
        lines.truncate(2);
        if let Some(last) = lines.last_mut() {
            last.push('\u{2026}');
        }
    }
    lines
}

/// For programs.
pub(super) fn json(played: &Played) -> Vec<Value> {
    let all = numbers(played).into_iter();
    let all = all.map(|one| json!({ "name": one.name, "hex": hex(&one.bytes), "from": one.from }));
    all.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lines of a key block that has everything; a ciphertext of RSA is longer.
const LONGEST: usize = 12;
const PREMASTER: &str = "made by the client: the newest version that it offered before TLS 1.3, then 46 \
                         random bytes";
const MASTER: &str =
    "PRF(pre_master_secret, \"master secret\", client_random + server_random)[0..47]";
const MASTER_EXTENDED: &str = "PRF(pre_master_secret, \"extended master secret\", session_hash)[0..47]; \
                               session_hash is that of all messages up to ClientKeyExchange";
const MASTER_SSL3: &str = "MD5(pre_master_secret + SHA(\"A\" + pre_master_secret + client_random + \
                           server_random)) + the same with \"BB\" + the same with \"CCC\"";
const BLOCK: &str =
    "PRF(master_secret, \"key expansion\", server_random + client_random), cut into";
const BLOCK_SSL3: &str = "MD5(master_secret + SHA(\"A\" + master_secret + server_random + \
                          client_random)) + the same with \"BB\" and so on, cut into";
/// RFC 5246 section 6.3.
const PIECES: [&str; 6] = [
    "client_write_MAC_key",
    "server_write_MAC_key",
    "client_write_key",
    "server_write_key",
    "client_write_IV",
    "server_write_IV",
];
/// RFC 6101 section 6.2.2.
const PIECES_SSL3: [&str; 6] = [
    "client_write_MAC_secret",
    "server_write_MAC_secret",
    "client_write_key",
    "server_write_key",
    "client_write_IV",
    "server_write_IV",
];
