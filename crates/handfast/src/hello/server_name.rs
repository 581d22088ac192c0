//! The name that the client asks for (RFC 6066 section 3).

use crate::fault::Fault;
use handfast_wire::extension::ServerNameList;
use handfast_wire::registry::NameType;

/// The one host name of the list, in lower case.
pub(crate) fn read(list: Option<ServerNameList<'_>>) -> Result<Option<Box<str>>, Fault> {
    let Some(list) = list else { return Ok(None) };
    let mut names = list.iter();
    let (Some(first), None) = (names.next(), names.next()) else {
        return Err(Fault::ServerNameMalformed);
    };
    if first.name_type != NameType::HOST_NAME || first.name.len() > 255 {
        return Err(Fault::ServerNameMalformed);
    }
    let printable = first.name.iter().all(u8::is_ascii_graphic);
    let name = core::str::from_utf8(first.name.0)
        .ok()
        .filter(|_| printable);
    name.map(|name| Some(name.to_ascii_lowercase().into()))
        .ok_or(Fault::ServerNameMalformed)
}
