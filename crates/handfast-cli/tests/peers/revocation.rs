//! `--revocation hard` with what OpenSSL says: its responder, its lists, its server's staples.

use crate::lab::{Lab, SOON, command};
use handfast::PrivateKey;
use handfast_ca::issued::{Issued, certificate_pem};
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, key, key_id, purpose, signs_all, uri,
};
use handfast_testkit::made::crl;
use handfast_testkit::made::der::{extension_of, sequence};
use handfast_testkit::peer::{Outcome, Program, Server, trial};
use handfast_testkit::web::{Web, ok};
use libtest_mimic::{Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for revoked in [false, true] {
        let claim = |what: &str| format!("revocation::openssl_{what}_revoked_{revoked}");
        trials.push(trial(&claim("responder"), ["openssl"], move |[openssl]| {
            responder(&openssl, revoked)
        }));
        trials.push(trial(&claim("list"), ["openssl"], move |[openssl]| {
            list(&openssl, revoked)
        }));
        trials.push(trial(&claim("staple"), ["openssl"], move |[openssl]| {
            staple(&openssl, revoked)
        }));
    }
    trials
}

/// An authority as `openssl ca` keeps it: `anchor.pem`, `anchor.key`, `index.txt`, `ca.cnf`.
struct World {
    lab: Lab,
    key: PrivateKey,
    revoked: bool,
}

impl World {
    fn new(revoked: bool) -> Result<Self, Failed> {
        let (lab, signer) = (Lab::new(), key());
        let root = Draft::new("root", "root", signer.public_spki())
            .with(authority(None))
            .with(signs_all())
            .with(key_id(&[7; 20]))
            .signed_by(&signer);
        lab.write("anchor.pem", certificate_pem(&root.clone().into()));
        let issued = Issued::from_parts(vec![root.into()], signer);
        lab.write("anchor.key", issued.key_pem()?);
        let (_, signer) = issued.into_parts();
        let state = if revoked {
            "R\t491231235959Z\t260101000000Z,keyCompromise"
        } else {
            "V\t491231235959Z\t"
        };
        let index = lab.write("index.txt", format!("{state}\t01\tunknown\t/CN=leaf\n"));
        let number = lab.write("crlnumber", "0A\n");
        let config = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase={index}\ncrlnumber={number}\ndefault_md=sha256\n\
             crl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n"
        );
        lab.write("ca.cnf", config);
        Ok(Self {
            lab,
            key: signer,
            revoked,
        })
    }

    /// The leaf, of serial number 1, and its key in PEM.
    fn leaf(&self, extension: Vec<u8>) {
        let own = key();
        let leaf = Draft::new("leaf", "root", own.public_spki())
            .with(alternative_names(&[dns("localhost")]))
            .with(purpose(1))
            .with(extension)
            .signed_by(&self.key);
        let issued = Issued::from_parts(vec![leaf.into()], own);
        self.lab.keep("leaf", &issued);
    }

    /// `openssl s_server` with the leaf, asked by `handfast get --revocation hard`.
    fn meet(&self, openssl: &Program, more: &[&str]) -> Result<Outcome, Failed> {
        let (cert, key) = (self.lab.file("leaf.pem"), self.lab.file("leaf.key"));
        let usual = ["s_server", "-quiet", "-www", "-cert", &cert, "-key", &key];
        let all: Vec<String> = usual.iter().chain(more).map(ToString::to_string).collect();
        let arguments = |port: u16| [all, vec!["-accept".to_owned(), port.to_string()]].concat();
        let server = Server::start(openssl, arguments, SOON)?;
        let (anchor, cache) = (self.lab.file("anchor.pem"), self.lab.file("cache"));
        let url = format!("https://localhost:{}/", server.port());
        let arguments = [
            "get",
            "-v",
            "--cacert",
            &anchor,
            "--fetch-private",
            "--revocation",
        ];
        let command = command().with_variable("XDG_CACHE_HOME", &cache);
        Ok(command.run([&arguments[..], &["hard", &url]].concat(), b"", SOON)?)
    }

    /// It ended as OpenSSL's index says, by so many fetches.
    fn check(&self, outcome: &Outcome, fetches: usize) -> Result<(), Failed> {
        let (code, words) = if self.revoked {
            (91, "revoked on 2026-01-01T00:00:00Z (keyCompromise)")
        } else {
            (0, "0 not revoked, says")
        };
        let said = outcome.stderr.contains(words);
        let asked = outcome.stderr.matches("* fetch ").count();
        if (outcome.code, said, asked) == (Some(code), true, fetches) {
            Ok(())
        } else {
            Err(format!("{outcome:?}").into())
        }
    }
}

fn responder(openssl: &Program, revoked: bool) -> Result<(), Failed> {
    let world = World::new(revoked)?;
    let file = |name| world.lab.file(name);
    let (index, root, key) = (file("index.txt"), file("anchor.pem"), file("anchor.key"));
    let usual = ["ocsp", "-index", &index, "-CA", &root, "-rsigner", &root];
    let more = ["-rkey", &key, "-ndays", "7", "-ignore_err"];
    let all: Vec<String> = usual.iter().chain(&more).map(ToString::to_string).collect();
    let arguments = |port: u16| [all, vec!["-port".to_owned(), port.to_string()]].concat();
    let server = Server::start(openssl, arguments, SOON)?;
    let method = [6, 8, 0x2b, 6, 1, 5, 5, 7, 48, 1];
    let url = format!("http://127.0.0.1:{}/", server.port());
    let value = sequence(&[&sequence(&[&method, &uri(url)])]);
    world.leaf(extension_of(&[0x2b, 6, 1, 5, 5, 7, 1, 1], false, &value));
    world.check(&world.meet(openssl, &[])?, 1)
}

fn list(openssl: &Program, revoked: bool) -> Result<(), Failed> {
    let world = World::new(revoked)?;
    let file = |name| world.lab.file(name);
    let (config, key, root) = (file("ca.cnf"), file("anchor.key"), file("anchor.pem"));
    let (pem, der) = (file("list.pem"), file("list.der"));
    let made = ["ca", "-config", &config, "-gencrl", "-crldays", "7"];
    let made = [&made[..], &["-keyfile", &key, "-cert", &root, "-out", &pem]].concat();
    let made = openssl.run(made, b"", SOON)?;
    let convert = ["crl", "-in", &pem, "-outform", "DER", "-out", &der];
    let converted = openssl.run(convert, b"", SOON)?;
    if !converted.success() {
        return Err(format!("{}{}", made.stderr, converted.stderr).into());
    }
    for file in [der, pem] {
        let web = Web::saying(ok(&std::fs::read(file)?));
        let url = web.url("/root.crl");
        world.leaf(crl::points(&[&[crl::full_name(&url)]]));
        world.check(&world.meet(openssl, &[])?, 1)?;
    }
    Ok(())
}

fn staple(openssl: &Program, revoked: bool) -> Result<(), Failed> {
    let world = World::new(revoked)?;
    let file = |name| world.lab.file(name);
    let (index, root, key) = (file("index.txt"), file("anchor.pem"), file("anchor.key"));
    // Of a serial number, so that no certificate need be there yet.
    let ask = ["ocsp", "-index", &index, "-CA", &root, "-rsigner", &root];
    let response = file("response.der");
    let more = [
        "-rkey", &key, "-ndays", "7", "-issuer", &root, "-serial", "1",
    ];
    let all = [&ask[..], &more, &["-respout", &response, "-no_nonce"]].concat();
    let answered = openssl.run(all, b"", SOON)?;
    if !std::path::Path::new(&response).exists() {
        return Err(format!("{answered:?}").into());
    }
    world.leaf(crl::points(&[&[crl::full_name("http://127.0.0.1:1/")]]));
    let outcome = world.meet(openssl, &["-status_file", &response])?;
    world.check(&outcome, 0)?;
    // Control: without the staple the list is asked, which nobody gives.
    let outcome = world.meet(openssl, &[])?;
    match outcome.code {
        Some(91) if outcome.stderr.contains("* fetch CRL") => Ok(()),
        _ => Err(format!("{outcome:?}").into()),
    }
}
