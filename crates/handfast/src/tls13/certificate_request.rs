//! The CertificateRequest that a server says (RFC 8446 section 4.3.2).

use crate::config::ServerPlan;
use crate::connection::Output;
use crate::fault::OwnFailure;
use crate::handshake::talk::Talk;
use crate::hello::compression;
use crate::hello::credential::offer_delegated;
use crate::hello::grease;
use handfast_wire::codec::{Opaque8, Wire};
use handfast_wire::extension::ExtensionsWriter;
use handfast_wire::registry::{ExtensionType, HandshakeType};

/// Says it, with this context: none in the handshake.
pub(crate) fn say(
    talk: &mut Talk,
    plan: &ServerPlan,
    context: &[u8],
    out: &mut Output,
) -> Result<(), OwnFailure> {
    let nothing = if plan.config.grease {
        Some(grease::of_server(&mut plan.common.draw())?)
    } else {
        None
    };
    talk.say(out, HandshakeType::CERTIFICATE_REQUEST, |out| {
        Opaque8::<0, 255>(context).write(out);
        out.prefixed::<2>(|out| {
            let mut extensions = ExtensionsWriter::new(out);
            extensions.add(ExtensionType::SIGNATURE_ALGORITHMS, |out| {
                out.prefixed::<2>(|out| {
                    if let Some((_, scheme)) = &nothing {
                        scheme.write(out);
                    }
                    out.bytes(&plan.common.encoded_client_schemes);
                });
            });
            offer_delegated(&plan.common, &mut extensions);
            compression::offer(&plan.common, &mut extensions);
            if !plan.encoded_authorities.is_empty() {
                extensions.add(ExtensionType::CERTIFICATE_AUTHORITIES, |out| {
                    out.prefixed::<2>(|out| out.bytes(&plan.encoded_authorities));
                });
            }
            if let Some((extension, _)) = nothing {
                extensions.add(extension, |_| {});
            }
        });
    })
}
