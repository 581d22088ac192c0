//! The ways to compress certificates that the runner has of its own.

use handfast::CertificateCompressionAlgorithm;
use handfast::config::{
    CertificateCodec, CertificateCompression, DecompressionFailed, Entropy, SystemEntropy,
};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Toy {
    /// Leaves out the two zeros that a Certificate begins with.
    Shrinking,
    /// Puts four bytes before it.
    Expanding,
    /// Puts a byte before it that is drawn.
    Random,
}

/// In the order in which they are preferred.
const TOYS: [Toy; 3] = [Toy::Expanding, Toy::Shrinking, Toy::Random];

const BEFORE: [u8; 4] = [1, 2, 3, 4];

/// All, or the one with this number.
pub(crate) fn installed(all: bool, one: Option<u16>) -> Vec<CertificateCompression> {
    let is_wanted = |toy: &Toy| all || one == Some(toy.algorithm().0);
    let wanted = TOYS.into_iter().filter(is_wanted);
    wanted.map(CertificateCompression::by).collect()
}

impl CertificateCodec for Toy {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(match self {
            Self::Shrinking => 0xff01,
            Self::Expanding => 0xff02,
            Self::Random => 0xff03,
        })
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Shrinking => message.strip_prefix(&[0, 0]).map(<[u8]>::to_vec),
            Self::Expanding => Some([&BEFORE, message].concat()),
            Self::Random => {
                let mut byte = [0];
                SystemEntropy.fill(&mut byte).ok()?;
                Some([&byte, message].concat())
            }
        }
    }

    fn decompress(&self, compressed: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed> {
        let (head, rest) = match self {
            Self::Shrinking => (&[0, 0][..], compressed),
            Self::Expanding => {
                let rest = compressed.strip_prefix(&BEFORE);
                (&[][..], rest.ok_or(DecompressionFailed)?)
            }
            Self::Random => {
                let (_, rest) = compressed.split_first().ok_or(DecompressionFailed)?;
                (&[][..], rest)
            }
        };
        if out.len() != head.len() + rest.len() {
            return Err(DecompressionFailed);
        }
        let bytes = head.iter().chain(rest);
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}
