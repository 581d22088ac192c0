//! Signatures on CRLs and OCSP responses, and who may make them.

use crate::algorithm::{algorithm_name, signature_algorithm};
use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::verify::budget::Budget;
use crate::verify::facts::{Fact, SignatureFacts};
use crate::verify::issuer::{algorithm_text, weight};
use crate::verify::leaf::check_kind;
use crate::verify::policy::Policy;
use crate::verify::reason::Reason;
use crate::verify::revocation::doubt::Doubt;

/// What was signed, how, and the signature.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// The contents of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8],
    /// Where it is remembered that the signature is right.
    pub(crate) memory: Memory<'a>,
}

/// Where right signatures are remembered.
#[derive(Clone, Copy)]
pub(crate) enum Memory<'a> {
    /// With a CRL that is kept.
    Crl(&'a Crl<'a>),
    /// Among the facts, of the whole in DER.
    Facts(&'a SignatureFacts, &'a [u8]),
    /// Nowhere.
    Nowhere,
}

impl<'a> Memory<'a> {
    /// Of the whole in DER, where there are facts.
    pub(crate) fn of(facts: Option<&'a SignatureFacts>, der: &'a [u8]) -> Self {
        facts.map_or(Self::Nowhere, |facts| Self::Facts(facts, der))
    }

    fn knows(self, spki: &[u8]) -> bool {
        match self {
            Self::Crl(crl) => crl.signed_by() == Some(spki),
            Self::Facts(facts, der) => facts.knows(&Fact::new(der, spki)),
            Self::Nowhere => false,
        }
    }

    fn refutes(self, spki: &[u8]) -> bool {
        matches!(self, Self::Crl(crl) if crl.is_refuted_by(spki))
    }

    fn learn_refuted(self, spki: &[u8]) {
        if let Self::Crl(crl) = self {
            crl.learn_refuted_by(spki);
        }
    }

    fn learn(self, spki: &[u8]) {
        match self {
            Self::Crl(crl) => crl.learn_signed_by(spki),
            Self::Facts(facts, der) => facts.learn(Fact::new(der, spki)),
            Self::Nowhere => {}
        }
    }
}

/// Checks that `signer`'s key made the signature, with an algorithm and a key that are accepted.
pub(crate) fn check_signed(
    signed: &Signed<'_>,
    signer: &Certificate<'_>,
    policy: &Policy,
    budget: &mut Budget,
) -> Result<(), Doubt> {
    let Some(algorithm) = signature_algorithm(signed.algorithm) else {
        let name = algorithm_text(signed.algorithm);
        let why = format!("the algorithm {name} is unknown");
        return Err(Doubt::Signer { why });
    };
    if !policy.accepts_signature(algorithm) {
        let name = algorithm_name(algorithm);
        let why = format!("{name} is not accepted");
        return Err(Doubt::Signer { why });
    }
    let kind = signer.key_kind().map_err(|_| Reason::UnsupportedKey);
    let kind = kind.and_then(|kind| check_kind(kind, policy).map(|()| kind));
    let kind = kind.map_err(refused)?;
    if signed.memory.knows(signer.spki()) {
        return Ok(());
    }
    if signed.memory.refutes(signer.spki()) {
        return Err(Doubt::BadSignature);
    }
    // A CRL comes from the caller, however long it is.
    let message_bytes = match signed.memory {
        Memory::Crl(_) => 0,
        _ => signed.message.len(),
    };
    budget.check_signature(weight(&kind, message_bytes))?;
    let key = signer.public_key();
    let key = key.map_err(|_| refused(Reason::UnsupportedKey))?;
    let right = policy.check_signature(&key, algorithm, signed.message, signed.signature);
    if right.is_err() {
        signed.memory.learn_refuted(signer.spki());
        return Err(Doubt::BadSignature);
    }
    signed.memory.learn(signer.spki());
    Ok(())
}

/// A signer's own certificate, judged: its dates, and that nothing critical is passed over.
pub(crate) fn refused(why: impl ToString) -> Doubt {
    Doubt::Signer {
        why: why.to_string(),
    }
}
