//! Delegated credentials (RFC 9345) that NSS signs, and our client judges. Its own tools sign none, so the server
//! is a program of ours over its library.

use handfast::config::Delegate;
use handfast::{Error, Fault, SignatureScheme};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::delegated;
use handfast_testkit::peer::{Program, Server, trial};
use libtest_mimic::{Failed, Trial};

use crate::nss::database::{DATABASE, database};
use crate::ours::{Ended, Files, LINE, SOON, Seen, ask, reach};

pub(super) fn trial_of_its_server() -> Trial {
    let claim = "nss::our_client_takes_a_key_that_its_certificate_vouches_for_and_no_other";
    let needed = ["cc", "nss-config", "nspr-config", "certutil", "pk12util"];
    trial(claim, needed, its_server)
}

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/nss/server.c");
const SCHEME: SignatureScheme = SignatureScheme::ECDSA_SECP384R1_SHA384;

fn its_server([cc, nss, nspr, certutil, pk12util]: [Program; 5]) -> Result<(), Failed> {
    let issued = delegated::certificate(KeyKind::EcP256);
    let files = Files::of(&issued)?;
    database(&files, &issued, &certutil, &pk12util)?;
    let program = Program::at(built(&files, &cc, &[nss, nspr])?);
    let meet = |more: &[&str]| -> Result<Result<Seen, Ended>, Failed> {
        let arguments = |port: u16| {
            let (port, database) = (port.to_string(), files.file(DATABASE));
            let more = more.iter().copied().map(str::to_owned);
            [port, database].into_iter().chain(more).collect()
        };
        let server = Server::start(&program, arguments, SOON)?;
        let mut client = config::client();
        client.common.delegated_schemes = vec![SCHEME];
        let transport = server.connect(SOON)?;
        Ok(reach(client, "localhost", transport, ask(LINE, LINE)))
    };
    let day = delegated::LIFE_S.to_string();
    let seen = meet(&[&day])?.map_err(|ended| ended.to_string())?;
    let shown = seen.negotiated.peer_delegated.as_deref();
    let shown = shown.ok_or("it showed none")?;
    if seen.negotiated.peer_scheme != Some(SCHEME) {
        return Err(format!("{:?}", seen.negotiated.peer_scheme).into());
    }
    // What it has signed, ours reads as signed to a server.
    let chain = issued.chain().to_vec();
    let signer = handfast::config::Signer::Ask;
    let read = handfast::Credential::with_delegated(chain, shown.as_bytes(), signer)?;
    assert_eq!(read.delegated_to(), Some(Delegate::Server));
    // The controls: a signature that is wrong, and a life that is too long.
    for (more, fault) in [
        (
            &[day.as_str(), "damage"][..],
            Fault::DelegatedSignatureWrong,
        ),
        (&["700000"], Fault::DelegatedTooLong),
    ] {
        match meet(more)? {
            Err(ended) if ended.error == Some(Error::Fault(fault)) => {}
            Err(ended) => return Err(ended.to_string().into()),
            Ok(_) => return Err(format!("{fault:?} expected").into()),
        }
    }
    Ok(())
}

/// Compiles the server.
fn built(files: &Files, cc: &Program, configs: &[Program]) -> Result<String, Failed> {
    let built = files.file("server");
    let mut words = vec!["-o".to_owned(), built.clone(), SOURCE.to_owned()];
    for config in configs {
        let outcome = config.run(["--cflags", "--libs"], b"", SOON)?;
        words.extend(outcome.text().split_whitespace().map(str::to_owned));
    }
    let outcome = cc.run(words, b"", SOON)?;
    match outcome.success() {
        true => Ok(built),
        false => Err(outcome.stderr.into()),
    }
}
