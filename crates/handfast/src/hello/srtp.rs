//! The profile of SRTP (RFC 5764 section 4.1.1), whose keys an exporter gives.

use crate::fault::Fault;
use handfast_wire::codec::{Opaque8, Wire, Writer};
use handfast_wire::extension::{ExtensionsWriter, UseSrtp};
use handfast_wire::registry::{ExtensionType, SrtpProtectionProfile};

/// Writes it: a client's list, or the one profile of a server.
pub(crate) fn write(profiles: &[SrtpProtectionProfile], out: &mut ExtensionsWriter<'_, '_>) {
    if profiles.is_empty() {
        return;
    }
    out.add(ExtensionType::USE_SRTP, |out: &mut Writer<'_>| {
        out.prefixed::<2>(|out| profiles.iter().for_each(|profile| profile.write(out)));
        Opaque8::<0, 255>(&[]).write(out);
    });
}

/// The server's side: our best that the client offers. Keys bear no name of the client's, which
/// nobody need take up (RFC 5764 section 4.1.3).
pub(crate) fn choose(
    own: &[SrtpProtectionProfile],
    offered: Option<UseSrtp<'_>>,
) -> Option<SrtpProtectionProfile> {
    let offered = offered?.profiles;
    own.iter()
        .copied()
        .find(|profile| offered.contains(profile))
}

/// The client's side: the server's answer is one profile of ours, and no name for the keys.
pub(crate) fn check_chosen(
    own: &[SrtpProtectionProfile],
    answer: Option<UseSrtp<'_>>,
) -> Result<Option<SrtpProtectionProfile>, Fault> {
    let Some(answer) = answer else {
        return Ok(None);
    };
    let mut chosen = answer.profiles.iter();
    match (chosen.next(), chosen.next()) {
        (Some(profile), None) if own.contains(&profile) && answer.mki.is_empty() => {
            Ok(Some(profile))
        }
        _ => Err(Fault::SrtpProfileWrong),
    }
}
