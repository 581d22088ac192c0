//! Names as JSON.

use crate::cert::inspect::shown::hex;
use handfast_pki::distinguished_name::{Attribute, DistinguishedName};
use handfast_pki::general_name::GeneralName;
use serde_json::{Value, json};

/// A distinguished name: as text (RFC 4514), and by its components, first to last.
pub(super) fn distinguished(name: DistinguishedName<'_>) -> Value {
    json!({
        "text": name.to_string(),
        "components": name.attributes().map(|one| attribute(&one)).collect::<Vec<_>>(),
    })
}

/// One attribute. `component` is the place of its component: only attributes that are joined by
/// a plus sign share one.
pub(super) fn attribute(attribute: &Attribute<'_>) -> Value {
    let is_text = attribute.string_type().is_some();
    json!({
        "component": attribute.component(),
        "oid": attribute.oid().to_string(),
        "name": attribute.name(),
        "type": attribute.string_type(),
        "value": is_text.then(|| attribute.text()),
        "hex": (!is_text || !attribute.is_well_formed()).then(|| hex(attribute.der())),
        "well_formed": attribute.is_well_formed(),
    })
}

/// A general name, by its kind.
pub(super) fn general(name: &GeneralName<'_>) -> Value {
    let mut value = json!({ "kind": name.kind(), "value": value(name) });
    match name {
        GeneralName::Directory(directory) => value["name"] = distinguished(*directory),
        GeneralName::Ip(bytes) => value["hex"] = hex(bytes).into(),
        GeneralName::Other { value: bytes, .. } => {
            value["hex"] = hex(bytes).into();
            if let Some((id, _)) = name.other_name() {
                value["type_id"] = id.to_string().into();
            }
        }
        _ => {}
    }
    value
}

/// Text as it was received, whole; what is no text as it is shown.
fn value(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::Dns(text) | GeneralName::Mail(text) | GeneralName::Uri(text) => {
            (*text).to_owned()
        }
        _ => name.to_string(),
    }
}

/// Several general names.
pub(super) fn all<'a>(names: impl IntoIterator<Item = GeneralName<'a>>) -> Value {
    names.into_iter().map(|name| general(&name)).collect()
}
