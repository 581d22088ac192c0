//! Lies in the second ClientHello and in HelloRetryRequest (RFC 8446 sections 4.1.2 and 4.1.4).

use crate::liar::anatomy::set_share;
use crate::liar::anatomy::{client_hello, server_hello};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use handfast::{Fault, NamedGroup};
use handfast_wire::registry::{ExtensionType, HandshakeType};

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const SH: HandshakeType = HandshakeType::SERVER_HELLO;

/// A client whose one share is not what the server wants.
fn retried(setup: &mut Setup) {
    setup.server.common.groups = vec![NamedGroup::SECP256R1];
}

pub(super) fn lies() -> Vec<Lie> {
    let mut all = second_fields();
    all.extend(second_extensions());
    all.extend(second_shares());
    all.extend(retry_request());
    all.extend(retry_in_time());
    all.extend(after_retry());
    all
}

fn second_fields() -> Vec<Lie> {
    use Fault::SecondHelloChanged;
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(retried)
            .says_nth(CH, 1, change)
    }
    vec![
        says(
            "second ClientHello with another random",
            SecondHelloChanged,
            |hello| client_hello(&hello, |hello| hello.random[0] ^= 1),
        ),
        says(
            "second ClientHello with another session id",
            SecondHelloChanged,
            |hello| client_hello(&hello, |hello| hello.session_id[31] ^= 1),
        ),
        says(
            "second ClientHello with one suite less",
            SecondHelloChanged,
            |hello| client_hello(&hello, |hello| hello.suites.truncate(2)),
        ),
        says(
            "second ClientHello with another version",
            SecondHelloChanged,
            |hello| client_hello(&hello, |hello| hello.version = [3, 1]),
        ),
        says(
            "second ClientHello with other compression",
            SecondHelloChanged,
            |hello| client_hello(&hello, |hello| hello.compression = vec![1, 0]),
        ),
    ]
}

fn second_extensions() -> Vec<Lie> {
    use Fault::{CookieWrong, EarlyDataInSecondHello, SecondHelloChanged};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(retried)
            .says_nth(CH, 1, change)
    }
    vec![
        says(
            "second ClientHello for another host",
            SecondHelloChanged,
            |hello| {
                client_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SERVER_NAME, &[0, 4, 0, 0, 1, b'a']);
                })
            },
        ),
        says(
            "second ClientHello without a host",
            SecondHelloChanged,
            |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.remove(ExtensionType::SERVER_NAME);
                })
            },
        ),
        says(
            "second ClientHello with a new extension",
            SecondHelloChanged,
            |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.add(ExtensionType(0xfafa), &[]);
                })
            },
        ),
        says(
            "second ClientHello in another order",
            SecondHelloChanged,
            |hello| client_hello(&hello, |hello| hello.extensions.0.reverse()),
        ),
        says(
            "early_data in the second ClientHello",
            EarlyDataInSecondHello,
            |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.add(ExtensionType::EARLY_DATA, &[]);
                })
            },
        ),
        says("cookie not given back", CookieWrong, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.remove(ExtensionType::COOKIE);
            })
        }),
        says("another cookie given back", CookieWrong, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.set(ExtensionType::COOKIE, &[0, 2, 1, 2]);
            })
        }),
        Lie::by_client("a cookie that nobody sent", CookieWrong)
            .with(|setup| {
                retried(setup);
                setup.server.cookie = false;
            })
            .says_nth(CH, 1, |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.add(ExtensionType::COOKIE, &[0, 2, 1, 2]);
                })
            }),
    ]
}

fn second_shares() -> Vec<Lie> {
    use Fault::{KeyShareMissing, MessageUnexpected, SecondHelloShareWrong};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault)
            .with(retried)
            .says_nth(CH, 1, change)
    }
    vec![
        says(
            "key_share left out the second time",
            KeyShareMissing,
            |hello| {
                client_hello(&hello, |hello| {
                    hello.extensions.remove(ExtensionType::KEY_SHARE);
                })
            },
        ),
        says("no share the second time", SecondHelloShareWrong, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.set(ExtensionType::KEY_SHARE, &[0, 0]);
            })
        }),
        says("the old share again", SecondHelloShareWrong, |hello| {
            client_hello(&hello, |hello| set_share(hello, 29, &[9; 32]))
        }),
        says(
            "Finished instead of a second ClientHello",
            MessageUnexpected,
            |_| {
                vec![crate::liar::anatomy::message(
                    HandshakeType::FINISHED,
                    &[0; 32],
                )]
            },
        ),
    ]
}

fn retry_request() -> Vec<Lie> {
    use Fault::{CompressionChosen, ExtensionNotOffered, SessionIdNotEchoed, SuiteNotOffered};
    use Fault::{RetryGroupWrong, RetryWithoutChange};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault).with(retried).says(SH, change)
    }
    vec![
        says(
            "a retry for a group that was sent",
            RetryGroupWrong,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::KEY_SHARE, &29_u16.to_be_bytes());
                })
            },
        ),
        says(
            "a retry for a group that was not offered",
            RetryGroupWrong,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::KEY_SHARE, &25_u16.to_be_bytes());
                })
            },
        ),
        says(
            "a retry that asks for nothing",
            RetryWithoutChange,
            |hello| {
                server_hello(&hello, |hello| {
                    hello.extensions.remove(ExtensionType::KEY_SHARE);
                    hello.extensions.remove(ExtensionType::COOKIE);
                })
            },
        ),
        says(
            "a retry with an unknown extension",
            ExtensionNotOffered,
            |hello| {
                server_hello(&hello, |hello| {
                    hello.extensions.add(ExtensionType(0xfafa), &[]);
                })
            },
        ),
        says(
            "a retry without the session id",
            SessionIdNotEchoed,
            |hello| server_hello(&hello, |hello| hello.session_id.clear()),
        ),
        says(
            "a retry with a suite that was not offered",
            SuiteNotOffered,
            |hello| server_hello(&hello, |hello| hello.suites = vec![0x13, 5]),
        ),
        says("a retry with compression", CompressionChosen, |hello| {
            server_hello(&hello, |hello| hello.compression = vec![1])
        }),
        says(
            "a retry with an empty cookie",
            Fault::ExtensionMalformed,
            |hello| {
                server_hello(&hello, |hello| {
                    hello.extensions.set(ExtensionType::COOKIE, &[0, 0]);
                })
            },
        ),
    ]
}

fn retry_in_time() -> Vec<Lie> {
    use Fault::RetryNotAwaited;
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault).with(retried).says(SH, change)
    }
    vec![
        says(
            "ServerHello along with the retry",
            RetryNotAwaited,
            |hello| vec![hello.clone(), hello],
        ),
        says(
            "half a message along with the retry",
            RetryNotAwaited,
            |hello| vec![hello, vec![2, 0]],
        ),
        Lie::by_client(
            "ClientHello along with one that is retried",
            RetryNotAwaited,
        )
        .with(retried)
        .says(CH, |hello| vec![hello.clone(), hello]),
    ]
}

fn after_retry() -> Vec<Lie> {
    use Fault::{SecondRetry, SuiteChangedAfterRetry, VersionChangedAfterRetry};
    fn says(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_server(name, fault)
            .with(retried)
            .says_nth(SH, 1, change)
    }
    vec![
        says("a second retry", SecondRetry, |hello| {
            server_hello(&hello, |hello| {
                hello.random = handfast_wire::handshake::HELLO_RETRY_REQUEST_RANDOM;
                hello
                    .extensions
                    .set(ExtensionType::KEY_SHARE, &24_u16.to_be_bytes());
            })
        }),
        says(
            "another suite after the retry",
            SuiteChangedAfterRetry,
            |hello| server_hello(&hello, |hello| hello.suites = vec![0x13, 3]),
        ),
        says(
            "another version after the retry",
            VersionChangedAfterRetry,
            |hello| {
                server_hello(&hello, |hello| {
                    hello
                        .extensions
                        .set(ExtensionType::SUPPORTED_VERSIONS, &[3, 3]);
                })
            },
        ),
        says(
            "a group after the retry that it did not ask for",
            Fault::GroupNotOffered,
            |hello| {
                server_hello(&hello, |hello| {
                    let share = [&[0, 29, 0, 32][..], &[9; 32]].concat();
                    hello.extensions.set(ExtensionType::KEY_SHARE, &share);
                })
            },
        ),
    ]
}
