//! Lies in the first ClientHello (RFC 8446 sections 4.1.2 and 4.2).

use crate::liar::anatomy::{client_hello, edit_body, set_share};
use crate::liar::lie::Lie;
use crate::liar::script::Change;
use handfast::connection::Question;
use handfast::{Answer, Fault, NamedGroup};
use handfast_wire::registry::{ExtensionType, HandshakeType};

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = fields();
    all.extend(extension_blocks());
    all.extend(versions());
    all.extend(choices());
    all.extend(shares());
    all.extend(pre_shared_keys());
    all.extend(names());
    all
}

fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
    Lie::by_client(name, fault).says(CH, change)
}

fn fields() -> Vec<Lie> {
    use Fault::{ClientHelloMalformed, CompressionOffered};
    vec![
        says(
            "ClientHello without a body",
            ClientHelloMalformed,
            |hello| edit_body(&hello, Vec::clear),
        ),
        says(
            "ClientHello one byte short",
            ClientHelloMalformed,
            |hello| edit_body(&hello, |body| body.truncate(body.len() - 1)),
        ),
        says(
            "ClientHello with a byte left over",
            ClientHelloMalformed,
            |hello| edit_body(&hello, |body| body.push(0)),
        ),
        says("session id of 33 bytes", ClientHelloMalformed, |hello| {
            client_hello(&hello, |hello| hello.session_id = vec![1; 33])
        }),
        says("no suites", ClientHelloMalformed, |hello| {
            client_hello(&hello, |hello| hello.suites.clear())
        }),
        says("half a suite", ClientHelloMalformed, |hello| {
            client_hello(&hello, |hello| hello.suites.push(0))
        }),
        says("no compression method", ClientHelloMalformed, |hello| {
            client_hello(&hello, |hello| hello.compression.clear())
        }),
        says("deflate offered", CompressionOffered, |hello| {
            client_hello(&hello, |hello| hello.compression = vec![1, 0])
        }),
        says("only deflate offered", CompressionOffered, |hello| {
            client_hello(&hello, |hello| hello.compression = vec![1])
        }),
        says("null compression twice", CompressionOffered, |hello| {
            client_hello(&hello, |hello| hello.compression = vec![0, 0])
        }),
    ]
}

fn extension_blocks() -> Vec<Lie> {
    use Fault::{ExtensionMalformed, ExtensionTwice};
    vec![
        says("supported_groups twice", ExtensionTwice, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .add(ExtensionType::SUPPORTED_GROUPS, &[0, 2, 0, 29]);
            })
        }),
        says("an unknown extension twice", ExtensionTwice, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.add(ExtensionType(0xfafa), &[]);
                hello.extensions.add(ExtensionType(0xfafa), &[]);
            })
        }),
        says(
            "supported_groups of half a group",
            ExtensionMalformed,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SUPPORTED_GROUPS, &[0, 1, 29]);
                })
            },
        ),
        says("signature_algorithms empty", ExtensionMalformed, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .set(ExtensionType::SIGNATURE_ALGORITHMS, &[0, 0]);
            })
        }),
        says("early_data with content", ExtensionMalformed, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.add(ExtensionType::EARLY_DATA, &[0]);
            })
        }),
        says("key_share that ends early", ExtensionMalformed, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .set(ExtensionType::KEY_SHARE, &[0, 5, 0, 29, 0, 32, 1]);
            })
        }),
        says("an empty protocol name", ExtensionMalformed, |hello| {
            client_hello(&hello, |hello| hello.extensions.set(ALPN, &[0, 1, 0]))
        }),
    ]
}

fn versions() -> Vec<Lie> {
    use Fault::{LegacyVersionObsolete, VersionNotCommon};
    vec![
        says(
            "legacy_version of SSL 3.0",
            LegacyVersionObsolete,
            |hello| client_hello(&hello, |hello| hello.version = [3, 0]),
        ),
        says(
            "only TLS 1.2 in supported_versions",
            VersionNotCommon,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SUPPORTED_VERSIONS, &[2, 3, 3]);
                })
            },
        ),
        says("no supported_versions", VersionNotCommon, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.remove(ExtensionType::SUPPORTED_VERSIONS);
            })
        }),
        says("only unknown versions", VersionNotCommon, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .set(ExtensionType::SUPPORTED_VERSIONS, &[4, 3, 5, 0x7f, 0x1c]);
            })
        }),
        says("no extensions at all", VersionNotCommon, |hello| {
            client_hello(&hello, |hello| hello.extensions.0.clear())
        }),
    ]
}

fn choices() -> Vec<Lie> {
    use Fault::{ClientRefused, GroupNotCommon, SchemeNotCommon, SchemesMissing, SuiteNotCommon};
    use Fault::{GroupsMissing, IssuerNotCommon};
    vec![
        says("only suites of TLS 1.2", SuiteNotCommon, |hello| {
            client_hello(&hello, |hello| hello.suites = vec![0xc0, 0x2b, 0xc0, 0x2f])
        }),
        says("only unknown suites", SuiteNotCommon, |hello| {
            client_hello(&hello, |hello| hello.suites = vec![0x13, 0xff])
        }),
        says("only unknown groups", GroupNotCommon, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .set(ExtensionType::SUPPORTED_GROUPS, &[0, 2, 0xfe, 0xfe]);
                hello.extensions.set(ExtensionType::KEY_SHARE, &[0, 0]);
            })
        }),
        says("supported_groups left out", GroupsMissing, |hello| {
            without(&hello, ExtensionType::SUPPORTED_GROUPS)
        }),
        says("signature_algorithms left out", SchemesMissing, |hello| {
            without(&hello, ExtensionType::SIGNATURE_ALGORITHMS)
        }),
        says(
            "only schemes that the key does not suit",
            SchemeNotCommon,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SIGNATURE_ALGORITHMS, &[0, 2, 8, 4]);
                })
            },
        ),
        says("only SHA-1", SchemeNotCommon, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .set(ExtensionType::SIGNATURE_ALGORITHMS, &[0, 4, 2, 3, 2, 1]);
            })
        }),
        Lie::by_client("trust in another authority alone", IssuerNotCommon)
            .with(|setup| {
                let credential = setup.server.credentials.remove(0);
                setup.server.credentials = vec![credential.only_for_matching_issuer()];
            })
            .says(CH, |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.set(
                        ExtensionType::CERTIFICATE_AUTHORITIES,
                        &[0, 4, 0, 2, 0x30, 0],
                    );
                })
            })
            .without_honest_twin(),
        Lie::by_client("refused by the server's caller", ClientRefused)
            .with(|setup| setup.server.ask_for_credential = true)
            .answered(refuse_client),
    ]
}

fn shares() -> Vec<Lie> {
    use Fault::{KeyShareMissing, KeyShareNotInGroups, KeyShareTwice, KeyShareWrong};
    fn shared(hello: &[u8], group: u16, share: &[u8]) -> Vec<Vec<u8>> {
        client_hello(hello, |hello| set_share(hello, group, share))
    }
    vec![
        says("key_share left out", KeyShareMissing, |hello| {
            without(&hello, ExtensionType::KEY_SHARE)
        }),
        says("two shares of one group", KeyShareTwice, |hello| {
            client_hello(&hello, |hello| {
                let old = hello.extensions.content(ExtensionType::KEY_SHARE)[2..].to_vec();
                let length = u16::try_from(2 * old.len()).expect("two shares");
                let new = [&length.to_be_bytes()[..], &old, &old].concat();
                hello.extensions.set(ExtensionType::KEY_SHARE, &new);
            })
        }),
        says(
            "a share of a group that is not listed",
            KeyShareNotInGroups,
            |hello| shared(&hello, NamedGroup::SECP521R1.0, &[4; 133]),
        ),
        says("X25519 share of 31 bytes", KeyShareWrong, |hello| {
            shared(&hello, 29, &[9; 31])
        }),
        says("X25519 share of 33 bytes", KeyShareWrong, |hello| {
            shared(&hello, 29, &[9; 33])
        }),
        says("X25519 share of low order", KeyShareWrong, |hello| {
            shared(&hello, 29, &[0; 32])
        }),
        says("P-256 share off the curve", KeyShareWrong, |hello| {
            shared(&hello, 23, &[&[4][..], &[1; 64]].concat())
        }),
        says("P-256 share compressed", KeyShareWrong, |hello| {
            shared(&hello, 23, &[&[2][..], &[1; 32]].concat())
        }),
        says("P-384 share at infinity", KeyShareWrong, |hello| {
            shared(&hello, 24, &[0])
        }),
        Lie::by_client("hybrid share of a wrong length", KeyShareWrong)
            .with(|setup| setup.client.common.groups = vec![NamedGroup::X25519MLKEM768])
            .says(CH, |hello| {
                shared(&hello, NamedGroup::X25519MLKEM768.0, &[1; 1215])
            }),
        Lie::by_client("ML-KEM key with coefficients out of range", KeyShareWrong)
            .with(|setup| setup.client.common.groups = vec![NamedGroup::X25519MLKEM768])
            .says(CH, |hello| {
                shared(&hello, NamedGroup::X25519MLKEM768.0, &[0xff; 1216])
            }),
        Lie::by_client("ffdhe share of 1", KeyShareWrong)
            .with(|setup| {
                setup.client.common.groups = vec![NamedGroup::FFDHE2048];
                setup.server.common.groups = vec![NamedGroup::FFDHE2048];
            })
            .says(CH, |hello| {
                let mut one = vec![0; 256];
                one[255] = 1;
                shared(&hello, NamedGroup::FFDHE2048.0, &one)
            }),
    ]
}

fn pre_shared_keys() -> Vec<Lie> {
    use Fault::{PskBindersUneven, PskModesMissing, PskNotLast};
    vec![
        says("pre_shared_key not last", PskNotLast, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .add(ExtensionType::PSK_KEY_EXCHANGE_MODES, &[1, 1]);
                hello
                    .extensions
                    .add(ExtensionType::PRE_SHARED_KEY, &offered(1));
                hello.extensions.add(ExtensionType(0xfafa), &[]);
            })
        }),
        says("pre_shared_key without modes", PskModesMissing, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .add(ExtensionType::PRE_SHARED_KEY, &offered(1));
            })
        }),
        says("two binders for one identity", PskBindersUneven, |hello| {
            client_hello(&hello, |hello| {
                hello
                    .extensions
                    .add(ExtensionType::PSK_KEY_EXCHANGE_MODES, &[1, 1]);
                hello
                    .extensions
                    .add(ExtensionType::PRE_SHARED_KEY, &offered(2));
            })
        }),
    ]
}

fn names() -> Vec<Lie> {
    use Fault::{AlpnNotCommon, MaxFragmentLengthUnknown, RecordSizeLimitTooSmall};
    use Fault::{QuicParametersOverTls, ServerNameMalformed, ServerNameUnknown};
    fn named(hello: &[u8], list: &[u8]) -> Vec<Vec<u8>> {
        client_hello(hello, |hello| {
            hello.extensions.set(ExtensionType::SERVER_NAME, list);
        })
    }
    vec![
        says("QUIC's parameters", QuicParametersOverTls, |hello| {
            client_hello(&hello, |hello| {
                let kind = ExtensionType::QUIC_TRANSPORT_PARAMETERS;
                hello.extensions.add(kind, &[4, 1, 0]);
            })
        }),
        says("two server names", ServerNameMalformed, |hello| {
            named(&hello, &[0, 8, 0, 0, 1, b'a', 0, 0, 1, b'b'])
        }),
        says(
            "a server name with a zero byte",
            ServerNameMalformed,
            |hello| named(&hello, &[0, 6, 0, 0, 3, b'a', 0, b'b']),
        ),
        says(
            "a server name that is not ASCII",
            ServerNameMalformed,
            |hello| named(&hello, &[0, 5, 0, 0, 2, 0xc3, 0xa9]),
        ),
        says(
            "a server name of another type",
            ServerNameMalformed,
            |hello| named(&hello, &[0, 4, 7, 0, 1, b'a']),
        ),
        Lie::by_client("a host that is not served", ServerNameUnknown)
            .with(|setup| setup.server.unknown_name = handfast::config::UnknownName::Refuse)
            .says(CH, |hello| {
                named(&hello, &[0, 7, 0, 0, 4, b'n', b'o', b'n', b'e'])
            }),
        Lie::by_client("no protocol in common", AlpnNotCommon)
            .with(|setup| setup.server.common.alpn = vec![b"h2".to_vec()])
            .says(CH, |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.add(ALPN, &[0, 3, 2, b'h', b'3']);
                })
            }),
        says(
            "max_fragment_length of 5",
            MaxFragmentLengthUnknown,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .add(ExtensionType::MAX_FRAGMENT_LENGTH, &[5]);
                })
            },
        ),
        says(
            "record_size_limit of 63",
            RecordSizeLimitTooSmall,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .add(ExtensionType::RECORD_SIZE_LIMIT, &[0, 63]);
                })
            },
        ),
    ]
}

const ALPN: ExtensionType = ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;

fn without(hello: &[u8], extension: ExtensionType) -> Vec<Vec<u8>> {
    client_hello(hello, |hello| hello.extensions.remove(extension))
}

/// An identity with so many binders.
fn offered(binders: u16) -> Vec<u8> {
    let identities = [0, 11, 0, 5, b'n', b'a', b'm', b'e', b's', 0, 0, 0, 0];
    let binder = [&[32][..], &[7; 32]].concat();
    let all = binder.repeat(usize::from(binders));
    [&identities[..], &(33 * binders).to_be_bytes(), &all].concat()
}

fn refuse_client(_: Question<'_>) -> Answer {
    Answer::Refused(Fault::ClientRefused)
}
