//! The places of a ClientHello's extensions, one a kind, and the order that they stand in.

/// Where one kind of extension stands. What a slot writes is `client_extensions`'s; it may be nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    ServerName,
    RecordSizeLimit,
    MaxFragmentLength,
    StatusRequest,
    SupportedGroups,
    SignatureAlgorithms,
    Alpn,
    SignedCertificateTimestamp,
    ClientCertificateType,
    ServerCertificateType,
    EncryptThenMac,
    ExtendedMasterSecret,
    SessionTicket,
    RenegotiationInfo,
    EcPointFormats,
    CompressCertificate,
    DelegatedCredential,
    SupportedVersions,
    Cookie,
    PskKeyExchangeModes,
    PostHandshakeAuth,
    KeyShare,
    EarlyData,
    TicketRequest,
    UseSrtp,
    EncryptedClientHello,
    ApplicationSettings,
}

/// All of them but pre_shared_key, which no order holds: RFC 8446 s4.2.11 has it stand last.
pub(crate) type Order = [Slot; 27];

/// The order where none was drawn.
pub(crate) const USUAL: Order = [
    Slot::ServerName,
    Slot::RecordSizeLimit,
    Slot::MaxFragmentLength,
    Slot::StatusRequest,
    Slot::SupportedGroups,
    Slot::SignatureAlgorithms,
    Slot::Alpn,
    Slot::SignedCertificateTimestamp,
    Slot::ClientCertificateType,
    Slot::ServerCertificateType,
    Slot::EncryptThenMac,
    Slot::ExtendedMasterSecret,
    Slot::SessionTicket,
    Slot::RenegotiationInfo,
    Slot::EcPointFormats,
    Slot::CompressCertificate,
    Slot::DelegatedCredential,
    Slot::SupportedVersions,
    Slot::Cookie,
    Slot::PskKeyExchangeModes,
    Slot::PostHandshakeAuth,
    Slot::KeyShare,
    Slot::EarlyData,
    Slot::TicketRequest,
    Slot::UseSrtp,
    Slot::EncryptedClientHello,
    Slot::ApplicationSettings,
];

/// Bytes of randomness for an order.
pub(crate) const BYTES: usize = USUAL.len() * 4;

/// An order that is as likely as any other: Fisher and Yates' shuffle.
pub(crate) fn permuted(drawn: &[u8; BYTES]) -> Order {
    let mut order = USUAL;
    let (numbers, _) = drawn.as_chunks::<4>();
    for (at, number) in numbers.iter().enumerate().skip(1) {
        // Four bytes for fewer than fifty places: what the remainder favours nobody sees.
        let places = u32::try_from(at).unwrap_or_default().saturating_add(1);
        let other = u32::from_be_bytes(*number) % places;
        if let Ok(other) = usize::try_from(other)
            && other < order.len()
            && at < order.len()
        {
            order.swap(at, other);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{BYTES, USUAL, permuted};

    #[test]
    fn every_slot_comes_to_every_place_and_none_is_lost() {
        let mut state = 1_u32;
        let mut firsts = Vec::new();
        for _ in 0..2000 {
            let mut drawn = [0; BYTES];
            for byte in &mut drawn {
                // Numerical Recipes' generator: any would do.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = state.to_be_bytes()[0];
            }
            let order = permuted(&drawn);
            assert!(USUAL.iter().all(|slot| order.contains(slot)));
            if !firsts.contains(&order[0]) {
                firsts.push(order[0]);
            }
        }
        assert_eq!(firsts.len(), USUAL.len());
    }

    #[test]
    fn other_randomness_is_another_order() {
        assert_ne!(permuted(&[0; BYTES]), permuted(&[7; BYTES]));
        assert_ne!(permuted(&[7; BYTES]), USUAL);
    }

    #[test]
    fn no_slot_stands_twice() {
        for (at, slot) in USUAL.iter().enumerate() {
            assert!(!USUAL.iter().take(at).any(|one| one == slot), "{slot:?}");
        }
    }
}
