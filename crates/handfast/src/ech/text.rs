//! Configs and keys as text: PEM files (RFC 9934) and base64.

use crate::ech::record::ech_of;
use crate::ech::unreadable::EchUnreadable;
use base64ct::{Base64, Encoding};
use core::fmt::Write;
use rustls_pki_types::pem::{PemObject, SectionKind};
use zeroize::Zeroizing;

/// What stands before the 32 bytes of an X25519 key in PKCS#8 (RFC 8410 section 7).
const PKCS8_X25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
];

/// A file's sections, as far as they are of use.
#[derive(Default)]
pub(super) struct File {
    pub(super) private: Option<Zeroizing<Vec<u8>>>,
    pub(super) list: Option<Vec<u8>>,
}

/// The first private key and the first list of a PEM file.
pub(super) fn read(pem: &[u8]) -> Result<File, EchUnreadable> {
    let mut file = File::default();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem) {
        let (kind, der) = section.map_err(|_| EchUnreadable::Text)?;
        match kind {
            SectionKind::PrivateKey => {
                let der = Zeroizing::new(der);
                file.private.get_or_insert(der);
            }
            SectionKind::EchConfigList => {
                file.list.get_or_insert(der);
            }
            _ => {}
        }
    }
    Ok(file)
}

/// The list that a text holds, in a PEM file, a record of DNS, or bare base64.
pub(super) fn list_of(text: &[u8]) -> Result<Vec<u8>, EchUnreadable> {
    if let Ok(File {
        list: Some(list), ..
    }) = read(text)
    {
        return Ok(list);
    }
    let record = core::str::from_utf8(text).map_err(|_| EchUnreadable::Text)?;
    if let Some(list) = ech_of(record)? {
        return Ok(list);
    }
    let bare: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let bare = core::str::from_utf8(&bare).map_err(|_| EchUnreadable::Text)?;
    let bare = bare.trim_matches('"');
    if bare.is_empty() {
        return Err(EchUnreadable::Text);
    }
    Base64::decode_vec(bare).map_err(|_| EchUnreadable::Text)
}

/// The list of these configs.
pub(super) fn list_of_configs(configs: &[&[u8]]) -> Result<Vec<u8>, EchUnreadable> {
    let all = configs.concat();
    let length = u16::try_from(all.len()).map_err(|_| EchUnreadable::Length)?;
    if all.is_empty() {
        return Err(EchUnreadable::Length);
    }
    Ok([&length.to_be_bytes()[..], &all].concat())
}

pub(super) fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// A section of a PEM file.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = Zeroizing::new(base64(der));
    let mut out = String::with_capacity(text.len().saturating_mul(2).saturating_add(96));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "-----BEGIN {label}-----");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at_checked(64).unwrap_or((rest, ""));
        let _ = writeln!(out, "{line}");
        rest = behind;
    }
    let _ = writeln!(out, "-----END {label}-----");
    out
}

/// An X25519 key's PKCS#8.
pub(super) fn to_pkcs8(private: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&PKCS8_X25519[..], private].concat())
}

/// The X25519 key of a PKCS#8 structure.
pub(super) fn of_pkcs8(der: &[u8]) -> Result<&[u8], EchUnreadable> {
    der.strip_prefix(&PKCS8_X25519[..])
        .filter(|key| key.len() == 32)
        .ok_or(EchUnreadable::KeyKind)
}
