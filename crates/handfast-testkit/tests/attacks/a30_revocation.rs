//! A30, revocation passed by: the table of revocation (`handfast_testkit::revocation`), whose rows
//! are all ways to bend CRLs and OCSP responses; RUSTSEC-2026-0049 is one of them.

use crate::attack::{Attack, Control, Found};
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::ocsp::single::CertificateStatus;
use handfast_pki::verify::revocation::Mode;
use handfast_testkit::revocation::world::Expect::{self, Passes, Refused, Revoked};
use handfast_testkit::revocation::world::{Evidence, SERIAL, World};
use handfast_testkit::revocation::{MODES, judge, outcome, rows};

/// What a verifier says of a row.
type Judge = fn(&World, &Evidence, Mode) -> Expect;

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A30",
    name: "revocation_passed_by",
    ours: || probe(|world, evidence, mode| outcome(&judge(world, evidence, mode))),
    controls: &[
        Control {
            broken: "a_verifier_that_asks_nobody",
            run: || probe(|_, _, _| Passes),
        },
        Control {
            broken: "a_verifier_that_is_always_soft",
            run: || probe(|world, evidence, _| outcome(&judge(world, evidence, Mode::SoftFail))),
        },
        Control {
            broken: "a_verifier_that_believes_any_response",
            run: || probe(believes_any_response),
        },
        Control {
            broken: "a_verifier_that_believes_any_list",
            run: || probe(believes_any_list),
        },
        Control {
            broken: "a_verifier_that_knows_one_distribution_point",
            run: || probe(knows_one_point),
        },
    ],
}];

fn probe(judge: Judge) -> Found {
    let world = World::new();
    let mut found = Found::default();
    for row in rows() {
        let evidence = (row.make)(&world);
        for (mode, wanted) in MODES.into_iter().zip(row.expect) {
            let got = judge(&world, &evidence, mode);
            found.tried(if got == wanted {
                Ok(())
            } else {
                Err(format!("{}, {}, {mode:?}: {got:?}", row.source, row.state))
            });
        }
    }
    found
}

/// Looks at neither signature nor time nor which certificate it is about.
fn believes_any_response(world: &World, evidence: &Evidence, mode: Mode) -> Expect {
    let fetched = evidence.responses.iter().map(|(der, _)| der);
    for der in fetched.chain(&evidence.staple) {
        if let Ok(OcspResponse::Basic(basic)) = OcspResponse::parse(der) {
            match basic.responses().next().map(|single| single.status) {
                Some(CertificateStatus::Good) => return Passes,
                Some(CertificateStatus::Revoked { .. }) => return Revoked,
                _ => {}
            }
        }
    }
    outcome(&judge(world, evidence, mode))
}

/// Looks for the serial number in any list that can be read.
fn believes_any_list(world: &World, evidence: &Evidence, mode: Mode) -> Expect {
    if mode == Mode::Off || evidence.crls.is_empty() {
        return outcome(&judge(world, evidence, mode));
    }
    let issuer = Certificate::parse(&world.leaf).unwrap().issuer();
    let listed =
        |der: &Vec<u8>| Crl::parse(der).is_ok_and(|crl| crl.find(&issuer, SERIAL).is_some());
    if evidence.crls.iter().any(listed) {
        Revoked
    } else {
        Passes
    }
}

/// RUSTSEC-2026-0049: a list that is the second point's is nobody's.
fn knows_one_point(world: &World, evidence: &Evidence, mode: Mode) -> Expect {
    let second = |leaf: &Vec<u8>| {
        let has = |text: &[u8]| leaf.windows(text.len()).any(|bytes| bytes == text);
        has(b"http://a.test/") && has(b"http://b.test/")
    };
    if evidence.leaf.as_ref().is_some_and(second) {
        return if mode == Mode::HardFail {
            Refused
        } else {
            Passes
        };
    }
    outcome(&judge(world, evidence, mode))
}
