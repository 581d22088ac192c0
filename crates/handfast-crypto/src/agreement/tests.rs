use super::*;
use crate::random::SystemRandom;
use crate::random::test_sources::{Broken, Scripted};
use crate::tests::hex;

const ALL: [Group; 13] = [
    Group::X25519,
    Group::P256,
    Group::P384,
    Group::P521,
    Group::X25519MlKem768,
    Group::SecP256r1MlKem768,
    Group::SecP384r1MlKem1024,
    Group::MlKem768,
    Group::MlKem1024,
    Group::Ffdhe2048,
    Group::Ffdhe3072,
    Group::Ffdhe4096,
    Group::Ffdhe8192,
];

fn own(group: Group) -> OwnKeyShare {
    OwnKeyShare::generate(group, &mut SystemRandom).unwrap()
}

#[test]
fn both_sides_agree_in_every_group() {
    for group in ALL {
        let client = own(group);
        assert_eq!(client.public().len(), group.public_len_client());
        let (server, secret) = respond(group, client.public(), &mut SystemRandom).unwrap();
        assert_eq!(server.len(), group.public_len_server());
        let agreed = client.agree(&server).unwrap();
        assert_eq!(agreed.as_bytes(), secret.as_bytes(), "{group:?}");
        assert_eq!(agreed.as_bytes().len(), group.parts().secret_len());
        let (_, other) = respond(group, client.public(), &mut SystemRandom).unwrap();
        assert_ne!(other.as_bytes(), secret.as_bytes(), "{group:?}");
    }
}

#[test]
fn share_lengths_are_those_of_the_specifications() {
    for (group, client, server, secret) in [
        (Group::X25519, 32, 32, 32),
        (Group::P256, 65, 65, 32),
        (Group::P384, 97, 97, 48),
        (Group::P521, 133, 133, 66),
        (Group::X25519MlKem768, 1216, 1120, 64),
        (Group::SecP256r1MlKem768, 1249, 1153, 64),
        (Group::SecP384r1MlKem1024, 1665, 1665, 80),
        (Group::MlKem768, 1184, 1088, 32),
        (Group::MlKem1024, 1568, 1568, 32),
        (Group::Ffdhe2048, 256, 256, 256),
        (Group::Ffdhe8192, 1024, 1024, 1024),
    ] {
        assert_eq!(group.public_len_client(), client);
        assert_eq!(group.public_len_server(), server);
        assert_eq!(group.parts().secret_len(), secret);
    }
}

#[test]
fn a_share_of_any_other_length_is_refused() {
    for group in ALL {
        let client = own(group);
        let (server, _) = respond(group, client.public(), &mut SystemRandom).unwrap();
        let altered = |share: &[u8]| {
            let mut longer = share.to_vec();
            longer.push(0);
            [vec![], share[..share.len() - 1].to_vec(), longer]
        };
        for share in altered(client.public()) {
            let refused = respond(group, &share, &mut SystemRandom).err();
            assert_eq!(refused, Some(AgreementFailed::InvalidPeerShare));
        }
        for share in altered(&server) {
            let refused = client.agree(&share).err();
            assert_eq!(refused, Some(AgreementFailed::InvalidPeerShare));
        }
    }
}

#[test]
fn a_failing_source_fails_every_group() {
    let failed = Some(AgreementFailed::Random(RandomFailed));
    for group in ALL {
        assert_eq!(OwnKeyShare::generate(group, &mut Broken).err(), failed);
        let client = own(group);
        assert_eq!(respond(group, client.public(), &mut Broken).err(), failed);
    }
}

/// RFC 7748 s6.1, with Alice's and Bob's keys as the scripted draws.
#[test]
fn x25519_agrees_with_rfc_7748() {
    let alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    let bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    let alice = OwnKeyShare::generate(Group::X25519, &mut Scripted(hex(alice))).unwrap();
    assert_eq!(
        alice.public(),
        hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    );
    let (public, secret) = respond(Group::X25519, alice.public(), &mut Scripted(hex(bob))).unwrap();
    assert_eq!(
        public,
        hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    );
    let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_eq!(secret.as_bytes(), shared);
    assert_eq!(alice.agree(&public).unwrap().as_bytes(), shared);
}

#[test]
fn hybrids_order_shares_and_secrets_alike() {
    for (group, kem_first) in [
        (Group::X25519MlKem768, true),
        (Group::SecP256r1MlKem768, false),
        (Group::SecP384r1MlKem1024, false),
    ] {
        let client = own(group);
        let classical = client.classical_public().unwrap();
        let public = client.public();
        let expected = if kem_first {
            &public[public.len() - classical.len()..]
        } else {
            &public[..classical.len()]
        };
        assert_eq!(classical, expected);

        let (server, secret) = respond(group, public, &mut SystemRandom).unwrap();
        let classical_server = if kem_first {
            &server[server.len() - classical.len()..]
        } else {
            &server[..classical.len()]
        };
        let alone = client.agree_classical(classical_server).unwrap();
        let alone = alone.as_bytes();
        let secret = secret.as_bytes();
        if kem_first {
            assert_eq!(&secret[32..], alone);
        } else {
            assert_eq!(&secret[..secret.len() - 32], alone);
        }
    }
}

#[test]
fn a_hybrids_classical_share_serves_alone() {
    let client = own(Group::X25519MlKem768);
    let classical = client.classical_public().unwrap();
    let (server, secret) = respond(Group::X25519, classical, &mut SystemRandom).unwrap();
    let agreed = client.agree_classical(&server).unwrap();
    assert_eq!(agreed.as_bytes(), secret.as_bytes());
    let plain = own(Group::X25519);
    assert!(plain.classical_public().is_none());
    assert_eq!(
        plain.agree_classical(&server).err(),
        Some(AgreementFailed::Own)
    );
}

#[test]
fn points_off_the_curve_and_other_forms_are_refused() {
    for group in [Group::P256, Group::P384, Group::P521] {
        let client = own(group);
        let mut off = own(group).public().to_vec();
        *off.last_mut().unwrap() ^= 1;
        let refused = Some(AgreementFailed::InvalidPeerShare);
        assert_eq!(client.agree(&off).err(), refused);
        assert_eq!(respond(group, &off, &mut SystemRandom).err(), refused);
        let mut hybrid_form = own(group).public().to_vec();
        hybrid_form[0] = 6;
        assert_eq!(client.agree(&hybrid_form).err(), refused);
        let mut compressed = own(group).public()[..group.public_len_client() / 2 + 1].to_vec();
        compressed[0] = 2;
        assert_eq!(client.agree(&compressed).err(), refused);
        let zeros = vec![0; group.public_len_client()];
        assert_eq!(client.agree(&zeros).err(), refused);
    }
}

/// RFC 7748 s6.1: the all-zero result must be refused; these points are of small order.
#[test]
fn x25519_points_of_small_order_are_refused() {
    let client = own(Group::X25519);
    let mut one = [0; 32];
    one[0] = 1;
    for point in [[0; 32], one] {
        assert_eq!(
            client.agree(&point).err(),
            Some(AgreementFailed::InvalidPeerShare)
        );
        assert_eq!(
            respond(Group::X25519, &point, &mut SystemRandom).err(),
            Some(AgreementFailed::InvalidPeerShare)
        );
    }
}

/// RFC 7919 s5.1: what is not in 2..p-2 is refused.
#[test]
fn finite_field_values_outside_the_range_are_refused() {
    // RFC 7919 A.1.
    let prime = hex(
        "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695 \
         a9e13641146433fbcc939dce249b3ef97d2fe363630c75d8f681b202aec4617a \
         d3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935 \
         984f0c70e0e68b77e2a689daf3efe8721df158a136ade73530acca4f483a797a \
         bc0ab182b324fb61d108a94bb2c8e3fbb96adab760d7f4681d4f42a3de394df4 \
         ae56ede76372bb190b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f61 \
         9172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005 \
         c58ef1837d1683b2c6f34a26c1b2effa886b423861285c97ffffffffffffffff",
    );
    let below = |distance: u8| {
        let mut value = prime.clone();
        *value.last_mut().unwrap() -= distance;
        value
    };
    let small = |value: u8| {
        let mut bytes = vec![0; prime.len()];
        *bytes.last_mut().unwrap() = value;
        bytes
    };
    let client = own(Group::Ffdhe2048);
    let refused = Some(AgreementFailed::InvalidPeerShare);
    for value in [small(0), small(1), below(1), below(0), vec![0xff; 256]] {
        assert_eq!(client.agree(&value).err(), refused);
        assert_eq!(
            respond(Group::Ffdhe2048, &value, &mut SystemRandom).err(),
            refused
        );
    }
    for value in [small(2), below(2)] {
        assert!(client.agree(&value).is_ok());
    }
}

/// The generator is 2 in every group of RFC 7919, so a peer whose value is 2 shares our own public
/// value with us.
#[test]
fn finite_field_groups_have_two_as_their_generator() {
    for group in [
        Group::Ffdhe2048,
        Group::Ffdhe3072,
        Group::Ffdhe4096,
        Group::Ffdhe8192,
    ] {
        let client = own(group);
        let mut two = vec![0; group.public_len_client()];
        *two.last_mut().unwrap() = 2;
        assert_eq!(client.agree(&two).unwrap().as_bytes(), client.public());
    }
}

/// FIPS 203 s7.2: coefficients of an encapsulation key are below 3329.
#[test]
fn an_unreduced_ml_kem_key_is_refused() {
    for group in [Group::MlKem768, Group::MlKem1024, Group::X25519MlKem768] {
        let mut public = own(group).public().to_vec();
        public[..3].fill(0xff);
        assert_eq!(
            respond(group, &public, &mut SystemRandom).err(),
            Some(AgreementFailed::InvalidPeerShare)
        );
    }
}

#[test]
fn a_scalar_out_of_range_is_drawn_again() {
    let mut script = vec![0xff; 32];
    script.extend([0; 32]);
    script.extend([0; 31]);
    script.push(1);
    let share = OwnKeyShare::generate(Group::P256, &mut Scripted(script)).unwrap();
    // SP 800-186 s3.2.1.3: the scalar 1 gives the base point.
    assert_eq!(
        share.public()[1..33],
        hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    );
    let endless = OwnKeyShare::generate(Group::P256, &mut Scripted(vec![0xff; 32 * 40]));
    assert_eq!(endless.err(), Some(AgreementFailed::Random(RandomFailed)));
}

#[test]
fn key_shares_do_not_print() {
    let share = own(Group::X25519MlKem768);
    assert_eq!(format!("{share:?}"), "OwnKeyShare(X25519MlKem768)");
}
