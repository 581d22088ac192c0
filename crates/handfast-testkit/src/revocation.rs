//! Every way in which a certificate's status may be told, beside what must come of it: source by
//! state by mode.
//!
//! A leaf and an intermediate stand below a root. Each [`Row`] makes what is at hand about the
//! leaf; about the intermediate there is always a fresh CRL of the root's, so that under hard-fail
//! the leaf alone decides.

mod crls;
mod delegates;
mod responses;
mod staples;
pub mod world;

use crate::revocation::world::Expect::{self, Passes, Refused, Revoked};
use crate::revocation::world::{Evidence, Row, World};
use handfast_pki::crl::Crl;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::revocation::{Mode, OcspAnswer, Revocation};
use handfast_pki::verify::{Purpose, Request, Verdict, verify};

/// All rows.
#[must_use]
pub fn rows() -> Vec<Row> {
    [
        crls::FULL,
        crls::DELTA,
        crls::INDIRECT,
        crls::SCOPED,
        responses::BY_ISSUER,
        delegates::BY_DELEGATE,
        staples::STAPLE,
        staples::MUST_STAPLE,
    ]
    .concat()
}

/// What Handfast says of the leaf.
///
/// # Errors
/// Its refusal.
///
/// # Panics
/// If the root or a CRL cannot be read.
pub fn judge(world: &World, at_hand: &Evidence, mode: Mode) -> Result<Verdict, Box<Rejection>> {
    let mut roots = Roots::new();
    let root = world.root.clone().into();
    roots.add(root).expect("the root can be read");
    let roots_list = world.roots_list();
    let lists = at_hand.crls.iter().chain([&roots_list]);
    let crls: Vec<_> = lists
        .map(|der| Crl::parse(der).expect("a CRL can be read"))
        .collect();
    let responses: Vec<_> = at_hand
        .responses
        .iter()
        .map(|(der, nonce)| OcspAnswer {
            der,
            nonce: nonce.as_deref(),
        })
        .collect();
    let crl_issuers: Vec<_> = at_hand.crl_issuers.iter().map(Vec::as_slice).collect();
    let leaf = at_hand.leaf.as_ref().unwrap_or(&world.leaf);
    let name = ServerName::parse("localhost").expect("a name");
    verify(&Request {
        chain: &[leaf, &world.issuer],
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: Some(&name),
        at_unix_s: world.now,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation {
            mode,
            staple: at_hand.staple.as_deref(),
            staple_asked: true,
            responses: &responses,
            crls: &crls,
            crl_issuers: &crl_issuers,
        },
    })
}

/// What such an answer comes to.
///
/// # Panics
/// If it was refused for anything but revocation.
#[must_use]
pub fn outcome(answer: &Result<Verdict, Box<Rejection>>) -> Expect {
    match answer {
        Ok(_) => Passes,
        Err(refused) => match refused.reason() {
            Reason::Revoked { .. } => Revoked,
            Reason::RevocationUnknown { .. } | Reason::StapleMissing { .. } => Refused,
            other => unreachable!("refused for another reason: {other}"),
        },
    }
}

/// The modes in the order of [`Row::expect`].
pub const MODES: [Mode; 3] = [Mode::Off, Mode::SoftFail, Mode::HardFail];
