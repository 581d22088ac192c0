//! Lies in ServerHello and EncryptedExtensions (RFC 8446 sections 4.1.3 and 4.3.1).

use crate::liar::anatomy::{edit_body, encrypted_extensions, server_hello};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::{Change, Edit};
use handfast::config::TicketRequest;
use handfast::session::MemoryStore;
use handfast::{Fault, NamedGroup};
use handfast_wire::registry::{ExtensionType, HandshakeType, MaxFragmentLength};
use std::sync::Arc;

const SH: HandshakeType = HandshakeType::SERVER_HELLO;
const EE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;
const ALPN: ExtensionType = ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = versions();
    all.extend(echoes());
    all.extend(shares());
    all.extend(answers());
    all.extend(protocols());
    all.extend(limits());
    all
}

fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
    Lie::by_server(name, fault).says(SH, change)
}

fn versions() -> Vec<Lie> {
    use Fault::VersionNotOffered;
    use Fault::{Downgrade, ExtensionMalformed, LegacyVersionObsolete};
    use Fault::{LegacyVersionWrong, VersionNotCommon};
    fn old(hello: &[u8], tail: &[u8]) -> Vec<Vec<u8>> {
        server_hello(hello, |hello| {
            hello.extensions.remove(ExtensionType::SUPPORTED_VERSIONS);
            hello.random[24..].copy_from_slice(tail);
        })
    }
    vec![
        says("TLS 1.2 without a mark", VersionNotCommon, |hello| {
            old(&hello, b"harmless")
        }),
        says("TLS 1.2 with the mark of TLS 1.3", Downgrade, |hello| {
            old(&hello, b"DOWNGRD\x01")
        }),
        says("TLS 1.2 with the mark of TLS 1.2", Downgrade, |hello| {
            old(&hello, b"DOWNGRD\0")
        }),
        says(
            "TLS 1.2 in supported_versions",
            VersionNotOffered,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SUPPORTED_VERSIONS, &[3, 3]);
                })
            },
        ),
        says(
            "a draft in supported_versions",
            VersionNotOffered,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SUPPORTED_VERSIONS, &[0x7f, 28]);
                })
            },
        ),
        says(
            "supported_versions of three bytes",
            ExtensionMalformed,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SUPPORTED_VERSIONS, &[3, 4, 0]);
                })
            },
        ),
        says(
            "legacy_version of SSL 3.0",
            LegacyVersionObsolete,
            |hello| server_hello(&hello, |hello| hello.version = [3, 0]),
        ),
        says("legacy_version of TLS 1.3", LegacyVersionWrong, |hello| {
            server_hello(&hello, |hello| hello.version = [3, 4])
        }),
    ]
}

fn echoes() -> Vec<Lie> {
    use Fault::{CompressionChosen, ServerHelloMalformed, SessionIdNotEchoed, SuiteNotOffered};
    vec![
        says(
            "ServerHello without a body",
            ServerHelloMalformed,
            |hello| edit_body(&hello, Vec::clear),
        ),
        says(
            "ServerHello one byte short",
            ServerHelloMalformed,
            |hello| edit_body(&hello, |body| body.truncate(body.len() - 1)),
        ),
        says(
            "ServerHello with a byte left over",
            ServerHelloMalformed,
            |hello| edit_body(&hello, |body| body.push(0)),
        ),
        says("session id not echoed", SessionIdNotEchoed, |hello| {
            server_hello(&hello, |hello| hello.session_id.clear())
        }),
        says("another session id echoed", SessionIdNotEchoed, |hello| {
            server_hello(&hello, |hello| hello.session_id[0] ^= 1)
        }),
        Lie::by_server("a session id that was not sent", SessionIdNotEchoed)
            .with(|setup| setup.client.common.middlebox_compatibility = false)
            .says(SH, |hello| {
                server_hello(&hello, |hello| hello.session_id = vec![1; 32])
            }),
        says("a suite that was not offered", SuiteNotOffered, |hello| {
            server_hello(&hello, |hello| hello.suites = vec![0x13, 5])
        }),
        says("a suite of TLS 1.2", SuiteNotOffered, |hello| {
            server_hello(&hello, |hello| hello.suites = vec![0xc0, 0x2b])
        }),
        says("a suite that does not exist", SuiteNotOffered, |hello| {
            server_hello(&hello, |hello| hello.suites = vec![0, 0])
        }),
        says("deflate chosen", CompressionChosen, |hello| {
            server_hello(&hello, |hello| hello.compression = vec![1])
        }),
    ]
}

fn shares() -> Vec<Lie> {
    use Fault::KeyShareWrong;
    use Fault::{ExtensionNotOffered, ExtensionTwice, GroupNotOffered, KeyShareMissing};
    fn shared(hello: &[u8], group: u16, share: &[u8]) -> Vec<Vec<u8>> {
        let length = u16::try_from(share.len()).expect("a share").to_be_bytes();
        let entry = [&group.to_be_bytes()[..], &length, share].concat();
        server_hello(hello, |hello| {
            hello.extensions.set(ExtensionType::KEY_SHARE, &entry);
        })
    }
    vec![
        says("no key_share chosen", KeyShareMissing, |hello| {
            server_hello(&hello, |hello| {
                hello.extensions.remove(ExtensionType::KEY_SHARE);
            })
        }),
        says(
            "a share of a group without one of ours",
            GroupNotOffered,
            |hello| shared(&hello, 23, &[4; 65]),
        ),
        says("X25519 share of low order chosen", KeyShareWrong, |hello| {
            shared(&hello, 29, &[0; 32])
        }),
        says("X25519 share of 31 bytes chosen", KeyShareWrong, |hello| {
            shared(&hello, 29, &[9; 31])
        }),
        Lie::by_server("ML-KEM ciphertext of a wrong length", KeyShareWrong)
            .with(|setup| setup.client.common.groups = vec![NamedGroup::X25519MLKEM768])
            .says(SH, |hello| {
                shared(&hello, NamedGroup::X25519MLKEM768.0, &[1; 1119])
            }),
        says("key_share twice", ExtensionTwice, |hello| {
            server_hello(&hello, |hello| {
                let share = hello.extensions.content(ExtensionType::KEY_SHARE).to_vec();
                hello.extensions.add(ExtensionType::KEY_SHARE, &share);
            })
        }),
        says("an empty share", Fault::ExtensionMalformed, |hello| {
            shared(&hello, 29, &[])
        }),
        says("a cookie in ServerHello", ExtensionNotOffered, |hello| {
            server_hello(&hello, |hello| {
                hello.extensions.add(ExtensionType::COOKIE, &[0, 1, 1]);
            })
        }),
        says(
            "a pre-shared key that was not offered",
            ExtensionNotOffered,
            |hello| {
                server_hello(&hello, |hello| {
                    hello.extensions.add(ExtensionType::PRE_SHARED_KEY, &[0, 0]);
                })
            },
        ),
        says(
            "an unknown extension in ServerHello",
            ExtensionNotOffered,
            |hello| {
                server_hello(&hello, |hello| {
                    hello.extensions.add(ExtensionType(0xfafa), &[]);
                })
            },
        ),
        says("heartbeat in ServerHello", ExtensionNotOffered, |hello| {
            server_hello(&hello, |hello| {
                hello.extensions.add(ExtensionType::HEARTBEAT, &[1]);
            })
        }),
    ]
}

fn answers() -> Vec<Lie> {
    use Fault::ExtensionTwice;
    use Fault::{EncryptedExtensionsMalformed, ExtensionMalformed, ExtensionNotOffered};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault).says(EE, change)
    }
    vec![
        says(
            "EncryptedExtensions without a body",
            EncryptedExtensionsMalformed,
            |one| edit_body(&one, Vec::clear),
        ),
        says(
            "EncryptedExtensions with a byte left over",
            EncryptedExtensionsMalformed,
            |one| edit_body(&one, |body| body.push(0)),
        ),
        says(
            "early data accepted that was not asked for",
            ExtensionNotOffered,
            |one| encrypted_extensions(&one, |block| block.add(ExtensionType::EARLY_DATA, &[])),
        ),
        says(
            "an unknown extension encrypted",
            ExtensionNotOffered,
            |one| encrypted_extensions(&one, |block| block.add(ExtensionType(0xfafa), &[])),
        ),
        says("heartbeat encrypted", ExtensionNotOffered, |one| {
            encrypted_extensions(&one, |block| block.add(ExtensionType::HEARTBEAT, &[1]))
        }),
        says(
            "a record size limit that was not asked for",
            ExtensionNotOffered,
            |one| {
                encrypted_extensions(&one, |block| {
                    block.add(ExtensionType::RECORD_SIZE_LIMIT, &[0x40, 1]);
                })
            },
        ),
        says(
            "a number of tickets that was not asked for",
            ExtensionNotOffered,
            |one| {
                encrypted_extensions(&one, |block| block.add(ExtensionType::TICKET_REQUEST, &[1]))
            },
        ),
        Lie::by_server("a number of tickets in two bytes", ExtensionMalformed)
            .with(|setup| {
                setup.client.sessions = Some(Arc::new(MemoryStore::default()));
                setup.client.ticket_request = Some(TicketRequest {
                    new_session_count: 1,
                    resumption_count: 1,
                });
            })
            .says(EE, |one| {
                encrypted_extensions(&one, |block| {
                    block.set(ExtensionType::TICKET_REQUEST, &[0, 1]);
                })
            }),
        says("server_name twice", ExtensionTwice, |one| {
            encrypted_extensions(&one, |block| block.add(ExtensionType::SERVER_NAME, &[]))
        }),
        says("server_name with content", ExtensionMalformed, |one| {
            encrypted_extensions(&one, |block| block.set(ExtensionType::SERVER_NAME, &[0]))
        }),
    ]
}

/// Both ends speak h2 and http/1.1.
fn alpn(setup: &mut Setup) {
    let both = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    setup.client.common.alpn.clone_from(&both);
    setup.server.common.alpn = both;
}

fn protocols() -> Vec<Lie> {
    use Fault::{AlpnMalformed, AlpnNotCommon, AlpnNotOffered, ExtensionNotOffered};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault).with(alpn).says(EE, change)
    }
    vec![
        says("a protocol that was not offered", AlpnNotOffered, |one| {
            encrypted_extensions(&one, |block| block.set(ALPN, &[0, 3, 2, b'h', b'3']))
        }),
        says("two protocols", AlpnMalformed, |one| {
            encrypted_extensions(&one, |block| {
                block.set(ALPN, &[0, 6, 2, b'h', b'2', 2, b'h', b'3']);
            })
        }),
        Lie::by_server("no protocol though one is needed", AlpnNotCommon)
            .with(|setup| {
                alpn(setup);
                setup.client.alpn_optional = false;
            })
            .says(EE, |one| {
                encrypted_extensions(&one, |block| block.remove(ALPN))
            }),
        Lie::by_server("a protocol though none was offered", ExtensionNotOffered).says(EE, |one| {
            encrypted_extensions(&one, |block| block.add(ALPN, &[0, 3, 2, b'h', b'2']))
        }),
    ]
}

fn limits() -> Vec<Lie> {
    use Fault::RecordSizeLimitTooSmall;
    use Fault::{ExtensionNotOffered, MaxFragmentLengthChanged, PlaintextTooLong};
    const LENGTH: ExtensionType = ExtensionType::MAX_FRAGMENT_LENGTH;
    fn short(setup: &mut Setup) {
        setup.client.common.max_fragment_length = Some(MaxFragmentLength(1));
    }
    fn limited(setup: &mut Setup) {
        setup.client.common.record_size_limit = Some(64);
    }
    vec![
        Lie::by_server("another max_fragment_length", MaxFragmentLengthChanged)
            .with(short)
            .says(EE, |one| {
                encrypted_extensions(&one, |block| block.set(LENGTH, &[2]))
            }),
        Lie::by_server("max_fragment_length agreed and not kept", PlaintextTooLong)
            .with(|setup| {
                short(setup);
                let agree: Change =
                    |one| encrypted_extensions(&one, |block| block.set(LENGTH, &[1]));
                setup.server.common.danger_script = Some(Arc::new(Edit::new(EE, 0, agree)));
            })
            .later(|liar| liar.write(&[0; 513])),
        Lie::by_server("both record limits", ExtensionNotOffered)
            .with(limited)
            .says(EE, |one| {
                encrypted_extensions(&one, |block| block.add(LENGTH, &[1]))
            }),
        Lie::by_server("record_size_limit of 63 answered", RecordSizeLimitTooSmall)
            .with(limited)
            .says(EE, |one| {
                encrypted_extensions(&one, |block| {
                    block.set(ExtensionType::RECORD_SIZE_LIMIT, &[0, 63]);
                })
            }),
    ]
}
