//! A shared secret with zeros at its front, with a peer: they are stripped before TLS 1.3
//! (RFC 5246 section 8.1.2).

use std::sync::{Arc, Mutex, PoisonError};

use handfast::config::Entropy;
use handfast::observe::{Direction, Observer, Passed};
use handfast::obsolete::COMPATIBLE;
use handfast::{CipherSuite, ProtocolVersion};
use handfast_crypto::legacy::finite_field::{Field, OwnKey};
use handfast_crypto::random::{Random, RandomFailed, SystemRandom};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server};
use handfast_wire::codec::{Reader, Wire};
use handfast_wire::handshake::DheParams;
use handfast_wire::registry::HandshakeType;
use libtest_mimic::Failed;

use super::case::visit;
use super::openssl::{dh_parameters, reversed};
use crate::ours::{Files, SOON};

/// The system's randomness, the last draw kept; and the server's parameters.
#[derive(Debug, Default)]
struct Kept {
    drawn: Mutex<Vec<u8>>,
    params: Mutex<Vec<u8>>,
}

fn of(place: &Mutex<Vec<u8>>) -> Vec<u8> {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn keep(place: &Mutex<Vec<u8>>, bytes: &[u8]) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
}

impl Entropy for Kept {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        SystemRandom.fill(out)?;
        keep(&self.drawn, out);
        Ok(())
    }
}

impl Observer for Kept {
    fn passed(&self, _: Direction, what: Passed<'_>) {
        if let Passed::Handshake { msg_type, bytes } = what
            && msg_type == HandshakeType::SERVER_KEY_EXCHANGE
        {
            keep(&self.params, bytes.get(4..).unwrap_or_default());
        }
    }
}

/// Hands out what was kept.
struct Again(Vec<u8>);

impl Random for Again {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        let drawn = self.0.get(..out.len()).ok_or(RandomFailed)?;
        out.copy_from_slice(drawn);
        Ok(())
    }
}

impl Kept {
    /// Whether the secret of the handshake that was just done begins with a zero.
    fn was_short(&self) -> Result<bool, Failed> {
        let params = of(&self.params);
        let params = DheParams::read(&mut Reader::new(&params))?;
        let field = Field::new(params.dh_p.0, params.dh_g.0)?;
        // The client's last draw is its exponent.
        let own = OwnKey::generate(&field, &mut Again(of(&self.drawn)))?;
        Ok(own.agree(params.dh_ys.0)?.as_bytes().first() == Some(&0))
    }
}

pub(super) fn is_agreed_on(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::Rsa { bits: 2048 }))?;
    let field = files.folder.write("field.pem", dh_parameters())?;
    let arguments = |port| {
        let address = format!("127.0.0.1:{port}");
        let mut all = vec!["s_server", "-accept", &address, "-rev", "-tls1_2"];
        all.extend(["-cert", &files.leaf, "-cert_chain", &files.above]);
        all.extend(["-key", &files.key, "-dhparam", &field]);
        all.into_iter().map(str::to_owned).collect()
    };
    let server = Server::start(openssl, arguments, SOON)?;
    let kept = Arc::new(Kept::default());
    let mut client = config::client();
    client.common.versions = vec![ProtocolVersion::TLS_1_2];
    client.common.allow_obsolete(&COMPATIBLE);
    client.common.suites = vec![CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256];
    client.common.entropy = Arc::clone(&kept) as _;
    client.common.observer = Some(Arc::clone(&kept) as _);
    let client = client.check()?;
    // One in 256 is short; a hundred times as many without one happen to nobody.
    for _ in 0..25_600 {
        visit(&client, server.connect(SOON)?, reversed)?;
        if kept.was_short()? {
            return Ok(());
        }
    }
    Err("no short secret came".into())
}
