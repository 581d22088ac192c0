//! Certificates that come compressed (RFC 8879), with each OpenSSL that `HANDFAST_OPENSSL_NEW` names: what
//! Debian has knows nothing of them (OpenSSL 3.0, Go), has no program that would (NSS), or was built
//! without any way to compress (GnuTLS 3.7.9).

use std::env;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use handfast::config::CertificateCompression;
use handfast::observe::{Direction, Observer, Passed};
use handfast::{ClientConfig, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::Program;
use handfast_wire::registry::HandshakeType;
use libtest_mimic::{Failed, Trial};

use crate::openssl::server as s_server;
use crate::ours::{Files, LINE, Ours, SOON, ask, echo};

const KIND: KeyKind = KeyKind::Rsa { bits: 2048 };

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let paths = env::var_os("HANDFAST_OPENSSL_NEW").unwrap_or_default();
    for path in env::split_paths(&paths).filter(|path| *path != PathBuf::new()) {
        let program = Program::at(path.clone());
        let other = program.clone();
        trials.push(Trial::test(
            format!("compressed::s_client_takes_ours::{}", path.display()),
            move || openssl_takes_ours(&program),
        ));
        trials.push(Trial::test(
            format!("compressed::we_take_that_of_s_server::{}", path.display()),
            move || we_take_openssl(&other),
        ));
    }
    trials
}

/// The types of messages that passed.
#[derive(Debug, Default)]
struct Types(Mutex<Vec<(Direction, HandshakeType)>>);

impl Observer for Types {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Passed::Handshake { msg_type, .. }, Ok(mut seen)) = (what, self.0.lock()) {
            seen.push((direction, msg_type));
        }
    }
}

impl Types {
    /// Certificates went this way compressed, and not as they are; or, without, the other way round.
    fn went(&self, direction: Direction, compressed: bool) -> Result<(), Failed> {
        let seen = self
            .0
            .lock()
            .map_or_else(|_| Vec::new(), |seen| seen.clone());
        let has = |msg_type| seen.contains(&(direction, msg_type));
        let found = [
            has(HandshakeType::COMPRESSED_CERTIFICATE),
            has(HandshakeType::CERTIFICATE),
        ];
        match found == [compressed, !compressed] {
            true => Ok(()),
            false => Err(format!("compressed: {compressed}, but {seen:?}").into()),
        }
    }
}

fn server(by: Vec<CertificateCompression>) -> (ServerConfig, Arc<Types>) {
    let mut config = config::server(KIND);
    config.common.certificate_compression = by;
    let types = Arc::<Types>::default();
    config.common.observer = Some(Arc::clone(&types) as Arc<_>);
    (config, types)
}

fn client(by: Vec<CertificateCompression>) -> (ClientConfig, Arc<Types>) {
    let mut config = config::client();
    config.common.certificate_compression = by;
    let types = Arc::<Types>::default();
    config.common.observer = Some(Arc::clone(&types) as Arc<_>);
    (config, types)
}

fn openssl_takes_ours(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KIND))?;
    for by in CertificateCompression::all() {
        for (more, compressed) in [(&[][..], true), (&["-no_rx_cert_comp"], false)] {
            let (config, types) = server(vec![by.clone()]);
            let ours = Ours::serve(config, echo(LINE.len()))?;
            let address = format!("127.0.0.1:{}", ours.port);
            let mut words = vec!["s_client", "-connect", &address, "-CAfile", &files.root];
            words.extend(["-servername", "localhost", "-verify_return_error", "-quiet"]);
            words.extend(more);
            let say = |pipe: &mut dyn std::io::Write| pipe.write_all(LINE.as_bytes());
            let outcome = openssl.talk(words, say, SOON)?;
            ours.seen(&outcome.stderr)?;
            types.went(Direction::Sent, compressed)?;
        }
    }
    Ok(())
}

fn we_take_openssl(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KIND))?;
    for (more, compressed) in [(&["-cert_comp"][..], true), (&["-no_tx_cert_comp"], false)] {
        let peer = s_server::start(openssl, &files, more)?;
        for by in CertificateCompression::all() {
            let (config, types) = client(vec![by]);
            let answer: String = LINE.trim_end().chars().rev().collect();
            let job = ask(LINE, &format!("{answer}\n"));
            s_server::meet(&peer, config, "localhost", job)
                .map_err(|ended| format!("{ended}; peer: {}", peer.output()))?;
            types.went(Direction::Received, compressed)?;
        }
    }
    Ok(())
}
