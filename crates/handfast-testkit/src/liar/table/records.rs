//! Lies in records, from the first byte to the keys (RFC 8446 section 5).

use crate::liar::anatomy::{body, client_hello, message, new_session_ticket};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::{Change, Edit};
use handfast::{Fault, NamedGroup};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const SH: HandshakeType = HandshakeType::SERVER_HELLO;
const EE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;
const FINISHED: HandshakeType = HandshakeType::FINISHED;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = first_bytes();
    all.extend(change_cipher_spec());
    all.extend(between());
    all.extend(alerts());
    all.extend(order());
    all
}

fn first_bytes() -> Vec<Lie> {
    use Fault::{NotTls, PlainHttp, PlainHttpProxy, PlaintextTooLong, RecordTooLong};
    use Fault::{PlainHttpAnswer, PlainProtocol, ProxyHeader};
    use Fault::{RecordTypeUnknown, RecordVersionWrong};
    use Fault::{Ssl2Alone, Ssl2HelloMalformed, Ssl2HelloRefused};
    let c = Lie::by_client;
    vec![
        c("SSH", PlainProtocol).on_the_wire(0, |_| b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        c("zeros", NotTls).on_the_wire(0, |_| vec![0; 64]),
        c("SSL 2.0", Ssl2Alone).on_the_wire(0, |_| ssl2_hello([0, 2], 16)),
        c("TLS 1.2 in SSL 2.0's format", Ssl2HelloRefused)
            .on_the_wire(0, |_| ssl2_hello([3, 3], 32)),
        c("the same with a challenge of 15 bytes", Ssl2HelloMalformed)
            .on_the_wire(0, |_| ssl2_hello([3, 3], 15)),
        c("heartbeat first", NotTls).on_the_wire(0, |hello| {
            [&[24, 3, 3, 0, 3, 1, 0x40, 0][..], &hello].concat()
        }),
        c("GET", PlainHttp).on_the_wire(0, |_| b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
        c("POST", PlainHttp).on_the_wire(0, |_| b"POST /form HTTP/1.1\r\n\r\n".to_vec()),
        c("CONNECT", PlainHttpProxy).on_the_wire(0, |_| b"CONNECT a:443 HTTP/1.1\r\n\r\n".to_vec()),
        c("record version 2.3", RecordVersionWrong).on_the_wire(0, |hello| patched(hello, 1, 2)),
        c("record version 4.3", RecordVersionWrong).on_the_wire(0, |hello| patched(hello, 1, 4)),
        c("second record of version 2.3", RecordVersionWrong)
            .on_the_wire(0, |hello| split_record(&hello, |second| second[1] = 2)),
        Lie::by_server("record version 2.3", RecordVersionWrong)
            .on_the_wire(0, |flight| patched(flight, 1, 2)),
        c("plain record of 2^14 + 1 bytes", PlaintextTooLong)
            .on_the_wire(0, |_| [&[22, 3, 1, 0x40, 1][..], &[0; 0x4001]].concat()),
        c("plain record of 2^14 + 257 bytes", RecordTooLong)
            .on_the_wire(0, |_| vec![22, 3, 1, 0x41, 1]),
        Lie::by_server("plain record of 65,535 bytes", RecordTooLong)
            .on_the_wire(0, |_| vec![22, 3, 3, 0xff, 0xff]),
        Lie::by_server("SMTP greeting", PlainProtocol)
            .on_the_wire(0, |_| b"220 mail.test ESMTP\r\n".to_vec()),
        c("PROXY header", ProxyHeader).on_the_wire(0, |hello| {
            [&b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"[..], &hello].concat()
        }),
        Lie::by_server("HTTP answer", PlainHttpAnswer)
            .on_the_wire(0, |_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        Lie::by_server("heartbeat first", RecordTypeUnknown).on_the_wire(0, |flight| {
            [&[24, 3, 3, 0, 3, 1, 0x40, 0][..], &flight].concat()
        }),
    ]
}

fn change_cipher_spec() -> Vec<Lie> {
    use Fault::TooManyEmptyRecords;
    use Fault::{ChangeCipherSpecMalformed, ChangeCipherSpecUnexpected, MessageInterleaved};
    let c = Lie::by_client;
    vec![
        c(
            "change_cipher_spec before ClientHello",
            ChangeCipherSpecUnexpected,
        )
        .on_the_wire(0, |hello| [CCS, &hello].concat()),
        c(
            "change_cipher_spec inside ClientHello",
            ChangeCipherSpecUnexpected,
        )
        .on_the_wire(0, |hello| between_halves(&hello, CCS)),
        c("change_cipher_spec of 2", ChangeCipherSpecMalformed)
            .on_the_wire(1, |flight| [&[20, 3, 3, 0, 1, 2][..], &flight].concat()),
        c("change_cipher_spec of two bytes", ChangeCipherSpecMalformed)
            .on_the_wire(1, |flight| [&[20, 3, 3, 0, 2, 1, 1][..], &flight].concat()),
        c("empty change_cipher_spec", ChangeCipherSpecMalformed)
            .on_the_wire(1, |flight| [&[20, 3, 3, 0, 0][..], &flight].concat()),
        c("33 change_cipher_specs", TooManyEmptyRecords)
            .on_the_wire(1, |flight| [&CCS.repeat(33)[..], &flight].concat()),
        Lie::by_server("change_cipher_spec of 0", ChangeCipherSpecMalformed)
            .on_the_wire(0, |flight| [&[20, 3, 3, 0, 1, 0][..], &flight].concat()),
        Lie::by_server("change_cipher_spec inside ServerHello", MessageInterleaved)
            .on_the_wire(0, |flight| between_halves(&flight, CCS)),
        Lie::by_server("34 change_cipher_specs", TooManyEmptyRecords)
            .on_the_wire(0, |flight| [&CCS.repeat(34)[..], &flight].concat()),
    ]
}

/// Records of the wrong kind while the keys are not there yet.
fn between() -> Vec<Lie> {
    use Fault::{ApplicationDataUnexpected, RecordEmpty, RecordNotAuthentic, RecordNotProtected};
    use Fault::{RecordTypeUnknown, TooMuchSkippedEarlyData};
    let c = Lie::by_client;
    vec![
        c("application data first", ApplicationDataUnexpected)
            .on_the_wire(0, |hello| [&[23, 3, 3, 0, 1, 0][..], &hello].concat()),
        Lie::by_server("plain application data first", ApplicationDataUnexpected)
            .on_the_wire(0, |flight| [&[23, 3, 3, 0, 1, 0][..], &flight].concat()),
        c("empty handshake record", RecordEmpty)
            .on_the_wire(0, |hello| [&[22, 3, 1, 0, 0][..], &hello].concat()),
        Lie::by_server("empty handshake record", RecordEmpty)
            .on_the_wire(0, |flight| [&[22, 3, 3, 0, 0][..], &flight].concat()),
        c("Finished in the clear", RecordNotProtected).on_the_wire(1, |_| {
            [&[22, 3, 3, 0, 36, 20, 0, 0, 32][..], &[7; 32]].concat()
        }),
        c("heartbeat under way", RecordTypeUnknown).on_the_wire(1, |flight| {
            [&[24, 3, 3, 0, 3, 1, 0x40, 0][..], &flight].concat()
        }),
        c("one bit of Finished flipped", RecordNotAuthentic).on_the_wire(1, |mut flight| {
            *flight.last_mut().expect("a flight") ^= 1;
            flight
        }),
        c("protected record shorter than a tag", RecordNotAuthentic)
            .on_the_wire(1, |_| [&[23, 3, 3, 0, 16][..], &[0; 16]].concat()),
        c("empty protected record", RecordNotAuthentic).on_the_wire(1, |_| vec![23, 3, 3, 0, 0]),
        c("more early data than is skipped", TooMuchSkippedEarlyData)
            .with(ask_for_early_data)
            .on_the_wire(1, |flight| [early_data(3), flight].concat()),
        c(
            "more early data than is skipped after a retry",
            TooMuchSkippedEarlyData,
        )
        .with(|setup| {
            ask_for_early_data(setup);
            setup.server.common.groups = vec![NamedGroup::SECP256R1];
        })
        .on_the_wire(1, |flight| [early_data(3), flight].concat()),
    ]
}

fn ask_for_early_data(setup: &mut Setup) {
    let ask: Change = |hello| {
        client_hello(&hello, |hello| {
            hello.extensions.add(ExtensionType::EARLY_DATA, &[]);
        })
    };
    let first = HandshakeType::CLIENT_HELLO;
    setup.client.common.danger_script = Some(Arc::new(Edit::new(first, 0, ask)));
}

/// Records of 8 KiB that nobody can open.
fn early_data(records: usize) -> Vec<u8> {
    [&[23, 3, 3, 0x20, 0][..], &[9; 0x2000]]
        .concat()
        .repeat(records)
}

fn alerts() -> Vec<Lie> {
    use Fault::{AlertLevelUnknown, AlertMalformed, TooManyWarningAlerts};
    let c = Lie::by_client;
    vec![
        c("plain alert of one byte", AlertMalformed).on_the_wire(0, |_| vec![21, 3, 1, 0, 1, 2]),
        c("plain alert of three bytes", AlertMalformed)
            .on_the_wire(0, |_| vec![21, 3, 1, 0, 3, 2, 40, 0]),
        c("empty plain alert", Fault::RecordEmpty).on_the_wire(0, |_| vec![21, 3, 1, 0, 0]),
        c("plain alert of level 3", AlertLevelUnknown)
            .on_the_wire(0, |_| vec![21, 3, 1, 0, 2, 3, 90]),
        c("five times user_canceled", TooManyWarningAlerts).on_the_wire(0, |hello| {
            [&[21, 3, 1, 0, 2, 1, 90].repeat(5)[..], &hello].concat()
        }),
        Lie::by_server("five times unrecognized_name", TooManyWarningAlerts)
            .on_the_wire(0, |flight| {
                [&[21, 3, 3, 0, 2, 1, 112].repeat(5)[..], &flight].concat()
            }),
    ]
}

/// Messages in the wrong order, at the wrong level, or of the wrong size.
fn order() -> Vec<Lie> {
    use Fault::{MessageAcrossKeyChange, MessageTooLong, MessageUnexpected};
    let (c, s) = (Lie::by_client, Lie::by_server);
    vec![
        c("Finished instead of ClientHello", MessageUnexpected)
            .says(CH, |_| vec![message(FINISHED, &[0; 32])]),
        c("ServerHello instead of ClientHello", MessageUnexpected)
            .says(CH, |hello| vec![message(SH, &body(&hello))]),
        c("ClientHello twice in one record", MessageAcrossKeyChange)
            .says(CH, |hello| vec![hello.clone(), hello]),
        c("a byte after ClientHello", MessageAcrossKeyChange)
            .says(CH, |hello| vec![hello, vec![1]]),
        c("Finished twice", MessageAcrossKeyChange)
            .says(FINISHED, |finished| vec![finished.clone(), finished]),
        c("KeyUpdate before Finished", MessageUnexpected).says(FINISHED, |finished| {
            vec![message(HandshakeType::KEY_UPDATE, &[0]), finished]
        }),
        c("EndOfEarlyData without early data", MessageUnexpected).says(FINISHED, |finished| {
            vec![message(HandshakeType::END_OF_EARLY_DATA, &[]), finished]
        }),
        c("Certificate that nobody asked for", MessageUnexpected).says(FINISHED, |finished| {
            vec![message(HandshakeType::CERTIFICATE, &[0, 0, 0, 0]), finished]
        }),
        c("ClientHello of 16 MiB", MessageTooLong).says(CH, |mut hello| {
            hello[1..4].copy_from_slice(&[0xff; 3]);
            vec![hello]
        }),
        c("ClientHello of 32 KiB + 1", MessageTooLong).says(CH, |mut hello| {
            hello[1..4].copy_from_slice(&[0, 0x80, 1]);
            vec![hello]
        }),
        c("Finished of 16 KiB + 1", MessageTooLong).says(FINISHED, |mut finished| {
            finished[1..4].copy_from_slice(&[0, 0x40, 1]);
            vec![finished]
        }),
        s("ServerHello twice in one record", MessageAcrossKeyChange)
            .says(SH, |hello| vec![hello.clone(), hello]),
        s("EncryptedExtensions in the clear", MessageAcrossKeyChange)
            .says(SH, |hello| vec![hello, message(EE, &[0, 0])]),
        s("Finished instead of ServerHello", MessageUnexpected)
            .says(SH, |_| vec![message(FINISHED, &[0; 32])]),
        s("HelloRequest before ServerHello", MessageUnexpected).says(SH, |hello| {
            vec![message(HandshakeType::HELLO_REQUEST, &[]), hello]
        }),
        s("EncryptedExtensions left out", MessageUnexpected).says(EE, |_| vec![]),
        s("EncryptedExtensions twice", MessageUnexpected).says(EE, |one| vec![one.clone(), one]),
        s("Certificate left out", MessageUnexpected).says(HandshakeType::CERTIFICATE, |_| vec![]),
        s("CertificateVerify left out", MessageUnexpected)
            .says(HandshakeType::CERTIFICATE_VERIFY, |_| vec![]),
        s(
            "Certificate and CertificateVerify left out",
            MessageUnexpected,
        )
        .says(EE, |one| vec![one, message(FINISHED, &[0; 32])]),
        s("a ticket before Finished", MessageUnexpected)
            .says(FINISHED, |one| vec![new_session_ticket(|_| {}), one]),
        s(
            "a ticket in one record with Finished",
            MessageAcrossKeyChange,
        )
        .says(FINISHED, |one| vec![one, new_session_ticket(|_| {})]),
        s("ServerHello of 16 KiB + 1", MessageTooLong).says(SH, |mut hello| {
            hello[1..4].copy_from_slice(&[0, 0x40, 1]);
            vec![hello]
        }),
        s("Certificate of 100 KiB + 1", MessageTooLong).says(
            HandshakeType::CERTIFICATE,
            |mut one| {
                one[1..4].copy_from_slice(&[1, 0x90, 1]);
                vec![one]
            },
        ),
    ]
}

const CCS: &[u8] = &[20, 3, 3, 0, 1, 1];

/// A ClientHello in SSL 2.0's format: Triple DES as SSL 2.0 and as TLS 1.0 name it, and so many
/// bytes of challenge.
fn ssl2_hello(version: [u8; 2], challenge: u8) -> Vec<u8> {
    let specs = [7, 0, 0xc0, 0, 0, 0x0a];
    let lengths = [0, 6, 0, 0, 0, challenge];
    let message = [&[1], &version[..], &lengths, &specs].concat();
    let length = u8::try_from(message.len()).expect("a short message") + challenge;
    [&[0x80, length][..], &message, &vec![7; challenge.into()]].concat()
}

fn patched(mut bytes: Vec<u8>, at: usize, value: u8) -> Vec<u8> {
    bytes[at] = value;
    bytes
}

/// The first record in two, something between them, and what follows.
fn between_halves(flight: &[u8], something: &[u8]) -> Vec<u8> {
    let end = 5 + usize::from(u16::from_be_bytes([flight[3], flight[4]]));
    let (first, rest) = flight.split_at(end);
    let half = |part: &[u8]| {
        let length = u16::try_from(part.len()).expect("part of a record");
        [&first[..3], &length.to_be_bytes()[..], part].concat()
    };
    [
        &half(&first[5..15])[..],
        something,
        &half(&first[15..]),
        rest,
    ]
    .concat()
}

/// The first record in two, the header of the second one changed.
fn split_record(flight: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut split = between_halves(flight, &[]);
    change(&mut split[15..]);
    split
}
