//! Named groups and the agreements behind them.

use handfast_crypto::agreement::Group;
use handfast_crypto::signature::KeyKind;
use handfast_wire::registry::NamedGroup;

const GROUPS: &[(NamedGroup, Group)] = &[
    (NamedGroup::X25519MLKEM768, Group::X25519MlKem768),
    (NamedGroup::X25519, Group::X25519),
    (NamedGroup::SECP256R1, Group::P256),
    (NamedGroup::SECP384R1, Group::P384),
    (NamedGroup::SECP521R1, Group::P521),
    (NamedGroup::SECP256R1MLKEM768, Group::SecP256r1MlKem768),
    (NamedGroup::SECP384R1MLKEM1024, Group::SecP384r1MlKem1024),
    (NamedGroup::MLKEM768, Group::MlKem768),
    (NamedGroup::MLKEM1024, Group::MlKem1024),
    (NamedGroup::FFDHE2048, Group::Ffdhe2048),
    (NamedGroup::FFDHE3072, Group::Ffdhe3072),
    (NamedGroup::FFDHE4096, Group::Ffdhe4096),
    (NamedGroup::FFDHE8192, Group::Ffdhe8192),
];

/// Stands where no group was agreed on. IANA assigns it to nothing.
pub(crate) const NO_GROUP: NamedGroup = NamedGroup(0);

/// The agreement of a group, when the engine knows it.
pub(crate) fn find(name: NamedGroup) -> Option<Group> {
    GROUPS
        .iter()
        .find(|(code, _)| *code == name)
        .map(|(_, group)| *group)
}

/// True for a group that the engine has, so that a config may name it.
#[must_use]
pub fn has(group: NamedGroup) -> bool {
    find(group).is_some()
}

/// The code point of an agreement.
pub(crate) fn name_of(group: Group) -> Option<NamedGroup> {
    GROUPS
        .iter()
        .find(|(_, known)| *known == group)
        .map(|(code, _)| *code)
}

/// The curve on which keys of this kind lie; nothing where signatures alone tell it.
pub(crate) fn curve_of(kind: KeyKind) -> Option<NamedGroup> {
    match kind {
        KeyKind::EcP256 => Some(NamedGroup::SECP256R1),
        KeyKind::EcP384 => Some(NamedGroup::SECP384R1),
        KeyKind::EcP521 => Some(NamedGroup::SECP521R1),
        _ => None,
    }
}

/// True for the curves of TLS 1.2 (RFC 8422 section 5.1.1).
pub(crate) fn is_classic(group: NamedGroup) -> bool {
    matches!(
        group,
        NamedGroup::X25519 | NamedGroup::SECP256R1 | NamedGroup::SECP384R1 | NamedGroup::SECP521R1
    )
}

/// True for the finite fields of RFC 7919, those included that nobody has named yet (section 9.2).
pub(crate) fn is_field(group: NamedGroup) -> bool {
    group.0 >> 8 == 1
}

/// True for ML-KEM, alone or in a hybrid.
pub(crate) fn resists_quantum(group: NamedGroup) -> bool {
    matches!(
        group,
        NamedGroup::X25519MLKEM768
            | NamedGroup::SECP256R1MLKEM768
            | NamedGroup::SECP384R1MLKEM1024
            | NamedGroup::MLKEM512
            | NamedGroup::MLKEM768
            | NamedGroup::MLKEM1024
    )
}
