//! A group for Diffie-Hellman in a finite field: DHParameter of PKCS#3, as `openssl dhparam` writes it.

use crate::cursor::{Cursor, tag};
use crate::fault::CertificateFault;
use crate::load::contents::in_block;
use crate::load::fault::{LoadFault, LoadProblem};
use crate::load::pem;

/// Prime and generator, the first byte first. Whether they are any good is for others to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhParameters {
    /// The prime.
    pub prime: Vec<u8>,
    /// The generator.
    pub generator: Vec<u8>,
}

/// Reads the one group of a file, in PEM (`DH PARAMETERS`) or DER. Text and other blocks around it
/// are passed over.
///
/// ```
/// // 23 and 5.
/// let parameters = handfast_pki::load::dh_parameters(&[0x30, 6, 2, 1, 23, 2, 1, 5])?;
/// assert_eq!((parameters.prime, parameters.generator), (vec![23], vec![5]));
/// # Ok::<(), handfast_pki::load::fault::LoadFault>(())
/// ```
///
/// # Errors
/// [`LoadFault`]: broken PEM, parameters that cannot be read (those of X9.42 have another form), none
/// or several.
pub fn dh_parameters(bytes: &[u8]) -> Result<DhParameters, LoadFault> {
    const WANTED: &str = "DH parameters";
    if !pem::is_pem(bytes) {
        if bytes.first() != Some(&tag::SEQUENCE) {
            return Err(LoadFault::nothing(WANTED, Vec::new()));
        }
        return read(bytes).map_err(|fault| LoadFault::new(LoadProblem::DhParameters(fault)));
    }
    let mut found = None;
    let mut others = Vec::new();
    for block in pem::blocks(bytes)? {
        if block.label != "DH PARAMETERS" {
            others.push(block.label);
            continue;
        }
        if found.is_some() {
            return Err(LoadFault::at_line(
                block.line,
                LoadProblem::SeveralDhParameters,
            ));
        }
        let broken = |fault| in_block(&block, LoadProblem::DhParameters(fault));
        found = Some(read(&block.der).map_err(broken)?);
    }
    found.ok_or(LoadFault::nothing(WANTED, others))
}

fn read(der: &[u8]) -> Result<DhParameters, CertificateFault> {
    const NAME: &str = "DHParameter";
    let mut whole = Cursor::new(der, 0);
    let sequence = whole.expect(tag::SEQUENCE, NAME)?;
    whole.finish(NAME)?;
    let mut fields = sequence.cursor();
    let prime = fields.expect(tag::INTEGER, "prime")?.integer("prime")?;
    let base = fields.expect(tag::INTEGER, "base")?.integer("base")?;
    // How long private exponents are is the engine's own choice.
    let length = "privateValueLength";
    if let Some(value) = fields.optional(tag::INTEGER, length)? {
        value.integer(length)?;
    }
    fields.finish(NAME)?;
    Ok(DhParameters {
        prime: prime.to_vec(),
        generator: base.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::to_pem;

    const DER: [u8; 8] = [0x30, 6, 2, 1, 23, 2, 1, 5];

    #[test]
    fn pem_and_der_with_and_without_a_length_are_read() {
        let wanted = DhParameters {
            prime: vec![23],
            generator: vec![5],
        };
        let pem = to_pem("DH PARAMETERS", &DER);
        let text = format!("as `openssl dhparam -text` writes it\n{}", *pem);
        assert_eq!(dh_parameters(text.as_bytes()), Ok(wanted.clone()));
        let with_length = [0x30, 9, 2, 1, 23, 2, 1, 5, 2, 1, 3];
        assert_eq!(dh_parameters(&with_length), Ok(wanted));
    }

    #[test]
    fn what_is_none_is_refused_by_name() {
        for end in 1..DER.len() {
            let fault = dh_parameters(&DER[..end]).unwrap_err();
            assert!(
                matches!(fault.problem, LoadProblem::DhParameters(_)),
                "{fault}"
            );
        }
        // X9.42 goes on with the order.
        let ordered = [0x30, 12, 2, 1, 23, 2, 1, 5, 2, 1, 11, 2, 1, 2];
        let fault = dh_parameters(&ordered).unwrap_err();
        assert!(
            matches!(fault.problem, LoadProblem::DhParameters(_)),
            "{fault}"
        );
        let pem = to_pem("DH PARAMETERS", &DER);
        let twice = dh_parameters(pem.repeat(2).as_bytes()).unwrap_err();
        assert_eq!(twice.problem, LoadProblem::SeveralDhParameters);
        let other = to_pem("X9.42 DH PARAMETERS", &DER);
        let fault = dh_parameters(other.as_bytes()).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "no DH parameters here, but X9.42 DH PARAMETERS"
        );
        let none = dh_parameters(b"hello").unwrap_err();
        assert_eq!(none.to_string(), "no DH parameters here: give PEM or DER");
    }
}
