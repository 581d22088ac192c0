//! Where the names of shared keys are hidden, TLS 1.3 goes by a key alone whose owner shows that it
//! knows it (RFC 8446 appendix E.6); what an asker hears, attack A36 tries in more ways.

use crate::shared_keys::{
    SHA256, SHA384, certified, client, errors, every_form, key, met_by, met_by_certificate, run,
    server, suite, told, wrong,
};
use handfast::config::{PreSharedKey, PskHash};
use handfast::connection::Question;
use handfast::observe::Script;
use handfast::{Answer, ClientConfig, Fault, NamedGroup, ServerConfig};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::{Hello, client_hello};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Changes one ClientHello, the first (0) or the second.
#[derive(Debug)]
struct Changes {
    number: usize,
    edit: fn(&mut Hello),
    said: AtomicUsize,
}

impl Changes {
    fn script(number: usize, edit: fn(&mut Hello)) -> Option<Arc<dyn Script>> {
        let said = AtomicUsize::new(0);
        Some(Arc::new(Self { number, edit, said }))
    }
}

impl Script for Changes {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        let is_hello = msg_type == HandshakeType::CLIENT_HELLO;
        if is_hello && self.said.fetch_add(1, Ordering::SeqCst) == self.number {
            return client_hello(&message, self.edit);
        }
        vec![message]
    }
}

fn drop_names(hello: &mut Hello) {
    hello.extensions.remove(ExtensionType::PRE_SHARED_KEY);
}

fn naming(named: PreSharedKey) -> ClientConfig {
    let mut client = config::client();
    client.psks = vec![named];
    client
}

/// A server that takes suites of both hashes, SHA-256 first.
fn hidden(mut server: ServerConfig) -> ServerConfig {
    server.hide_unknown_psks = true;
    server.common.suites = vec![SHA256, SHA384];
    server
}

fn retrying(mut server: ServerConfig) -> ServerConfig {
    server.common.groups = vec![NamedGroup::SECP384R1];
    server
}

#[test]
fn hidden_names_are_told_from_each_other_by_nothing_that_is_said() {
    for form in every_form() {
        for change in [|server| server, retrying] {
            let ours = [key("pump 6"), form.clone()];
            let bare = || change(hidden(server(&ours)));
            let shows = || change(hidden(certified(&ours)));
            for named in [key("pump 8"), wrong("pump 7")] {
                let named = named.with_hash(form.hash());
                let named = match form.context() {
                    Some(context) => named.imported(context).unwrap(),
                    None => named,
                };
                let refused = run(naming(named.clone()), bare());
                assert_eq!(errors(&refused), told(Fault::BinderWrong));
                let pair = run(naming(named), shows());
                met_by_certificate(&pair);
                assert_eq!(suite(&pair), SHA256);
            }
            met_by(run(client(from_ref(&form)), bare()), "pump 7");
            met_by(run(client(from_ref(&form)), shows()), "pump 7");
            // Who names none is not one of those who are hidden.
            let none = run(config::client(), bare());
            assert_eq!(errors(&none), told(Fault::PskNotCommon));
        }
    }
}

#[test]
fn hidden_names_are_not_told_by_a_retry() {
    let heard = |identity: &str| {
        let mut client = naming(wrong(identity));
        client.common.danger_script = Changes::script(1, drop_names);
        errors(&run(client, retrying(hidden(certified(&[key("pump 7")])))))
    };
    assert_eq!(heard("pump 7"), heard("pump 8"), "known, unknown");
}

#[test]
fn hidden_names_are_not_told_by_the_suite() {
    let heard = |identity: &str| {
        let ours = [key("pump 7").with_hash(PskHash::Sha384)];
        let named = wrong(identity).with_hash(PskHash::Sha384);
        suite(&run(naming(named), hidden(certified(&ours))))
    };
    assert_eq!(heard("pump 7"), heard("pump 8"), "known, unknown");
}

#[test]
fn hidden_names_are_not_told_by_an_alert() {
    let heard = |identity: &str| {
        let ours = [key("pump 7").with_hash(PskHash::Sha384)];
        let mut client = naming(wrong(identity));
        client.common.suites = vec![SHA256];
        errors(&run(client, hidden(server(&ours))))
    };
    assert_eq!(heard("pump 7"), heard("pump 8"), "known, unknown");
    assert_eq!(heard("pump 7"), told(Fault::BinderWrong));
}

#[test]
fn hidden_names_are_not_told_by_how_often_the_caller_is_asked() {
    let asked_for = |first: &str| {
        let mut server = hidden(certified(&[]));
        server.ask_for_psk = true;
        let mut client = naming(wrong(first));
        client.psks.extend([wrong("pump 1"), wrong("pump 2")]);
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let mut pair = Pair::new(&client, &server);
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        pair.server.answerer = Some(Box::new(move |question| {
            let Question::Psk { identity, .. } = question else {
                return Answer::Failed;
            };
            count.fetch_add(1, Ordering::SeqCst);
            Answer::Psk(Some(key("pump 7")).filter(|key| Some(key.identity()) == identity))
        }));
        pair.run(Delivery::Whole);
        met_by_certificate(&pair);
        asked.load(Ordering::SeqCst)
    };
    assert_eq!(asked_for("pump 7"), asked_for("pump 8"), "known, unknown");
}

#[test]
fn of_several_keys_under_hidden_names_the_one_is_taken_that_the_client_knows() {
    let ours = [
        key("pump 7").with_hash(PskHash::Sha384),
        key("pump 8"),
        key("pump 9"),
    ];
    for server in [hidden(server(&ours)), retrying(hidden(certified(&ours)))] {
        let named = [
            wrong("pump 7"),
            wrong("pump 1"),
            key("pump 9"),
            key("pump 8"),
        ];
        met_by(run(client(&named), server.clone()), "pump 8");
        let named = key("pump 7").with_hash(PskHash::Sha384);
        let pair = met_by(run(client(&[named]), server), "pump 7");
        assert_eq!(suite(&pair), SHA384);
    }
}

#[test]
fn a_key_that_is_dropped_after_a_retry_under_hidden_names_means_a_certificate() {
    let mut client = naming(key("pump 7"));
    client.common.danger_script = Changes::script(1, drop_names);
    let server = retrying(hidden(certified(&[key("pump 7")])));
    met_by_certificate(&run(client, server));
}

/// RFC 8446 section 4.1.4.
#[test]
fn a_name_in_the_second_hello_alone_changes_neither_suite_nor_outcome() {
    for hides in [false, true] {
        for hash in [PskHash::Sha256, PskHash::Sha384] {
            let ours = [key("pump 7").with_hash(hash)];
            for named in [key("pump 7"), wrong("pump 7"), key("pump 8")] {
                let mut server = retrying(hidden(certified(&ours)));
                server.hide_unknown_psks = hides;
                for suites in [[SHA256, SHA384], [SHA384, SHA256]] {
                    server.common.suites = suites.to_vec();
                    let mut client = naming(named.clone().with_hash(hash));
                    client.common.danger_script = Changes::script(0, drop_names);
                    let pair = run(client, server.clone());
                    met_by_certificate(&pair);
                    assert_eq!(suite(&pair), suites[0]);
                }
            }
        }
    }
}
