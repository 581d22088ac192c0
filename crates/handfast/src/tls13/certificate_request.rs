//! The CertificateRequest that a server says (RFC 8446 section 4.3.2).

use crate::config::ServerPlan;
use crate::connection::Output;
use crate::fault::OwnFailure;
use crate::handshake::talk::Talk;
use handfast_wire::codec::{List16, Opaque8, Wire};
use handfast_wire::extension::ExtensionsWriter;
use handfast_wire::registry::{ExtensionType, HandshakeType, SignatureScheme};

/// Says it, with this context: none in the handshake.
pub(crate) fn say(
    talk: &mut Talk,
    plan: &ServerPlan,
    context: &[u8],
    out: &mut Output,
) -> Result<(), OwnFailure> {
    talk.say(out, HandshakeType::CERTIFICATE_REQUEST, |out| {
        Opaque8::<0, 255>(context).write(out);
        out.prefixed::<2>(|out| {
            let mut extensions = ExtensionsWriter::new(out);
            let schemes = List16::<SignatureScheme>::from_encoded(&plan.common.encoded_schemes);
            extensions.add_value(ExtensionType::SIGNATURE_ALGORITHMS, &schemes);
            if !plan.encoded_authorities.is_empty() {
                extensions.add(ExtensionType::CERTIFICATE_AUTHORITIES, |out| {
                    out.prefixed::<2>(|out| out.bytes(&plan.encoded_authorities));
                });
            }
        });
    })
}
