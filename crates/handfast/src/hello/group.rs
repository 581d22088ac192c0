//! The group (RFC 8446 sections 4.2.7 and 4.2.8).

use crate::config::ServerPlan;
use crate::connection::Broken;
use crate::fault::Fault;
use crate::suite::{is_classic_group, resists_quantum};
use handfast_wire::handshake::ClientHelloExtensions;
use handfast_wire::registry::NamedGroup;
use smallvec::SmallVec;

/// What the server does about the key exchange.
pub(crate) enum Choice<'a> {
    /// The client sent a share for the group.
    Share(NamedGroup, &'a [u8]),
    /// The client must send one.
    Retry(NamedGroup),
}

/// Our best group that the client sent a share for; without one, the best
/// that it could send one for.
pub(crate) fn choose<'a>(
    plan: &ServerPlan,
    extensions: &ClientHelloExtensions<'a>,
) -> Result<Choice<'a>, Broken> {
    let shares = extensions.key_share.ok_or(Fault::KeyShareMissing)?;
    let groups = extensions.supported_groups.ok_or(Fault::GroupsMissing)?;
    check_shares(extensions)?;
    let strict = plan.config.require_post_quantum;
    let acceptable = || {
        plan.common
            .set
            .groups
            .iter()
            .copied()
            .filter(|group| !strict || resists_quantum(*group))
    };
    let mut common = acceptable().filter(|group| groups.contains(group));
    let with_share = common.clone().find_map(|group| {
        shares
            .iter()
            .find(|share| share.group == group)
            .map(|share| (group, share))
    });
    if let Some((group, share)) = with_share {
        return Ok(Choice::Share(group, share.key_exchange.0));
    }
    match common.next() {
        Some(group) => Ok(Choice::Retry(group)),
        None => Err(Broken::offers(
            Fault::GroupNotCommon,
            "groups",
            groups.iter(),
            acceptable(),
        )),
    }
}

/// True where there is a group to choose.
pub(crate) fn has_common(plan: &ServerPlan, extensions: &ClientHelloExtensions<'_>) -> bool {
    let strict = plan.config.require_post_quantum;
    let mut own = plan.common.set.groups.iter();
    let groups = extensions.supported_groups;
    groups.is_some_and(|groups| {
        own.any(|group| (!strict || resists_quantum(*group)) && groups.contains(group))
    })
}

/// RFC 8446 s4.2.8: at most one share a group, only for groups that are listed.
fn check_shares(extensions: &ClientHelloExtensions<'_>) -> Result<(), Fault> {
    let (Some(shares), Some(groups)) = (extensions.key_share, extensions.supported_groups) else {
        return Ok(());
    };
    // The size of a Hello bounds the shares, but each costs a walk of both
    // lists, so there is a bound of its own: no client has more than a few.
    let mut seen: SmallVec<[NamedGroup; 16]> = SmallVec::new();
    for share in shares.iter() {
        if seen.contains(&share.group) || seen.len() >= 16 {
            return Err(Fault::KeyShareTwice);
        }
        if !groups.contains(&share.group) {
            return Err(Fault::KeyShareNotInGroups);
        }
        seen.push(share.group);
    }
    Ok(())
}

/// Before TLS 1.3: our best curve that the client names. A client that names
/// none takes any (RFC 8422 section 4).
pub(crate) fn choose_classic(
    plan: &ServerPlan,
    extensions: &ClientHelloExtensions<'_>,
) -> Result<NamedGroup, Broken> {
    let own = || {
        plan.common
            .set
            .groups
            .iter()
            .copied()
            .filter(|group| is_classic_group(*group))
    };
    let named = |group: &NamedGroup| {
        extensions
            .supported_groups
            .is_none_or(|groups| groups.contains(group))
    };
    own().find(named).ok_or_else(|| {
        let peer = extensions
            .supported_groups
            .into_iter()
            .flat_map(|groups| groups.iter());
        Broken::offers(Fault::GroupNotCommon, "groups", peer, own())
    })
}
