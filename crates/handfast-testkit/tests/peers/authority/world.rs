//! A root, an authority below it, and what they issued, as files.

use std::time::Duration;

use handfast_ca::authority::Authority;
use handfast_ca::crl::{CrlProfile, RevocationReason, Revoked};
use handfast_ca::issued::{Issued, certificate_pem};
use handfast_ca::key;
use handfast_ca::ocsp::{Answer, OcspSigner, respond};
use handfast_ca::profile::{AlternativeName, KeyKind, Pointers, Profile, Validity};
use handfast_ca::request::{RequestProfile, request_pem};
use handfast_ca::serial::SerialNumber;
use handfast_ca::subject::Subject;
use handfast_pki::certificate::Certificate;
use handfast_pki::load::to_pem;
use handfast_testkit::certificates::now_unix;
use handfast_testkit::peer::{Folder, Outcome, Program};
use libtest_mimic::Failed;

pub(super) const SOON: Duration = Duration::from_secs(20);

/// Kinds of key that all three programs know.
pub(super) const KINDS: [KeyKind; 6] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Rsa { bits: 2048 },
    KeyKind::RsaPss { bits: 2048 },
    KeyKind::Ed25519,
];

pub(super) struct World {
    pub(super) folder: Folder,
    pub(super) root: Authority,
    pub(super) issuing: Authority,
    /// Good, and then revoked for key compromise.
    pub(super) leaves: [Issued; 2],
}

pub(super) fn month() -> Validity {
    Validity::days(now_unix(), 30)
}

pub(super) fn subject() -> Subject {
    Subject::parse("CN=a.test,O=Acme,C=DE").expect("a subject")
}

/// A server for a host, an address, a mail address, a URI and a user.
pub(super) fn profile(kind: KeyKind) -> Profile {
    let names = [
        "a.test",
        "127.0.0.1",
        "ada@a.test",
        "https://a.test/x",
        "UPN:ada@a.test",
    ];
    let names = names.map(|name| AlternativeName::parse(name).expect("a name"));
    Profile {
        subject: subject(),
        pointers: Pointers {
            crl: vec!["http://ca.test/crl".to_owned()],
            ocsp: vec!["http://ca.test/ocsp".to_owned()],
            issuers: vec!["http://ca.test/issuer".to_owned()],
        },
        must_staple: true,
        ..Profile::both(&names, month(), kind)
    }
}

impl World {
    pub(super) fn new(kind: KeyKind) -> Result<Self, Failed> {
        let named = |name: &str| Subject::parse(&format!("CN={name},O=Acme,C=DE"));
        let root = Authority::root(&Profile::root(named("Root")?, month(), kind))?;
        let below = Profile::intermediate(named("Issuing")?, month(), kind);
        let issuing = root.intermediate(&below)?;
        let leaves = [
            issuing.issue(&profile(kind))?,
            issuing.issue(&profile(kind))?,
        ];
        let world = Self {
            folder: Folder::new()?,
            root,
            issuing,
            leaves,
        };
        world.write()?;
        Ok(world)
    }

    fn write(&self) -> Result<(), Failed> {
        let one = |chain: &Issued| {
            chain
                .chain()
                .first()
                .map(certificate_pem)
                .unwrap_or_default()
        };
        let [good, revoked] = &self.leaves;
        let write = |name: &str, content: &str| self.folder.write(name, content);
        write("root.pem", &self.root.root_pem())?;
        write("issuing.pem", &one(self.issuing.own()))?;
        let both = format!("{}{}", one(self.issuing.own()), self.root.root_pem());
        write("authorities.pem", &both)?;
        write("good.pem", &one(good))?;
        write("revoked.pem", &one(revoked))?;
        write("chain.pem", &good.chain_pem())?;
        write("key.pem", &key::write(good.key(), None)?)?;
        write(
            "locked.pem",
            &key::write(good.key(), Some(b"a pass phrase"))?,
        )?;
        let request = RequestProfile::from(&profile(good.key().kind())).sign(good.key())?;
        write("request.pem", &request_pem(&request))?;
        let list = self.list(&self.issuing, Some(revoked))?;
        write("issuing.crl", &list)?;
        let of_root = self.list(&self.root, None)?;
        write("root.crl", &of_root)?;
        write("all.crl", &format!("{list}{of_root}"))?;
        Ok(())
    }

    fn list(&self, authority: &Authority, revoked: Option<&Issued>) -> Result<String, Failed> {
        let mut entries = Vec::new();
        if let Some(leaf) = revoked {
            entries.push(Revoked {
                serial: serial(leaf)?,
                at_unix: now_unix() - 60,
                reason: RevocationReason::KeyCompromise,
            });
        }
        let list = authority.crl(&CrlProfile {
            number: 258,
            this_update_unix: now_unix() - 60,
            next_update_unix: now_unix() + 86_400,
            entries,
            base: None,
        })?;
        Ok(to_pem("X509 CRL", &list).to_string())
    }

    /// Our answer to a request in DER, signed by the issuer or by its delegate.
    pub(super) fn answer(&self, request: &[u8], delegated: bool) -> Result<Vec<u8>, Failed> {
        let signer = if delegated {
            let kind = self.issuing.own().key().kind();
            let profile = Profile::ocsp_signer(Subject::named("Responder")?, month(), kind);
            let signer = self.issuing.issue(&profile)?;
            let above = self.issuing.own().chain().first().ok_or("no issuer")?;
            let own = signer.chain().first().ok_or("no signer")?;
            OcspSigner::delegated(above, own, signer.key().clone())?
        } else {
            OcspSigner::issuer(&self.issuing)?
        };
        let revoked = serial(&self.leaves[1])?;
        let mut status = |asked: &handfast_ca::ocsp::Asked| {
            Ok(if asked.serial == revoked {
                Answer::Revoked {
                    at_unix: now_unix() - 60,
                    reason: RevocationReason::KeyCompromise,
                }
            } else {
                Answer::Good
            })
        };
        Ok(respond(request, &[signer], &mut status, now_unix())?.der)
    }

    pub(super) fn file(&self, name: &str) -> String {
        self.folder.file(name)
    }
}

pub(super) fn serial(leaf: &Issued) -> Result<SerialNumber, Failed> {
    let der = leaf.chain().first().ok_or("no certificate")?;
    Ok(SerialNumber::from_bytes(Certificate::parse(der)?.serial())?)
}

/// Runs a program that must succeed, and must say all of `words`.
pub(super) fn says(
    program: &Program,
    arguments: &[&str],
    words: &[&str],
) -> Result<String, Failed> {
    told(&program.run(arguments, b"", SOON)?, true, arguments, words)
}

/// Runs a program that must fail, and say all of `words`.
pub(super) fn refuses(
    program: &Program,
    arguments: &[&str],
    words: &[&str],
) -> Result<String, Failed> {
    told(&program.run(arguments, b"", SOON)?, false, arguments, words)
}

fn told(
    outcome: &Outcome,
    succeeds: bool,
    arguments: &[&str],
    words: &[&str],
) -> Result<String, Failed> {
    let said = format!("{}{}", outcome.text(), outcome.stderr);
    let missing = words.iter().find(|word| !said.contains(**word));
    match missing {
        Some(word) => Err(format!("{arguments:?}: no {word:?} in {said}").into()),
        None if outcome.success() != succeeds => Err(format!("{arguments:?}: {said}").into()),
        None => Ok(said),
    }
}
