//! Lies about certificates that are asked for after the handshake (RFC 8446 section 4.6.2).

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::liar::anatomy::{certificate, certificate_request, message};
use crate::liar::lie::{Lie, Setup, record};
use crate::pair::{Delivery, End, Pair};
use handfast::Fault;
use handfast::config::{ClientAuth, Verification};
use handfast::connection::Renewal;
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};

const HANDSHAKE: ContentType = ContentType::HANDSHAKE;
const CERTIFICATE: HandshakeType = HandshakeType::CERTIFICATE;
const CERTIFICATE_VERIFY: HandshakeType = HandshakeType::CERTIFICATE_VERIFY;
const FINISHED: HandshakeType = HandshakeType::FINISHED;
const CERTIFICATE_REQUEST: HandshakeType = HandshakeType::CERTIFICATE_REQUEST;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = answers();
    all.extend(broken_answers());
    all.extend(requests());
    all
}

/// A server that may ask later, and a client that has something to show.
fn asks_later(setup: &mut Setup) {
    setup.server.later_client_auth = ClientAuth::Require(Verification::chain(config::trust()));
    setup.client.post_handshake_auth = true;
    let shown = config::credential(certificates::client(KeyKind::EcP256));
    setup.client.credentials = vec![shown];
}

fn ask(server: &mut End) {
    let asked = server
        .connection
        .renew(Renewal::ClientCertificate, crate::pair::now());
    asked.expect("a server may ask");
}

fn ask_once(pair: &mut Pair) {
    ask(&mut pair.server);
    pair.run(Delivery::Whole);
}

/// The client says what ends in the middle of an answer, and then something else.
fn ask_and_go_on(pair: &mut Pair, act: impl FnOnce(&mut End) -> Vec<u8>) {
    ask_once(pair);
    let bytes = act(&mut pair.client);
    pair.server.deliver(&bytes, pair.now);
}

fn answers() -> Vec<Lie> {
    use Fault::{CertificateRequired, FinishedMalformed, FinishedWrong, IdentityChanged};
    use Fault::{RequestContextUnknown, SignatureWrong};
    let c = |name, fault| Lie::by_client(name, fault).with(asks_later);
    vec![
        c("an answer to another request", RequestContextUnknown)
            .says(CERTIFICATE, |one| {
                certificate(&one, |one| one.context[31] ^= 1)
            })
            .afterwards(ask_once),
        c("an answer without a context", RequestContextUnknown)
            .says(CERTIFICATE, |one| {
                certificate(&one, |one| one.context.clear())
            })
            .afterwards(ask_once),
        c("a wrong signature in an answer", SignatureWrong)
            .says(CERTIFICATE_VERIFY, |mut one| {
                *one.last_mut().expect("a signature") ^= 1;
                vec![one]
            })
            .afterwards(ask_once),
        c("a wrong Finished in an answer", FinishedWrong)
            .says_nth(FINISHED, 1, |mut one| {
                one[10] ^= 1;
                vec![one]
            })
            .afterwards(ask_once),
        c("a short Finished in an answer", FinishedMalformed)
            .says_nth(FINISHED, 1, |one| vec![message(FINISHED, &one[4..20])])
            .afterwards(ask_once),
        c(
            "no certificate where one is required later",
            CertificateRequired,
        )
        .says(CERTIFICATE, |one| {
            certificate(&one, |one| one.entries.clear())
        })
        .afterwards(ask_once),
        c("somebody else's certificate than before", IdentityChanged)
            .with(|setup| {
                asks_later(setup);
                let verification = Verification::chain(config::trust());
                setup.server.client_auth = ClientAuth::Require(verification);
            })
            .says_nth(CERTIFICATE, 1, |one| {
                let other = certificates::client(KeyKind::EcP384);
                certificate(&one, |one| one.entries[0].0 = other.chain()[0].to_vec())
            })
            .afterwards(ask_once),
    ]
}

fn broken_answers() -> Vec<Lie> {
    use Fault::{ApplicationDataUnexpected, MessageUnexpected};
    let c = |name, fault| Lie::by_client(name, fault).with(asks_later);
    vec![
        c("an answer that nobody has asked for", MessageUnexpected)
            .later(|liar| record(liar, HANDSHAKE, &message(CERTIFICATE, &[0, 0, 0, 0]))),
        c("an answer without Certificate", MessageUnexpected)
            .says(CERTIFICATE, |_| Vec::new())
            .afterwards(ask_once),
        c("an answer without CertificateVerify", MessageUnexpected)
            .says(CERTIFICATE_VERIFY, |_| Vec::new())
            .afterwards(ask_once),
        c("Certificate twice in an answer", MessageUnexpected)
            .says(CERTIFICATE, |one| vec![one.clone(), one])
            .afterwards(ask_once),
        c("data inside an answer", ApplicationDataUnexpected)
            .says_nth(FINISHED, 1, |_| Vec::new())
            .afterwards(|pair| ask_and_go_on(pair, |liar| liar.write(b"data"))),
        c("a KeyUpdate inside an answer", MessageUnexpected)
            .says_nth(FINISHED, 1, |_| Vec::new())
            .afterwards(|pair| {
                ask_and_go_on(pair, |liar| {
                    let mut out = [0; 256];
                    let written = liar.connection.key_update(false, &mut out);
                    out[..written.expect("a key can be updated")].to_vec()
                });
            }),
        c(
            "an answer without Finished, then another",
            MessageUnexpected,
        )
        .says_nth(FINISHED, 1, |_| Vec::new())
        .afterwards(|pair| {
            ask(&mut pair.server);
            ask(&mut pair.server);
        }),
    ]
}

fn requests() -> Vec<Lie> {
    use Fault::{CertificateRequestMalformed, RequestContextTwice, SchemesMissing};
    use Fault::{ExtensionMalformed, RequestContextWrong, TooManyRequests};
    let s = |name, fault| Lie::by_server(name, fault).with(asks_later);
    vec![
        s("two requests of one context", RequestContextTwice)
            .with(|setup| {
                asks_later(setup);
                setup.client.credentials.clear();
                setup.client.ask_for_credential = true;
            })
            .later(|liar| {
                ask(liar);
                let bytes = liar.take_output();
                let context = [&[1, 7][..], &[0, 8], &[0, 13, 0, 4, 0, 2, 4, 3]].concat();
                let request = message(CERTIFICATE_REQUEST, &context);
                [bytes, record(liar, HANDSHAKE, &request.repeat(2))].concat()
            }),
        s("a request without a context", RequestContextWrong)
            .with(asks_later)
            .later(|liar| {
                let context = [&[0][..], &[0, 8], &[0, 13, 0, 4, 0, 2, 4, 3]].concat();
                record(liar, HANDSHAKE, &message(CERTIFICATE_REQUEST, &context))
            }),
        s("nine requests at once", TooManyRequests)
            .with(|setup| {
                asks_later(setup);
                setup.client.credentials.clear();
                setup.client.ask_for_credential = true;
            })
            .later(|liar| {
                let request = |context: u8| {
                    let context = [&[1, context][..], &[0, 8], &[0, 13, 0, 4, 0, 2, 4, 3]];
                    message(CERTIFICATE_REQUEST, &context.concat())
                };
                let all: Vec<u8> = (0..9).flat_map(request).collect();
                record(liar, HANDSHAKE, &all)
            }),
        s("33 requests without data", TooManyRequests)
            .afterwards(|pair| (0..32).for_each(|_| ask_once(pair)))
            .later(|liar| {
                ask(liar);
                liar.take_output()
            }),
        s(
            "a later request without signature_algorithms",
            SchemesMissing,
        )
        .says(CERTIFICATE_REQUEST, |one| {
            certificate_request(&one, |_, block| {
                block.remove(ExtensionType::SIGNATURE_ALGORITHMS);
            })
        })
        .afterwards(ask_once),
        s(
            "a later request with a byte left over",
            CertificateRequestMalformed,
        )
        .says(CERTIFICATE_REQUEST, |one| {
            let longer = [&one[4..], &[0]].concat();
            vec![message(CERTIFICATE_REQUEST, &longer)]
        })
        .afterwards(ask_once),
        Lie::by_client("post_handshake_auth with content", ExtensionMalformed)
            .with(asks_later)
            .says(HandshakeType::CLIENT_HELLO, |one| {
                crate::liar::anatomy::client_hello(&one, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::POST_HANDSHAKE_AUTH, &[0]);
                })
            }),
    ]
}
