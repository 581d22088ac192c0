//! Application settings (draft-vvv-tls-alps), by the config's code point; the other one is not heard.

use crate::config::{CommonPlan, SettingsCodePoint};
use crate::connection::Broken;
use crate::fault::Fault;
use crate::handshake::talk::malformed;
use handfast_wire::codec::Wire;
use handfast_wire::extension::{ApplicationSettingsProtocols, Extensions, ExtensionsWriter};
use handfast_wire::handshake::ClientEncryptedExtensionsSet;

/// Lists in a ClientHello the protocols that there are settings for.
pub(crate) fn offer(common: &CommonPlan, out: &mut ExtensionsWriter<'_, '_>) {
    if !common.encoded_settings.is_empty() {
        let code_point = common.set.application_settings.code_point;
        out.add(code_point.extension_type(), |out| {
            out.prefixed::<2>(|out| out.bytes(&common.encoded_settings));
        });
    }
}

/// The server's side: true where both have settings for the protocol that was chosen. IANA has not assigned
/// the code points: what stands there is nobody's affair who has no settings.
pub(crate) fn is_common(
    common: &CommonPlan,
    protocol: Option<&[u8]>,
    hello: Extensions<'_>,
) -> Result<bool, Broken> {
    if common.encoded_settings.is_empty() || own(common, protocol).is_none() {
        return Ok(false);
    }
    let Some(listed) = said(common, hello) else {
        return Ok(false);
    };
    let listed = ApplicationSettingsProtocols::decode(listed);
    let listed = listed.map_err(malformed(Fault::ExtensionMalformed))?;
    Ok(listed.iter().any(|name| Some(&*name) == protocol))
}

/// This side's settings for a protocol.
pub(crate) fn own<'p>(common: &'p CommonPlan, protocol: Option<&[u8]>) -> Option<&'p [u8]> {
    common.set.application_settings.of(protocol?)
}

/// Says settings in EncryptedExtensions of either side.
pub(crate) fn write(common: &CommonPlan, settings: &[u8], out: &mut ExtensionsWriter<'_, '_>) {
    let code_point = common.set.application_settings.code_point;
    out.add(code_point.extension_type(), |out| out.bytes(settings));
}

/// What a block of the peer's says.
pub(crate) fn said<'m>(common: &CommonPlan, block: Extensions<'m>) -> Option<&'m [u8]> {
    if common.encoded_settings.is_empty() {
        return None;
    }
    block.find(common.set.application_settings.code_point.extension_type())
}

/// What a client says in EncryptedExtensions of its own.
pub(crate) fn of_client<'m>(
    common: &CommonPlan,
    said: &ClientEncryptedExtensionsSet<'m>,
) -> Option<&'m [u8]> {
    match common.set.application_settings.code_point {
        SettingsCodePoint::New => said.application_settings,
        SettingsCodePoint::Old => said.application_settings_old,
    }
}
