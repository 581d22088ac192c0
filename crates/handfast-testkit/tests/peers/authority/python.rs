//! Beside Python's `cryptography`.

use handfast_ca::issued::certificate_pem;
use handfast_ca::profile::{KeyKind, Profile};
use handfast_ca::request::{Excess, LeftOut, Request, RequestRules};
use handfast_pki::crl::Crl;
use handfast_pki::load;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::{Mode, OcspAnswer, Revocation};
use handfast_pki::verify::{Purpose, Request as Judged, verify};
use handfast_testkit::certificates::now_unix;
use handfast_testkit::peer::{Program, REQUIRE, trial};
use libtest_mimic::{Failed, Trial};

use super::world::{KINDS, SOON, World, month};

const READ: &str = include_str!("read.py");
const ASK: &str = include_str!("ask.py");
const ANSWERED: &str = include_str!("answered.py");

pub(super) fn trials() -> Vec<Trial> {
    // Python's cryptography knows no id-RSASSA-PSS in keys.
    let kinds = KINDS
        .into_iter()
        .filter(|kind| !matches!(kind, KeyKind::RsaPss { .. }));
    let mut trials: Vec<_> = kinds
        .map(|kind| {
            let claim = format!("authority::python_reads_what_we_make_{kind:?}");
            trial(&claim, ["python3"], move |[python]| {
                if !has_module(&python)? {
                    return Ok(());
                }
                script(&python, READ, &World::new(kind)?, "read")
            })
        })
        .collect();
    trials.push(trial(
        "authority::python_asks_and_is_answered",
        ["python3"],
        |[python]| both_ways(&python, &World::new(KeyKind::EcP256)?),
    ));
    trials
}

/// Whether the module is there, as trials find out whether a program is.
fn has_module(python: &Program) -> Result<bool, Failed> {
    let probe = "import cryptography; assert cryptography.__version__ >= '45'";
    if python.run(["-c", probe], b"", SOON)?.success() {
        return Ok(true);
    }
    let why = "Python has no module cryptography of version 45 or newer";
    eprintln!("{why}");
    if std::env::var_os(REQUIRE).is_some() {
        Err(why.into())
    } else {
        Ok(false)
    }
}

fn script(python: &Program, text: &str, world: &World, word: &str) -> Result<(), Failed> {
    let folder = world.folder.path().to_string_lossy().into_owned();
    let outcome = python.run(["-c", text, &folder], b"", SOON)?;
    if outcome.success() && outcome.text().trim() == word {
        return Ok(());
    }
    Err(format!("{}{}", outcome.text(), outcome.stderr).into())
}

fn both_ways(python: &Program, world: &World) -> Result<(), Failed> {
    if !has_module(python)? {
        return Ok(());
    }
    let key = handfast_ca::key::write(world.issuing.own().key(), None)?;
    world.folder.write("issuing.key", key.as_bytes())?;
    script(python, ASK, world, "asked")?;
    let read = |name: &str| std::fs::read(world.file(name));
    for name in ["good", "revoked"] {
        let ask = read(&format!("{name}.ask"))?;
        for (who, delegated) in [("issuer", false), ("delegate", true)] {
            let answer = world.answer(&ask, delegated)?;
            world.folder.write(&format!("{name}.{who}"), answer)?;
        }
    }
    let request = Request::from_file(&read("python.csr")?)?;
    let base = Profile::server(&[], month(), KeyKind::EcP384);
    let rules = RequestRules {
        excess: Excess::LeaveOut,
        ..RequestRules::of(&base)
    };
    let merged = rules.merge(&request, &base)?;
    assert!(matches!(merged.left_out.as_slice(), [LeftOut::Name(_)]));
    let leaf = world.issuing.certify(request.spki(), &merged.profile)?;
    world.folder.write("python.pem", certificate_pem(&leaf))?;
    script(python, ANSWERED, world, "answered")?;
    let lists = load::crls(&read("python.crl")?)?;
    let list = Crl::parse(lists.first().ok_or("no list")?)?;
    assert_eq!(list.number(), [77]);
    judged(world, &[], &[list])?;
    let response = read("python.ocsp")?;
    assert!(OcspResponse::parse(&response).is_ok());
    let answers = [OcspAnswer {
        der: &response,
        nonce: None,
    }];
    judged(world, &answers, &[])
}

/// Both say that the second leaf is superseded.
fn judged(world: &World, responses: &[OcspAnswer<'_>], crls: &[Crl<'_>]) -> Result<(), Failed> {
    let mut roots = Roots::new();
    roots.add(world.root.root_der().clone())?;
    let [_, revoked] = &world.leaves;
    let chain: Vec<&[u8]> = revoked.chain().iter().map(AsRef::as_ref).collect();
    let verdict = verify(&Judged {
        chain: &chain,
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: None,
        at_unix_s: i64::try_from(now_unix())?,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation {
            mode: Mode::SoftFail,
            responses,
            crls,
            ..Revocation::default()
        },
    });
    match verdict {
        Err(why) if why.reason().to_string().contains("(superseded)") => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
