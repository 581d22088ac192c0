//! A ClientHello with less in it than its client put there.

use crate::demo::words;
use handfast_wire::codec::{List16, Opaque16, Wire, Writer};
use handfast_wire::extension::{Extension, KeyShareEntry};
use handfast_wire::handshake::{ClientHello, HandshakeHeader};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::{CipherSuite, ContentType, ExtensionType, HandshakeType, NamedGroup};

/// What became of the ClientHello.
pub(super) struct Struck {
    /// The record with the new message.
    pub(super) record: Vec<u8>,
    /// The new message's length, header included.
    pub(super) message_bytes: usize,
    /// What is gone.
    pub(super) names: Vec<String>,
}

/// Takes every suite and group out of a ClientHello that is not in the lists, the key shares of
/// those groups too. Nothing if the record is no ClientHello, or nothing was to be taken.
pub(super) fn strike(
    record: &[u8],
    suites: &[CipherSuite],
    groups: &[NamedGroup],
) -> Option<Struck> {
    let (header, content) = record.split_at_checked(RecordHeader::LENGTH)?;
    let header = RecordHeader::peek(header)?;
    let (handshake, body) = HandshakeHeader::split(content)?;
    if header.content_type != ContentType::HANDSHAKE
        || handshake.msg_type != HandshakeType::CLIENT_HELLO
    {
        return None;
    }
    let hello = ClientHello::decode(body).ok()?;
    let (mut names, mut older) = (Vec::new(), 0_usize);
    let kept = encode(hello.cipher_suites, |suite| {
        let stays = suites.contains(suite);
        match suite.name() {
            _ if stays => {}
            // Their short names are those of the others over again.
            Some(name) if name.contains("_WITH_") => older += 1,
            _ => names.push(words::suite(*suite)),
        }
        stays
    })?;
    if older > 0 {
        names.push(format!("{older} suites of TLS 1.2"));
    }
    let hello = ClientHello {
        cipher_suites: List16::from_encoded(&kept),
        ..hello
    };
    let mut message = Vec::new();
    let mut writer = Writer::new(&mut message);
    HandshakeHeader::write(handshake.msg_type, &mut writer, |out| {
        write_hello(&hello, groups, &mut names, out);
    });
    writer.finish().ok()?;
    if names.is_empty() {
        return None;
    }
    let length = u16::try_from(message.len()).ok()?;
    let mut record = RecordHeader { length, ..header }.to_bytes().to_vec();
    record.extend_from_slice(&message);
    Some(Struck {
        record,
        message_bytes: message.len(),
        names,
    })
}

fn write_hello(
    hello: &ClientHello<'_>,
    groups: &[NamedGroup],
    names: &mut Vec<String>,
    out: &mut Writer<'_>,
) {
    hello.legacy_version.write(out);
    hello.random.write(out);
    hello.legacy_session_id.write(out);
    hello.cipher_suites.write(out);
    hello.legacy_compression_methods.write(out);
    out.prefixed::<2>(|out| {
        for extension in hello.extensions.iter() {
            let changed = change(&extension, groups, names);
            let data = changed.as_deref().unwrap_or(extension.extension_data.0);
            let extension_data = Opaque16(data);
            Extension {
                extension_data,
                ..extension
            }
            .write(out);
        }
    });
}

/// The new content of an extension that names groups.
fn change(
    extension: &Extension<'_>,
    groups: &[NamedGroup],
    names: &mut Vec<String>,
) -> Option<Vec<u8>> {
    let data = extension.extension_data.0;
    let kept = match extension.extension_type {
        ExtensionType::SUPPORTED_GROUPS => {
            let list = List16::<NamedGroup>::decode(data).ok()?;
            encode(list, |group| {
                let stays = groups.contains(group);
                if !stays {
                    names.push(group.to_string());
                }
                stays
            })?
        }
        // Their names were told with the groups.
        ExtensionType::KEY_SHARE => {
            let list = List16::<KeyShareEntry<'_>>::decode(data).ok()?;
            encode(list, |share| groups.contains(&share.group))?
        }
        _ => return None,
    };
    Opaque16::<0>(&kept).encode().ok()
}

/// The entries that stay, encoded.
fn encode<'a, E: Wire<'a>, const MIN: usize>(
    list: List16<'a, E, MIN>,
    mut stays: impl FnMut(&E) -> bool,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    for entry in list.iter().filter(|entry| stays(entry)) {
        entry.write(&mut writer);
    }
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::strike;
    use crate::demo::cast::{Cast, Terms};
    use crate::demo::side::Side;
    use handfast::{ServerName, stream};
    use handfast_wire::codec::Wire;
    use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader};
    use handfast_wire::registry::{CipherSuite, NamedGroup};

    #[test]
    fn a_struck_hello_is_well_formed_and_holds_only_what_was_left() {
        let client = Cast::make()
            .unwrap()
            .client(&Side::new(None), &Terms::default())
            .unwrap();
        let name = ServerName::parse("localhost").unwrap();
        let mut connection = client.connect(name, stream::now()).unwrap();
        let mut record = vec![0; connection.send_size(0)];
        let length = connection.send(&[], &mut record).unwrap();
        record.truncate(length);

        let suites = [CipherSuite::TLS_AES_128_GCM_SHA256];
        let struck = strike(&record, &suites, &[NamedGroup::X25519]).expect("a ClientHello");
        let (_, body) = HandshakeHeader::split(&struck.record[5..]).expect("a whole message");
        let hello = ClientHello::decode(body).unwrap();
        let extensions = ClientHelloExtensions::read(hello.extensions).unwrap();
        assert!(hello.cipher_suites.iter().eq(suites));
        assert!(
            extensions
                .supported_groups
                .unwrap()
                .iter()
                .eq([NamedGroup::X25519])
        );
        let shares: Vec<_> = extensions
            .key_share
            .unwrap()
            .iter()
            .map(|one| one.group)
            .collect();
        assert_eq!(shares, [NamedGroup::X25519]);
        assert!(extensions.server_name.is_some() && extensions.signature_algorithms.is_some());
        assert_eq!(struck.record.len(), 5 + struck.message_bytes);
        // A second pass finds nothing more to take.
        assert!(strike(&struck.record, &suites, &[NamedGroup::X25519]).is_none());
        assert!(strike(b"\x17\x03\x03\x00\x01a", &suites, &[]).is_none());
    }
}
