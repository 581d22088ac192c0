//! Raw public keys (RFC 7250) of both sides: beside GnuTLS, and beside an OpenSSL that has them, where
//! `HANDFAST_OPENSSL_NEW` names one. In each an unknown key is the control.

use crate::gnutls::server::{Peer, printed, with_peer};
use crate::openssl;
use crate::ours::{Ended, Files, LINE, Ours, SOON, Seen, ask, echo, reach};
use handfast::config::{Common, Verification};
use handfast::connection::PeerStanding;
use handfast::{ClientConfig, Credential, Error, Fault, ProtocolVersion, ServerConfig};
use handfast_pki::load::to_pem;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::peer::{Program, trial};
use handfast_testkit::raw_keys;
use libtest_mimic::{Failed, Trial};
use std::env;
use std::io::Write;

/// A version, as GnuTLS and OpenSSL name it.
const VERSIONS: [(ProtocolVersion, &str, &str); 2] = [
    (ProtocolVersion::TLS_1_3, "TLS1.3", "-tls1_3"),
    (ProtocolVersion::TLS_1_2, "TLS1.2", "-tls1_2"),
];

const KINDS: [KeyKind; 3] = [
    KeyKind::EcP256,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
];

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial(
            "raw_keys::gnutls_cli_and_we_show_each_other_raw_keys",
            ["gnutls-cli"],
            |[program]| gnutls_cli(&program),
        ),
        with_peer(
            "raw_keys::we_and_gnutls_serv_show_each_other_raw_keys",
            gnutls_serv,
        ),
    ];
    let paths = env::var_os("HANDFAST_OPENSSL_NEW").unwrap_or_default();
    for path in env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()) {
        let name = path.display().to_string();
        let program = Program::at(path);
        let other = program.clone();
        trials.push(Trial::test(
            format!("raw_keys::s_client::{name}"),
            move || s_client(&program),
        ));
        trials.push(Trial::test(
            format!("raw_keys::s_server::{name}"),
            move || s_server(&other),
        ));
    }
    trials
}

/// The peer's key and what it is to know, in files: those of the server's side first.
struct Keys {
    server: Files,
    client: Files,
}

impl Keys {
    fn of(kind: KeyKind) -> Result<Self, Failed> {
        let keys = Self {
            server: Files::of(certificates::server(kind))?,
            client: Files::of(certificates::client(kind))?,
        };
        for (files, key) in [
            (&keys.server, raw_keys::server_key(kind)),
            (&keys.client, raw_keys::client_key(kind)),
        ] {
            let spki = key.raw_key().unwrap_or_default();
            files
                .folder
                .write("public.pem", &*to_pem("PUBLIC KEY", spki))?;
        }
        Ok(keys)
    }
}

fn only(common: &mut Common, version: ProtocolVersion) {
    common.versions = vec![version];
}

/// We believe this key of a client.
fn server(kind: KeyKind, version: ProtocolVersion, known: &Credential) -> ServerConfig {
    let mut config = raw_keys::mutual_server(kind);
    let known = raw_keys::known(std::slice::from_ref(known));
    config.client_auth = handfast::config::ClientAuth::Require(Verification::raw_keys(&known));
    only(&mut config.common, version);
    config
}

/// We believe this key of a server.
fn client(kind: KeyKind, version: ProtocolVersion, known: &Credential) -> ClientConfig {
    let mut config = raw_keys::client(kind);
    let known = raw_keys::known(std::slice::from_ref(known));
    config.verification = Verification::raw_keys(&known);
    config.credentials = vec![raw_keys::client_key(kind)];
    only(&mut config.common, version);
    config
}

/// It showed this key, and is known by it.
fn saw(seen: &Seen, key: &Credential) -> Result<(), Failed> {
    let negotiated = &seen.negotiated;
    let is_known = negotiated.peer_standing == PeerStanding::KnownKey;
    match negotiated.peer_raw_key() == key.raw_key() && is_known {
        true => Ok(()),
        false => Err(format!("it showed {:?}", negotiated.peer_raw_key()).into()),
    }
}

/// The key is none of ours.
fn refused(ended: Result<Seen, Ended>) -> Result<(), Failed> {
    match ended {
        Err(ended) if ended.error == Some(Error::Fault(Fault::RawKeyUnknown)) => Ok(()),
        Err(ended) => Err(format!("{ended}").into()),
        Ok(_) => Err("a key that is not known was let in".into()),
    }
}

/// One version, and raw public keys of both sides.
fn priority(version: &str) -> String {
    format!("NORMAL:-VERS-ALL:+VERS-{version}:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK")
}

fn gnutls_cli(program: &Program) -> Result<(), Failed> {
    for kind in KINDS {
        let keys = Keys::of(kind)?;
        for (version, name, _) in VERSIONS {
            let talk = |known: &Credential| {
                let ours = Ours::serve(server(kind, version, known), echo(LINE.len()))?;
                let (port, priority) = (ours.port.to_string(), priority(name));
                let public = keys.client.file("public.pem");
                let arguments = [
                    "--port",
                    &port,
                    "--no-ca-verification",
                    "--rawpkkeyfile",
                    &keys.client.key,
                    "--rawpkfile",
                    &public,
                    "--priority",
                    &priority,
                    "127.0.0.1",
                ];
                let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
                let outcome = program.talk(arguments, say, SOON)?;
                Ok::<_, Failed>((outcome, ours.ended()))
            };
            let known = raw_keys::client_key(kind);
            let (outcome, ended) = talk(&known)?;
            let text = format!("{}{}", outcome.text(), outcome.stderr);
            let seen = ended.map_err(|ended| format!("{ended}; {text}"))?;
            saw(&seen, &known)?;
            if !text.contains(LINE) || !text.contains("Raw Public Key") {
                return Err(text.into());
            }
            refused(talk(&raw_keys::server_key(kind))?.1)?;
        }
    }
    Ok(())
}

fn gnutls_serv(peer: &Peer) -> Result<(), Failed> {
    for kind in KINDS {
        let keys = Keys::of(kind)?;
        for (version, name, _) in VERSIONS {
            let (priority, public) = (priority(name), keys.server.file("public.pem"));
            let meet = |known: &Credential| {
                let more = [
                    "--echo",
                    "--require-client-cert",
                    "--rawpkkeyfile",
                    &keys.server.key,
                    "--rawpkfile",
                    &public,
                    "--priority",
                    &priority,
                ];
                let relay = peer.start(&keys.server, &more)?;
                let transport = relay.connect()?;
                let config = client(kind, version, known);
                Ok::<_, Failed>(reach(config, "localhost", transport, ask(LINE, LINE)))
            };
            let known = raw_keys::server_key(kind);
            let seen = meet(&known)?;
            let seen = seen.map_err(|ended| format!("{ended}; {}", printed(&keys.server)))?;
            saw(&seen, &known)?;
            refused(meet(&raw_keys::client_key(kind))?)?;
        }
    }
    Ok(())
}

/// True for an OpenSSL that can be told which raw key to believe: 3.6 believes none, and goes on all the
/// same where nothing asks it to stop.
fn judges(program: &Program) -> Result<bool, Failed> {
    let help = program.run(["s_client", "-help"], b"", SOON)?;
    Ok(format!("{}{}", help.text(), help.stderr).contains("-expected-rpks"))
}

/// Both sides' raw public keys, in OpenSSL's words.
const RAW: [&str; 2] = ["-enable_server_rpk", "-enable_client_rpk"];

fn s_client(program: &Program) -> Result<(), Failed> {
    let judges = judges(program)?;
    for kind in KINDS {
        let keys = Keys::of(kind)?;
        for (version, _, flag) in VERSIONS {
            let talk = |known: &Credential, wanted: &Files| {
                let ours = Ours::serve(server(kind, version, known), echo(LINE.len()))?;
                let (port, public) = (ours.port.to_string(), wanted.file("public.pem"));
                let address = format!("127.0.0.1:{port}");
                let mut arguments = vec!["s_client", "-connect", &address, flag];
                arguments.extend(["-servername", "localhost"]);
                if judges {
                    arguments.extend(["-verify_return_error", "-expected-rpks", &public]);
                }
                arguments.extend(["-key", &keys.client.key, "-cert", &keys.client.leaf]);
                arguments.extend(RAW);
                let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
                let outcome = program.talk(arguments, say, SOON)?;
                Ok::<_, Failed>((outcome, ours.ended()))
            };
            let known = raw_keys::client_key(kind);
            let (outcome, ended) = talk(&known, &keys.server)?;
            let text = format!("{}{}", outcome.text(), outcome.stderr);
            let seen = ended.map_err(|ended| format!("{ended}; {text}"))?;
            saw(&seen, &known)?;
            let says = match judges {
                true => "matched the peer raw public key",
                false => "Server-to-client raw public key negotiated",
            };
            if !text.contains(LINE) || !text.contains(says) {
                return Err(text.into());
            }
            refused(talk(&raw_keys::server_key(kind), &keys.server)?.1)?;
            // And it refuses us where it knows another key.
            if judges && talk(&known, &keys.client)?.1.is_ok() {
                return Err("it took a key that it does not know".into());
            }
        }
    }
    Ok(())
}

fn s_server(program: &Program) -> Result<(), Failed> {
    let judges = judges(program)?;
    for kind in KINDS {
        let keys = Keys::of(kind)?;
        let public = keys.client.file("public.pem");
        for (version, _, flag) in VERSIONS {
            let mut more = vec![flag, "-Verify", "1"];
            if judges {
                more.extend(["-verify_return_error", "-expected-rpks", &public]);
            }
            more.extend(RAW);
            let server = openssl::server::start(program, &keys.server, &more)?;
            let meet = |config: ClientConfig| {
                let transport = server.connect(SOON)?;
                let job = ask(LINE, "txet fo enil a\n");
                Ok::<_, Failed>(reach(config, "localhost", transport, job))
            };
            let known = raw_keys::server_key(kind);
            let seen = meet(client(kind, version, &known))?;
            let seen = seen.map_err(|ended| format!("{ended}; {}", server.output()))?;
            saw(&seen, &known)?;
            refused(meet(client(kind, version, &raw_keys::client_key(kind)))?)?;
            let mut other = client(kind, version, &known);
            other.credentials = vec![raw_keys::server_key(kind)];
            if judges && meet(other)?.is_ok() {
                return Err("it took a key that it does not know".into());
            }
        }
    }
    Ok(())
}
