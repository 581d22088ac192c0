//! The inner ClientHello's extensions, and the form of them in which what the outer one says too is
//! only named (RFC 9849 section 5.1).

use handfast_wire::codec::{List8, Wire, Writer};
use handfast_wire::extension::{Extensions, ExtensionsWriter};
use handfast_wire::registry::ExtensionType;

/// The extensions of an inner ClientHello, pre_shared_key left out.
pub(crate) struct Shaped {
    /// As the inner ClientHello has them: those in common with the outer one last, in its order.
    pub(crate) whole: Vec<u8>,
    /// With ech_outer_extensions in place of those.
    pub(crate) named: Vec<u8>,
}

/// What is never named, also where both are equal by chance: whether they are is nobody's business, or
/// the RFC forbids it.
const APART: [ExtensionType; 3] = [
    ExtensionType::SERVER_NAME,
    ExtensionType::ENCRYPTED_CLIENT_HELLO,
    ExtensionType::PRE_SHARED_KEY,
];

/// Puts the inner extensions in the order that lets the outer ones be named.
pub(crate) fn shape(inner: Extensions<'_>, outer: Extensions<'_>) -> Shaped {
    let is_common = |kind: ExtensionType| {
        let said = inner.find(kind);
        !APART.contains(&kind) && said.is_some() && said == outer.find(kind)
    };
    let mut shaped = Shaped {
        whole: Vec::with_capacity(inner.as_encoded().len()),
        named: Vec::new(),
    };
    let mut writer = Writer::new(&mut shaped.whole);
    let mut out = ExtensionsWriter::new(&mut writer);
    for one in inner.iter() {
        let kind = one.extension_type;
        if kind != ExtensionType::PRE_SHARED_KEY && !is_common(kind) {
            out.add(kind, |out| out.bytes(one.extension_data.0));
        }
    }
    let own = writer.position();
    let mut names = Vec::new();
    let mut out = ExtensionsWriter::new(&mut writer);
    for one in outer.iter() {
        let kind = one.extension_type;
        // A ClientHello has fewer than the 127 that can be named.
        if is_common(kind) && names.len() < 254 {
            names.extend_from_slice(&kind.0.to_be_bytes());
            out.add(kind, |out| out.bytes(one.extension_data.0));
        }
    }
    shaped.named = shaped.whole.get(..own).unwrap_or_default().to_vec();
    if !names.is_empty() {
        let mut writer = Writer::new(&mut shaped.named);
        let list = List8::<ExtensionType, 2>::from_encoded(&names);
        let mut out = ExtensionsWriter::new(&mut writer);
        out.add(ExtensionType::ECH_OUTER_EXTENSIONS, |out| list.write(out));
    }
    shaped
}
