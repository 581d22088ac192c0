//! Lies once the handshake is done (RFC 8446 sections 4.6, 5 and 6).

use crate::liar::anatomy::{Block, message, new_session_ticket};
use crate::liar::lie::{Lie, record};
use crate::pair::End;
use handfast::Fault;
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};

const HANDSHAKE: ContentType = ContentType::HANDSHAKE;
const DATA: ContentType = ContentType::APPLICATION_DATA;
const ALERT: ContentType = ContentType::ALERT;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = records();
    all.extend(alerts());
    all.extend(key_updates());
    all.extend(tickets());
    all.extend(messages());
    all
}

fn records() -> Vec<Lie> {
    use Fault::TooManyEmptyRecords;
    use Fault::{ChangeCipherSpecUnexpected, RecordEmpty, RecordNotAuthentic, RecordNotProtected};
    use Fault::{MessageInterleaved, RecordTooLong, RecordTypeUnknown, RecordWithoutType};
    let (c, s) = (Lie::by_client, Lie::by_server);
    vec![
        c("a flipped bit in data", RecordNotAuthentic).later(|liar| {
            let mut bytes = liar.write(b"data");
            bytes[7] ^= 1;
            bytes
        }),
        s("a flipped bit in a tag", RecordNotAuthentic).later(|liar| {
            let mut bytes = liar.write(b"data");
            *bytes.last_mut().expect("a record") ^= 0x80;
            bytes
        }),
        c("another record version", RecordNotAuthentic).later(|liar| {
            let mut bytes = liar.write(b"data");
            bytes[2] = 1;
            bytes
        }),
        c("a record twice", RecordNotAuthentic).later(|liar| liar.write(b"data").repeat(2)),
        s("a record left out", RecordNotAuthentic).later(|liar| {
            let _ = liar.write(b"one");
            liar.write(b"two")
        }),
        c("two records swapped", RecordNotAuthentic).later(|liar| {
            let first = liar.write(b"one");
            [liar.write(b"two"), first].concat()
        }),
        c("a protected record of 2^14 + 257 bytes", RecordTooLong)
            .later(|_| vec![23, 3, 3, 0x41, 1]),
        c("heartbeat in the clear", RecordTypeUnknown).later(|_| vec![24, 3, 3, 0, 3, 1, 0x40, 0]),
        s("heartbeat, protected", RecordTypeUnknown)
            .later(|liar| record(liar, ContentType(24), &[1, 0x40, 0])),
        c("content of type 99", RecordTypeUnknown)
            .later(|liar| record(liar, ContentType(99), b"x")),
        s("only padding", RecordWithoutType).later(|liar| record(liar, ContentType(0), &[0; 9])),
        c("a handshake message in the clear", RecordNotProtected)
            .later(|_| vec![22, 3, 3, 0, 5, 24, 0, 0, 1, 0]),
        s("an alert in the clear", RecordNotProtected).later(|_| vec![21, 3, 3, 0, 2, 2, 40]),
        c(
            "change_cipher_spec after the handshake",
            ChangeCipherSpecUnexpected,
        )
        .later(|_| vec![20, 3, 3, 0, 1, 1]),
        s(
            "change_cipher_spec after the handshake",
            ChangeCipherSpecUnexpected,
        )
        .later(|_| vec![20, 3, 3, 0, 1, 1]),
        c("change_cipher_spec, protected", ChangeCipherSpecUnexpected)
            .later(|liar| record(liar, ContentType::CHANGE_CIPHER_SPEC, &[1])),
        c("an empty handshake record, protected", RecordEmpty)
            .later(|liar| record(liar, HANDSHAKE, &[])),
        c("33 empty records", TooManyEmptyRecords)
            .later(|liar| times(liar, 33, |liar| record(liar, DATA, &[]))),
        s("data inside a message", MessageInterleaved).later(|liar| {
            let half = record(liar, HANDSHAKE, &[4, 0]);
            [half, liar.write(b"data")].concat()
        }),
        s("empty data inside a message", MessageInterleaved).later(|liar| {
            let half = record(liar, HANDSHAKE, &[4, 0]);
            [half, record(liar, DATA, &[])].concat()
        }),
        s("a warning inside a message", MessageInterleaved).later(|liar| {
            let half = record(liar, HANDSHAKE, &[4, 0]);
            [half, record(liar, ALERT, &[1, 90])].concat()
        }),
    ]
}

fn alerts() -> Vec<Lie> {
    use Fault::{AlertLevelUnknown, AlertMalformed, TooManyWarningAlerts};
    let c = Lie::by_client;
    vec![
        c("an alert of one byte", AlertMalformed).later(|liar| record(liar, ALERT, &[1])),
        c("an alert of three bytes", AlertMalformed).later(|liar| record(liar, ALERT, &[1, 0, 0])),
        c("an empty alert", Fault::RecordEmpty).later(|liar| record(liar, ALERT, &[])),
        c("two alerts in a record", AlertMalformed)
            .later(|liar| record(liar, ALERT, &[1, 90, 1, 90])),
        c("an alert of level 0", AlertLevelUnknown).later(|liar| record(liar, ALERT, &[0, 90])),
        c("five warnings", TooManyWarningAlerts)
            .later(|liar| times(liar, 5, |liar| record(liar, ALERT, &[1, 90]))),
    ]
}

fn key_updates() -> Vec<Lie> {
    use Fault::RecordNotAuthentic;
    use Fault::{KeyUpdateMalformed, KeyUpdateUnknown, MessageAcrossKeyChange, TooManyKeyUpdates};
    let (c, s) = (Lie::by_client, Lie::by_server);
    const UPDATE: &[u8] = &[24, 0, 0, 1, 0];
    vec![
        c("an empty KeyUpdate", KeyUpdateMalformed)
            .later(|liar| record(liar, HANDSHAKE, &[24, 0, 0, 0])),
        s("a KeyUpdate of two bytes", KeyUpdateMalformed)
            .later(|liar| record(liar, HANDSHAKE, &[24, 0, 0, 2, 0, 0])),
        c("a KeyUpdate that asks for 2", KeyUpdateUnknown)
            .later(|liar| record(liar, HANDSHAKE, &[24, 0, 0, 1, 2])),
        c("two KeyUpdates in a record", MessageAcrossKeyChange)
            .later(|liar| record(liar, HANDSHAKE, &UPDATE.repeat(2))),
        s("a KeyUpdate and half a ticket", MessageAcrossKeyChange)
            .later(|liar| record(liar, HANDSHAKE, &[UPDATE, &[4]].concat())),
        c("a KeyUpdate and no new key", RecordNotAuthentic).later(|liar| {
            let update = record(liar, HANDSHAKE, UPDATE);
            [update, liar.write(b"under the old key")].concat()
        }),
        c("33 KeyUpdates", TooManyKeyUpdates).later(|liar| times(liar, 33, updated)),
        s("33 KeyUpdates with empty data between", TooManyKeyUpdates).later(|liar| {
            times(liar, 33, |liar| {
                [updated(liar), record(liar, DATA, &[])].concat()
            })
        }),
    ]
}

fn tickets() -> Vec<Lie> {
    use Fault::{ExtensionMalformed, ExtensionTwice, MessageUnexpected, NewSessionTicketMalformed};
    let s = Lie::by_server;
    vec![
        s("an empty ticket message", NewSessionTicketMalformed)
            .later(|liar| record(liar, HANDSHAKE, &[4, 0, 0, 0])),
        s("a ticket with a byte left over", NewSessionTicketMalformed).later(|liar| {
            let mut ticket = new_session_ticket(|_| {});
            ticket.push(0);
            ticket[3] += 1;
            record(liar, HANDSHAKE, &ticket)
        }),
        s("early_data twice in a ticket", ExtensionTwice).later(|liar| {
            let ticket = new_session_ticket(|block| {
                block.add(ExtensionType::EARLY_DATA, &[0; 4]);
                block.add(ExtensionType::EARLY_DATA, &[0; 4]);
            });
            record(liar, HANDSHAKE, &ticket)
        }),
        s("early_data without a size in a ticket", ExtensionMalformed).later(|liar| {
            let ticket = new_session_ticket(|block| block.add(ExtensionType::EARLY_DATA, &[]));
            record(liar, HANDSHAKE, &ticket)
        }),
        s(
            "flags of a ticket that end in nothing",
            Fault::FlagsNotMinimal,
        )
        .later(|liar| {
            let flags = |block: &mut Block| block.add(ExtensionType::TLS_FLAGS, &[2, 2, 0]);
            record(liar, HANDSHAKE, &new_session_ticket(flags))
        }),
        s("no flags at all in a ticket's flags", ExtensionMalformed).later(|liar| {
            let flags = |block: &mut Block| block.add(ExtensionType::TLS_FLAGS, &[0]);
            record(liar, HANDSHAKE, &new_session_ticket(flags))
        }),
        s("33 tickets", Fault::TooManyTickets).later(|liar| {
            times(liar, 33, |liar| {
                record(liar, HANDSHAKE, &new_session_ticket(|_| {}))
            })
        }),
        Lie::by_client("a ticket from a client", MessageUnexpected)
            .later(|liar| record(liar, HANDSHAKE, &new_session_ticket(|_| {}))),
    ]
}

fn messages() -> Vec<Lie> {
    use Fault::{MessageTooLong, MessageUnexpected};
    let (c, s) = (Lie::by_client, Lie::by_server);
    vec![
        c("ClientHello again: renegotiation", MessageUnexpected).later(|liar| {
            record(
                liar,
                HANDSHAKE,
                &message(HandshakeType::CLIENT_HELLO, &[0; 40]),
            )
        }),
        s("HelloRequest: renegotiation", MessageUnexpected)
            .later(|liar| record(liar, HANDSHAKE, &message(HandshakeType::HELLO_REQUEST, &[]))),
        s(
            "CertificateRequest that was not agreed on",
            MessageUnexpected,
        )
        .later(|liar| {
            record(
                liar,
                HANDSHAKE,
                &message(HandshakeType::CERTIFICATE_REQUEST, &[0, 0, 0]),
            )
        }),
        c("Finished again", MessageUnexpected)
            .later(|liar| record(liar, HANDSHAKE, &message(HandshakeType::FINISHED, &[0; 32]))),
        s("a ticket of 16 MiB", MessageTooLong)
            .later(|liar| record(liar, HANDSHAKE, &[4, 0xff, 0xff, 0xff])),
    ]
}

fn times(liar: &mut End, count: usize, mut act: impl FnMut(&mut End) -> Vec<u8>) -> Vec<u8> {
    (0..count).flat_map(|_| act(liar)).collect()
}

fn updated(liar: &mut End) -> Vec<u8> {
    let mut out = [0; 256];
    let written = liar.connection.key_update(false, &mut out);
    out[..written.expect("a key can be updated")].to_vec()
}
