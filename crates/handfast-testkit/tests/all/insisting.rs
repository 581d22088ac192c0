//! Clients that give up rather than show nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::ClientAuth;
use handfast::connection::PeerStanding;
use handfast::{Error, Fault, ProtocolVersion, SignatureScheme};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];

/// What a client ends by that has a P-256 certificate, and how it stands with the server. The server asks for
/// certificates by this scheme, of these authorities.
fn met(
    version: ProtocolVersion,
    insists: bool,
    scheme: SignatureScheme,
    authorities: &[Vec<u8>],
    has_certificate: bool,
) -> (Option<Error>, Option<PeerStanding>) {
    let (mut client, mut server) = (config::client(), config::mutual_server(KeyKind::EcP256));
    client.common.versions = vec![version];
    client.insist_on_credential = insists;
    if has_certificate {
        client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    }
    let ClientAuth::Require(verification) = server.client_auth else {
        unreachable!("a mutual server requires certificates");
    };
    server.client_auth = ClientAuth::Request(verification);
    server.common.schemes = vec![scheme];
    server.client_authorities = authorities.to_vec();
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    let standing = pair.server.connection.negotiated();
    (pair.client.error, standing.map(|one| one.peer_standing))
}

const FITS: SignatureScheme = SignatureScheme::ECDSA_SECP256R1_SHA256;
const UNFIT: SignatureScheme = SignatureScheme::ED25519;

#[test]
fn without_a_scheme_in_common_who_insists_says_why_and_others_show_nothing() {
    for version in VERSIONS {
        let (error, standing) = met(version, true, UNFIT, &[], true);
        assert_eq!(error, Some(Fault::SchemeNotCommon.into()), "{version}");
        assert_eq!(standing, None);
        let (error, standing) = met(version, false, UNFIT, &[], true);
        assert_eq!(
            (error, standing),
            (None, Some(PeerStanding::Anonymous)),
            "{version}"
        );
    }
}

#[test]
fn what_suits_is_shown_and_who_has_nothing_to_show_insists_on_nothing() {
    for version in VERSIONS {
        for insists in [false, true] {
            let shown = met(version, insists, FITS, &[], true);
            assert_eq!(shown, (None, Some(PeerStanding::Verified)), "{version}");
            let shown = met(version, insists, FITS, &[], false);
            assert_eq!(shown, (None, Some(PeerStanding::Anonymous)), "{version}");
        }
    }
}
