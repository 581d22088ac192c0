//! Bytes as CRLs and OCSP responses, and as what is at hand about a certificate.

use crate::edit::Edits;
use arbitrary::Arbitrary;
use handfast_pki::crl::Crl;
use handfast_pki::fault::CertificateFault;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::revocation::doubt::Source;
use handfast_pki::verify::revocation::{Mode, Status};
use handfast_testkit::made::tree::{Node, reencoded};
use handfast_testkit::revocation::world::{Evidence, World};
use handfast_testkit::revocation::{judge, rows};
use std::sync::LazyLock;

/// Reads a CRL and everything that it shows. What is accepted is DER; what is refused is refused
/// by field and byte.
pub fn crl(der: &[u8]) {
    match Crl::parse(der) {
        Ok(crl) => {
            assert_eq!(crl.der(), der);
            assert_eq!(reencoded(der).as_deref(), Some(der), "not DER");
            let issuer = crl.issuer();
            let _ = (issuer.to_string(), crl.number(), crl.base_number());
            let _ = (crl.this_update().to_string(), crl.next_update().to_string());
            for entry in crl.revoked() {
                let _ = (entry.since.to_string(), entry.reason.to_string());
                let found = crl.find(&issuer, entry.serial);
                assert!(found.is_some() || crl.is_indirect());
            }
        }
        Err(fault) => named(fault, der),
    }
}

/// The same with an OCSP response.
pub fn ocsp(der: &[u8]) {
    match OcspResponse::parse(der) {
        Ok(OcspResponse::Basic(basic)) => {
            let data = basic.data();
            assert!(der.windows(data.len()).any(|bytes| bytes == data));
            let tree = Node::read(data).map(|tree| tree.write());
            assert_eq!(tree.as_deref(), Some(data), "not DER");
            let _ = (basic.responder(), basic.nonce(), basic.signature());
            for single in basic.responses() {
                let _ = format!("{single:?}");
            }
            for certificate in basic.certificates() {
                crate::pki::certificate(certificate);
            }
        }
        Ok(OcspResponse::Refused(status)) => assert!(!status.to_string().is_empty()),
        Err(fault) => named(fault, der),
    }
}

fn named(fault: CertificateFault, der: &[u8]) {
    assert!(
        !fault.field.is_empty() && fault.byte <= der.len(),
        "{fault}"
    );
    assert!(!fault.problem.to_string().is_empty());
}

/// A row of the table of revocation, and what is changed of it.
#[derive(Arbitrary, Debug)]
pub struct Plan {
    row: u8,
    hard: bool,
    crls: Option<Edits>,
    responses: Option<Edits>,
    staple: Option<Edits>,
}

/// A row of the table, whose CRLs or responses are changed.
#[derive(Arbitrary, Debug)]
pub struct Changed {
    row: u8,
    edits: Edits,
}

impl Changed {
    /// Reads the row's CRLs, changed.
    pub fn crl(&self) {
        let before = at(self.row).crls.iter();
        before.for_each(|der| crl(&self.edits.apply(der)));
    }

    /// Reads the row's responses and staple, changed.
    pub fn ocsp(&self) {
        let row = at(self.row);
        let responses = row.responses.iter().map(|(der, _)| der);
        let all = responses.chain(&row.staple);
        all.for_each(|der| ocsp(&self.edits.apply(der)));
    }
}

fn at(row: u8) -> &'static Evidence {
    let rows = &TABLE.rows;
    &rows[usize::from(row) % rows.len()]
}

struct Table {
    world: World,
    rows: Vec<Evidence>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let world = World::new();
    let rows = rows().iter().map(|row| (row.make)(&world)).collect();
    Table { world, rows }
});

/// Judges a row whose CRLs and responses were changed: whoever is believed says what was signed.
pub fn judged(plan: &Plan) {
    let before = at(plan.row);
    let mut after = before.clone();
    let change = |edits: &Option<Edits>, der: &mut Vec<u8>| {
        if let Some(edits) = edits {
            *der = edits.apply(der);
        }
    };
    after
        .crls
        .iter_mut()
        .for_each(|der| change(&plan.crls, der));
    for (der, _) in &mut after.responses {
        change(&plan.responses, der);
    }
    after
        .staple
        .iter_mut()
        .for_each(|der| change(&plan.staple, der));
    let readable = |bytes: &Vec<u8>| Crl::parse(bytes).is_ok();
    if !after.crls.iter().all(readable) {
        return;
    }
    let mode = if plan.hard {
        Mode::HardFail
    } else {
        Mode::SoftFail
    };
    let believed = match judge(&TABLE.world, &after, mode) {
        Ok(verdict) => match verdict.revocation().first().map(|leaf| leaf.status) {
            Some(Status::Good(source)) => source,
            _ => return,
        },
        Err(refused) => match refused.reason() {
            Reason::Revoked { source, .. } => *source,
            _ => return,
        },
    };
    assert_eq!(signed(&after, believed), signed(before, believed));
}

/// The signed part of a source.
fn signed(at_hand: &Evidence, source: Source) -> Option<Vec<u8>> {
    let response = |der: &Vec<u8>| match OcspResponse::parse(der) {
        Ok(OcspResponse::Basic(basic)) => Some(basic.data().to_vec()),
        _ => None,
    };
    match source {
        Source::Staple => at_hand.staple.as_ref().and_then(response),
        Source::Response(index) => response(&at_hand.responses.get(index)?.0),
        Source::Crl(index) => {
            let der = at_hand.crls.get(index)?;
            Some(Crl::parse(der).ok()?.tbs().to_vec())
        }
        _ => None,
    }
}
