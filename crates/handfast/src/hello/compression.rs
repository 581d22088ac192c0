//! How certificates may be compressed (RFC 8879 section 3).

use crate::config::CommonPlan;
use crate::fault::Fault;
use handfast_wire::codec::List8;
use handfast_wire::extension::ExtensionsWriter;
use handfast_wire::registry::{CertificateCompressionAlgorithm, ExtensionType};

/// What a peer lists in compress_certificate.
pub(crate) type Listed<'h> = List8<'h, CertificateCompressionAlgorithm, 2>;

/// Says what this side takes, in a ClientHello or a CertificateRequest.
pub(crate) fn offer(common: &CommonPlan, out: &mut ExtensionsWriter<'_, '_>) {
    if !common.encoded_compression.is_empty() {
        out.add(ExtensionType::COMPRESS_CERTIFICATE, |out| {
            out.prefixed::<1>(|out| out.bytes(&common.encoded_compression));
        });
    }
}

/// The place of the first of ours that the peer takes; others of its list are ignored.
pub(crate) fn choose(common: &CommonPlan, listed: Option<Listed<'_>>) -> Option<u8> {
    let listed = listed?;
    let mut own = common.set.certificate_compression.iter();
    let place = own.position(|one| listed.contains(&one.algorithm()))?;
    u8::try_from(place).ok()
}

/// Refuses a list that says something twice: it is a set.
pub(crate) fn check(listed: Option<Listed<'_>>) -> Result<(), Fault> {
    let Some(listed) = listed else { return Ok(()) };
    let is_before = |at: usize, one| listed.iter().take(at).any(|other| other == one);
    let mut all = listed.iter().enumerate();
    match all.any(|(at, one)| is_before(at, one)) {
        true => Err(Fault::CompressionListedTwice),
        false => Ok(()),
    }
}
