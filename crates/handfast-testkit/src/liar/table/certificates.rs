//! Lies about who one is: Certificate, CertificateRequest, CertificateVerify and Finished
//! (RFC 8446 sections 4.3.2 and 4.4).

use crate::certificates::{self, Flaw, KeyKind};
use crate::config;
use crate::liar::anatomy::{certificate, certificate_request, edit_body};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use handfast::config::Verification;
use handfast::connection::Question;
use handfast::{Answer, Fault, ServerConfig, SignatureScheme};
use handfast_wire::registry::{ExtensionType, HandshakeType};

/// Self-signed for localhost, with an RSA key of 1024 bits.
const RSA_1024: &[u8] = include_bytes!("../data/rsa1024.der");

const CERTIFICATE: HandshakeType = HandshakeType::CERTIFICATE;
const REQUEST: HandshakeType = HandshakeType::CERTIFICATE_REQUEST;
const VERIFY: HandshakeType = HandshakeType::CERTIFICATE_VERIFY;
const FINISHED: HandshakeType = HandshakeType::FINISHED;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = requests();
    all.extend(chains());
    all.extend(client_chains());
    all.extend(proofs());
    all.extend(finished());
    all.extend(judged());
    all.extend(judged_by_caller());
    all
}

/// The server asks for a certificate, and the client has one.
fn mutual(setup: &mut Setup) {
    setup.server = config::mutual_server(KeyKind::EcP256);
    setup.client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
}

fn requests() -> Vec<Lie> {
    use Fault::{CertificateRequestMalformed, ExtensionTwice};
    use Fault::{MessageUnexpected, RequestContextWrong, SchemesMissing};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault)
            .with(mutual)
            .says(REQUEST, change)
    }
    vec![
        says(
            "CertificateRequest without a body",
            CertificateRequestMalformed,
            |one| edit_body(&one, Vec::clear),
        ),
        says(
            "CertificateRequest with a byte left over",
            CertificateRequestMalformed,
            |one| edit_body(&one, |body| body.push(0)),
        ),
        says(
            "CertificateRequest with a context",
            RequestContextWrong,
            |one| certificate_request(&one, |context, _| context.push(1)),
        ),
        says(
            "CertificateRequest without schemes",
            SchemesMissing,
            |one| {
                certificate_request(&one, |_, block| {
                    block.remove(ExtensionType::SIGNATURE_ALGORITHMS);
                })
            },
        ),
        says(
            "CertificateRequest with schemes twice",
            ExtensionTwice,
            |one| {
                certificate_request(&one, |_, block| {
                    block.add(ExtensionType::SIGNATURE_ALGORITHMS, &[0, 2, 4, 3]);
                })
            },
        ),
        says("CertificateRequest twice", MessageUnexpected, |one| {
            vec![one.clone(), one]
        }),
    ]
}

fn chains() -> Vec<Lie> {
    use Fault::{
        CertificateKeyUnsupported, CertificateKeyWeak, CertificateUnreadable, RequestContextWrong,
    };
    use Fault::{CertificateMalformed, CertificateMissing, ExtensionNotOffered, ExtensionTwice};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault).says(CERTIFICATE, change)
    }
    vec![
        says("Certificate without a body", CertificateMalformed, |one| {
            edit_body(&one, Vec::clear)
        }),
        says("Certificate one byte short", CertificateMalformed, |one| {
            edit_body(&one, |body| body.truncate(body.len() - 1))
        }),
        says("an empty certificate", CertificateMalformed, |one| {
            certificate(&one, |chain| chain.entries[0].0.clear())
        }),
        says("33 certificates", Fault::CertificatesTooMany, |one| {
            certificate(&one, |chain| {
                let (der, block) = (chain.entries[1].0.clone(), chain.entries[1].1.clone());
                chain.entries.resize(33, (der, block));
            })
        }),
        says("no certificate", CertificateMissing, |one| {
            certificate(&one, |chain| chain.entries.clear())
        }),
        says("Certificate with a context", RequestContextWrong, |one| {
            certificate(&one, |chain| chain.context.push(1))
        }),
        says(
            "an extension that nobody asked for",
            ExtensionNotOffered,
            |one| {
                certificate(&one, |chain| {
                    chain.entries[0].1.add(ExtensionType(0xfafa), &[]);
                })
            },
        ),
        says(
            "timestamps that nobody asked for",
            ExtensionNotOffered,
            |one| {
                certificate(&one, |chain| {
                    let scts = ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP;
                    chain.entries[0].1.add(scts, &[0, 3, 0, 1, 0]);
                })
            },
        ),
        says("a status twice", ExtensionTwice, |one| {
            certificate(&one, |chain| {
                let status = ExtensionType::STATUS_REQUEST;
                chain.entries[0].1.add(status, &[1, 0, 0, 1, 0]);
                chain.entries[0].1.add(status, &[1, 0, 0, 1, 0]);
            })
        }),
        says("a certificate that is none", CertificateUnreadable, |one| {
            certificate(&one, |chain| chain.entries[0].0 = vec![0x30, 0])
        }),
        says(
            "a key on an unknown curve",
            CertificateKeyUnsupported,
            |one| {
                certificate(&one, |chain| {
                    let curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
                    let der = &mut chain.entries[0].0;
                    let at = der.windows(8).position(|one| one == curve).expect("P-256");
                    der[at + 7] = 1;
                })
            },
        ),
        says("a key of 1024 bits", CertificateKeyWeak, |one| {
            certificate(&one, |chain| chain.entries[0].0 = RSA_1024.to_vec())
        }),
        says(
            "a key that may not sign",
            Fault::CertificateKeyUsage,
            |one| certificate(&one, |chain| agree_only(&mut chain.entries[0].0)),
        ),
    ]
}

/// Turns digitalSignature into keyAgreement (RFC 5280 section 4.2.1.3).
fn agree_only(der: &mut [u8]) {
    const USAGE: [u8; 12] = [0x55, 0x1d, 0x0f, 1, 1, 0xff, 4, 4, 3, 2, 7, 0x80];
    let found = der.windows(USAGE.len()).position(|part| part == USAGE);
    let at = found.expect("the test certificate says digitalSignature") + USAGE.len();
    der[at - 2..at].copy_from_slice(&[3, 0x08]);
}

fn client_chains() -> Vec<Lie> {
    use Fault::{CertificateRequired, ExtensionNotOffered, MessageUnexpected, RequestContextWrong};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(mutual)
            .says(CERTIFICATE, change)
    }
    vec![
        says(
            "no certificate from the client",
            CertificateRequired,
            |one| certificate(&one, |chain| chain.entries.clear()),
        ),
        says("a context from the client", RequestContextWrong, |one| {
            certificate(&one, |chain| chain.context = vec![1, 2])
        }),
        says("a status from the client", ExtensionNotOffered, |one| {
            certificate(&one, |chain| {
                let status = ExtensionType::STATUS_REQUEST;
                chain.entries[0].1.add(status, &[1, 0, 0, 1, 0]);
            })
        }),
        says(
            "Certificate left out by the client",
            MessageUnexpected,
            |_| vec![],
        ),
        Lie::by_client(
            "CertificateVerify left out by the client",
            MessageUnexpected,
        )
        .with(mutual)
        .says(VERIFY, |_| vec![]),
        Lie::by_client(
            "a client's certificate that has expired",
            Fault::CertificateExpired,
        )
        .with(|setup| {
            mutual(setup);
            let credential = config::credential(&Flaw::Expired.server());
            setup.client.credentials = vec![credential];
        }),
    ]
}

fn proofs() -> Vec<Lie> {
    use Fault::{CertificateVerifyMalformed, SchemeNotOffered, SchemeWrongForKey, SignatureWrong};
    fn server(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault).says(VERIFY, change)
    }
    fn client(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(mutual)
            .says(VERIFY, change)
    }
    const LAST: Change = |one| edit_body(&one, |body| *body.last_mut().expect("a body") ^= 1);
    vec![
        server(
            "CertificateVerify without a body",
            CertificateVerifyMalformed,
            |one| edit_body(&one, Vec::clear),
        ),
        server(
            "CertificateVerify with a byte left over",
            CertificateVerifyMalformed,
            |one| edit_body(&one, |body| body.push(0)),
        ),
        server("a scheme that was not offered", SchemeNotOffered, |one| {
            with_scheme(&one, 0x0203)
        }),
        Lie::by_server("a known scheme that was not offered", SchemeNotOffered)
            .with(|setup| {
                let unwanted = SignatureScheme::ECDSA_SECP384R1_SHA384;
                setup.client.common.schemes.retain(|one| *one != unwanted);
            })
            .says(VERIFY, |one| {
                with_scheme(&one, SignatureScheme::ECDSA_SECP384R1_SHA384.0)
            }),
        server(
            "PKCS #1 v1.5 in CertificateVerify",
            SchemeNotOffered,
            |one| with_scheme(&one, SignatureScheme::RSA_PKCS1_SHA256.0),
        ),
        server(
            "a scheme for another kind of key",
            SchemeWrongForKey,
            |one| with_scheme(&one, SignatureScheme::RSA_PSS_RSAE_SHA256.0),
        ),
        server("a scheme for another curve", SchemeWrongForKey, |one| {
            with_scheme(&one, SignatureScheme::ECDSA_SECP384R1_SHA384.0)
        }),
        server("a signature with one bit flipped", SignatureWrong, LAST),
        server("an empty signature", SignatureWrong, |one| {
            edit_body(&one, |body| {
                body.truncate(2);
                body.extend([0, 0]);
            })
        }),
        client(
            "a client's signature with one bit flipped",
            SignatureWrong,
            LAST,
        ),
        client(
            "a client's scheme that was not offered",
            SchemeNotOffered,
            |one| with_scheme(&one, 0x0203),
        ),
        Lie::by_server("Certificate swapped for another", SignatureWrong).says(
            CERTIFICATE,
            |one| {
                certificate(&one, |chain| {
                    let other = Flaw::Expired.server();
                    chain.entries[0].0 = other.chain()[0].to_vec();
                })
            },
        ),
    ]
}

fn finished() -> Vec<Lie> {
    use Fault::{FinishedMalformed, FinishedWrong};
    const LAST: Change = |one| edit_body(&one, |body| *body.last_mut().expect("a body") ^= 1);
    vec![
        Lie::by_server("Finished one byte short", FinishedMalformed)
            .says(FINISHED, |one| edit_body(&one, |body| body.truncate(31))),
        Lie::by_server("Finished with one bit flipped", FinishedWrong).says(FINISHED, LAST),
        Lie::by_server("Finished of zeros", FinishedWrong)
            .says(FINISHED, |one| edit_body(&one, |body| body.fill(0))),
        Lie::by_client("an empty Finished", FinishedMalformed)
            .says(FINISHED, |one| edit_body(&one, Vec::clear)),
        Lie::by_client("a client's Finished with one bit flipped", FinishedWrong)
            .says(FINISHED, LAST),
    ]
}

fn judged() -> Vec<Lie> {
    use Fault::{CertificateAuthorityUnknown, CertificateBad, CertificateExpired};
    use Fault::{CertificateKindRefused, CertificateNameWrong};
    fn shows(name: &'static str, fault: Fault, setup: fn(&mut Setup)) -> Lie {
        Lie::by_server(name, fault).with(setup)
    }
    fn show(setup: &mut Setup, flaw: Flaw) {
        setup.server = ServerConfig::new(config::credential(&flaw.server()));
    }
    vec![
        shows("an expired certificate", CertificateExpired, |setup| {
            show(setup, Flaw::Expired);
        }),
        shows("a certificate of tomorrow", CertificateExpired, |setup| {
            show(setup, Flaw::NotYetValid);
        }),
        shows(
            "a certificate for another name",
            CertificateNameWrong,
            |setup| {
                show(setup, Flaw::WrongName);
            },
        ),
        shows("a client's certificate", CertificateKindRefused, |setup| {
            show(setup, Flaw::WrongPurpose);
        }),
        shows(
            "a certificate of another root of the same name",
            CertificateBad,
            |setup| {
                show(setup, Flaw::UnknownRoot);
            },
        ),
        shows(
            "a certificate that signs itself",
            CertificateAuthorityUnknown,
            |setup| {
                show(setup, Flaw::SelfSigned);
            },
        ),
        shows("a certificate wrongly signed", CertificateBad, |setup| {
            show(setup, Flaw::BadSignature);
        }),
    ]
}

/// What only the caller can find.
fn judged_by_caller() -> Vec<Lie> {
    use Fault::{CertificateAccessDenied, CertificateRefused, CertificateRevoked};
    use Fault::{CertificateStatusBad, PeerRefused};
    fn refused(name: &'static str, fault: Fault, answer: fn(Question<'_>) -> Answer) -> Lie {
        Lie::by_server(name, fault)
            .with(|setup| setup.client.verification = Verification::ask())
            .answered(answer)
    }
    vec![
        refused("refused by the client's caller", PeerRefused, |_| {
            Answer::Refused(PeerRefused)
        }),
        refused(
            "certificate refused by the caller",
            CertificateRefused,
            |_| Answer::Refused(CertificateRefused),
        ),
        refused("revoked, says the caller", CertificateRevoked, |_| {
            Answer::Refused(CertificateRevoked)
        }),
        refused(
            "not let in, says the caller",
            CertificateAccessDenied,
            |_| Answer::Refused(CertificateAccessDenied),
        ),
        refused(
            "a bad status, says the caller",
            CertificateStatusBad,
            |_| Answer::Refused(CertificateStatusBad),
        ),
    ]
}

fn with_scheme(one: &[u8], scheme: u16) -> Vec<Vec<u8>> {
    edit_body(one, |body| body[..2].copy_from_slice(&scheme.to_be_bytes()))
}
