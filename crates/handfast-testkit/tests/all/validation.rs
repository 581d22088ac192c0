//! The rules of path validation, one chain that breaks each; and all name constraints beside the
//! textbook. `cargo xtask break` takes the rules out one by one.

use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_testkit::constraints::cases;
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, key, name_constraints, purpose, signs_all,
};
use handfast_testkit::made::der::extension;

const NOW: i64 = 1_893_456_000;

/// What is said of a leaf below an issuer below an upper one below a root.
struct Chain {
    leaf: Draft,
    issuer: Draft,
    upper: Draft,
    /// The leaf is signed by a key that is not its issuer's.
    forged: bool,
}

impl Chain {
    fn judge(&self, name: Option<&ServerName>) -> Option<Reason> {
        let keys = [key(), key(), key(), key()];
        let [root_key, upper_key, issuer_key, leaf_key] = &keys;
        let root = Draft::new("root", "root", root_key.public_spki())
            .with(authority(None))
            .signed_by(root_key);
        let sign = |draft: &Draft, own: &handfast_crypto::signature::PrivateKey, by| {
            let spki = own.public_spki().to_vec();
            Draft {
                spki,
                ..draft.clone()
            }
            .signed_by(by)
        };
        let signer = if self.forged { leaf_key } else { issuer_key };
        let leaf = sign(&self.leaf, leaf_key, signer);
        let issuer = sign(&self.issuer, issuer_key, upper_key);
        let upper = sign(&self.upper, upper_key, root_key);
        judge(&[&leaf, &issuer, &upper], &root, name)
    }
}

fn judge(chain: &[&[u8]], root: &[u8], name: Option<&ServerName>) -> Option<Reason> {
    let mut roots = Roots::new();
    roots.add(root.to_vec().into()).expect("the root");
    let answer = verify(&Request {
        chain,
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name,
        at_unix_s: NOW,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    });
    answer.err().map(|refused| refused.reason().clone())
}

fn sound() -> Chain {
    let draft = |subject, issuer| Draft::new(subject, issuer, &[]);
    Chain {
        leaf: draft("leaf", "issuer").with(alternative_names(&[dns("example.test")])),
        issuer: draft("issuer", "upper")
            .with(signs_all())
            .with(authority(None)),
        upper: draft("upper", "root").with(authority(None)),
        forged: false,
    }
}

/// A rule: what breaks it, and the reason that must be given.
type Rule = (&'static str, fn(&mut Chain), fn(&Reason) -> bool);

#[rustfmt::skip]
const RULES: &[Rule] = &[
    ("expired", |it| it.leaf.not_after = NOW - 1, |why| matches!(why, Reason::Expired { .. })),
    ("expired issuer", |it| it.issuer.not_after = NOW - 1, |why| matches!(why, Reason::Expired { .. })),
    ("not yet valid", |it| it.leaf.not_before = NOW + 1, |why| matches!(why, Reason::NotYetValid { .. })),
    ("another name", |it| it.leaf.extensions[0] = alternative_names(&[dns("elsewhere.test")]), |why| matches!(why, Reason::NameMismatch { .. })),
    ("another signer", |it| it.forged = true, |why| matches!(why, Reason::BadSignature)),
    ("no authority", |it| { it.issuer.extensions.pop(); }, |why| matches!(why, Reason::NotACa)),
    ("path length", |it| it.upper.extensions[0] = authority(Some(0)), |why| matches!(why, Reason::PathLength { .. })),
    ("key usage", |it| it.issuer.extensions[0] = extension(15, true, &[3, 2, 7, 0x80]), |why| matches!(why, Reason::KeyUsage { .. })),
    ("purpose", |it| it.leaf.extensions.push(purpose(2)), |why| matches!(why, Reason::ExtendedKeyUsage { .. })),
    ("purpose of the issuer", |it| it.issuer.extensions.push(purpose(2)), |why| matches!(why, Reason::ExtendedKeyUsage { .. })),
    ("excluded name", |it| it.upper.extensions.push(name_constraints(&[], &[dns("test")])), |why| matches!(why, Reason::NameExcluded { .. })),
    ("name not permitted", |it| it.upper.extensions.push(name_constraints(&[dns("elsewhere")], &[])), |why| matches!(why, Reason::NameNotPermitted { .. })),
    ("unknown critical extension", |it| it.leaf.extensions.push(extension(99, true, &[5, 0])), |why| matches!(why, Reason::UnknownCriticalExtension { .. })),
    ("unknown critical extension of the issuer", |it| it.issuer.extensions.push(extension(99, true, &[5, 0])), |why| matches!(why, Reason::UnknownCriticalExtension { .. })),
];

#[test]
fn every_rule_is_kept_and_its_breach_named() {
    let name = ServerName::parse("example.test").expect("a name");
    assert_eq!(sound().judge(Some(&name)), None, "the control");
    let mut wrong = Vec::new();
    for (rule, breach, named) in RULES {
        let mut chain = sound();
        breach(&mut chain);
        let reason = chain.judge(Some(&name));
        if !reason.as_ref().is_some_and(named) {
            wrong.push(format!("{rule}: {reason:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn name_constraints_say_what_the_textbook_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let made = case.certificates();
        let reason = judge(&[&made.leaf, &made.issuer], &made.root, None);
        if reason.is_none() != case.allowed {
            wrong.push(format!("{}: {reason:?}", case.label));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
