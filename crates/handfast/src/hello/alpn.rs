//! The application protocol (RFC 7301).

use crate::config::ServerPlan;
use crate::connection::Broken;
use crate::fault::Fault;
use handfast_wire::codec::List16;
use handfast_wire::extension::AlpnProtocols;

/// The server's side: our best protocol that the client offers.
pub(crate) fn choose(
    plan: &ServerPlan,
    offered: Option<AlpnProtocols<'_>>,
) -> Result<Option<Box<[u8]>>, Broken> {
    let own = &plan.common.set.alpn;
    let Some(offered) = offered else {
        return Ok(None);
    };
    if own.is_empty() {
        return Ok(None);
    }
    let common = own
        .iter()
        .find(|name| offered.iter().any(|offer| *offer == ***name));
    match common {
        Some(name) => Ok(Some(name.as_slice().into())),
        None if plan.config.alpn_optional => Ok(None),
        None => {
            let peer = offered.iter().map(|name| name.escape_ascii().to_string());
            let own = own.iter().map(|name| name.escape_ascii().to_string());
            Err(Broken::offers(
                Fault::AlpnNotCommon,
                "application protocols",
                peer,
                own,
            ))
        }
    }
}

/// The client's side: the answer must name exactly one that was offered.
pub(crate) fn check_chosen(
    offered: &[Vec<u8>],
    answer: AlpnProtocols<'_>,
) -> Result<Box<[u8]>, Fault> {
    let answer: List16<'_, _, 2> = answer;
    let mut names = answer.iter();
    let (Some(name), None) = (names.next(), names.next()) else {
        return Err(Fault::AlpnMalformed);
    };
    if !offered.iter().any(|offer| *offer == *name) {
        return Err(Fault::AlpnNotOffered);
    }
    Ok(name.0.into())
}
