//! Policies and own delegated credentials (RFC 9345): their keys, and the schemes by which certificates
//! vouch for them, are held to what a policy asks of certificates and of signatures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{Delegate, Delegation, Signer};
use handfast::{ClientConfig, Credential, PrivateKey, ServerConfig, SignatureScheme};
use handfast_policy::policy::{Governed, Policy, Rule, Violation};
use handfast_policy::preset;
use handfast_testkit::certificates::{KeyKind, now_unix};
use handfast_testkit::{config, delegated};

/// The key of a certificate vouches by a scheme for another key, which signs by another one.
fn credential(
    leaf: (KeyKind, SignatureScheme),
    own: (KeyKind, SignatureScheme),
    to: Delegate,
) -> Credential {
    let issued = delegated::certificate(leaf.0);
    let key = PrivateKey::generate(own.0).unwrap();
    let delegation = Delegation {
        to,
        public_key: key.public_spki(),
        scheme: own.1,
        until_unix: now_unix() + delegated::LIFE_S,
    };
    let chain = issued.chain().to_vec();
    let bytes = delegation.sign(&chain[0], issued.key(), leaf.1).unwrap();
    Credential::with_delegated(chain, &bytes, Signer::Key(key)).unwrap()
}

/// What is found of the delegated part.
fn found(policy: &Policy, mut config: impl Governed) -> Vec<Violation> {
    policy.apply(&mut config);
    let all = policy.check(&config).err();
    let all = all.map(|found| found.all().to_vec()).unwrap_or_default();
    let of_delegated = |one: &Violation| one.what.contains("delegated");
    all.into_iter().filter(of_delegated).collect()
}

fn of_server(policy: &Policy, credential: &Credential) -> Vec<Violation> {
    found(policy, ServerConfig::new(credential.clone()))
}

const P384: (KeyKind, SignatureScheme) = (KeyKind::EcP384, SignatureScheme::ECDSA_SECP384R1_SHA384);
const P256: (KeyKind, SignatureScheme) = (KeyKind::EcP256, SignatureScheme::ECDSA_SECP256R1_SHA256);

#[test]
fn a_delegated_key_of_another_size_or_kind_is_found() {
    let pss = |bits| {
        let scheme = SignatureScheme::RSA_PSS_PSS_SHA384;
        (KeyKind::RsaPss { bits }, scheme)
    };
    let policy = preset::find("cnsa-1.0").unwrap();
    for (own, what) in [
        (pss(2048), Some("2048 bits")),
        (P256, Some("EcP256")),
        (pss(3072), None),
        (P384, None),
    ] {
        let shown = credential(P384, own, Delegate::Server);
        let keys = of_server(policy, &shown);
        let keys = keys
            .into_iter()
            .filter(|one| one.rule == Rule::CredentialKey);
        let keys: Vec<_> = keys.map(|one| one.what).collect();
        assert_eq!(keys.is_empty(), what.is_none(), "{keys:?}");
        assert!(keys.iter().all(|one| one.contains(what.unwrap_or(""))));
    }
    // Also where the policy is about one's own certificate alone.
    let modern = preset::find("mozilla-modern").unwrap();
    let ed25519 = (KeyKind::Ed25519, SignatureScheme::ED25519);
    let shown = credential(P256, ed25519, Delegate::Server);
    assert_eq!(of_server(modern, &shown)[0].rule, Rule::CredentialKey);
    let shown = credential(P256, P256, Delegate::Server);
    assert_eq!(of_server(modern, &shown), [], "control");
}

#[test]
fn a_scheme_by_which_a_certificate_vouches_is_found() {
    let rsa = |scheme| (KeyKind::Rsa { bits: 2048 }, scheme);
    let policy = preset::find("cnsa-1.0").unwrap();
    for (scheme, does) in [
        (SignatureScheme::RSA_PSS_RSAE_SHA256, false),
        (SignatureScheme::RSA_PSS_RSAE_SHA384, true),
    ] {
        let by_server = of_server(policy, &credential(rsa(scheme), P384, Delegate::Server));
        let mut client = ClientConfig::new(config::trust());
        client.credentials = vec![credential(rsa(scheme), P384, Delegate::Client)];
        for found in [by_server, found(policy, client)] {
            assert_eq!(found.is_empty(), does, "{found:?}");
            let is_it = |one: &Violation| {
                one.rule == Rule::CredentialScheme && one.what.contains(scheme.name().unwrap())
            };
            assert!(found.iter().all(is_it), "{found:?}");
        }
    }
}
