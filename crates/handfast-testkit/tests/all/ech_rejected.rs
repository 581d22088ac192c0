//! What stays hidden, and what is told, where a ClientHello does not open (RFC 9849 sections 6.1.6,
//! 7.1 and 10).

use handfast::config::{Exception, Peer, PreSharedKey, Relaxed};
use handfast::obsolete::OBSOLETE;
use handfast::{
    Answer, CipherSuite, ConfigFault, Error, Fault, NamedGroup, ProtocolVersion, ServerConfig,
    ServerName,
};
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::{config, ech};

const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;

#[test]
fn what_to_use_instead_is_told_whichever_config_answers() {
    let (stale, current) = (ech::key(1), [ech::key(2)]);
    for swapped in [false, true] {
        let mut front = ech::server(&current);
        front.ask_for_config = true;
        // The public name's own config, which knows of no keys.
        let host = ServerConfig::new(ech::credential()).check().unwrap();
        let client = ech::client(&ech::list(std::slice::from_ref(&stale)));
        let mut pair = Pair::new(&client.check().unwrap(), &front.check().unwrap());
        pair.server.answerer = Some(Box::new(move |_| match swapped {
            true => Answer::Config(host.clone()),
            false => Answer::SameConfig,
        }));
        pair.run(Delivery::Whole);
        assert_eq!(pair.client.error, Some(Error::Fault(Fault::EchRejected)));
        let told = pair.client.connection.ech_retry_configs();
        assert_eq!(told, Some(&ech::list(&current)), "swapped: {swapped}");
    }
}

#[test]
fn the_name_of_a_shared_key_is_not_for_the_public_name() {
    let suite = CipherSuite::TLS_RSA_PSK_WITH_AES_128_GCM_SHA256;
    let key = PreSharedKey::new(b"pump seven", &[1; 32]).unwrap();
    let at = certificates::now_unix();
    let validity = Validity {
        not_before_unix: at - 86_400,
        not_after_unix: at + 86_400,
    };
    let names = [ech::PUBLIC, "localhost"].map(AlternativeName::dns);
    let kind = KeyKind::Rsa { bits: 2048 };
    let issued = certificates::intermediate().issue_server(&names, validity, kind);
    let mut server = ServerConfig::new(config::credential(&issued.unwrap()));
    server.common.allow_obsolete(&OBSOLETE);
    server.common.versions = vec![TLS12];
    server.common.suites = vec![suite];
    server.psks = vec![key.clone()];
    let server = server.check().unwrap();
    for hides in [true, false] {
        let mut client = match hides {
            true => ech::client(&ech::list(&[ech::key(1)])),
            // The control: who hides nothing names the key in the clear, as the suite has it.
            false => config::client(),
        };
        client.common.allow_obsolete(&OBSOLETE);
        client.common.versions = vec![ProtocolVersion::TLS_1_3, TLS12];
        client.common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256, suite];
        client.psks = vec![key.clone()];
        let mut pair = Pair::new(&client.check().unwrap(), &server);
        pair.run(Delivery::Whole);
        let refused = hides.then_some(Error::Fault(Fault::EchRejectedUnproved));
        assert_eq!(pair.client.error, refused);
        let mut sent = pair.client.sent.windows(10);
        assert_eq!(sent.any(|bytes| bytes == b"pump seven"), !hides);
    }
}

#[test]
fn a_retry_is_remembered_for_all_names_behind_the_public_one() {
    let keys = [ech::key(1)];
    let mut server = ech::server(&keys);
    server.common.groups = vec![NamedGroup::SECP384R1];
    let server = server.check().unwrap();
    let client = ech::client(&ech::list(&keys)).check().unwrap();
    let length = |name: &str| {
        let name = ServerName::parse(name).unwrap();
        let connection = client.connect(name, now()).unwrap();
        End::new(connection).take_output().len()
    };
    let before = length("localhost");
    let mut pair = Pair::new(&client, &server);
    pair.connect(Delivery::Whole);
    assert!(pair.client.connection.negotiated().unwrap().retried);
    // The share that was asked for comes at once, and whoever listens sees it for every name alike.
    assert!(length("localhost") > before);
    assert_eq!(length("localhost"), length("otherhost"));
}

#[test]
fn what_is_offered_to_one_server_alone_is_not_shown_beside_it() {
    let exception = |rule| {
        let peer = Peer::Name(ServerName::parse("localhost").unwrap());
        Exception::danger_relax(peer, rule, "a test", now().unix_s() + 86_400)
    };
    let with = |rule| {
        let mut client = ech::client(&ech::list(&[ech::key(1)]));
        client.common.versions = vec![ProtocolVersion::TLS_1_3];
        client.exceptions = vec![exception(rule)];
        client
    };
    for rule in [
        Relaxed::Version(TLS12),
        Relaxed::Group(NamedGroup::SECP521R1),
    ] {
        let refused = with(rule).check();
        assert!(
            matches!(refused, Err(ConfigFault::Exception { .. })),
            "{refused:?}"
        );
    }
    // What only judges a certificate shows nowhere.
    assert!(with(Relaxed::Expired).check().is_ok());
    // And without a ClientHello in it there is nothing that it could give away.
    let mut plain = with(Relaxed::Version(TLS12));
    plain.ech = handfast::config::Ech::Grease;
    assert!(plain.check().is_ok());
}
