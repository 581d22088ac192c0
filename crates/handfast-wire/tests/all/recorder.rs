//! The dissector's promise: the recorded ranges cover the message exactly, also
//! when it is cut off or broken.

use crate::cover::Seen;
use crate::traces::{body, hex};
use handfast_wire::codec::{FaultKind, Reader, Wire};
use handfast_wire::handshake::{Certificate, ClientHello, ClientHelloExtensions};

/// The range of a field of the outermost level.
fn range(seen: &Seen, name: &str) -> std::ops::Range<usize> {
    let field = seen
        .fields
        .iter()
        .find(|one| one.name == name && one.depth == 1);
    let field = field.unwrap();
    field.start..field.end.unwrap()
}

#[test]
fn extensions_of_a_hello_are_fields_that_cover_their_block() {
    for name in ["client_hello.simple", "client_hello.resumed"] {
        let bytes = body(name);
        let mut seen = Seen::default();
        ClientHello::decode_recorded(&bytes, &mut seen).unwrap();
        let block = range(&seen, "extensions");
        assert_eq!(block.end, bytes.len());

        let mut inside = Seen::default();
        let mut reader = Reader::recording_within(&bytes, block.clone(), &mut inside);
        let set = ClientHelloExtensions::read_recorded(&mut reader).unwrap();
        reader.finish().unwrap();
        inside.check_cover(block.start, block.end);
        let outer: Vec<_> = inside.fields.iter().filter(|one| one.depth == 2).collect();
        assert_eq!(outer.len(), set.block.iter().count());
        assert_eq!(outer[0].name, "server_name");
        assert_eq!(outer[0].start, block.start + 2);
        assert_eq!(outer.last().unwrap().end, Some(bytes.len()));
        assert!(outer.is_sorted_by(|one, next| one.end == Some(next.start)));
        assert_eq!(set, ClientHelloExtensions::read(set.block).unwrap());
    }
}

#[test]
fn a_cut_off_block_keeps_what_was_read() {
    let bytes = body("client_hello.simple");
    let block = 45..bytes.len();
    for end in block.clone() {
        let mut seen = Seen::default();
        let cut = &bytes[..end];
        let mut reader = Reader::recording_within(cut, block.clone(), &mut seen);
        let fault = ClientHelloExtensions::read_recorded(&mut reader).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Truncated);
        assert!(fault.at <= end);
        assert_eq!(fault.path.names().collect::<Vec<_>>(), seen.open_names());
        seen.check_cover(block.start, end);
    }
}

#[test]
fn list_entries_are_recorded_where_they_begin() {
    let bytes = hex("00 00000c  000001 aa 0000  000001 bb 0000");
    let mut seen = Seen::default();
    Certificate::decode_recorded(&bytes, &mut seen).unwrap();
    seen.check_cover(0, bytes.len());
    assert_eq!(seen.entries, [(0, 4), (1, 10)]);

    let bytes = body("client_hello.simple");
    let mut seen = Seen::default();
    ClientHello::decode_recorded(&bytes, &mut seen).unwrap();
    assert_eq!(seen.entries[..3], [(0, 37), (1, 39), (2, 41)]);
}

#[test]
fn a_broken_list_leaves_its_entry_open() {
    let bytes = hex("00 00000c  000001 aa 0000  000009 bb 0000");
    let mut seen = Seen::default();
    let fault = Certificate::decode_recorded(&bytes, &mut seen).unwrap_err();
    assert_eq!(fault.path.to_string(), "certificate_list[1].cert_data");
    assert_eq!(seen.open_names(), ["certificate_list", "cert_data"]);
    assert_eq!(seen.entries, [(0, 4), (1, 10)]);
    seen.check_cover(0, bytes.len());
}

#[test]
fn an_unknown_extension_is_a_field_too() {
    let bytes = hex("0005 0a0a 0001 ff");
    let mut seen = Seen::default();
    let mut reader = Reader::recording(&bytes, &mut seen);
    ClientHelloExtensions::read_recorded(&mut reader).unwrap();
    seen.check_cover(0, bytes.len());
    assert_eq!(seen.fields[1].name, "extension");
    assert_eq!((seen.fields[1].start, seen.fields[1].end), (2, Some(7)));
}

#[test]
fn a_range_beyond_the_bytes_is_cut_off() {
    let bytes = [1, 2, 3];
    let mut seen = Seen::default();
    let mut reader = Reader::recording_within(&bytes, 5..9, &mut seen);
    assert!(reader.is_empty());
    assert_eq!(reader.rest(), b"");
    let mut reader = Reader::recording_within(&bytes, 2..9, &mut seen);
    assert_eq!(reader.rest(), [3]);
}
