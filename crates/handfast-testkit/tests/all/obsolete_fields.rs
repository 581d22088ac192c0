//! Diffie-Hellman in finite fields, before TLS 1.3 (RFC 5246 section 7.4.3, RFC 7919).

use handfast::config::Entropy;
use handfast::observe::{Direction, Observer, Passed};
use handfast::obsolete::{COMPATIBLE, DhGroup, DhGroupUnfit, FieldUnfit};
use handfast::{
    CipherSuite, ClientConfig, Error, Fault, NamedGroup, ProtocolVersion, ServerConfig,
};
use handfast_crypto::agreement::Group;
use handfast_crypto::legacy::finite_field::{Field, OwnKey};
use handfast_crypto::random::{Random, RandomFailed, SystemRandom};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::codec::{Reader, Wire};
use handfast_wire::handshake::{DheClientKeyExchange, DheParams};
use handfast_wire::registry::HandshakeType;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

const SUITE: CipherSuite = CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256;
const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };

/// Both allow what is compatible; the client offers one suite, and these finite fields.
fn configs(fields: &[NamedGroup]) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.allow_obsolete(&COMPATIBLE);
    }
    client.common.suites = vec![SUITE];
    client.common.groups = [&[NamedGroup::SECP256R1], fields].concat();
    (client, server)
}

fn run(client: ClientConfig, server: ServerConfig) -> Pair {
    let client = client.check().expect("a config");
    let mut pair = Pair::new(&client, &server.check().expect("a config"));
    pair.run(Delivery::Whole);
    pair
}

/// Group and bits that both ends tell of.
fn agreed(pair: &Pair) -> (NamedGroup, Option<usize>) {
    let [client, server] = [&pair.client, &pair.server].map(|end| {
        let negotiated = end.connection.negotiated().expect("a connection");
        (negotiated.group, negotiated.prime_bits)
    });
    assert_eq!(client, server);
    client
}

/// 2^2048 - `below`.
fn prime(below: u32) -> [u8; 256] {
    let mut prime = [0xff; 256];
    prime[252..].copy_from_slice(&(u32::MAX - below + 1).to_be_bytes());
    prime
}
/// The largest safe prime of 2048 bits.
const SAFE: u32 = 1_942_289;
/// The largest prime of 2048 bits, whose half is none.
const UNSAFE: u32 = 1557;

#[test]
fn a_server_takes_the_best_field_of_its_own_that_the_client_names() {
    use NamedGroup as G;
    let both = [G::FFDHE3072, G::FFDHE2048];
    for (named, own, wanted) in [
        (&[G::FFDHE3072][..], &[][..], (G::FFDHE3072, 3072)),
        (&both, &[], (G::FFDHE2048, 2048)),
        (&both, &both, (G::FFDHE3072, 3072)),
        (&[G::FFDHE4096], &[G::FFDHE4096], (G::FFDHE4096, 4096)),
        (&[], &[], (G::FFDHE2048, 2048)),
        (&[], &[G::FFDHE4096], (G::FFDHE4096, 4096)),
    ] {
        let (client, mut server) = configs(named);
        if !own.is_empty() {
            server.common.groups = [&[G::SECP256R1], own].concat();
        }
        let pair = run(client, server);
        assert_eq!(
            agreed(&pair),
            (wanted.0, Some(wanted.1)),
            "{named:?} {own:?}"
        );
    }
    // A config without any takes those of RFC 7919 that do not cost too much.
    let (client, mut server) = configs(&[G::FFDHE4096]);
    server.common.groups = vec![G::SECP256R1];
    assert_eq!(agreed(&run(client, server)).0, G::FFDHE4096);
}

#[test]
fn where_the_client_names_other_fields_alone_none_is_taken() {
    let named = [NamedGroup::FFDHE8192];
    let (client, mut server) = configs(&named);
    // RFC 7919 section 4: a group of the server's own does not help.
    server.dh_group = DhGroup::rfc3526(2048);
    let pair = run(client, server.clone());
    assert_eq!(pair.server.error, Some(Error::Fault(Fault::GroupNotCommon)));
    // A suite that wants none is taken.
    let (mut client, _) = configs(&named);
    let other = CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256;
    client.common.suites.push(other);
    let pair = run(client, server);
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!((negotiated.suite, negotiated.prime_bits), (other, None));
}

#[test]
fn clients_without_a_named_field_take_the_servers_own_whose_prime_is_safe() {
    let custom = DhGroup::new(&prime(SAFE), &[2]).unwrap();
    for (group, bits) in [
        (DhGroup::rfc3526(2048).unwrap(), 2048),
        (DhGroup::rfc3526(3072).unwrap(), 3072),
        (custom.clone(), 2048),
    ] {
        let (client, mut server) = configs(&[]);
        server.dh_group = Some(group);
        let mut pair = run(client, server);
        assert_eq!(agreed(&pair), (NamedGroup(0), Some(bits)));
        pair.exchange(b"a line of text");
    }
    // Whoever names one gets it all the same.
    let (client, mut server) = configs(&[NamedGroup::FFDHE2048]);
    server.dh_group = Some(custom);
    assert_eq!(agreed(&run(client, server)).0, NamedGroup::FFDHE2048);
}

#[test]
fn a_group_of_a_file_serves() {
    let mut der = vec![0x30, 0x82, 1, 8, 2, 0x82, 1, 1, 0];
    der.extend(prime(SAFE));
    der.extend([2, 1, 2]);
    let file = handfast_pki::load::to_pem("DH PARAMETERS", &der);
    let read = handfast_pki::load::dh_parameters(file.as_bytes()).unwrap();
    let (client, mut server) = configs(&[]);
    server.dh_group = DhGroup::new(&read.prime, &read.generator).ok();
    assert_eq!(agreed(&run(client, server)), (NamedGroup(0), Some(2048)));
}

#[test]
fn a_prime_that_is_not_safe_is_neither_loaded_nor_taken() {
    assert_eq!(
        DhGroup::new(&prime(UNSAFE), &[2]),
        Err(DhGroupUnfit::NotSafe)
    );
    let short = DhGroupUnfit::OutOfRange(FieldUnfit::PrimeShort { bits: 1024 });
    assert_eq!(DhGroup::new(&prime(SAFE)[..128], &[2]), Err(short));
    let unsafe_one = DhGroup::danger_unchecked(&prime(UNSAFE), &[2]).unwrap();
    let (client, mut server) = configs(&[]);
    server.dh_group = Some(unsafe_one.clone());
    let pair = run(client, server);
    assert_eq!(pair.client.error, Some(Error::Fault(Fault::PrimeUnsafe)));
    // It is looked at for nobody but the server that was meant: it takes long.
    let (client, _) = configs(&[]);
    let mut client = ClientConfig {
        verification: ClientConfig::new(handfast::config::Trust::Roots(
            handfast_pki::roots::Roots::new(),
        ))
        .verification,
        ..client
    };
    client.common.suites = vec![SUITE];
    let (_, mut server) = configs(&[]);
    server.dh_group = Some(unsafe_one);
    let pair = run(client, server);
    let wanted = Fault::CertificateAuthorityUnknown;
    assert_eq!(pair.client.error, Some(Error::Fault(wanted)));
}

/// Keeps the public values that pass.
#[derive(Debug, Default)]
struct Values(Mutex<Vec<Vec<u8>>>);

impl Observer for Values {
    fn passed(&self, _: Direction, what: Passed<'_>) {
        let Passed::Handshake { msg_type, bytes } = what else {
            return;
        };
        let body = &bytes[4..];
        let value = match msg_type {
            HandshakeType::SERVER_KEY_EXCHANGE => {
                let params = DheParams::read(&mut Reader::new(body)).expect("parameters");
                params.dh_ys.to_vec()
            }
            HandshakeType::CLIENT_KEY_EXCHANGE => {
                let exchange = DheClientKeyExchange::decode(body).expect("a value");
                exchange.dh_yc.to_vec()
            }
            _ => return,
        };
        self.0.lock().expect("no panic").push(value);
    }
}

fn no_public_value_twice(handshakes: usize) {
    let (mut client, server) = configs(&[NamedGroup::FFDHE2048]);
    let values = Arc::new(Values::default());
    client.common.observer = Some(Arc::clone(&values) as _);
    let client = client.check().expect("a config");
    let server = server.check().expect("a config");
    for _ in 0..handshakes {
        Pair::new(&client, &server).connect(Delivery::Whole);
    }
    let values = values.0.lock().expect("no panic");
    let different: HashSet<_> = values.iter().collect();
    assert_eq!(different.len(), 2 * handshakes);
}

#[test]
fn no_public_value_comes_twice() {
    no_public_value_twice(100);
}

/// Takes half a minute: `cargo test -p handfast-testkit --test all -- --ignored
/// no_public_value_comes_twice_in_10_000_handshakes`.
#[test]
#[ignore = "takes half a minute"]
fn no_public_value_comes_twice_in_10_000_handshakes() {
    no_public_value_twice(10_000);
}

/// The system's randomness, the last draw kept.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<u8>>);

impl Entropy for Kept {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        SystemRandom.fill(out)?;
        *self.0.lock().expect("no panic") = out.to_vec();
        Ok(())
    }
}

/// Hands out what was kept.
struct Again(Vec<u8>);

impl Random for Again {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

#[test]
fn a_shared_secret_with_zeros_at_its_front_is_agreed_on() {
    let field = Field::of_group(Group::Ffdhe2048).unwrap();
    let (mut client, server) = configs(&[NamedGroup::FFDHE2048]);
    let (values, kept) = (Arc::new(Values::default()), Arc::new(Kept::default()));
    client.common.observer = Some(Arc::clone(&values) as _);
    client.common.entropy = Arc::clone(&kept) as _;
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    // One in 256 is short; a hundred times as many without one happen to nobody.
    for _ in 0..25_600 {
        values.0.lock().unwrap().clear();
        let mut pair = Pair::new(&client, &server);
        pair.connect(Delivery::Whole);
        // The client's last draw is its exponent.
        let own = OwnKey::generate(&field, &mut Again(kept.0.lock().unwrap().clone())).unwrap();
        let values = values.0.lock().unwrap();
        assert_eq!(own.public(), values[1]);
        let secret = own.agree(&values[0]).unwrap();
        if secret.as_bytes()[0] == 0 {
            assert!(secret.without_leading_zeros().len() < 256);
            pair.exchange(b"a line of text");
            return;
        }
    }
    panic!("no short secret came");
}
