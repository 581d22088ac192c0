//! Bytes as lists of SCTs, text as TLSA records and pins.

use handfast_pki::certificate::Certificate;
use handfast_pki::dane::Tlsa;
use handfast_pki::pin::{Pin, Pins};
use handfast_pki::sct::log::LogList;
use handfast_pki::sct::verify::{SctRequest, judge_scts};
use handfast_pki::sct::{Sct, SctList, SerializedSct};
use handfast_pki::time::UnixTime;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::transparency::TestLog;
use std::sync::LazyLock;

static LOGS: LazyLock<LogList> = LazyLock::new(|| {
    let mut logs = LogList::new();
    for kind in [KeyKind::EcP256, KeyKind::Rsa { bits: 2048 }] {
        logs.add(TestLog::new("Lark", kind).log).expect("a log");
    }
    logs
});

/// Reads a list; what was read is, written again, what was given. None of it counts.
pub fn sct_list(bytes: &[u8]) {
    let _ = SctList::of_extension(bytes);
    if let Ok(list) = SctList::parse(bytes) {
        let entries: Vec<u8> = list.iter().flat_map(|one| vector(&written(&one))).collect();
        assert_eq!(vector(&entries), bytes);
        assert_eq!(list.iter().count(), list.len());
    }
    let leaf = certificates::server(KeyKind::EcP256).chain().first();
    let leaf = Certificate::parse(leaf.expect("a leaf")).expect("the leaf");
    let findings = judge_scts(&SctRequest {
        leaf: &leaf,
        issuer_spki: None,
        tls: Some(bytes),
        staple: Some(bytes),
        logs: &LOGS,
        now: UnixTime(i64::MAX),
    });
    assert!(!findings.is_empty(), "a list is read or refused");
    for finding in findings {
        assert!(!finding.counts(), "{finding}");
    }
}

/// Reads text as a TLSA record and as pins; what was accepted is accepted again as it is shown.
pub fn proof_text(text: &str) {
    if let Ok(record) = text.parse::<Tlsa>() {
        let data: String = record
            .data
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let Tlsa {
            usage,
            selector,
            matching,
            ..
        } = record;
        let shown = format!("{usage} {selector} {matching} {data}");
        assert_eq!(shown.parse().as_ref(), Ok(&record));
        let _ = (record.usage(), record.to_string());
    }
    if let Ok(pin) = text.parse::<Pin>() {
        assert_eq!(pin.to_string().parse(), Ok(pin));
    }
    match Pins::parse(text) {
        Ok(pins) => assert!(!pins.pins().is_empty()),
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
}

fn written(entry: &SerializedSct<'_>) -> Vec<u8> {
    match entry {
        SerializedSct::V1(Sct {
            log_id,
            timestamp_ms,
            extensions,
            hash_algorithm,
            signature_algorithm,
            signature,
        }) => [
            &[0],
            &log_id.0[..],
            &timestamp_ms.to_be_bytes(),
            &vector(extensions),
            &[*hash_algorithm, *signature_algorithm],
            &vector(signature),
        ]
        .concat(),
        SerializedSct::Unknown { bytes, .. } => bytes.to_vec(),
        _ => unreachable!("no other version is read"),
    }
}

fn vector(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("it was read from a vector");
    [&length.to_be_bytes(), bytes].concat()
}
